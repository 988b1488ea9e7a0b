"""A technician on the way to a visit, with positions and a way drawn, for the tests of who may see it."""

import datetime as dt
from typing import Any

from bookings.models import Booking, BookingNotificationCode, Position, Resource, Route
from fsportal.models import Account
from tests.portal.stage import NOW, visit

#: The site, in London, and a place some two kilometres north of it. Their digits appear nowhere else.
SITE = (51.51737, -0.06381)
THERE = (51.53511, -0.07777)
MINUTE = dt.timedelta(minutes=1)
#: What no answer, page, message or log may hold that is not for its reader.
DIGITS = ("51.535", "0.0777", "51.53", "-0.077")


def on_the_way(now: dt.datetime = NOW, *, position: bool = True, **contact: Any) -> BookingNotificationCode:
    """Return the link to a visit to which somebody has been traveling for ten minutes, last seen ten seconds ago."""
    code = visit("traveling", now=now, **contact)
    booking = code.booking
    Account.objects.filter(pk=booking.work_order.account_id).update(latitude=SITE[0], longitude=SITE[1])
    Booking.objects.filter(pk=booking.pk).update(
        set_off_at=now - 10 * MINUTE, arrival_at=now - MINUTE / 2, arrival_metres=2600, arrival_source="valhalla"
    )
    booking.refresh_from_db()
    if position:
        drive(booking, now - MINUTE / 6)
        line = [
            [THERE[0] + step * (SITE[0] - THERE[0]) / 20, THERE[1] + step * (SITE[1] - THERE[1]) / 20]
            for step in range(-5, 21)
        ]
        Route.objects.create(booking=booking, line=line, computed_at=now - MINUTE / 2)
    return code


def drive(booking: Booking, at: dt.datetime, place: tuple[float, float] = THERE, **values: Any) -> Position:
    """Return a good position of the technician on the way to a visit, as the intake would keep it."""
    Resource.objects.filter(pk=booking.resource_id).update(
        last_latitude=place[0], last_longitude=place[1], last_seen_at=at
    )
    values = {"accuracy": 8, "received_at": at} | values
    return Position.objects.create(
        resource_id=booking.resource_id,
        booking=booking,
        latitude=place[0],
        longitude=place[1],
        recorded_at=at,
        **values,
    )
