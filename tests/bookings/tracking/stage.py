"""A technician on the way, and what their device says."""

import datetime as dt
from typing import Any

from bookings.models import Booking, Change, Position, Resource
from bookings.tracking.report import PositionReport
from tests.factories import BookingFactory, ResourceFactory

#: Tuesday 24 November 2026, 10:00 in London.
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
#: Degrees of latitude to one metre.
METRE = 1 / 111_195
HERE = (51.52, -0.10)


def on_the_way(resource: Resource | None = None, *, since: dt.datetime = NOW - 10 * MINUTE) -> Booking:
    """Return a visit to which a technician set off at `since`."""
    booking: Booking = BookingFactory(resource=resource or ResourceFactory(), start=NOW + 30 * MINUTE)
    booking.travel(Change(at=since, quiet=True))
    return booking


def report(north: float = 0, at: dt.datetime = NOW, **values: Any) -> PositionReport:
    """Return a report from `north` metres north of HERE."""
    return PositionReport.of(HERE[0] + north * METRE, HERE[1], at, **{"accuracy": 10, **values})


def rows(booking: Booking) -> list[tuple[int, str]]:
    """Return what is kept of a visit, in order of time: metres north of HERE, and the mark."""
    kept = Position.objects.filter(booking=booking).order_by("recorded_at", "pk")
    return [(round((row.latitude - HERE[0]) / METRE), row.mark) for row in kept]
