"""Free times that a customer may choose from: when technicians who do this work could come and are not booked.

A time is offered on the half hours of the clock at the site, within the lead days of the settings (calendar days at
the site: with a minimum of 1, tomorrow is the first). Back-to-back visits are fine; no drive is reckoned in between.
"""

import datetime as dt
import uuid
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from bookings.eta.estimate import distance_km
from bookings.models import Booking, IncidentType, Resource
from bookings.working_hours import Span, merged, spans_of
from fsportal.lib.zones import local
from fsportal.models import Address, PortalSettings
from fsportal.models.portal_settings import DistanceUnit

STEP = dt.timedelta(minutes=30)
#: Offsets of zones are whole quarters of an hour, so half hours of any site's clock are among these.
GRID = dt.timedelta(minutes=15)
#: Nobody reads on beyond; and a slip in the settings must not search for years.
MOST_DAYS = 92
MOST_TIMES = 2000
KM = {DistanceUnit.KM: 1.0, DistanceUnit.MILES: 1.609344}


@dataclass(frozen=True)
class FreeTime:
    """A technician who could come from `start` to `end` (UTC)."""

    start: dt.datetime
    end: dt.datetime
    resource: Resource

    @property
    def key(self) -> str:
        """Return what stands for this time in a form field; it proves nothing, all is checked again."""
        return f"{int(self.start.timestamp()) // 60:x}-{self.resource.pk.hex}"

    @classmethod
    def read_key(cls, key: str) -> tuple[dt.datetime, uuid.UUID] | None:
        """Return start (UTC) and the resource's id of a key, or None for what is no key."""
        minutes, dash, resource = key.partition("-")
        try:
            start = dt.datetime.fromtimestamp(int(minutes, 16) * 60, dt.UTC)
            return (start, uuid.UUID(hex=resource)) if dash else None
        except (ValueError, OverflowError, OSError):
            return None

    @classmethod
    def from_key(cls, key: str, length: dt.timedelta) -> "FreeTime | None":
        """Return the time that a key names, for a visit of this length; None when there is no such technician.

        Says nothing of whether it is free or was ever offered: bookings/self_service.py asks that under a lock.
        """
        named = cls.read_key(key)
        resource = Resource.objects.filter(pk=named[1]).first() if named else None
        if named is None or resource is None:
            return None
        try:
            return cls(named[0], named[0] + length, resource)
        except OverflowError:
            return None


@dataclass(frozen=True)
class Search:
    """What is looked for: a visit of some length at a site between two moments (UTC, both starts included)."""

    site: Address
    zone_name: str
    kind: IncidentType
    length: dt.timedelta
    first: dt.datetime
    last: dt.datetime
    radius_km: float
    #: The visit that is to be moved: it is not in its own way.
    moving: Booking | None = None

    def narrowed(self, start: dt.datetime) -> "Search | None":
        """Return the search for this one start, or None when it is outside."""
        if not self.first <= start <= self.last:
            return None
        return Search(
            self.site, self.zone_name, self.kind, self.length, start, start, self.radius_km, self.moving
        )  # fmt: skip


# --- What the pages ask ---------------------------------------------------------------------------------------------
def times_to_move(booking: Booking, now: dt.datetime, *, portal: PortalSettings) -> list[FreeTime]:
    """Return the times to which `booking` can move: by its own technician where possible, else by another one."""
    found = free_times(search_to_move(booking, now, portal=portal))
    return [time for time in found if time.start != booking.start]


def times_to_book(
    incident_type: IncidentType, site: Address, now: dt.datetime, *, portal: PortalSettings
) -> list[FreeTime]:
    """Return the times at which a visit of this type can be booked; `site` is an address with its zone."""
    return free_times(search_to_book(incident_type, site, now, portal=portal))


def search_to_move(booking: Booking, now: dt.datetime, *, portal: PortalSettings) -> Search:
    """Return the search behind `times_to_move`."""
    order, length = booking.work_order, booking.end - booking.start
    return _search(order.site, order.zone_name, order.incident_type, length, now, portal, moving=booking)


def search_to_book(
    incident_type: IncidentType, site: Address, now: dt.datetime, *, portal: PortalSettings
) -> Search:  # fmt: skip
    """Return the search behind `times_to_book`."""
    length = dt.timedelta(minutes=incident_type.duration_minutes)
    return _search(site, site.time_zone, incident_type, length, now, portal)


def _search(
    site: Address,
    zone_name: str,
    kind: IncidentType,
    length: dt.timedelta,
    now: dt.datetime,
    portal: PortalSettings,
    *,
    moving: Booking | None = None,
) -> Search:
    today = local(now, zone_name).date()
    first = _midnight(today + dt.timedelta(days=min(portal.min_lead_days, 36_500)), zone_name)
    days = min(portal.max_lead_days - portal.min_lead_days, MOST_DAYS) + 1
    last = _midnight(local(first, zone_name).date() + dt.timedelta(days=days), zone_name) - GRID
    radius = portal.travel_radius * KM[DistanceUnit(portal.travel_radius_unit)]
    return Search(site, zone_name, kind, length, max(first, now), last, radius, moving)


def _midnight(day: dt.date, zone_name: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), local(dt.datetime.now(dt.UTC), zone_name).tzinfo).astimezone(dt.UTC)


# --- How they are found ---------------------------------------------------------------------------------------------
def free_times(search: Search) -> list[FreeTime]:
    """Return one time per start, by the technician who comes first for it. Two queries."""
    able = technicians(search)
    taken = _taken(search)
    grid = _grid(search)
    spans = spans_of(able, search.first, search.last + search.length)
    found: dict[dt.datetime, FreeTime] = {}
    for resource in able:
        for gap in _gaps(spans[resource.pk], taken.get(resource.pk, [])):
            for start in grid[bisect_left(grid, gap[0]) : bisect_right(grid, gap[1] - search.length)]:
                if start not in found:
                    found[start] = FreeTime(start, start + search.length, resource)
    return [found[start] for start in sorted(found)][:MOST_TIMES]


def is_offered(search: Search, start: dt.datetime, resource: Resource) -> bool:
    """Tell whether `resource` could come at `start`, whatever is booked; it is asked for one time, not for a list."""
    one = search.narrowed(start)
    if one is None or start not in _grid(one) or not technicians(one, only=resource):
        return False
    spans = spans_of([resource], start, start + search.length)[resource.pk]
    return any(span[0] <= start and start + search.length <= span[1] for span in spans)


def is_taken(
    resource: Resource, start: dt.datetime, end: dt.datetime, *, but: Booking | None = None
) -> bool:  # fmt: skip
    """Tell whether a visit of the technician overlaps; one that ends when the other begins does not."""
    return overlapping(resource, start, end, but=but) is not None


def overlapping(
    resource: Resource, start: dt.datetime, end: dt.datetime, *, but: Booking | None = None
) -> Booking | None:
    """Return the first visit of the technician that lies across these times, `but` one; None when there is none."""
    others = Booking.objects.active().filter(resource=resource, start__lt=end, end__gt=start)
    return (others.exclude(pk=but.pk) if but else others).with_visit().order_by("start").first()


def technicians(search: Search, *, only: Resource | None = None) -> list[Resource]:
    """Return the active technicians who do this work within the radius: the visit's own, the nearest, by name.

    The visit's own technician was sent there by a dispatcher, whatever the lists and the radius say.
    """
    own = search.moving.resource_id if search.moving else None
    does = Q(incident_types=None) | Q(incident_types=search.kind) | Q(pk=own)
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


def _taken(search: Search) -> dict[uuid.UUID, list[Span]]:
    visits = Booking.objects.active().filter(end__gt=search.first, start__lt=search.last + search.length)
    if search.moving is not None:
        visits = visits.exclude(pk=search.moving.pk)
    taken: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for resource, start, end in visits.order_by("start").values_list("resource_id", "start", "end"):
        taken[resource].append((start, end))
    return taken


def _gaps(spans: Iterable[Span], taken: list[Span]) -> list[Span]:
    """Return what is left of the working spans beside the visits; both in order of their starts."""
    gaps = []
    busy = merged(taken)
    for begins, ends in spans:
        at = begins
        for start, end in busy:
            if end <= at:
                continue
            if start >= ends:
                break
            gaps.append((at, start))
            at = end
        gaps.append((at, ends))
    return [gap for gap in gaps if gap[0] < gap[1]]


def _grid(search: Search) -> list[dt.datetime]:
    """Return the half hours of the site's clock within the search (UTC), each that comes twice twice."""
    quarter = int(GRID.total_seconds())
    at = -(-int(search.first.timestamp()) // quarter) * quarter
    end = int(search.last.timestamp())
    moments = (dt.datetime.fromtimestamp(second, dt.UTC) for second in range(at, end + 1, quarter))
    return [moment for moment in moments if not local(moment, search.zone_name).minute % 30]
