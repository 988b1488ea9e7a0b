"""What is done on the board: a visit moved, handed over, made longer, planned from the tray, or put back into it."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.availability.conflicts import Proposal, refuse_conflicts
from bookings.models import Booking, BookingError, BookingQuerySet, Change, Resource, StaleBooking, VerbDone, WorkOrder
from bookings.models.draft import Draft
from bookings.models.window import BY_SERVICE, WindowChoice
from bookings.new_visits import require_waiting
from bookings.plan import MessagePlan, plan_change, plan_new
from fsportal.lib import zones


@dataclass(frozen=True)
class Wanted:
    """Where somebody wants a visit to be (aware times). Without a `booking` it is a new one, for work of the tray."""

    work_order: WorkOrder
    resource: Resource
    start: dt.datetime
    end: dt.datetime
    booking: Booking | None = None

    @property
    def proposal(self) -> Proposal:
        return Proposal(self.resource, self.work_order, self.start, self.end, self.booking)

    @property
    def is_as_it_was(self) -> bool:
        booking = self.booking
        if booking is None:
            return False
        return (booking.resource_id, booking.start, booking.end) == (self.resource.pk, self.start, self.end)


def visits() -> BookingQuerySet:
    return Booking.objects.with_visit()


@transaction.atomic
def carry_out(wanted: Wanted, change: Change) -> Booking:
    """Move the visit, or make it. Raises ConflictsFound, StaleBooking and other kinds of BookingError."""
    if not wanted.resource.lock():
        raise BookingError(_("This technician is gone. Choose another one."))
    if wanted.booking is None:
        require_waiting(wanted.work_order)
    else:
        require_fresh(wanted.booking)
    if not wanted.is_as_it_was:
        refuse_conflicts(wanted.proposal, change.despite)
    return _do(wanted, change)


def plan_of(wanted: Wanted, change: Change, now: dt.datetime) -> MessagePlan:
    """Return what will be told after it. Changes nothing; raises what the verbs raise."""
    if wanted.booking is None:
        return plan_new(lambda draft: _make(wanted, change, draft), now)
    return plan_change(wanted.booking, lambda booking: move(booking, wanted, change), now)


def _do(wanted: Wanted, change: Change) -> Booking:
    if wanted.booking is None:
        return _make(wanted, change)
    move(wanted.booking, wanted, change)
    return wanted.booking


def _make(wanted: Wanted, change: Change, draft: Draft[Booking, VerbDone] | None = None) -> Booking:
    return Booking.schedule(
        work_order=wanted.work_order,
        resource=wanted.resource,
        start=wanted.start,
        end=wanted.end,
        change=change,
        draft=draft,
    )


def move(booking: Booking, wanted: Wanted, change: Change, window: WindowChoice = BY_SERVICE) -> None:
    # First the technician: the one who had it then hears that it is gone, and nothing of its new time.
    booking.assign(wanted.resource, change)
    booking.reschedule(wanted.start, wanted.end, change, window=window)


@transaction.atomic
def put_back(booking: Booking, change: Change) -> None:
    """Cancel the visit, and let its work wait to be planned again."""
    require_fresh(booking)
    booking.cancel(change)


def require_fresh(booking: Booking) -> None:
    """Raise StaleBooking if somebody was faster: verbs that would change nothing do not look."""
    stored = booking.locked()
    if stored.revision != booking.revision:
        raise StaleBooking(meanwhile(stored))


def meanwhile(booking: Booking) -> str:
    """Return in a sentence who changed a visit last, and how it is now."""
    last = booking.changes.select_related("by").first()
    by = last.by if last else None
    words = {
        "who": (by.get_full_name() or by.get_username()) if by else _("Somebody"),
        "status": booking.get_status_display(),
        "when": zones.when(booking.start, booking.end, booking.zone_name, translation.get_language() or "en"),
        "name": booking.resource.name,
    }
    return _("%(who)s changed this visit meanwhile: it is %(status)s now, %(when)s, %(name)s.") % words


# --- Who hears of it --------------------------------------------------------------------------------------------------
def untold_since(booking: Booking, revision: int) -> Iterable[str]:
    """Return why nobody is told of changes after this revision: the notifications' reasons."""
    changes = booking.changes.filter(revision__gt=revision).exclude(untold="")
    return changes.order_by("revision").values_list("untold", flat=True)
