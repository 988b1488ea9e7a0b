"""Free times: when technicians who do this work could come and are not booked. Customers choose from them, and staff.

A time is offered on the half hours of the clock at the site. Customers are offered what is within the lead times of the
settings, which are hours from now (a day is 24): with a minimum of 1 day, at 18:00 nothing before 18:00 tomorrow.
Between visits at different places there is time for the drive. It is estimated, since a list of times means hundreds of
drives, too many for a routing engine.

What is offered has no conflicts (conflicts.py); what has none, on a half hour and within the lead times, is offered.
"""

import datetime as dt
import math
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from bookings.availability.booked import Surroundings, taken
from bookings.availability.calendars import working_spans
from bookings.availability.places import Radius, distance, is_in_their_country
from bookings.availability.working_hours import Span, gaps, lies_in
from bookings.models import Booking, IncidentType, Resource
from fsportal.lib.zones import YEARS, local
from fsportal.models import Address, PortalSettings

STEP = dt.timedelta(minutes=30)
#: Offsets of zones are whole quarters of an hour, so half hours of any site's clock are among these.
GRID = dt.timedelta(minutes=15)
#: Nobody reads further, and a typing error in the settings must not search years.
MOST_DAYS = dt.timedelta(days=92)
MOST_TIMES = 2000
#: The nearest of them: if these have nothing free in months, a longer list does not help.
MOST_TECHNICIANS = 400
FIRST_BATCH = 16


@dataclass(frozen=True)
class FreeTime:
    """A technician who could come from `start` to `end` (UTC)."""

    start: dt.datetime
    end: dt.datetime
    resource: Resource

    @property
    def key(self) -> str:
        """Return the value of a form field for this time. It proves nothing: everything is checked again."""
        return f"{int(self.start.timestamp()) // 60:x}-{self.resource.pk.hex}"

    @classmethod
    def from_key(cls, key: str) -> tuple[dt.datetime, uuid.UUID] | None:
        """Return start (UTC) and technician's id of a key; None if it cannot be read."""
        minutes, dash, resource = key.partition("-")
        try:
            start = dt.datetime.fromtimestamp(int(minutes, 16) * 60, dt.UTC)
            return (start, uuid.UUID(hex=resource)) if dash else None
        except (ValueError, OverflowError, OSError):
            return None

    @classmethod
    def named(cls, key: str, length: dt.timedelta) -> "FreeTime | None":
        """Return the time that a key names, for a visit of this length; None if there is no such technician.

        It need not be free, nor ever have been offered: bookings/self_service/verbs.py checks that under a lock.
        """
        parts = cls.from_key(key)
        resource = Resource.objects.filter(pk=parts[1]).first() if parts else None
        # No visit is in another year, and its end might be beyond what a datetime can hold.
        if parts is None or resource is None or parts[0].year not in YEARS:
            return None
        return cls(parts[0], parts[0] + length, resource)


@dataclass(frozen=True)
class Search:
    """What is looked for: a visit of some length at a site whose start is between two moments (UTC), both included."""

    site: Address
    zone_name: str
    incident_type: IncidentType
    length: dt.timedelta
    first: dt.datetime
    last: dt.datetime
    radius: Radius
    #: The visit to be moved: it does not block itself.
    moving: Booking | None = None

    @property
    def around(self) -> Surroundings:
        return Surroundings.of(self.site.coordinates, self.incident_type)

    def narrowed(self, start: dt.datetime) -> "Search | None":
        return replace(self, first=start, last=start) if self.first <= start <= self.last else None


# --- What the pages ask ---------------------------------------------------------------------------------------------
def times_to_move(booking: Booking, now: dt.datetime, *, portal_settings: PortalSettings) -> list[FreeTime]:
    """Return the times to which `booking` can move: by its own technician where possible, else by another one."""
    found = free_times(search_to_move(booking, now, portal_settings=portal_settings))
    return [time for time in found if time.start != booking.start]


def time_to_move(
    booking: Booking, start: dt.datetime | None, now: dt.datetime, *, portal_settings: PortalSettings
) -> FreeTime | None:
    """Return the one of `times_to_move` that begins at `start`, or None if there is none (any more)."""
    search = search_to_move(booking, now, portal_settings=portal_settings)
    return None if start == booking.start else _time_at(search, start)


def time_to_book(
    incident_type: IncidentType,
    site: Address,
    start: dt.datetime | None,
    now: dt.datetime,
    *,
    portal_settings: PortalSettings,
) -> FreeTime | None:
    """Return the one of `times_to_book` that begins at `start`, or None if there is none (any more)."""
    return _time_at(search_to_book(incident_type, site, now, portal_settings=portal_settings), start)


def _time_at(search: Search, start: dt.datetime | None) -> FreeTime | None:
    one = search.narrowed(start) if start else None
    return next(iter(free_times(one)), None) if one else None


def times_to_book(
    incident_type: IncidentType, site: Address, now: dt.datetime, *, portal_settings: PortalSettings
) -> list[FreeTime]:
    """Return the times at which a visit of this type can be booked; `site` is an address with its zone."""
    return free_times(search_to_book(incident_type, site, now, portal_settings=portal_settings))


def search_to_move(booking: Booking, now: dt.datetime, *, portal_settings: PortalSettings) -> Search:
    order, length = booking.work_order, booking.end - booking.start
    return _search(order.site, order.zone_name, order.incident_type, length, now, portal_settings, moving=booking)


def search_to_book(
    incident_type: IncidentType, site: Address, now: dt.datetime, *, portal_settings: PortalSettings
) -> Search:
    length = dt.timedelta(minutes=incident_type.duration_minutes)
    return _search(site, site.time_zone, incident_type, length, now, portal_settings)


def _search(
    site: Address,
    zone_name: str,
    incident_type: IncidentType,
    length: dt.timedelta,
    now: dt.datetime,
    portal_settings: PortalSettings,
    *,
    moving: Booking | None = None,
) -> Search:
    first = _earliest(now, portal_settings)
    last = min(now + dt.timedelta(days=portal_settings.max_lead_days), first + MOST_DAYS)
    return Search(site, zone_name, incident_type, length, first, last, Radius.of(portal_settings), moving)


def is_too_soon(start: dt.datetime | None, now: dt.datetime, portal_settings: PortalSettings) -> bool:
    """Tell whether a time cannot be chosen (any more) because it is nearer than the minimum lead time."""
    return start is not None and start < _earliest(now, portal_settings)


def _earliest(now: dt.datetime, portal_settings: PortalSettings) -> dt.datetime:
    return now + dt.timedelta(days=portal_settings.min_lead_days, hours=portal_settings.min_lead_hours)


# --- How they are found ---------------------------------------------------------------------------------------------
def free_times(search: Search) -> list[FreeTime]:
    """Return one time per start, by the technician who comes first for it.

    Technicians are read in growing batches, until every start within anybody's working hours is found: the first few
    have nearly all of them. The number of queries grows with the logarithm of the number of technicians.
    """
    able, grid = technicians(search)[:MOST_TECHNICIANS], grid_of(search)
    spans = working_spans(able, search.first, search.last + search.length)
    distinct = {id(of_one): of_one for of_one in spans.values()}
    wanted = {start for of_one in distinct.values() for start in fitting(of_one, grid, search.length)}
    found: list[FreeTime] = []
    for batch in batches(able):
        if not wanted:
            break
        busy = busy_times(search, batch)
        for resource in batch:
            free = gaps(spans[resource.pk], busy[resource.pk])
            starts = [start for start in fitting(free, grid, search.length) if start in wanted]
            wanted.difference_update(starts)
            found += (FreeTime(start, start + search.length, resource) for start in starts)
    return sorted(found, key=lambda time: time.start)[:MOST_TIMES]


def fitting(spans: Iterable[Span], grid: list[dt.datetime], length: dt.timedelta) -> Iterator[dt.datetime]:
    for begins, ends in spans:
        yield from grid[bisect_left(grid, begins) : bisect_right(grid, ends - length)]


def batches(able: list[Resource]) -> Iterator[list[Resource]]:
    at, size = 0, FIRST_BATCH
    while at < len(able):
        yield able[at : at + size]
        at, size = at + size, size * 4


def busy_times(search: Search, resources: list[Resource]) -> dict[uuid.UUID, list[Span]]:
    return taken(search.around, resources, search.first, search.last + search.length, but=search.moving)


def is_offered(search: Search, start: dt.datetime, resource: Resource) -> bool:
    """Tell whether `resource` could come at `start`, whatever is booked."""
    one = search.narrowed(start)
    if one is None or start not in grid_of(one):
        return False
    end = start + search.length
    # The technician as in the database now.
    spans = working_spans(technicians(one, only=resource), start, end).get(resource.pk, [])
    return lies_in((start, end), spans)


def is_free(search: Search, start: dt.datetime, resource: Resource) -> bool:
    """Tell whether the technician is free for a visit at `start`, with time to drive there and on to the next."""
    one, end = replace(search, first=start, last=start), start + search.length
    return not any(begins < end and start < ends for begins, ends in busy_times(one, [resource])[resource.pk])


def technicians(search: Search, *, only: Resource | None = None) -> list[Resource]:
    """Return the active technicians who may do this work there: the visit's own, the nearest, by name.

    They do such work, have the skills that it asks for, and are within their radius. The visit's own technician was
    sent there by a dispatcher, whatever the lists and the radius say.
    """
    own = search.moving.resource_id if search.moving else None
    does = Q(incident_types=None) | Q(incident_types=search.incident_type)
    able = (does & ~Exists(missing_skills(search.incident_type))) | Q(pk=own)
    found = Resource.objects.filter(able, is_active=True).distinct()
    if only is not None:
        found = found.filter(pk=only.pk)
    near = [(distance(search.site, resource), resource) for resource in found.order_by("name")]
    reachable = [
        (resource.pk != own, km is None, km or 0.0, resource.name, resource)
        for km, resource in near
        if resource.pk == own or reaches(search, resource, km)
    ]
    return [row[-1] for row in sorted(reachable, key=lambda row: row[:-1])]


def missing_skills(incident_type: IncidentType) -> QuerySet[Any]:
    """Return a subquery: the skills that a service asks for and the technician of the outer query does not have."""
    theirs = Resource.skills.through.objects.filter(resource_id=OuterRef(OuterRef("pk")), skill_id=OuterRef("skill_id"))
    asked = IncidentType.skills.through.objects.filter(incidenttype_id=incident_type.pk)
    return asked.filter(~Exists(theirs))


def reaches(search: Search, resource: Resource, km: float | None) -> bool:
    """Tell whether the site is in the technician's area; nobody knows that without a start place."""
    if resource.start_place is None:
        return False
    if km is None:
        return is_in_their_country(search.site, search.zone_name, resource)
    return km <= search.radius.km(resource)


def grid_of(search: Search) -> list[dt.datetime]:
    """Return the half hours of the site's clock within the search (UTC); one that comes twice is there twice."""
    quarter = int(GRID.total_seconds())
    at = math.ceil(search.first.timestamp() / quarter) * quarter
    end = int(search.last.timestamp())
    moments = (dt.datetime.fromtimestamp(second, dt.UTC) for second in range(at, end + 1, quarter))
    return [moment for moment in moments if not local(moment, search.zone_name).minute % 30]
