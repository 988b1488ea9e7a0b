"""Gauges of the outbox. Only what waits is counted whole; of what has ended only the last hour."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from fsportal.lib.gauges import Gauge, Values
from fsportal.models.consent import Channel
from notifications.models import CustomerNotification, NotificationAttempt, State

LATELY = dt.timedelta(hours=1)
#: Attempts have no index by time, but their ids grow with it: no more than so many are looked at.
MOST_ATTEMPTS = 20_000


def outbox() -> Iterator[Gauge]:
    now = timezone.now()
    queued = CustomerNotification.objects.filter(state=State.QUEUED)
    yield Gauge(
        "portal_messages_queued",
        "Messages to customers that wait, also those that are not due yet.",
        ("channel",),
        {(channel,): 0.0 for channel in Channel.values} | _counted(queued, "channel"),
    )
    due = queued.filter(due_at__lte=now).order_by().values_list("channel").annotate(Min("due_at"))
    yield Gauge(
        "portal_message_queue_age_seconds",
        "For how long the oldest due message has waited.",
        ("channel",),
        {(channel,): 0.0 for channel in Channel.values}
        | {(channel,): (now - oldest).total_seconds() for channel, oldest in due},
    )
    sending = CustomerNotification.objects.filter(state=State.SENDING)
    yield Gauge("portal_messages_sending", "Messages that a worker has claimed.", (), {(): float(sending.count())})
    recent = CustomerNotification.objects.filter(state__in=_ended(), created_at__gt=now - LATELY)
    yield Gauge(
        "portal_messages_last_hour",
        "Messages that were queued in the last hour and have ended, by state.",
        ("state",),
        {(state,): 0.0 for state in _ended()} | _counted(recent, "state"),
    )


def attempts() -> Iterator[Gauge]:
    newest = NotificationAttempt.objects.aggregate(newest=Max("pk"))["newest"] or 0
    recent = NotificationAttempt.objects.filter(pk__gt=newest - MOST_ATTEMPTS, started_at__gt=timezone.now() - LATELY)
    yield Gauge(
        "portal_attempts_last_hour",
        f"Attempts to hand a message to a provider in the last hour, of the last {MOST_ATTEMPTS}.",
        ("provider", "outcome"),
        _counted(recent, "provider", "outcome"),
    )


def _ended() -> list[str]:
    return [state for state in State.values if state not in State.open()]


def _counted(rows: QuerySet[Any], *names: str) -> Values:
    counts = rows.order_by().values_list(*names).annotate(Count("pk"))
    return {tuple(labels): float(count) for *labels, count in counts}
