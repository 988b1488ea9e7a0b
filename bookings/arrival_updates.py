"""Arrival times while somebody travels: the worker asks the routing engines, and tells again when an arrival slips.

The engines are asked outside of any transaction, several at a time. An answer is stored if the visit has not changed in
the meantime.
"""

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Subquery
from django.utils import timezone

from bookings import eta, staff_cards
from bookings.messages import queue, told
from bookings.models import Booking, BookingStatus, Position, Route
from bookings.models.arrival import SAID, TASK, ahead, stored
from fsportal.lib import worker_wakeup
from fsportal.models import PortalSettings
from notifications.customers import outbox

#: How old an arrival may get while positions come in.
EVERY = dt.timedelta(seconds=50)
#: After that, a visit that should have begun is no longer news.
MISSED_FOR = dt.timedelta(hours=2)
#: A window is within one day, which may have 25 hours.
LONGEST_WINDOW = MISSED_FOR + dt.timedelta(hours=25)
#: Seconds between two arrivals stored, in which others can write: SQLite has no queue, and whoever writes without
#: a pause keeps everybody else out, such as incoming positions.
PAUSE = 0.004


def due(now: dt.datetime) -> QuerySet[Any]:
    """Return traveling visits whose arrival an engine has not been asked for yet, or whose technician has moved on.

    Only positions on the way to the visit itself count (`seen_id`, `seen_at`): while the technician is on the way to a
    second visit, that is not the first customer's business.
    """
    seen = Position.objects.last_of_each()
    traveling = Booking.objects.filter(status=BookingStatus.TRAVELING).annotate(
        seen_id=Subquery(seen.values("pk")[:1]), seen_at=Subquery(seen.values("recorded_at")[:1])
    )
    unknown = Q(arrival_at=None, seen_at__isnull=False)
    moved = Q(seen_at__gt=F("arrival_at"), arrival_at__lt=now - EVERY)
    return traveling.filter(Q(arrival_due=True) | unknown | moved).with_visit()


def work_out() -> int:
    """Ask the engines for every arrival that is due, and store the answers; return how many."""
    worker_wakeup.woken(TASK)
    asked = drives(timezone.now())
    if not asked:
        return 0
    for drive, arrival in zip(asked, eta.ask_all([drive.trip for drive in asked]), strict=True):
        _store(drive, arrival)
        time.sleep(PAUSE)
    return len(asked)


@dataclass(frozen=True)
class VisitDrive:
    """A trip to a visit, and whether it begins where a position on the way to this visit was."""

    booking: Booking
    trip: eta.Trip
    is_seen: bool


def drives(now: dt.datetime) -> list[VisitDrive]:
    """Return the drives to ask about at `now`, in two queries."""
    bookings = list(due(now))
    seen = Position.objects.in_bulk([booking.seen_id for booking in bookings if booking.seen_id])
    found = [(booking, _trip(booking, seen.get(booking.seen_id), now)) for booking in bookings]
    return [VisitDrive(booking, trip, booking.seen_id is not None) for booking, trip in found if trip is not None]


def _trip(booking: Booking, seen: Position | None, now: dt.datetime) -> eta.Trip | None:
    """Return the drive from where the technician was last seen; otherwise the whole drive from when they set off."""
    destination = booking.work_order.site.coordinates
    if seen is None:
        return booking.trip(booking.set_off_at or now)
    if destination is None:
        return None
    return eta.Trip((seen.latitude, seen.longitude), destination, now, booking.zone_name)


@transaction.atomic
def _store(drive: VisitDrive, arrival: eta.Arrival) -> None:
    asked = drive.booking
    booking = asked.locked()
    if (booking.status, booking.revision) != (asked.status, asked.revision):
        return  # no longer on the way, or the technician has said *Running late* in the meantime
    values = {"arrival_due": False} | stored(ahead(arrival, timezone.now()))
    if _stands(booking, arrival):
        values = {name: values[name] for name in ("arrival_due", "arrival_at", "arrival_metres")}
    for name, value in values.items():
        setattr(asked, name, value)
    asked.save(update_fields=list(values))
    if drive.is_seen:
        # A route from anywhere else would show where the technician or the previous customer lives.
        Route.objects.update_or_create(
            booking=asked,
            defaults={"line": [list(point) for point in arrival.line], "computed_at": arrival.computed_at},
        )
    outbox.hurry(asked, told.TRAVELING)
    if asked.arrival_at is not None:
        tell_of_delay(asked, arrival.expected, PortalSettings.load())


def _stands(booking: Booking, arrival: eta.Arrival) -> bool:
    """Tell whether to keep the arrival that the technician gave: an engine knows the way, but not why they are late.

    It is kept until its time has come, unless the engine expects them even later.
    """
    earliest, latest = booking.arrival_earliest, booking.arrival_latest
    if booking.arrival_source != SAID or earliest is None or latest is None:
        return False
    return arrival.computed_at < earliest and arrival.latest <= latest


def tell_of_missed(now: dt.datetime) -> None:
    """Tell dispatchers of visits that should have begun and of which nobody says anything.

    Nobody has set off (with an arrival window: before that has passed), or the technician should be there by now: by
    more than the settings allow, and not longer ago than MISSED_FOR.
    """
    late = now - dt.timedelta(minutes=PortalSettings.load().slip_minutes)
    missed = Q(window_end=None, start__lt=late, start__gt=now - MISSED_FOR)
    missed |= Q(window_end__lt=late, window_end__gt=now - MISSED_FOR, start__lt=late, start__gt=now - LONGEST_WINDOW)
    to_begin = Booking.objects.filter(missed, late_alert_at=None)
    nobody = Q(status=BookingStatus.SCHEDULED) & (Q(expected_start=None) | Q(expected_start__lt=late))
    overdue = Q(status=BookingStatus.TRAVELING, arrival_latest__lt=late)
    for booking in to_begin.filter(nobody | overdue).with_visit():
        with transaction.atomic():
            staff_cards.is_missed(booking)


def tell_of_delay(booking: Booking, expected: dt.datetime, portal_settings: PortalSettings) -> None:
    """Tell the customer if the arrival slipped beyond what they know, and dispatchers if work will begin late.

    Each once per setting off: the message by its revision, the card by `late_alert_at`.
    """
    slip = dt.timedelta(minutes=portal_settings.slip_minutes)
    latest_told = told.arrival_told(booking, queue.recipient(booking.work_order, portal_settings))
    if latest_told is not None and expected > latest_told + slip:
        queue.slipped(booking)
    if expected > booking.told_time.latest + slip:
        staff_cards.will_be_late(booking, expected)
