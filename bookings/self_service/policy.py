"""The policy of self-service by incident type: what customers may do with a visit. Staff are not bound by it."""

import copy
import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingChange, BookingStatus, IncidentType, Verb, Via, WorkOrder
from bookings.models import window as windows


class Why(models.TextChoices):
    """Why a customer may not do something; the labels are sentences for customers."""

    STATUS = "status", _("This visit has begun, or it is over or off.")
    CUTOFF = "cutoff", _("It is too close to the visit for that. Ask us, and we will see to it.")
    POLICY = "policy", _("We decide that together with you for this kind of visit. Please ask us.")
    TOO_OFTEN = "too_often", _("This visit was moved as often as can be done here. Ask us for another time.")


#: With these reasons there is no cut-off to name.
NO_CUTOFF = (Why.STATUS, Why.POLICY)


@dataclass(frozen=True)
class Allowed:
    """What may be done at one moment, or why not, and the cut-offs (UTC) that end it.

    A cut-off is None if there is none to name: that is not allowed for this type, or the visit has begun.
    """

    change: bool
    cancel: bool
    why_not_change: Why | None
    why_not_cancel: Why | None
    change_until: dt.datetime | None
    cancel_until: dt.datetime | None


def allowed(booking: Booking, now: dt.datetime, *, changes: int | None = None) -> Allowed:
    """Return what the customer may do with `booking` at `now` (aware). At most one query.

    No query if the caller has counted already: `changes` is what changes_by_customer would return.
    """
    incident_type = booking.work_order.incident_type
    change, cancel = _why_not_change(booking, incident_type, now, changes), _why_not_cancel(booking, incident_type, now)
    return Allowed(
        change is None,
        cancel is None,
        change,
        cancel,
        None if change in NO_CUTOFF else change_cutoff(booking),
        None if cancel in NO_CUTOFF else cancel_cutoff(booking),
    )


def allowed_at(booking: Booking, start: dt.datetime, now: dt.datetime) -> Allowed:
    """Return what the customer may do at `now` once they have moved the visit to `start`."""
    moved = copy.copy(booking)
    moved.start, moved.end = start, start + (booking.end - booking.start)
    order = booking.work_order
    window = windows.window_of(start, order.incident_type.window_minutes, order.zone_name)
    moved.window_start, moved.window_end = windows.fields(window).values()
    return allowed(moved, now, changes=changes_by_customer(booking) + 1)


def allowed_once_booked(incident_type: IncidentType, start: dt.datetime, zone_name: str, now: dt.datetime) -> Allowed:
    """Return what the customer may do at `now` with a visit that they book now. No query."""
    window = windows.window_of(start, incident_type.window_minutes, zone_name)
    booking = Booking(work_order=WorkOrder(incident_type=incident_type), start=start, **windows.fields(window))
    return allowed(booking, now, changes=0)


def change_cutoff(booking: Booking) -> dt.datetime:
    """Return the moment (UTC) from which customers ask for another time: some hours before the start, or the start.

    With an arrival window the hours count from its beginning; otherwise the cut-off would give away the minute.
    """
    return booking.told_time.start - dt.timedelta(hours=booking.work_order.incident_type.cutoff_hours)


def cancel_cutoff(booking: Booking) -> dt.datetime:
    """Return the moment (UTC) from which customers can only ask to cancel."""
    hours = booking.work_order.incident_type.cancel_cutoff_hours
    return change_cutoff(booking) if hours is None else booking.told_time.start - dt.timedelta(hours=hours)


def _why_not_change(booking: Booking, incident_type: IncidentType, now: dt.datetime, changes: int | None) -> Why | None:
    # With a limit of 0, “too often” would puzzle customers who never moved the visit.
    permitted = incident_type.customers_may_change and incident_type.max_changes != 0
    refused = _why_not(booking, permitted, change_cutoff(booking), now)
    if refused or incident_type.max_changes is None:
        return refused
    done = changes_by_customer(booking) if changes is None else changes
    return Why.TOO_OFTEN if done >= incident_type.max_changes else None


def _why_not_cancel(booking: Booking, incident_type: IncidentType, now: dt.datetime) -> Why | None:
    return _why_not(booking, incident_type.customers_may_cancel, cancel_cutoff(booking), now)


def _why_not(booking: Booking, permitted: bool, cutoff: dt.datetime, now: dt.datetime) -> Why | None:
    if booking.status != BookingStatus.SCHEDULED:
        return Why.STATUS
    if not permitted:
        return Why.POLICY
    return Why.CUTOFF if now >= cutoff else None


def changes_by_customer(booking: Booking) -> int:
    """Return how often customers have moved this visit; another technician with the other time is one change."""
    return BookingChange.objects.filter(booking=booking, via=Via.PORTAL, verb=Verb.RESCHEDULE).count()
