"""Counting messages by the day on which they were written, for the reports: by state, channel and provider.

A message's state changes for days after it went out, so recent days are counted each time (CountedDay).
"""

import datetime as dt
from collections import Counter
from typing import Any

from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from fsportal.lib.chunks import Budget
from fsportal.models import CountedDay, CountedSubject
from fsportal.settings_area.company_zone import midnight
from notifications.models import CustomerNotification, MessageCount, NotificationAttempt, State

#: State, channel, provider.
Kind = tuple[str, str, str]
DAY = dt.timedelta(days=1)


def count_day(day: dt.date) -> Counter[Kind]:
    """Return the numbers of the messages that were written on a day, by the clock of the current zone."""
    last: Any = NotificationAttempt.objects.filter(notification=OuterRef("pk")).order_by("-started_at", "-pk")
    rows = (
        CustomerNotification.objects.filter(created_at__gte=midnight(day), created_at__lt=midnight(day + DAY))
        .order_by()
        .annotate(provider=Coalesce(Subquery(last.values("provider")[:1]), Value("")))
        .values_list("state", "channel", "provider")
        .annotate(number=Count("pk"))
    )
    return Counter({(state, channel, provider): number for state, channel, provider, number in rows})


def count_day_in_short(day: dt.date) -> Counter[Kind]:
    """Return the same without the providers, which are what takes long."""
    written = CustomerNotification.objects.filter(created_at__gte=midnight(day), created_at__lt=midnight(day + DAY))
    rows = written.filter(state__in=State.values).order_by()  # for its index
    numbers = rows.values_list("state", "channel").annotate(number=Count("pk"))
    return Counter({(state, channel, ""): number for state, channel, number in numbers})


def keep_day(day: dt.date, now: dt.datetime) -> None:
    """Keep the numbers of a day that is over, in place of those that were kept of it."""
    with CountedDay.counting(CountedSubject.MESSAGES, day, now):
        MessageCount.objects.filter(day=day).delete()
        MessageCount.objects.bulk_create(
            MessageCount(day=day, state=state, channel=channel, provider=provider, number=number)
            for (state, channel, provider), number in count_day(day).items()
        )


def keep_due(now: dt.datetime, budget: Budget) -> bool:
    """Keep the numbers of days that are due; return whether that was all."""
    return CountedDay.count_due(CountedSubject.MESSAGES, first(), now, budget, lambda day: keep_day(day, now))


def first() -> dt.datetime | None:
    return CustomerNotification.objects.order_by("created_at").values_list("created_at", flat=True).first()
