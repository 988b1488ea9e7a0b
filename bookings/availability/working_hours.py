"""Working hours: intervals of wall times per weekday, in the technician's own zone.

Stored as {"0": [["08:00", "12:00"], ["13:00", "17:00"]], ...}, Monday 0 to Sunday 6. A day with one interval is stored
without the outer list, as the releases before 0.3 read and wrote it: {"0": ["08:00", "17:00"]}. An end that is not
after its start is on the next day: ["22:00", "06:00"] is a night shift, ["00:00", "00:00"] the whole day.
"""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from fsportal.lib.zones import local_to_utc, zone

#: From, to (UTC).
Span = tuple[dt.datetime, dt.datetime]
#: From, to, by a clock.
Interval = tuple[dt.time, dt.time]
DAY = dt.timedelta(days=1)


def intervals_of(stored: Any) -> list[Interval]:
    """Return a day's intervals in order; what cannot be read is left out."""
    if not isinstance(stored, list | tuple):
        return []
    pairs = [stored] if len(stored) == 2 and all(isinstance(part, str) for part in stored) else stored
    return sorted(pair for pair in map(_interval, pairs) if pair is not None)


def _interval(stored: Any) -> Interval | None:
    try:
        begins, ends = stored
        return dt.time.fromisoformat(begins), dt.time.fromisoformat(ends)
    except (TypeError, ValueError):
        return None


def hours_on(working_hours: Any, weekday: int) -> list[Interval]:
    """Return the intervals of a weekday (Monday 0); none on a day off, and none if the hours are unreadable."""
    return intervals_of(working_hours.get(str(weekday))) if isinstance(working_hours, dict) else []


def stored_day(intervals: Iterable[Interval]) -> list[Any]:
    """Return a day's intervals as they are stored."""
    pairs = [[f"{begins:%H:%M}", f"{ends:%H:%M}"] for begins, ends in sorted(intervals)]
    return pairs[0] if len(pairs) == 1 else pairs


@lru_cache(maxsize=8192)
def span_of(day: dt.date, interval: Interval, zone_name: str) -> Span:
    """Return an interval of a day as real time. It is empty (its end is not after its start) in the gap of spring."""
    begins, ends = interval
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


def gaps(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what `taken` leaves of spans that are in order and apart."""
    left, blocks, reached = [], merged(taken), 0
    for begins, ends in spans:
        at = begins
        while reached < len(blocks) and blocks[reached][0] < ends:
            start, end = blocks[reached]
            if start > at:
                left.append((at, start))
            at = max(at, end)
            if end > ends:
                break  # it lies across the next span too
            reached += 1
        if at < ends:
            left.append((at, ends))
    return left


def lies_in(span: Span, spans: Iterable[Span]) -> bool:
    return any(begins <= span[0] and span[1] <= ends for begins, ends in spans)
