"""Taking in a reported position: it is kept for the one visit that the technician travels to, or not at all.

A position that cannot be believed is kept with a mark that says why, and shown to nobody: too late, out of order, too
far from the previous one, too inexact. 500 technicians report every ten seconds: few queries, one short transaction.
"""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.db.models import DateTimeField, Q, Subquery, Value
from django.db.models.functions import Coalesce, Least

from bookings.eta.base import Point, distance_km
from bookings.models import Booking, BookingQuerySet, Position, Resource
from bookings.models.positions import Mark, PositionQuerySet
from bookings.tracking.report import FIRST, PositionReport
from fsportal.lib.prepared import PreparedQuery, QueryParameter

#: A position that is older than this when it comes in only says where somebody was.
TOO_LATE = dt.timedelta(minutes=5)
#: A phone first answers with the position that it has at hand, some seconds old.
AT_HAND = dt.timedelta(seconds=15)
#: Metres per second (250 km/h): faster is a wrong fix, not a technician.
TOO_FAST = 70.0
#: Kilometres from the visit's place: a first position farther away needs a second one that agrees with it.
TOO_FAR = 300.0
#: Degrees around 0,0, in the ocean: what a device without a fix reports.
NO_FIX = 0.001
#: Metres: beyond this even "in which part of town" is a guess.
TOO_VAGUE = 500.0


def visit_traveled_to(resource: Resource, *, locked: bool = False) -> Booking | None:
    """Return the visit to which this technician is on the way: the one they set off for last.

    `locked` until the caller's transaction ends, so that nothing is kept of somebody who has just arrived.
    """
    return (TRAVELED_TO_LOCKED if locked else TRAVELED_TO).first(resource=resource.pk)


def _traveled_to(rows: BookingQuerySet, resource: QueryParameter) -> BookingQuerySet:
    return rows.on_the_way().filter(resource=resource).only("pk", "set_off_at").order_by("-set_off_at", "-pk")[:1]


TRAVELED_TO = PreparedQuery(lambda resource: _traveled_to(Booking.objects.all(), resource))
TRAVELED_TO_LOCKED = PreparedQuery(
    lambda resource: _traveled_to(Booking.objects.select_for_update(no_key=True), resource)
)


def take(resource: Resource, reports: Sequence[PositionReport], now: dt.datetime) -> bool:
    """Keep what a technician's device reports (aware times) at `now`; False, and nothing kept, if they do not travel.

    Positions from before they set off are left out as well: those are not this customer's business. Harmless when
    repeated.
    """
    return visit_traveled_to(resource) is not None and take_on_the_way(resource, reports, now)


def take_on_the_way(resource: Resource, reports: Sequence[PositionReport], now: dt.datetime) -> bool:
    """Do the same for a technician who was on the way a moment ago; for others, `take` saves the transaction."""
    with transaction.atomic():
        # The technician before the booking, as everywhere. Two reports of one technician take turns.
        resource.lock()
        booking = visit_traveled_to(resource, locked=True)
        if booking is None:
            return False
        _store(resource, booking, _since(booking.set_off_at or now, _by_our_clock(reports, now)), now)
    return True


def _since(moment: dt.datetime, reports: list[PositionReport]) -> list[PositionReport]:
    """Return the reports since a moment; a position that the phone had at hand at that moment counts as of then.

    Without those that are no position.
    """
    return [
        dataclasses.replace(report, recorded_at=max(report.recorded_at, moment))
        for report in reports
        if report.recorded_at >= moment - AT_HAND and max(abs(report.latitude), abs(report.longitude)) > NO_FIX
    ]


def _by_our_clock(reports: Sequence[PositionReport], now: dt.datetime) -> list[PositionReport]:
    """Return the reports in order of time, moved back together if the phone's clock is ahead of ours."""
    if not reports:
        return []
    ahead = max(max(report.recorded_at for report in reports) - now, dt.timedelta())
    moved = [dataclasses.replace(report, recorded_at=report.recorded_at - ahead) for report in reports]
    return sorted(moved, key=lambda report: report.recorded_at)


def _store(resource: Resource, booking: Booking, reports: list[PositionReport], now: dt.datetime) -> None:
    if not reports:
        return
    nearby = list(
        NEARBY.rows(booking=booking.pk, resource=resource.pk, first=reports[0].recorded_at, to=reports[-1].recorded_at)
    )
    last = max((row for row in nearby if row.mark == Mark.GOOD), key=lambda row: row.recorded_at, default=None)
    known = {(row.recorded_at, row.latitude, row.longitude) for row in nearby}
    jumps = [row for row in nearby if row.mark == Mark.JUMP and (last is None or row.recorded_at > last.recorded_at)]
    jump = jumps[-1] if jumps else None
    site = _site_of(booking) if last is None else None
    kept = []
    for report in reports:
        if (report.recorded_at, report.latitude, report.longitude) in known:
            continue
        known.add((report.recorded_at, report.latitude, report.longitude))
        mark = _mark(report, last, jump, now, site)
        row = Position(resource=resource, booking=booking, received_at=now, mark=mark, **dataclasses.asdict(report))
        last, jump = (row, None) if mark == Mark.GOOD else (last, row if mark == Mark.JUMP else jump)
        kept.append(row)
    Position.objects.bulk_create(kept)
    if last in kept:
        _seen(resource, last)


def _nearby(
    booking: QueryParameter, resource: QueryParameter, first: QueryParameter, to: QueryParameter
) -> PositionQuerySet:
    """Return the last good position and what follows it, and the rows that a report may repeat, in order of time."""
    own = Position.objects.filter(booking=booking, resource=resource)
    good = own.good().order_by("-recorded_at").values("recorded_at")[:1]
    last = Coalesce(Subquery(good), Value(FIRST))
    repeated, following = Q(recorded_at__gte=first, recorded_at__lte=to), Q(recorded_at__gte=last)
    # The first condition is for the index, which has booking and time.
    recent = own.filter(recorded_at__gte=Least(first, last, output_field=DateTimeField()))
    return recent.filter(repeated | following & Q(mark__in=[Mark.GOOD, Mark.JUMP])).order_by("recorded_at", "pk")


NEARBY = PreparedQuery(_nearby)


def _site_of(booking: Booking) -> Point | None:
    """Return the coordinates of the visit's place, or None if they are unknown; asked for the first position only."""
    return Booking.objects.with_visit().get(pk=booking.pk).work_order.site.coordinates


def _mark(
    report: PositionReport, last: Position | None, jump: Position | None, now: dt.datetime, site: Point | None
) -> Mark:
    if report.accuracy is not None and report.accuracy > TOO_VAGUE:
        return Mark.VAGUE
    if now - report.recorded_at > TOO_LATE:
        return Mark.OLD
    if last is not None and report.recorded_at <= last.recorded_at:
        return Mark.ORDER
    is_far = site is not None and distance_km(site, (report.latitude, report.longitude)) > TOO_FAR
    if not (is_far if last is None else _is_too_fast(last, report)):
        return Mark.GOOD
    # Two jumps in a row that agree with each other: it was the position before them that was wrong.
    agrees = jump is not None and jump.recorded_at < report.recorded_at and not _is_too_fast(jump, report)
    return Mark.GOOD if agrees else Mark.JUMP


def _is_too_fast(before: Position, report: PositionReport) -> bool:
    metres = 1000 * distance_km((before.latitude, before.longitude), (report.latitude, report.longitude))
    # Each may be off by its own accuracy.
    metres -= (before.accuracy or 0) + (report.accuracy or 0)
    return metres > TOO_FAST * max((report.recorded_at - before.recorded_at).total_seconds(), 1)


def _seen(resource: Resource, last: Position) -> None:
    earlier = Q(last_seen_at=None) | Q(last_seen_at__lt=last.recorded_at)
    Resource.objects.filter(earlier, pk=resource.pk).update(
        last_latitude=last.latitude,
        last_longitude=last.longitude,
        last_accuracy=last.accuracy,
        last_seen_at=last.recorded_at,
    )
