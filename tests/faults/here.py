"""The outbox of this process's own database, for suites that need no product running."""

import datetime as dt
from io import StringIO

from django.core.management import call_command
from django.utils import timezone

from notifications.models import CustomerNotification, State
from tests.faults import company
from tests.faults.promise import Row

LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def rows() -> list[Row]:
    columns = CustomerNotification.objects.values_list("id", "channel", "event", "state", "reason", "to")
    return [Row(*row) for row in columns]


def reminders(channel: str, number: int = 1, *, first: int = 0) -> None:
    """Leave so many messages waiting: reminders on this channel."""
    company.remind(number, first=first)
    CustomerNotification.objects.exclude(channel=channel).delete()


def deliver() -> None:
    call_command("deliver_due", stdout=StringIO())


def deliver_all(times: int = 20) -> None:
    """Deliver until every message has an end: what a dead worker claimed, and what waits for its next attempt, too."""
    for _ in range(times):
        CustomerNotification.objects.filter(state=State.SENDING).update(lease_until=LONG_AGO)
        CustomerNotification.objects.filter(state=State.QUEUED).update(due_at=timezone.now())
        deliver()
        if not CustomerNotification.objects.filter(state__in=State.open()).exists():
            return
