"""Says when messages to customers wait too long."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Min
from django.utils import timezone

from notifications.models import CustomerNotification, State

#: Delivery comes by every minute; a message that is due this long is stuck.
STUCK_AFTER = dt.timedelta(minutes=10)


def outbox() -> Iterator[str]:
    """Look how long the oldest due message has waited (a retry is due only when its time has come)."""
    now = timezone.now()
    due = CustomerNotification.objects.filter(state=State.QUEUED, due_at__lte=now)
    oldest: dt.datetime | None = due.aggregate(oldest=Min("due_at"))["oldest"]
    if oldest is not None and now - oldest > STUCK_AFTER:
        waited = int((now - oldest).total_seconds() // 60)
        yield f"The oldest message to a customer has been due for {waited} minutes."
