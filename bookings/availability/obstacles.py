"""What stands against visits as somebody would have them, found in memory once a few statements have read the rest."""

import datetime as dt
import uuid
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy

from bookings.availability.booked import SURROUNDINGS, Surroundings, surroundings_in, visits_near
from bookings.availability.calendars import TOGETHER, Calendar, calendars
from bookings.availability.places import REACH, Radius, distance, is_in_their_country
from bookings.availability.working_hours import DAY, lies_in
from bookings.models import Booking, IncidentType, Resource, WorkOrder
from bookings.models.status import FINAL
from fsportal.lib.zones import local
from fsportal.models import Address, PortalSettings


class ConflictKind(models.TextChoices):
    OVERLAP = "overlap", gettext_lazy("Another visit at this time")
    DRIVE = "drive", gettext_lazy("No time for the drive")
    HOURS = "hours", gettext_lazy("Outside working hours")
    ABSENT = "absent", gettext_lazy("Absent")
    HOLIDAY = "holiday", gettext_lazy("Public holiday")
    SKILL = "skill", gettext_lazy("Skill missing")
    RADIUS = "radius", gettext_lazy("Too far away")
    PLACE = "place", gettext_lazy("Place unknown")
    INACTIVE = "inactive", gettext_lazy("No longer active")


@dataclass(frozen=True)
class Proposal:
    """A visit as somebody would have it (aware times). `booking` is the one to be moved; None if it is new."""

    resource: Resource
    work_order: WorkOrder
    start: dt.datetime
    end: dt.datetime
    booking: Booking | None = None

    @property
    def keeps_technician(self) -> bool:
        """Tell whether it stays with who was sent there before, whatever their lists and radius say."""
        return self.booking is not None and self.booking.resource_id == self.resource.pk

    @property
    def around(self) -> Surroundings:
        return Surroundings.of(self.work_order.site.coordinates, self.work_order.incident_type)

    def crowds(self, other: "Proposal") -> bool:
        """Tell whether one technician cannot do both: they overlap, or leave no time for the drive and the buffers."""
        first, second = sorted((self, other), key=lambda one: one.start)
        return first.end + first.around.until(second.around) > second.start


@dataclass(frozen=True)
class Neighbour:
    """Another visit of the technician."""

    pk: uuid.UUID
    start: dt.datetime
    end: dt.datetime
    around: Surroundings = field(compare=False)


@dataclass(frozen=True)
class Obstacle:
    """One thing that stands against a proposal. What the sentence about it needs besides is in the other fields."""

    kind: ConflictKind
    neighbour: Neighbour | None = None
    detail: Any = None


class _Booked:
    """One technician's visits, of which only those near a time are looked at."""

    def __init__(self, visits: Iterable[Neighbour]) -> None:
        self._visits = sorted(visits, key=lambda visit: visit.start)

    @cached_property
    def _starts(self) -> list[dt.datetime]:
        return [visit.start for visit in self._visits]

    @cached_property
    def _latest_ends(self) -> list[dt.datetime]:
        return list(accumulate((visit.end for visit in self._visits), max))

    def near(self, start: dt.datetime, end: dt.datetime) -> list[Neighbour]:
        return self._visits[bisect_right(self._latest_ends, start - REACH) : bisect_left(self._starts, end + REACH)]

    def added(self, visit: Neighbour) -> "_Booked":
        return _Booked([*(one for one in self._visits if one.pk != visit.pk), visit])

    def without(self, pk: uuid.UUID) -> "_Booked":
        return _Booked(one for one in self._visits if one.pk != pk)


class Obstacles:
    """What is known of some technicians between two moments (UTC)."""

    def __init__(self, proposals: Sequence[Proposal], drafted: Iterable[Booking] = ()) -> None:
        """Read what the proposals need. `drafted` are bookings that are not stored yet, and count as they will be."""
        self._radius = Radius.of(PortalSettings.load())
        resources = {one.resource.pk: one.resource for one in proposals}
        first = min((one.start for one in proposals), default=dt.datetime.max.replace(tzinfo=dt.UTC))
        last = max((one.end for one in proposals), default=first)
        self._calendars = calendars(resources.values(), first, last) if proposals else {}
        self._read_services(list(resources), {one.work_order.incident_type_id for one in proposals})
        self._read_visits(list(resources), first, last, list(drafted))

    def _read_services(self, resources: list[uuid.UUID], services: set[uuid.UUID]) -> None:
        asked = IncidentType.skills.through.objects.filter(incidenttype_id__in=services)
        self._asked = _grouped(asked.values_list("incidenttype_id", "skill_id", "skill__name"))
        self._does: defaultdict[uuid.UUID, set[Any]] = defaultdict(set)
        self._skills: defaultdict[uuid.UUID, set[Any]] = defaultdict(set)
        for some in _chunks(resources):
            does = Resource.incident_types.through.objects.filter(resource_id__in=some)
            for resource, service in does.values_list("resource_id", "incidenttype_id"):
                self._does[resource].add(service)
            if not self._asked:
                continue  # most companies keep no skills
            has = Resource.skills.through.objects.filter(resource_id__in=some)
            for resource, skill in has.values_list("resource_id", "skill_id"):
                self._skills[resource].add(skill)

    def _read_visits(
        self, resources: list[uuid.UUID], first: dt.datetime, last: dt.datetime, drafted: list[Booking]
    ) -> None:
        later = {one.pk: one for one in drafted}
        found: defaultdict[uuid.UUID, list[Neighbour]] = defaultdict(list)
        for some in _chunks(resources):
            visits = visits_near(some, first, last).annotate(where=SURROUNDINGS)
            for pk, resource, start, end, where in visits.values_list("pk", "resource_id", "start", "end", "where"):
                if pk not in later:
                    found[resource].append(Neighbour(pk, start, end, surroundings_in(where)))
        for one in drafted:
            if one.status not in FINAL:
                found[one.resource_id].append(neighbour_of(one))
        self._booked = defaultdict(lambda: _Booked([]), {pk: _Booked(visits) for pk, visits in found.items()})

    def take(self, proposal: Proposal) -> None:
        """Count a proposal as a visit from now on, and its booking no more where it was."""
        pk = proposal.booking.pk if proposal.booking else uuid.uuid4()
        for resource, booked in list(self._booked.items()):
            self._booked[resource] = booked.without(pk)
        visit = Neighbour(pk, proposal.start, proposal.end, proposal.around)
        self._booked[proposal.resource.pk] = self._booked[proposal.resource.pk].added(visit)

    def calendar(self, resource: Resource) -> Calendar:
        return self._calendars[resource.pk]

    def radius(self) -> Radius:
        return self._radius

    def against(self, proposal: Proposal) -> Iterator[Obstacle]:
        """Yield what stands against a proposal, the gravest first."""
        yield from self._visits_in_the_way(proposal)
        yield from self._times(proposal)
        if not proposal.keeps_technician:
            yield from self._suitability(proposal)
        if not proposal.resource.is_active:
            yield Obstacle(ConflictKind.INACTIVE)

    def _visits_in_the_way(self, one: Proposal) -> Iterator[Obstacle]:
        own = one.booking.pk if one.booking else None
        near = [visit for visit in self._booked[one.resource.pk].near(one.start, one.end) if visit.pk != own]
        overlapping = [visit for visit in near if visit.start < one.end and visit.end > one.start]
        yield from (Obstacle(ConflictKind.OVERLAP, visit) for visit in overlapping)
        around = one.around
        before = [visit for visit in near if visit.end <= one.start]
        after = [visit for visit in near if visit.start >= one.end]
        tight = [(visit, visit.around, around, one.start - visit.end) for visit in before]
        tight += [(visit, around, visit.around, visit.start - one.end) for visit in after]
        for visit, earlier, later, has in tight:
            if (needs := earlier.until(later)) > has:
                yield Obstacle(ConflictKind.DRIVE, visit, (earlier, later, needs, has))

    def _times(self, one: Proposal) -> Iterator[Obstacle]:
        calendar, span = self._calendars[one.resource.pk], (one.start, one.end)
        if (absence := calendar.absent(one.start, one.end)) is not None:
            yield Obstacle(ConflictKind.ABSENT, detail=absence)
        if not calendar.has_zone:
            yield Obstacle(ConflictKind.PLACE, detail="zone")
            return
        is_within = lies_in(span, calendar.hours(*span))
        if not is_within:
            yield Obstacle(ConflictKind.HOURS)
        if calendar.has_holidays and not lies_in(span, calendar.outside_holidays(*span)):
            day = next((day for day in _days(one, calendar.zone_name) if calendar.is_holiday(day)), None)
            if is_within or day is not None:
                yield Obstacle(ConflictKind.HOLIDAY, detail=day)

    def _suitability(self, one: Proposal) -> Iterator[Obstacle]:
        service = one.work_order.incident_type_id
        does = self._does[one.resource.pk]
        lacks = [name for skill, name in self._asked[service] if skill not in self._skills[one.resource.pk]]
        if lacks:
            yield Obstacle(ConflictKind.SKILL, detail=sorted(lacks))
        elif does and service not in does:
            yield Obstacle(ConflictKind.SKILL)
        yield from self._place(one, one.work_order.site)

    def _place(self, one: Proposal, site: Address) -> Iterator[Obstacle]:
        km = distance(site, one.resource)
        if one.resource.start_place is None:
            yield Obstacle(ConflictKind.PLACE, detail="start")
        elif km is None:
            if not is_in_their_country(site, one.work_order.zone_name, one.resource):
                yield Obstacle(ConflictKind.PLACE, detail="site")
        elif km > self._radius.km(one.resource):
            yield Obstacle(ConflictKind.RADIUS, detail=km)


def neighbour_of(booking: Booking) -> Neighbour:
    order = booking.work_order
    return Neighbour(
        booking.pk, booking.start, booking.end, Surroundings.of(order.site.coordinates, order.incident_type)
    )


def _days(one: Proposal, zone_name: str) -> Iterator[dt.date]:
    """Yield the days of a visit by the technician's clock, then the one before, whose night it may be in."""
    first, last = local(one.start, zone_name).date(), local(one.end - dt.timedelta.resolution, zone_name).date()
    day = first
    while day <= last:
        yield day
        day += DAY
    yield first - DAY


def _grouped(rows: Iterable[tuple[Any, Any, str]]) -> defaultdict[Any, list[tuple[Any, str]]]:
    found: defaultdict[Any, list[tuple[Any, str]]] = defaultdict(list)
    for key, skill, name in rows:
        found[key].append((skill, name))
    return found


def _chunks(pks: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    return (pks[at : at + TOGETHER] for at in range(0, len(pks), TOGETHER))
