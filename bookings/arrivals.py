"""Arrival times while somebody travels: asked of the routing engines by the worker, told once more when they slip.

The engines are asked outside every transaction, several at a time; what they say is stored if the visit is still being
traveled to, and only over what is older.
"""

import datetime as dt
import time

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from bookings import alerts, eta, notices
from bookings.models import Booking, BookingStatus, Route
from bookings.models.arrival import SAID, TASK, stored, trip_of
from bookings.models.booking_reads import BookingQuerySet
from fsportal.lib import alarm
from fsportal.models import PortalSettings
from notifications.customers import outbox

#: How old an arrival may get while positions come in.
EVERY = dt.timedelta(seconds=50)
#: Seconds between two arrivals stored, in which others write: SQLite has no queue, and who writes without a pause is
#: hardly ever let off. Positions that come in would wait for all of them.
PAUSE = 0.004


def due(now: dt.datetime) -> BookingQuerySet:
    """Return traveling visits whose arrival an engine has not been asked for yet, or whose technician has moved on."""
    moved = Q(resource__last_seen_at__gt=F("arrival_at"), arrival_at__lt=now - EVERY)
    traveling = Booking.objects.filter(status=BookingStatus.TRAVELING).exclude(arrival_at=None)
    return traveling.filter(Q(arrival_due=True) | moved).with_visit()


def work_out() -> int:
    """Ask the engines for every arrival that is due, and store what they say; return how many."""
    alarm.heard(TASK)
    now = timezone.now()
    trips = [(booking, trip) for booking in due(now) if (trip := trip_of(booking, now)) is not None]
    if not trips:
        return 0
    for (booking, _trip), arrival in zip(trips, eta.ask_all([trip for _booking, trip in trips]), strict=True):
        _store(booking, arrival)
        time.sleep(PAUSE)
    outbox.wake()
    return len(trips)


@transaction.atomic
def _store(asked: Booking, arrival: eta.Arrival) -> None:
    booking = asked.locked()
    if (booking.status, booking.revision) != (asked.status, asked.revision):
        return  # not on the way any more, or said to be late meanwhile
    news = {"arrival_due": False} | stored(arrival)
    if _stands(booking, arrival):
        news = {name: news[name] for name in ("arrival_due", "arrival_at", "arrival_metres")}
    for name, value in news.items():
        setattr(asked, name, value)
    asked.save(update_fields=[*news])
    Route.objects.update_or_create(
        booking=asked, defaults={"line": [list(point) for point in arrival.line], "computed_at": arrival.computed_at}
    )
    outbox.hurry(asked, notices.TRAVELING)
    tell_of_delay(asked, arrival.expected, PortalSettings.load())


def _stands(booking: Booking, arrival: eta.Arrival) -> bool:
    """Tell whether what the technician said holds: an engine knows the way, but not why they come later than it says.

    It does until the time that they said has come, unless it gets later still.
    """
    earliest, latest = booking.arrival_earliest, booking.arrival_latest
    if booking.arrival_source != SAID or earliest is None or latest is None:
        return False
    return arrival.computed_at < earliest and arrival.latest <= latest


def tell_of_delay(booking: Booking, expected: dt.datetime, portal: PortalSettings) -> None:
    """Tell the customer once more when the arrival slipped beyond what they know, dispatchers when work begins late.

    Both once for each time that the technician set off: the message by its revision, the card by its record.
    """
    slip = dt.timedelta(minutes=portal.slip_minutes)
    told = notices.arrival_told(booking, notices.recipient(booking.work_order, portal))
    if told is not None and expected > told + slip:
        notices.delayed(booking)
    if expected > booking.start + slip:
        alerts.will_be_late(booking, expected)
