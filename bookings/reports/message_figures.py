"""Reading the numbers of messages for the reports, by week, channel or provider."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from bookings.reports.figures import DAY, Figures, Period, monday
from fsportal.models import CountedDay, CountedSubject
from notifications import message_counts
from notifications.admin.charts import BAND_OF
from notifications.models import MessageCount

#: Days that are not kept and are counted while somebody waits.
LIVE_DAYS = 4
#: The places of a group's name in message_counts.Kind.
PLACES = {"channel": 1, "provider": 2}
LiveMessages = dict[dt.date, Counter[message_counts.Kind]]
#: A group, a state, a number.
Row = tuple[Any, str, int]


def messages(period: Period, by: str, now: dt.datetime) -> Figures:
    """Return the numbers by band and by state; `by` is "channel", "provider", or "" for weeks."""
    live, pending = _live(period, by, now)
    found = Figures(pending=pending)
    found.groups, found.total = _added(_rows(period, by or "day", live))
    found.groups_before, found.before = _added(_rows(period.before, by or "day", live))
    if not by:
        found.groups = {day: found.groups.get(day, Counter()) for day in period.mondays}
    return found


def _rows(period: Period, column: str, live: LiveMessages) -> list[Row]:
    kept = MessageCount.objects.filter(day__range=(period.first, period.last)).exclude(day__in=list(live)).order_by()
    rows: list[Row] = list(kept.values_list(column, "state").annotate(number=Sum("number", default=0)))
    for day, of_day in live.items():
        for kind, number in of_day.items() if period.first <= day <= period.last else ():
            rows.append((day if column == "day" else kind[PLACES[column]], kind[0], number))
    return [(monday(key), state, number) for key, state, number in rows] if column == "day" else rows


def _added(rows: Iterable[Row]) -> tuple[dict[Any, Counter[str]], Counter[str]]:
    groups: dict[Any, Counter[str]] = {}
    total: Counter[str] = Counter()
    for key, state, number in rows:
        group = groups.setdefault(key, Counter())
        for name in {BAND_OF[state], state}:  # a band may be called as its only state
            group[name] += number
            total[name] += number
    return groups, total


def _live(period: Period, by: str, now: dt.datetime) -> tuple[LiveMessages, int]:
    """Count the latest days that are not kept; return their numbers, and how many days are left."""
    today, begun = timezone.localdate(now), message_counts.first()
    first = max(period.before.first, timezone.localdate(begun)) if begun else today
    last = min(period.last, today)
    fresh = CountedDay.fresh(CountedSubject.MESSAGES, first, last) - {today}
    missing = [first + at * DAY for at in range((last - first).days + 1) if first + at * DAY not in fresh]
    count = message_counts.count_day if by == "provider" else message_counts.count_day_in_short
    return {day: count(day) for day in missing[-LIVE_DAYS:]}, len(missing[:-LIVE_DAYS])
