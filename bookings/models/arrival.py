"""When the technician of a booking gets there, from what the records say. Offline: nothing here asks the network."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from bookings import eta
from bookings.models.status import BookingStatus
from fsportal.lib import alarm
from fsportal.lib.rounding import rounded_up

if TYPE_CHECKING:
    from bookings.models.booking import Booking

#: A position older than this says little about where the technician is now.
FRESH = dt.timedelta(minutes=15)
#: Nobody sets off to a visit that is farther away.
FARTHEST = dt.timedelta(hours=16)
#: What the worker runs to ask the routing engines.
TASK = "bookings.tasks.work_out_arrivals"
#: The source of an arrival time that the technician gave.
SAID = "technician"


def setting_off(booking: "Booking", at: dt.datetime) -> dict[str, Any]:
    """Return what a booking whose technician sets off `at` (aware) says of it: the estimate, until an engine answers.

    After commit a worker is woken to ask one.
    """
    trip = trip_of(booking, at)
    arrival = ahead(eta.estimate(trip), timezone.now()) if trip else None
    asks = trip is not None and bool(settings.ROUTING)
    if asks:
        transaction.on_commit(lambda: alarm.ring(TASK, group="arrivals"))
    return {"set_off_at": at, "arrival_due": asks, "late_alert_at": None} | stored(arrival)


def ahead(arrival: eta.Arrival, now: dt.datetime) -> eta.Arrival | None:
    """Return an arrival that can still come true; None when it has passed, as after a tap that comes in late.

    None as well for a drive that nobody drives: one of the two places is wrong.
    """
    return arrival if now < arrival.latest < now + FARTHEST else None


def stored(arrival: eta.Arrival | None) -> dict[str, Any]:
    """Return an arrival as a booking stores it; None clears what was stored."""
    return {
        "arrival_earliest": arrival.earliest if arrival else None,
        "arrival_latest": arrival.latest if arrival else None,
        "arrival_source": arrival.source if arrival else "",
        "arrival_at": arrival.computed_at if arrival else None,
        "arrival_metres": round(arrival.metres) if arrival else None,
    }


def delaying(booking: "Booking", by: dt.timedelta, at: dt.datetime) -> dict[str, Any]:
    """Return what a traveling booking says when its technician says `at` (aware) to be later `by`; empty for any other.

    Counted from the arrival before they said anything, so that said twice it is the same; once that has passed, from
    `at`.
    """
    earliest, latest = booking.arrival_earliest, booking.arrival_latest
    if booking.status != BookingStatus.TRAVELING or earliest is None or latest is None:
        return {}
    unsaid = (booking.arrival_source == SAID and booking.arrival_unsaid) or earliest
    said = rounded_up(max(unsaid, at) + by)
    return {
        "arrival_earliest": said,
        "arrival_latest": rounded_up(said + (latest - earliest)),
        "arrival_source": SAID,
        "arrival_due": False,
        "arrival_unsaid": unsaid,
    }


def trip_of(booking: "Booking", departs_at: dt.datetime) -> eta.Trip | None:
    """Return the drive to a booking's site that begins at `departs_at` (aware), or None when either end is unknown."""
    destination = booking.work_order.site.coordinates
    origin = origin_of(booking, departs_at)
    if destination is None or origin is None:
        return None
    return eta.Trip(origin, destination, departs_at, booking.zone_name)


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
