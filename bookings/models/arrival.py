"""When the technician of a booking gets there, from what the records say."""

import datetime as dt
from typing import TYPE_CHECKING

from bookings import eta

if TYPE_CHECKING:
    from bookings.models.booking import Booking

#: A position older than this says little about where the technician is now.
FRESH = dt.timedelta(minutes=15)


def arrival_for(booking: "Booking", now: dt.datetime) -> eta.Arrival | None:
    """Return the arrival of a technician who sets off `now` (aware), or None when either end is unknown."""
    destination = booking.work_order.site.coordinates
    origin = origin_of(booking, now)
    if destination is None or origin is None:
        return None
    return eta.estimate(eta.Trip(origin, destination, now, booking.zone_name))


def origin_of(booking: "Booking", now: dt.datetime) -> eta.Point | None:
    """Return where the technician sets off: last fresh position, else the visit before, else the start location."""
    resource = booking.resource
    if resource.last_seen_at and now - resource.last_seen_at < FRESH:
        return _point(resource.last_latitude, resource.last_longitude)
    earlier = _visit_before(booking)
    if earlier is not None and (place := earlier.work_order.site.coordinates) is not None:
        return place
    return _point(resource.start_latitude, resource.start_longitude)


def _visit_before(booking: "Booking") -> "Booking | None":
    same_day = {"start__lt": booking.start, "start__gt": booking.start - dt.timedelta(hours=12)}
    others = type(booking).objects.active() | type(booking).objects.filter(completed_at__isnull=False)
    return (
        others.filter(resource_id=booking.resource_id, **same_day)
        .select_related("work_order__account")
        .order_by("-start")
        .first()
    )


def _point(latitude: float | None, longitude: float | None) -> eta.Point | None:
    return None if latitude is None or longitude is None else (latitude, longitude)
