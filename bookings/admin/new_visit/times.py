"""The next free times for a new visit, those of the nearest technician first, few enough to be read out."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils import translation

from bookings.availability.free_times import FreeTime, Search, free_times, search_to_book
from bookings.models import WorkOrder
from fsportal.lib import zones
from fsportal.models import PortalSettings

#: How far ahead is looked, and how many days with how many times each are shown.
AHEAD = dt.timedelta(days=14)
DAYS, TIMES = 4, 3
DAYS_OF_MORE, TIMES_OF_MORE = 14, 12


@dataclass(frozen=True)
class TimeChoice:
    """A time to choose, with the technician who would come."""

    value: str
    #: By the clock at the place, whose zone the page names once.
    day: str
    begins: str
    ends: str
    who: str
    is_chosen: bool = False


def search(order: WorkOrder, length: dt.timedelta, now: dt.datetime) -> Search:
    """Return the search for staff: from now on, whatever the lead times of customers are."""
    of_customers = search_to_book(order.incident_type, order.site, now, portal_settings=PortalSettings.load())
    return replace(of_customers, zone_name=order.zone_name, length=length, first=now, last=now + AHEAD)


def next_times(order: WorkOrder, length: dt.timedelta, now: dt.datetime, *, more: bool) -> list[FreeTime]:
    found = free_times(search(order, length, now))
    days, times = (DAYS_OF_MORE, TIMES_OF_MORE) if more else (DAYS, TIMES)
    return spread(found, order.zone_name, days, times)


def spread(found: Iterable[FreeTime], zone_name: str, days: int, times: int) -> list[FreeTime]:
    """Return at most so many times of each of the first days, from its morning to its evening."""
    by_day: defaultdict[dt.date, list[FreeTime]] = defaultdict(list)
    for one in found:
        by_day[zones.local(one.start, zone_name).date()].append(one)
    return [one for day in sorted(by_day)[:days] for one in _few(by_day[day], times)]


def _few(of_day: list[FreeTime], times: int) -> list[FreeTime]:
    if len(of_day) <= times:
        return of_day
    gap = (len(of_day) - 1) / max(1, times - 1)
    return [of_day[round(gap * number)] for number in range(times)]


def choice(time: FreeTime, zone_name: str, chosen: str) -> TimeChoice:
    language = zones.supported_language(translation.get_language() or "en")
    day = zones.day(time.start, zone_name, language)
    begins, ends = (zones.clock(moment, zone_name, language) for moment in (time.start, time.end))
    unclear = zones.is_unclear(zone_name, time.start, time.end)
    # Where the clocks change in between, each has its offset.
    ends = f"{ends} ({zones.zone_label(time.end, zone_name, language)})" if unclear else ends
    return TimeChoice(time.key, day, begins, ends, time.resource.name, time.key == chosen)
