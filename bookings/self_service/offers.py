"""What customers may choose from: free times or, if their service is told by arrival windows, the windows with one.

The technician and the minute within a window are ours to choose: the first free time in it, whoever that is. If that is
taken meanwhile, another one in the same window does as well.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bookings.availability import free_times
from bookings.availability.free_times import FreeTime, Search
from bookings.models import Booking, IncidentType
from bookings.models.window import ToldTime, window_of
from fsportal.models import Address, PortalSettings

#: No window begins at its end, and free times are searched for with both bounds included.
JUST_BEFORE = dt.timedelta(seconds=1)


@dataclass(frozen=True)
class OfferedTime:
    """A free time, and what the customer is told of it."""

    time: FreeTime
    told: ToldTime

    @property
    def key(self) -> str:
        return self.time.key

    def words(self, zone_name: str, language: str, now: dt.datetime) -> str:
        return self.told.words(zone_name, language, end=self.time.end, now=now)


def to_move(booking: Booking, now: dt.datetime, *, portal_settings: PortalSettings) -> list[OfferedTime]:
    """Return where `booking` can move: by its own technician where possible, else by another one."""
    search = free_times.search_to_move(booking, now, portal_settings=portal_settings)
    return [offer for offer in _offers(free_times.free_times(search), search) if offer.told != booking.told_time]


def one_to_move(
    booking: Booking, start: dt.datetime | None, now: dt.datetime, *, portal_settings: PortalSettings
) -> OfferedTime | None:
    """Return the one of `to_move` with this start, or in the same window; None if there is none (any more)."""
    offer = _one(free_times.search_to_move(booking, now, portal_settings=portal_settings), start)
    return None if offer is None or offer.told == booking.told_time else offer


def to_book(
    incident_type: IncidentType, site: Address, now: dt.datetime, *, portal_settings: PortalSettings
) -> list[OfferedTime]:
    """Return when a visit of this type can be booked; `site` is an address with its zone."""
    search = free_times.search_to_book(incident_type, site, now, portal_settings=portal_settings)
    return _offers(free_times.free_times(search), search)


def one_to_book(
    incident_type: IncidentType,
    site: Address,
    start: dt.datetime | None,
    now: dt.datetime,
    *,
    portal_settings: PortalSettings,
) -> OfferedTime | None:
    """Return the one of `to_book` with this start, or in the same window; None if there is none (any more)."""
    return _one(free_times.search_to_book(incident_type, site, now, portal_settings=portal_settings), start)


def told_at(start: dt.datetime, incident_type: IncidentType, zone_name: str) -> ToldTime:
    return window_of(start, incident_type.window_minutes, zone_name) or ToldTime(start)


def _one(search: Search, start: dt.datetime | None) -> OfferedTime | None:
    if start is None or not search.first <= start <= search.last:
        return None
    told = told_at(start, search.incident_type, search.zone_name)
    last = told.until - JUST_BEFORE if told.until else start
    times = free_times.free_times(replace(search, first=max(search.first, told.start), last=min(search.last, last)))
    # The time that was shown, as long as it is free.
    times.sort(key=lambda time: (time.start != start, time.start))
    return next(iter(_offers(times[:1], search)), None)


def _offers(times: Iterable[FreeTime], search: Search) -> list[OfferedTime]:
    """Return one offer per start or window: the first of its times."""
    found: dict[ToldTime, OfferedTime] = {}
    for time in times:
        told = told_at(time.start, search.incident_type, search.zone_name)
        found.setdefault(told, OfferedTime(time, told))
    return list(found.values())
