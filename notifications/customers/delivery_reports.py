"""Delivery reports: a provider says later whether a text message arrived."""

import uuid

from django.db import transaction
from django.utils import timezone

from notifications.customers.kinds import note_ends
from notifications.models import CustomerNotification, Reason, State

#: The states that a report may replace; a late "sent" after "delivered" says nothing.
_ONWARDS: dict[str, set[str]] = {
    State.DELIVERED: {State.SENDING, State.SENT, State.UNKNOWN, State.FAILED},
    State.FAILED: {State.SENDING, State.SENT, State.UNKNOWN},
    State.SENT: {State.UNKNOWN},
}


@transaction.atomic
def note_report(pk: uuid.UUID, state: str, *, provider_id: str, detail: str) -> bool:
    """Apply a provider's report on message `pk`; returns whether it changed anything. Harmless if repeated."""
    notification = CustomerNotification.objects.select_for_update().filter(pk=pk).first()
    if notification is None or notification.state not in _ONWARDS.get(state, set()):
        return False
    if notification.provider_id and notification.provider_id != provider_id:
        return False
    had_failed = notification.state in (State.UNKNOWN, State.FAILED)
    notification.state, notification.finished_at = state, timezone.now()
    notification.reason = Reason.REFUSED if state == State.FAILED else ""
    notification.detail, notification.provider_id = detail[:300], provider_id[:100]
    # A later report does not move the time at which the contact came to know; a failed message told nobody.
    notification.told_at = None if state == State.FAILED else notification.told_at or timezone.now()
    notification.save(update_fields=["state", "finished_at", "reason", "detail", "provider_id", "told_at"])
    note_ends([notification], had_failed=had_failed)
    return True
