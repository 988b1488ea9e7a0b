"""Who else could go to the visits of a technician who is out, and when: at the same time, or later."""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bookings.availability.free_times import FreeTime
from bookings.availability.obstacles import Obstacles, Proposal
from bookings.availability.places import distance
from bookings.availability.staff_times import AHEAD, soonest, staff_search, staff_times
from bookings.availability.working_hours import Span
from bookings.models import Booking, Resource
from bookings.models.status import RESCHEDULABLE

#: Technicians, and later times, that are named for one visit.
MOST_TECHNICIANS = 5
MOST_LATER = 3


@dataclass(frozen=True)
class StandIn:
    """One way out for a visit: somebody comes from `start` to `end` (UTC)."""

    resource: Resource
    start: dt.datetime
    end: dt.datetime
    #: How far they start from there; None if nobody knows.
    km: float | None = field(default=None, compare=False)

    @property
    def key(self) -> str:
        return FreeTime(self.start, self.end, self.resource).key


@dataclass(frozen=True)
class Stranded:
    """A visit whose technician is out, with its ways out: the same time first, the best first."""

    booking: Booking
    same_time: list[StandIn]
    later: list[StandIn]

    @property
    def best(self) -> StandIn | None:
        return next(iter([*self.same_time, *self.later]), None)


def stranded(resource: Resource, out: Span, now: dt.datetime, *, most: int) -> list[Stranded]:
    """Return the first open visits of a technician within `out`, with who could go there instead.

    The best ways out of all visits together can be taken: nobody is to be at two places at once.
    """
    visits = Booking.objects.active().filter(resource=resource, start__lt=out[1], end__gt=max(out[0], now))
    bookings = list(visits.with_visit().order_by("start")[:most])
    others = list(Resource.objects.filter(is_active=True).exclude(pk=resource.pk).order_by("name"))
    each = {one.pk: [_instead(one, other) for other in others] for one in bookings}
    known = Obstacles([proposal for some in each.values() for proposal in some])
    found: list[Stranded] = []
    chosen: list[Proposal] = []
    for booking in bookings:
        same_time = list(_same_time(booking, each[booking.pk], known))
        later = list(_later(booking, resource, out, chosen, now)) if booking.status in RESCHEDULABLE else []
        one = Stranded(booking, same_time[:MOST_TECHNICIANS], later[:MOST_LATER])
        if one.best is not None:
            proposal = Proposal(one.best.resource, booking.work_order, one.best.start, one.best.end, booking)
            chosen.append(proposal)
            known.take(proposal)
        found.append(one)
    return found


def _instead(booking: Booking, other: Resource) -> Proposal:
    return Proposal(other, booking.work_order, booking.start, booking.end, booking)


def _same_time(booking: Booking, proposals: Iterable[Proposal], known: Obstacles) -> Iterator[StandIn]:
    """Yield who could come at the same time, the nearest first."""
    free = [one.resource for one in proposals if not any(known.against(one))]
    far = {one.pk: distance(booking.work_order.site, one) for one in free}
    for one in sorted(free, key=lambda one: (far[one.pk] is None, far[one.pk] or 0.0, one.name)):
        yield StandIn(one, booking.start, booking.end, far[one.pk])


def _later(
    booking: Booking, out_of_office: Resource, out: Span, chosen: Sequence[Proposal], now: dt.datetime
) -> Iterator[StandIn]:
    """Yield the next free times of anybody, and the first of the visit's own technician once they are back."""
    order = booking.work_order
    search = staff_search(
        order.incident_type,
        order.site,
        order.zone_name,
        now,
        length=booking.end - booking.start,
        ahead=max(AHEAD, out[1] - now + AHEAD / 2),
        moving=booking,
    )
    each = staff_times(search, most=MOST_TECHNICIANS, each=40)
    far = {one.resource.pk: one.km for one in each}
    own = [time for one in each if one.resource.pk == out_of_office.pk for time in one.times]
    if not any(time.start >= out[1] for time in own):
        back = staff_times(replace(search, first=max(out[1], now)), most=1, each=1)
        own = [time for one in back if one.resource.pk == out_of_office.pk for time in one.times]
    others = [one for one in each if one.resource.pk != out_of_office.pk]
    seen: set[uuid.UUID] = set()
    for time in soonest(others):
        if time.start == booking.start or _is_taken(time, booking, chosen):
            continue
        if time.resource.pk not in seen and len(seen) < MOST_LATER - 1:
            seen.add(time.resource.pk)
            yield StandIn(time.resource, time.start, time.end, far.get(time.resource.pk))
    back_again = (time for time in own if time.start >= out[1] and not _is_taken(time, booking, chosen))
    for time in [*back_again][:1]:
        yield StandIn(time.resource, time.start, time.end, far.get(time.resource.pk))


def _is_taken(time: FreeTime, booking: Booking, chosen: Sequence[Proposal]) -> bool:
    """Tell whether one of the visits before has taken this technician's time, or the drive to it."""
    mine = Proposal(time.resource, booking.work_order, time.start, time.end, booking)
    return any(one.resource.pk == time.resource.pk and one.crowds(mine) for one in chosen)
