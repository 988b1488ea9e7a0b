"""Free times that a customer may choose from: when technicians who do this work could come and are not booked.

A time is offered on the half hours of the clock at the site, within the lead times of the settings, which are hours
from now (a day is 24): with a minimum of 1 day, at 18:00 nothing before 18:00 tomorrow. Between visits at different
places there is time for the drive. It is estimated, since a list of times means hundreds of drives, too many for a
routing engine.
"""

import datetime as dt
import math
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Aggregate, Case, F, Q, TextField, Value, When
from django.db.models.functions import Cast, Concat

from bookings.availability.working_hours import Span, merged, spans_of
from bookings.eta.base import Point, distance_km
from bookings.eta.estimate import between_visits
from bookings.models import Booking, IncidentType, Resource
from fsportal.lib.zones import YEARS, local
from fsportal.models import Address, PortalSettings
from fsportal.models.portal_settings import DistanceUnit

STEP = dt.timedelta(minutes=30)
#: Offsets of zones are whole quarters of an hour, so half hours of any site's clock are among these.
GRID = dt.timedelta(minutes=15)
#: Nobody reads further, and a typing error in the settings must not search years.
MOST_DAYS = dt.timedelta(days=92)
MOST_TIMES = 2000
#: The nearest of them: if these have nothing free in months, a longer list does not help.
MOST_TECHNICIANS = 400
FIRST_BATCH = 16
#: How long before and after visits are read, for the drive from and to them.
LONGEST_DRIVE = dt.timedelta(hours=4)
KM = {DistanceUnit.KM: 1.0, DistanceUnit.MILES: 1.609344}


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
    radius_km: float
    #: The visit to be moved: it does not block itself.
    moving: Booking | None = None

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
    radius = portal_settings.travel_radius * KM[DistanceUnit(portal_settings.travel_radius_unit)]
    return Search(site, zone_name, incident_type, length, first, last, radius, moving)


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
    able, grid = technicians(search)[:MOST_TECHNICIANS], _grid(search)
    spans = spans_of(able, search.first, search.last + search.length)
    distinct = {id(of_one): of_one for of_one in spans.values()}
    wanted = {start for of_one in distinct.values() for start in _fitting(of_one, grid, search.length)}
    found: list[FreeTime] = []
    for batch in _batches(able):
        if not wanted:
            break
        taken = _taken(search, batch)
        for resource in batch:
            gaps = _gaps(spans[resource.pk], taken[resource.pk])
            starts = [start for start in _fitting(gaps, grid, search.length) if start in wanted]
            wanted.difference_update(starts)
            found += (FreeTime(start, start + search.length, resource) for start in starts)
    return sorted(found, key=lambda time: time.start)[:MOST_TIMES]


def _fitting(spans: Iterable[Span], grid: list[dt.datetime], length: dt.timedelta) -> Iterator[dt.datetime]:
    for begins, ends in spans:
        yield from grid[bisect_left(grid, begins) : bisect_right(grid, ends - length)]


def _batches(able: list[Resource]) -> Iterator[list[Resource]]:
    at, size = 0, FIRST_BATCH
    while at < len(able):
        yield able[at : at + size]
        at, size = at + size, size * 4


def is_offered(search: Search, start: dt.datetime, resource: Resource) -> bool:
    """Tell whether `resource` could come at `start`, whatever is booked."""
    one = search.narrowed(start)
    if one is None or start not in _grid(one):
        return False
    end = start + search.length
    # The technician as in the database now.
    spans = spans_of(technicians(one, only=resource), start, end).get(resource.pk, [])
    return any(span[0] <= start and end <= span[1] for span in spans)


def is_free(search: Search, start: dt.datetime, resource: Resource) -> bool:
    """Tell whether the technician is free for a visit at `start`, with time to drive there and on to the next."""
    one = replace(search, first=start, last=start)
    return not any(
        begins < start + search.length and start < ends for begins, ends in _taken(one, [resource])[resource.pk]
    )


def overlapping(
    resource: Resource, start: dt.datetime, end: dt.datetime, *, but: Booking | None = None
) -> Booking | None:
    """Return the technician's first visit that overlaps these times, leaving out `but`; None if there is none."""
    others = Booking.objects.active().filter(resource=resource, start__lt=end, end__gt=start)
    return (others.exclude(pk=but.pk) if but else others).with_visit().order_by("start").first()


def technicians(search: Search, *, only: Resource | None = None) -> list[Resource]:
    """Return the active technicians who do this work within the radius: the visit's own, the nearest, by name.

    The visit's own technician was sent there by a dispatcher, whatever the lists and the radius say.
    """
    own = search.moving.resource_id if search.moving else None
    does = Q(incident_types=None) | Q(incident_types=search.incident_type) | Q(pk=own)
    found = Resource.objects.filter(does, is_active=True).distinct()
    if only is not None:
        found = found.filter(pk=only.pk)
    near = [(_distance(search.site, resource), resource) for resource in found.order_by("name")]
    reachable = [
        (resource.pk != own, km is None, km or 0.0, resource.name, resource)
        for km, resource in near
        if km is None or km <= search.radius_km or resource.pk == own
    ]
    return [row[-1] for row in sorted(reachable, key=lambda row: row[:-1])]


def _distance(site: Address, resource: Resource) -> float | None:
    latitude, longitude = resource.start_latitude, resource.start_longitude
    if site.coordinates is None or latitude is None or longitude is None:
        return None
    return distance_km(site.coordinates, (latitude, longitude))


def _taken(search: Search, resources: list[Resource]) -> dict[uuid.UUID, list[Span]]:
    """Return when the technicians are at other visits, or driving between those and the one searched for."""
    visits = Booking.objects.active().filter(resource__in=resources, end__gt=search.first - LONGEST_DRIVE)
    visits = visits.filter(start__lt=search.last + search.length + LONGEST_DRIVE)
    if search.moving is not None:
        visits = visits.exclude(pk=search.moving.pk)
    taken: dict[uuid.UUID, list[Span]] = {resource.pk: [] for resource in resources}
    of_text = {form: taken[pk] for pk in taken for form in (pk.hex, str(pk))}  # SQLite has ids without hyphens
    drives: dict[str, dt.timedelta] = {}  # thousands of visits, but far fewer places
    for start, end, they in visits.order_by().values_list("start", "end").annotate(they=_Joined(VISIT)):
        spans: dict[str, Span] = {}
        for one in they.split(";"):
            resource, _bar, place = one.partition("|")
            if place not in spans:
                drive = drives.get(place) or drives.setdefault(place, _drive(search.site.coordinates, place))
                spans[place] = (start - drive, end + drive)
            of_text[resource].append(spans[place])
    return taken


class _Joined(Aggregate):
    """Text of several rows, with semicolons between."""

    function, template = "STRING_AGG", "%(function)s(%(expressions)s, ';')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, function="GROUP_CONCAT", **context)


def _place(name: str) -> Case:
    """Return a coordinate of a visit's place (WorkOrder.site): the work order's own if it has one, or the account's."""
    order, account = F(f"work_order__{name}"), F(f"work_order__account__{name}")
    has_point = Q(work_order__latitude__isnull=False, work_order__longitude__isnull=False)
    is_elsewhere = ~Q(work_order__street="") | ~Q(work_order__city="")
    return Case(When(has_point, then=order), When(is_elsewhere, then=None), default=account)


BAR = Value("|", output_field=TextField())
#: A visit as "technician|latitude|longitude". Technicians are booked at the same times of the day, so a query returns
#: few times with many such texts; to read a row for each visit took most of a search.
VISIT = Concat(
    Cast("resource_id", TextField()),
    BAR,
    Cast(_place("latitude"), TextField()),
    BAR,
    Cast(_place("longitude"), TextField()),
)


def _drive(here: Point | None, place: str) -> dt.timedelta:
    latitude, _bar, longitude = place.partition("|")
    there = (float(latitude), float(longitude)) if latitude and longitude else None
    return min(between_visits(here, there), LONGEST_DRIVE)


def _gaps(spans: Iterable[Span], taken: list[Span]) -> list[Span]:
    """Return what the visits leave of the working spans (in order)."""
    gaps, visits, reached = [], merged(taken), 0
    for begins, ends in spans:
        at = begins
        while reached < len(visits) and visits[reached][0] < ends:
            start, end = visits[reached]
            if start > at:
                gaps.append((at, start))
            at = max(at, end)
            if end > ends:
                break  # it lies across the next span too
            reached += 1
        if at < ends:
            gaps.append((at, ends))
    return gaps


def _grid(search: Search) -> list[dt.datetime]:
    """Return the half hours of the site's clock within the search (UTC); one that comes twice is there twice."""
    quarter = int(GRID.total_seconds())
    at = math.ceil(search.first.timestamp() / quarter) * quarter
    end = int(search.last.timestamp())
    moments = (dt.datetime.fromtimestamp(second, dt.UTC) for second in range(at, end + 1, quarter))
    return [moment for moment in moments if not local(moment, search.zone_name).minute % 30]
