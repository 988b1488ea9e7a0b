"""The next free times for a new visit, those of the nearest technician first, few enough to be read out."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from bookings.availability.free_times import FreeTime, Search, free_times, search_to_book
from bookings.models import IncidentType, WorkOrder
from fsportal.lib import zones
from fsportal.models import PortalSettings
from fsportal.settings_area.parts import site_when

#: How far ahead is looked, and how many days with how many times each are shown.
AHEAD = dt.timedelta(days=14)
DAYS, TIMES = 4, 3
DAYS_OF_MORE, TIMES_OF_MORE = 14, 12


@dataclass(frozen=True)
class TimeChoice:
    """A time to choose, with the technician who would come."""

    value: str
    when: str
    who: str
    is_chosen: bool = False


def search(order: WorkOrder, length: dt.timedelta, now: dt.datetime) -> Search:
    """Return the search for staff: from now on, whatever the lead times of customers are."""
    portal_settings = PortalSettings.load()
    kind: IncidentType = order.incident_type
    of_customers = search_to_book(kind, order.account, now, portal_settings=portal_settings)
    return Search(order.site, order.zone_name, kind, length, now, now + AHEAD, of_customers.radius_km)


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
    return TimeChoice(time.key, site_when(time.start, time.end, zone_name), time.resource.name, time.key == chosen)


def typed_start(value: str, zone_name: str) -> str:
    """Return an ISO time of an address with an offset as the clock at a place shows it, for a field; else as it is."""
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    if timezone.is_naive(moment):
        return value
    return zones.local(moment, zone_name).strftime("%Y-%m-%dT%H:%M")
