"""The policy of self-service by incident type: what customers may do with a visit. Staff are not bound by it."""

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models import Booking, BookingChange, BookingStatus, IncidentType, Verb, Via


class Why(models.TextChoices):
    """Why a customer may not do something; the labels are sentences for customers."""

    STATUS = "status", _("This visit has begun, or it is over or off.")
    CUTOFF = "cutoff", _("It is too close to the visit for that. Ask us, and we will see to it.")
    POLICY = "policy", _("We decide that together with you for this kind of visit. Please ask us.")
    TOO_OFTEN = "too_often", _("This visit was moved as often as can be done here. Ask us for another time.")


@dataclass(frozen=True)
class Allowed:
    """What may be done at one moment, or why not, and the cut-off (UTC) that ends it.

    `until` is None if there is no cut-off to name: nothing is allowed for this type, or the visit has begun.
    """

    change: bool
    cancel: bool
    why_not_change: Why | None
    why_not_cancel: Why | None
    until: dt.datetime | None


def allowed(booking: Booking, now: dt.datetime, *, changes: int | None = None) -> Allowed:
    """Return what the customer may do with `booking` at `now` (aware). At most one query.

    No query if the caller has counted already: `changes` is what changes_by_customer would return.
    """
    incident_type = booking.work_order.incident_type
    until = cutoff(booking)
    change, cancel = _why_not_change(booking, incident_type, now, changes), _why_not_cancel(booking, incident_type, now)
    open_to_them = {change, cancel} - {Why.STATUS, Why.POLICY}
    return Allowed(change is None, cancel is None, change, cancel, until if open_to_them else None)


def cutoff(booking: Booking) -> dt.datetime:
    """Return the moment (UTC) from which customers can only ask: some hours before the start, or the start."""
    return booking.start - dt.timedelta(hours=booking.work_order.incident_type.cutoff_hours)


def _why_not_change(booking: Booking, incident_type: IncidentType, now: dt.datetime, changes: int | None) -> Why | None:
    # With a limit of 0, “too often” would puzzle customers who never moved the visit.
    refused = _why_not(booking, incident_type.customers_may_change and incident_type.max_changes != 0, now)
    if refused or incident_type.max_changes is None:
        return refused
    done = changes_by_customer(booking) if changes is None else changes
    return Why.TOO_OFTEN if done >= incident_type.max_changes else None


def _why_not_cancel(booking: Booking, incident_type: IncidentType, now: dt.datetime) -> Why | None:
    return _why_not(booking, incident_type.customers_may_cancel, now)


def _why_not(booking: Booking, permitted: bool, now: dt.datetime) -> Why | None:
    if booking.status != BookingStatus.SCHEDULED:
        return Why.STATUS
    if not permitted:
        return Why.POLICY
    return Why.CUTOFF if now >= cutoff(booking) else None


def changes_by_customer(booking: Booking) -> int:
    """Return how often customers have moved this visit; another technician with the other time is one change."""
    return BookingChange.objects.filter(booking=booking, via=Via.PORTAL, verb=Verb.RESCHEDULE).count()
