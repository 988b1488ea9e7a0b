"""Working hours: one pair of wall times per weekday, in the resource's own zone, as spans of real time.

Stored as {"0": ["08:00", "17:00"], ...}, Monday 0 to Sunday 6. An end that is not after its start is on the next day:
["22:00", "06:00"] is a night shift, ["00:00", "00:00"] the whole day.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from bookings.models import Resource
from fsportal.lib.zones import local, local_to_utc, zone

#: From, to (UTC).
Span = tuple[dt.datetime, dt.datetime]
DAY = dt.timedelta(days=1)


def hours_on(working_hours: Any, weekday: int) -> tuple[dt.time, dt.time] | None:
    """Return from and to on a weekday (Monday 0), or None for a day off. Unreadable hours are a day off."""
    try:
        begins, ends = working_hours[str(weekday)]
        return dt.time.fromisoformat(begins), dt.time.fromisoformat(ends)
    except (KeyError, TypeError, ValueError):
        return None


def spans_of(resources: Iterable[Resource], first: dt.datetime, last: dt.datetime) -> dict[uuid.UUID, list[Span]]:
    """Return when each resource works between two moments (UTC), in order; spans that touch are one."""
    known: dict[tuple[str, str], list[Span]] = {}
    found = {}
    for resource in resources:
        alike = (resource.time_zone, repr(resource.working_hours))
        if alike not in known:
            known[alike] = _spans(resource.working_hours, resource.time_zone, first, last)
        found[resource.pk] = known[alike]
    return found


def _spans(working_hours: Any, zone_name: str, first: dt.datetime, last: dt.datetime) -> list[Span]:
    day, end = local(first, zone_name).date() - DAY, local(last, zone_name).date()
    spans = []
    while day <= end:
        hours = hours_on(working_hours, day.weekday())
        if hours is not None:
            spans.append(_span(day, *hours, zone_name))
        day += DAY
    return merged(span for span in spans if span[0] < span[1] and span[1] > first and span[0] < last)


def _span(day: dt.date, begins: dt.time, ends: dt.time, zone_name: str) -> Span:
    end_day = day if ends > begins else day + DAY
    # At a time that the clock skips, a shift begins at the later and ends at the earlier reading.
    start = _instant(dt.datetime.combine(day, begins), zone_name, fold=0)
    return start, _instant(dt.datetime.combine(end_day, ends), zone_name, fold=1)


def _instant(wall: dt.datetime, zone_name: str, *, fold: int) -> dt.datetime:
    try:
        return local_to_utc(wall, zone_name)
    except ValueError:
        return wall.replace(tzinfo=zone(zone_name), fold=fold).astimezone(dt.UTC)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same spans in order, with those that overlap or touch joined."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result
