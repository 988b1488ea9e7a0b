"""What a mail provider's event means, as anymail reads it (anymail's manual, *Tracking sent mail status*).

Opened and clicked are left alone: nobody is watched while they read.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fsportal.models.consent import OptOutSource
from notifications.customers.channels.mime import METADATA
from notifications.customers.channels.status_codes import status_in
from notifications.customers.receipts.applying import Receipt
from notifications.customers.rejections import BOUNCED, FILTERED, NOT_DELIVERED, OPTED_OUT, why_failed
from notifications.models import State

FAILED = ("bounced", "rejected", "failed")
OPT_OUTS = {"complained": OptOutSource.SPAM, "unsubscribed": OptOutSource.MAIL_PROVIDER}

_UNISENDER_DEAD = ("err_user_unknown", "err_user_inactive", "err_mailbox_discarded", "err_domain_inactive")
#: anymail calls soft bounces *bounced* too. Where each provider says which it is, and how it says "for good".
FOR_GOOD: dict[str, Callable[[Any], bool]] = {
    "Amazon SES": lambda raw: raw["bounce"]["bounceType"] == "Permanent",
    "Brevo": lambda raw: raw["event"] in ("hard_bounce", "invalid_email"),
    "MailerSend": lambda raw: raw["data"]["type"] == "hard_bounced",
    "Mailgun": lambda raw: raw["event-data"]["severity"] == "permanent",
    "Mailjet": lambda raw: raw["hard_bounce"] is True,
    "Mandrill": lambda raw: raw["event"] == "hard_bounce",
    "Postmark": lambda raw: "HardBounce" in (raw.get("Type"), raw.get("SuppressionReason")),
    "Resend": lambda raw: raw["data"]["bounce"]["type"] == "Permanent",
    "SendGrid": lambda raw: raw["type"] == "bounce" or raw["event"] == "dropped",
    "SparkPost": lambda raw: next(iter(raw["msys"].values()))["bounce_class"] in ("10", "30"),
    "Unisender Go": lambda raw: raw["delivery_info"]["delivery_status"] in _UNISENDER_DEAD,
}


def receipt_of(event: Any, provider: str) -> Receipt | None:
    """Return what an event of anymail says, or None if it says nothing about whether a message arrived."""
    kind = event.event_type
    about = Receipt(
        message=_our_id(event.metadata),
        provider_id=str(event.message_id or ""),
        recipients=(str(event.recipient),) if event.recipient else (),
    )
    if kind == "delivered":
        return replace(about, state=State.DELIVERED)
    if kind in OPT_OUTS:
        return replace(about, opted_out=OPT_OUTS[kind])
    if kind in FAILED:
        return replace(about, state=State.FAILED, why=_why(event, provider), said=_said(event))
    return None


def _why(event: Any, provider: str) -> str:
    """Return the short code of a failure."""
    # Refused by the provider itself because of what the recipient has said before.
    if event.event_type == "rejected" and event.reject_reason in ("unsubscribed", "spam"):
        return OPTED_OUT
    status = status_in(_said(event))
    # A status of x.0.0 says nothing, and some providers say more than the mail server does.
    if status and not status.endswith(".0.0"):
        return why_failed(status)
    if event.reject_reason in ("blocked", "spam"):
        return FILTERED
    return BOUNCED if _is_for_good(event, provider) else NOT_DELIVERED


def _is_for_good(event: Any, provider: str) -> bool:
    if event.reject_reason == "invalid":
        return True
    if event.reject_reason not in ("bounced", None) or provider not in FOR_GOOD:
        return False
    try:
        return FOR_GOOD[provider](event.esp_event)
    except (KeyError, TypeError, StopIteration):
        # An event of another form: an address is not given up because of what was not understood.
        return False


def _said(event: Any) -> str:
    return str(event.mta_response or event.description or "")


def _our_id(metadata: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(metadata[METADATA]))
    except (KeyError, TypeError, ValueError):
        return None
