"""Delivery reports: a provider, or a mail server, says later whether a message arrived."""

import uuid

from django.db import transaction
from django.utils import timezone

from notifications.customers.kinds import note_ends
from notifications.customers.rejections import heed, reason_of
from notifications.models import CustomerNotification, Reason, State

#: States of a message that was handed over, or of an email that is tried once more because nobody knows whether it was.
UNDER_WAY = (State.SENDING, State.SENT, State.UNKNOWN)


@transaction.atomic
def note_report(pk: uuid.UUID, state: str, *, provider_id: str, detail: str, why: str = "") -> bool:
    """Apply a provider's report on message `pk`; returns whether it changed anything. Harmless if repeated.

    `why` is the short code of a failure (rejections.py).
    """
    notification = CustomerNotification.objects.select_for_update().filter(pk=pk).first()
    if notification is None or (notification.provider_id and notification.provider_id != provider_id):
        return False
    return apply(notification, state, why=why, detail=detail, provider_id=provider_id)


def apply(
    notification: CustomerNotification, state: str, *, why: str = "", detail: str = "", provider_id: str = ""
) -> bool:
    """Apply a report to a message whose row is locked. Reports may come twice and in any order."""
    reason = reason_of(why) if state == State.FAILED else ""
    if not _goes_on(notification, state, reason):
        return False
    had_failed = notification.state in (State.UNKNOWN, State.FAILED)
    notification.state, notification.finished_at = state, timezone.now()
    notification.reason, notification.claim = reason, None
    notification.detail = detail[:300]
    notification.provider_id = provider_id[:100] or notification.provider_id
    # A later report does not move the time at which the contact came to know; a failed message told nobody.
    notification.told_at = None if state == State.FAILED else notification.told_at or timezone.now()
    notification.save(
        update_fields=["state", "finished_at", "reason", "claim", "detail", "provider_id", "told_at"],
    )
    note_ends([notification], had_failed=had_failed)
    if state == State.FAILED:
        heed(notification, notification.to, why, detail)
    return True


def _goes_on(notification: CustomerNotification, state: str, reason: str) -> bool:
    """Tell whether a report says more than what is known; a late "sent" after "delivered" does not."""
    if state == State.SENT:
        return notification.state == State.UNKNOWN
    return state in (State.DELIVERED, State.FAILED) and _weight(state, reason) > _weight(
        notification.state, notification.reason, notification.attempts_made
    )


def _weight(state: str, reason: str, attempts: int = 0) -> int:
    """Return how much a state is worth as an answer to "did it arrive?".

    A mail server may take an email and send it back afterwards, so a bounce outweighs a delivery, whichever is reported
    first. Any other failure does not.
    """
    if state == State.FAILED:
        return 3 if reason == Reason.BOUNCED else 1
    if state == State.DELIVERED:
        return 2
    is_under_way = state in UNDER_WAY or (state == State.QUEUED and attempts > 0)
    return 0 if is_under_way else 4
