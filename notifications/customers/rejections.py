"""What it means that a message was refused: for the log, for the address, and for the contact's consent."""

from typing import Final

from django.utils import timezone

from fsportal.models import AuditEntry, AuditKind, Contact
from fsportal.models.consent import Channel, OptOutSource
from notifications.customers.channels.base import DeliveryError, scrubbed
from notifications.customers.channels.status_codes import says_no_mailbox, says_unwanted
from notifications.models import CustomerNotification, Reason

# Short codes of failures; any other one is *not delivered*, which says nothing against the address.
OPTED_OUT: Final = "opted_out"
BOUNCED: Final = "bounced"
FILTERED: Final = "filtered"
NOT_DELIVERED: Final = "not_delivered"

REASONS = {
    OPTED_OUT: Reason.OPTED_OUT,
    BOUNCED: Reason.BOUNCED,
    FILTERED: Reason.FILTERED,
    "blocked": Reason.FILTERED,
    "unreachable": Reason.UNREACHABLE,
    "bad_number": Reason.REFUSED,
    "landline": Reason.REFUSED,
    "bad_address": Reason.REFUSED,
    "recipient_refused": Reason.REFUSED,
}


def why_failed(status: str) -> str:
    """Return the short code for an email that failed for good with this enhanced status code."""
    if says_no_mailbox(status):
        return BOUNCED
    return FILTERED if says_unwanted(status) else NOT_DELIVERED


def why_refused(error: DeliveryError) -> str:
    """Return the short code for what a provider refused at once. A mail server's status says more than that it did."""
    return why_failed(error.status) if error.status else error.reason


def reason_of(why: str) -> Reason:
    """Return the reason for the log; `why` is the short code of a DeliveryError or of a report."""
    return REASONS.get(why, Reason.NOT_DELIVERED)


def heed(notification: CustomerNotification, address: str, why: str, said: str) -> None:
    """Record what a refusal says about `address`, to which the message went, or about consent. Harmless if repeated."""
    if why == BOUNCED and notification.channel == Channel.EMAIL:
        Contact.mark_bounced(address, scrubbed(said), timezone.now())
    elif why == OPTED_OUT and notification.contact is not None:
        is_email = notification.channel == Channel.EMAIL
        how = OptOutSource.MAIL_PROVIDER if is_email else OptOutSource.PROVIDER
        opt_out(notification.contact, notification.channel, how)


def opt_out(contact: Contact, channel: str, how: OptOutSource) -> None:
    """Opt a contact out because the provider says so. Harmless if repeated."""
    if not contact.has_opted_out(channel):
        contact.opt_out(channel, how=how)
        AuditEntry.note(
            contact, f"opted out at the provider: {channel}", why=str(how.label), kind=AuditKind.PERSONAL_DATA
        )
