"""The way to a visit: where the technician comes from, and to which other visits they are on the way."""

import datetime as dt
from typing import Any

from bookings import eta
from bookings.models import arrival
from bookings.models.status import BookingStatus
from fsportal.lib.rounding import rounded_up


def trip(booking: Any, departs_at: dt.datetime) -> eta.Trip | None:
    destination = booking.work_order.site.coordinates
    begins = booking.origin(departs_at)
    if destination is None or begins is None:
        return None
    return eta.Trip(begins, destination, departs_at, booking.zone_name)


def origin(booking: Any, now: dt.datetime) -> eta.Point | None:
    """Return where the technician sets off: the last fresh position, the visit before, or the start location."""
    if booking.resource.is_seen(now):
        seen: eta.Point | None = booking.resource.last_place
        return seen
    earlier = _visit_before(booking)
    place = earlier.work_order.site.coordinates if earlier else None
    start: eta.Point | None = place or booking.resource.start_place
    return start


def _visit_before(booking: Any) -> Any:
    same_day = {"start__lt": booking.start, "start__gt": booking.start - dt.timedelta(hours=12)}
    every = type(booking).objects
    others = every.active() | every.filter(completed_at__isnull=False)
    mine = others.filter(resource_id=booking.resource_id, **same_day).select_related("work_order__account")
    return mine.order_by("-start").first()


def also_traveled_to(booking: Any) -> Any:
    """Return what else the technician is on the way to, locked."""
    others = type(booking).objects.filter(resource=booking.resource_id, status=BookingStatus.TRAVELING)
    return others.exclude(pk=booking.pk).select_for_update()


def later(booking: Any, by: dt.timedelta, said_at: dt.datetime) -> dict[str, Any]:
    """Return what changes when the technician says that they are later `by`: the arrival on the way, or the start."""
    if booking.status == BookingStatus.TRAVELING and booking.arrival_earliest and booking.arrival_latest:
        unsaid = booking.arrival_unsaid if booking.arrival_source == arrival.SAID else None
        return arrival.put_off((booking.arrival_earliest, booking.arrival_latest), unsaid, by, said_at)
    return {"expected_start": rounded_up(max(booking.start, said_at) + by)}
