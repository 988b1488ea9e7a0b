"""Applies what is reported of an email, to the message and to the contact.

A mail provider's word is signed. A mail that comes back may be forged, so it counts only for the message whose id it
names, and only if it speaks of the very address to which that message went.
"""

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils.encoding import punycode

from fsportal.models.consent import Channel, OptOut, OptOutSource
from notifications.customers.channels.base import scrubbed
from notifications.customers.delivery_reports import apply
from notifications.customers.rejections import opt_out
from notifications.models import CustomerNotification


@dataclass(frozen=True)
class Receipt:
    """What is reported of one email that was handed over; it says nothing new if it has neither state nor opt-out."""

    #: Of our own row, if it is named; otherwise the id that the provider has given it.
    message: uuid.UUID | None = None
    provider_id: str = ""
    #: To whom it went, as the report has it: one of them must be right.
    recipients: tuple[str, ...] = ()
    #: State.DELIVERED or State.FAILED, with the short code of a failure (rejections.py) and the server's own words.
    state: str = ""
    why: str = ""
    said: str = ""
    #: Set if the recipient wants no more email.
    opted_out: OptOutSource | None = None


@transaction.atomic
def note_receipt(receipt: Receipt) -> bool:
    """Apply a receipt; returns whether it was about a message of ours. Harmless if repeated, and in any order."""
    notification = _locked(receipt)
    if notification is None or not _went_to(notification, receipt.recipients):
        return False
    if receipt.state:
        apply(notification, receipt.state, why=receipt.why, detail=scrubbed(receipt.said))
    if receipt.opted_out is not None:
        _opt_out(notification, receipt.opted_out)
    return True


def _locked(receipt: Receipt) -> CustomerNotification | None:
    emails = CustomerNotification.objects.select_for_update().filter(channel=Channel.EMAIL)
    found = emails.filter(pk=receipt.message).first() if receipt.message else None
    if found is None and receipt.provider_id:
        found = emails.filter(provider_id=receipt.provider_id[:100]).first()
    return found


def _went_to(notification: CustomerNotification, recipients: tuple[str, ...]) -> bool:
    # Old messages have let their address go (notifications/retention.py).
    address = notification.to or (notification.contact.email if notification.contact else "")
    return bool(address) and any(same_mailbox(address, recipient) for recipient in recipients)


def _opt_out(notification: CustomerNotification, how: OptOutSource) -> None:
    """Opt the contact out, once per message: what they say on our own pages afterwards stays."""
    contact = notification.contact
    if contact is None or not same_mailbox(notification.to or contact.email, contact.email):
        return
    said_since = OptOut.objects.filter(contact=contact, channel=Channel.EMAIL, since__gte=notification.created_at)
    if not said_since.exists():
        opt_out(contact, Channel.EMAIL, how)


def same_mailbox(one: str, other: str) -> bool:
    return _comparable(one) == _comparable(other)


def _comparable(address: str) -> str:
    local, at, domain = address.strip().casefold().rpartition("@")
    try:
        return f"{local}{at}{punycode(domain)}"
    except UnicodeError:
        return f"{local}{at}{domain}"
