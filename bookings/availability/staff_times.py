"""The next free times for staff who book on the telephone: the nearest technicians first, without lead times."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from bookings.availability.calendars import working_spans
from bookings.availability.free_times import (
    FreeTime,
    Search,
    batches,
    busy_times,
    fitting,
    grid_of,
    technicians,
)
from bookings.availability.places import Radius, distance
from bookings.availability.working_hours import gaps
from bookings.models import Booking, IncidentType, Resource
from fsportal.models import Address, PortalSettings

#: How far ahead is looked unless the caller says otherwise.
AHEAD = dt.timedelta(days=14)


@dataclass(frozen=True)
class TechnicianTimes:
    """One technician's next free times; `km` is how far they start from the place, None if nobody knows."""

    resource: Resource
    km: float | None
    times: list[FreeTime]


def staff_search(
    incident_type: IncidentType,
    site: Address,
    zone_name: str,
    first: dt.datetime,
    *,
    length: dt.timedelta | None = None,
    ahead: dt.timedelta = AHEAD,
    moving: Booking | None = None,
) -> Search:
    """Return a search from `first` (aware) on. Without a `length` the visit is as long as the service usually takes."""
    length = length or dt.timedelta(minutes=incident_type.duration_minutes)
    radius = Radius.of(PortalSettings.load())
    return Search(site, zone_name, incident_type, length, first, first + ahead, radius, moving)


def staff_times(search: Search, *, most: int = 5, each: int = 3) -> list[TechnicianTimes]:
    """Return the `each` next free times of the `most` nearest technicians who have any.

    The visit's own technician comes first, if one is moved. Six statements or fewer in all but the busiest companies.
    """
    able = technicians(search)
    spans, grid = working_spans(able, search.first, search.last + search.length), grid_of(search)
    found: list[TechnicianTimes] = []
    for batch in batches(able):
        if len(found) >= most:
            break
        busy = busy_times(search, batch)
        for resource in batch:
            free = gaps(spans[resource.pk], busy[resource.pk])
            starts = islice(fitting(free, grid, search.length), each)
            if times := [FreeTime(start, start + search.length, resource) for start in starts]:
                found.append(TechnicianTimes(resource, distance(search.site, resource), times))
    return found[:most]


def soonest(each: Iterable[TechnicianTimes]) -> list[FreeTime]:
    """Return the times of several technicians in order, each start by the nearest who has it."""
    by_start: dict[dt.datetime, FreeTime] = {}
    for one in each:
        for time in one.times:
            by_start.setdefault(time.start, time)
    return [by_start[start] for start in sorted(by_start)]
