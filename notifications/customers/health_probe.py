"""Health probe: messages to customers that wait too long."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Min
from django.utils import timezone

from fsportal.models import PortalSettings
from notifications.customers import holding, text_limits
from notifications.models import ChannelOutage, CustomerNotification, State

#: Delivery runs every minute; a message that has been due this long is stuck.
STUCK_AFTER = dt.timedelta(minutes=10)


def outbox() -> Iterator[str]:
    """Yield a problem if the oldest due message has waited too long; a retry is not due before its time."""
    now = timezone.now()
    due = CustomerNotification.objects.filter(state=State.QUEUED, due_at__lte=now, held_at=None)
    oldest: dt.datetime | None = due.aggregate(oldest=Min("due_at"))["oldest"]
    if oldest is not None and now - oldest > STUCK_AFTER:
        waited = int((now - oldest).total_seconds() // 60)
        yield f"The oldest message to a customer has been due for {waited} minutes."


def held() -> Iterator[str]:
    """Yield a problem while messages of before a restore wait for an admin."""
    count = holding.held().count()
    if count:
        yield f"{count} messages are held since the database was restored: release or drop them (Notifications, held)."


def texts() -> Iterator[str]:
    """Yield a problem while the spending limit stops all texts."""
    portal_settings = PortalSettings.load()
    if text_limits.is_spent(portal_settings):
        yield (
            f"No text goes out: the spending limit of {portal_settings.texts_per_day} texts in a day is reached."
            " Look for what sends so many (Notifications), then raise it or wait (Settings, Delivery)."
        )


def providers() -> Iterator[str]:
    """Yield a problem for each channel whose provider takes no messages."""
    for outage in ChannelOutage.down():
        since = f"{outage.since:%Y-%m-%d %H:%M} UTC"
        yield f"{outage.get_channel_display()}: nothing has been accepted since {since} ({outage.detail})."
