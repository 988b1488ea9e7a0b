"""Reading the numbers of messages for the reports, by week, channel or provider."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable

from django.utils import timezone

from bookings.reports.figures import DAY, Figures, Period, monday
from fsportal.models import CountedDay, Subject
from notifications import message_counts
from notifications.admin.charts import BAND_OF
from notifications.models import MessageCount

#: Days that are not kept and are counted while somebody waits.
LIVE_DAYS = 4
Row = tuple[dt.date, str, str, str, int]


def messages(period: Period, by: str, now: dt.datetime) -> Figures:
    """Return the numbers by band and by state; `by` is "channel", "provider", or "" for weeks."""
    live, found = _live(period, now)
    rows = MessageCount.objects.filter(day__range=(period.before.first, period.last)).exclude(day__in=list(live))
    _add(found, period, by, rows.values_list("day", "state", "channel", "provider", "number"))
    _add(found, period, by, [(day, *kind, number) for day, of_day in live.items() for kind, number in of_day.items()])
    if not by:
        found.groups = {day: found.groups.get(day, Counter()) for day in period.mondays}
    return found


def _add(found: Figures, period: Period, by: str, rows: Iterable[Row]) -> None:
    for day, state, channel, provider, number in rows:
        if period.first <= day <= period.last:
            total, groups = found.total, found.groups
        elif period.before.first <= day <= period.before.last:
            total, groups = found.before, found.groups_before
        else:
            continue
        key = {"channel": channel, "provider": provider}.get(by) if by else monday(day)
        counts = {BAND_OF[state]: number}
        if state not in counts:
            counts[state] = number
        total.update(counts)
        groups.setdefault(key, Counter()).update(counts)


def _live(period: Period, now: dt.datetime) -> tuple[dict[dt.date, Counter[message_counts.Kind]], Figures]:
    """Count the latest days that are not kept; return their numbers, and figures that say how many days are left."""
    today, begun = timezone.localdate(now), message_counts.first()
    first = max(period.before.first, timezone.localdate(begun)) if begun else today
    last = min(period.last, today)
    fresh = CountedDay.fresh(Subject.MESSAGES, first, last) - {today}
    missing = [first + at * DAY for at in range((last - first).days + 1) if first + at * DAY not in fresh]
    return (
        {day: message_counts.count_day(day) for day in missing[-LIVE_DAYS:]},
        Figures(pending=len(missing[:-LIVE_DAYS])),
    )
