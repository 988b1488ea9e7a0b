"""Changes of a series: repeat a visit, change this one and the following, end the series here, pause it.

What was made already is moved or canceled through the verbs of bookings. A visit that somebody has changed by itself
stays as it was changed.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import chain, takewhile
from itertools import repeat as repeat_of

from django.db import transaction
from django.utils import timezone

from bookings.availability.conflicts import Proposal, conflicts_of
from bookings.models import Booking, BookingStatus, Change, Occurrence, Resource, Series, VerbDone
from bookings.models.draft import Draft
from bookings.models.series import SHORTEST_MONTH, Unit
from bookings.series.making import make, proposals, working_day
from fsportal.models import User

DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Terms:
    """How a series goes on from one of its days: on which day that visit is then, when, how long, by whom."""

    first_day: dt.date
    start_time: dt.time
    minutes: int
    resource: Resource | None
    until: dt.date | None


@dataclass
class Step:
    """What becomes of one visit that was made already: its proposal, canceled (`is_off`), or left as it is."""

    occurrence: Occurrence
    booking: Booking
    day: dt.date | None
    proposal: Proposal | None = None
    is_off: bool = False
    #: What stands against it, if nobody can come at the new time: then it stays where it is.
    against: str = ""


@dataclass
class Split:
    """A series that ends before a day, the one that follows it, and the steps for what was made already."""

    before: Series
    after: Series
    #: The day from which on it is changed, and the one that this becomes.
    day: dt.date
    first_day: dt.date
    steps: list[Step] = field(default_factory=list)

    @property
    def left(self) -> list[Step]:
        return [step for step in self.steps if step.against]


# --- Repeat a visit ---------------------------------------------------------------------------------------------------
@transaction.atomic
def repeat(booking: Booking, series: Series, *, by: User | None) -> Series:
    """Store a series (not saved yet) whose first visit is this one."""
    order = booking.work_order
    for name in ("account", "incident_type", "street", "city", "postal_code", "country", "latitude", "longitude"):
        setattr(series, name, getattr(order, name))
    series.time_zone, series.contact, series.notes = order.time_zone, order.reported_by, order.notes
    series.minutes = max(1, (booking.end - booking.start) // dt.timedelta(minutes=1))
    series.made_until, series.created_by = series.first_day, by
    series.save()
    Occurrence.objects.create(
        series=series,
        day=series.first_day,
        work_order=order,
        booking=booking,
        start=booking.start,
        resource=booking.resource,
    )
    return series


# --- Change this and the following ------------------------------------------------------------------------------------
def split(series: Series, day: dt.date, terms: Terms) -> Split:
    """Return what would become of the series from one of its days on. Changes nothing."""
    before, after = copy(series), series.again()
    after.first_day, after.start_time, after.minutes = terms.first_day, terms.start_time, terms.minutes
    after.resource, after.until, after.follows = terms.resource, terms.until, series
    after.weekdays = _shifted(series.weekdays, terms.first_day - day) if series.unit == Unit.WEEK else ""
    if _means_a_date_of_long_months(series) and terms.first_day == day:
        after.first_day = series.first_day  # from its own first day on it would mean the 28th, after February
    elif series.count is not None:
        after.count = max(1, series.count - sum(1 for one in series.days() if one < day))
    before.until, before.count = day - DAY, None
    found = Split(before, after, day, terms.first_day)
    found.steps = _steps(found, series)
    days = [step.day for step in found.steps if step.day]
    after.made_until = max(days, default=terms.first_day - DAY)
    _propose(found, series)
    return found


def _shifted(weekdays: str, by: dt.timedelta) -> str:
    return "".join(sorted(str((int(digit) + by.days) % 7) for digit in weekdays))


def _means_a_date_of_long_months(series: Series) -> bool:
    """Tell whether a shorter month has its day on another date: the 31st, or the fifth Friday."""
    return series.unit in (Unit.MONTH, Unit.YEAR) and series.first_day.day > SHORTEST_MONTH


def _steps(found: Split, series: Series) -> list[Step]:
    """Return a step for each visit that was made, with its new day; further ones than the new series has are off."""
    made = _made(series, found.day)
    days = _new_days(found, series, made)
    return [
        Step(occurrence, booking, days[occurrence.day], is_off=days[occurrence.day] is None)
        for occurrence in made
        if occurrence.day in days
        for booking in _open(occurrence)
    ]


def _new_days(found: Split, series: Series, made: Sequence[Occurrence]) -> dict[dt.date, dt.date | None]:
    """Return by the rule what each day of the series becomes, also where one in between is gone; None: it has no more.

    The first visit need not be on one of the weekdays.
    """
    unending = copy(series)
    unending.until = unending.count = None
    last = max([found.day, *(one.day for one in made)])
    old = [found.day, *takewhile(lambda day: day <= last, unending.days(after=found.day))]
    new = chain([found.first_day], found.after.days(after=found.first_day))
    return dict(zip(old, chain(new, repeat_of(None)), strict=False))


def _made(series: Series, day: dt.date) -> Sequence[Occurrence]:
    found = Occurrence.objects.filter(series=series, day__gte=day).select_related("work_order")
    return list(found.order_by("day").prefetch_related("work_order__bookings"))


def _open(occurrence: Occurrence) -> Iterable[Booking]:
    """Return the visits that can still be moved or called off, also one that was planned by hand from the tray."""
    order = occurrence.work_order
    if order is None:
        return []
    scheduled = order.bookings.filter(status=BookingStatus.SCHEDULED, start__gt=timezone.now())
    return scheduled.with_visit()


def _propose(found: Split, series: Series) -> None:
    """Set the proposals of the steps: at the new time, by the new technician or, if they cannot, by another one."""
    for step in found.steps:
        if not step.is_off and step.day is not None and step.booking.start == step.occurrence.start:
            step.proposal = _proposal(step, found.after, series)
    moving = [step for step in found.steps if step.proposal]
    drafted = [_as_proposed(step) for step in moving]
    against = conflicts_of([step.proposal for step in moving if step.proposal], drafted=drafted)
    for step, some in zip(moving, against, strict=True):
        if some:
            step.proposal = _by_another(step, found.after, drafted)
            step.against = "" if step.proposal else " ".join(one.words for one in some)


def _proposal(step: Step, after: Series, series: Series) -> Proposal:
    booking, occurrence = step.booking, step.occurrence
    assert step.day is not None
    start = after.start_on(working_day(after, step.day)) if after.season_days is None else booking.start
    # Whoever gave this one to somebody else meant it.
    is_own = booking.resource_id != occurrence.resource_id or after.resource_id == series.resource_id
    resource = booking.resource if is_own or after.resource is None else after.resource
    return Proposal(resource, booking.work_order, start, start + after.length, booking)


def _as_proposed(step: Step) -> Booking:
    assert step.proposal is not None
    changed = copy(step.booking)
    changed.start, changed.end, changed.resource = step.proposal.start, step.proposal.end, step.proposal.resource
    return changed


def _by_another(step: Step, after: Series, drafted: Sequence[Booking]) -> Proposal | None:
    assert step.proposal is not None
    others = [
        replace(one, booking=step.booking) for one in proposals(after, step.booking.work_order, step.proposal.start)
    ]
    rest = [one for one in drafted if one.pk != step.booking.pk]
    for one, some in zip(others, conflicts_of(others, drafted=rest), strict=True):
        if not some:
            return one
    return None


@transaction.atomic
def change_from(series: Series, day: dt.date, terms: Terms, change: Change) -> Split:
    """Split the series and move what was made. What nobody can do is left, and says what stands against it."""
    locked = Series.objects.select_for_update(of=("self",)).select_related("account", "incident_type").get(pk=series.pk)
    # First the technicians, so that nobody books them between the look and the verbs; then the look again.
    resources = {
        step.proposal.resource.pk: step.proposal.resource for step in split(locked, day, terms).steps if step.proposal
    }
    for pk in sorted(resources):
        resources[pk].lock()
    found = split(locked, day, terms)
    found.after.save(force_insert=True)
    Series.objects.filter(pk=series.pk).update(until=found.before.until, count=None)
    for step in found.steps:
        _do(step, change)
    _hand_over(found, locked)
    return found


def _hand_over(found: Split, series: Series) -> None:
    """Give what was made to the series that follows; what that does not have any more stays with the old one."""
    made = _made(series, found.day)
    for old_day, new_day in _new_days(found, series, made).items():
        if new_day is not None:
            Occurrence.objects.filter(series=series, day=old_day).update(series=found.after, day=new_day)


def _do(step: Step, change: Change) -> None:
    """Do what was proposed, and note it as what the series says."""
    booking, proposal = step.booking, step.proposal
    if step.is_off:
        booking.cancel(change)
    elif proposal is not None:
        booking.assign(proposal.resource, change)
        booking.reschedule(proposal.start, proposal.end, change)
        if booking.draft is None:
            Occurrence.objects.filter(pk=step.occurrence.pk).update(start=proposal.start, resource=proposal.resource)


# --- End it, pause it -------------------------------------------------------------------------------------------------
def following(series: Series, day: dt.date) -> list[Step]:
    """Return what is called off if the series ends before a day."""
    return [
        Step(occurrence, booking, None, is_off=True)
        for occurrence in _made(series, day)
        for booking in _open(occurrence)
    ]


@transaction.atomic
def end_before(series: Series, day: dt.date, change: Change) -> int:
    """End the series before a day, and cancel what was made from that day on; returns how many."""
    # A worker that is making one at this moment is waited for: its visit is off, too.
    Series.objects.select_for_update(of=("self",)).get(pk=series.pk)
    Series.objects.filter(pk=series.pk).update(until=day - DAY, count=None)
    steps = following(series, day)
    for step in steps:
        _do(step, change)
    for occurrence in _made(series, day):
        if occurrence.work_order is not None and occurrence.work_order.waits_since is not None:
            occurrence.work_order.waits_since = None
            occurrence.work_order.save(update_fields=["waits_since"])
    return len(steps)


def pause(series: Series) -> bool:
    """Make no more visits until it goes on; what was made stays."""
    return bool(Series.objects.filter(pk=series.pk, paused_at=None).update(paused_at=timezone.now()))


def resume(series: Series) -> bool:
    """Go on with the days to come; those that passed meanwhile are not made up for."""
    gone = bool(Series.objects.filter(pk=series.pk).exclude(paused_at=None).update(paused_at=None))
    if gone:
        series.refresh_from_db()
        make(series, timezone.now())
    return gone


# --- What would be told -----------------------------------------------------------------------------------------------
def drafted(steps: Iterable[Step], change: Change) -> tuple[list[VerbDone], list[Booking]]:
    """Do the steps in a draft; return the verbs and the visits as they would be, for a plan of what is told."""
    draft: Draft[Booking, VerbDone] = Draft()
    bookings = []
    for step in steps:
        if step.is_off or step.proposal is not None:
            booking = copy(step.booking)
            draft.take(booking)
            _do(replace(step, booking=booking), change)
            bookings.append(booking)
    return draft.done, bookings
