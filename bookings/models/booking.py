"""Bookings and the verbs that change them. Nothing else writes a booking's status, time or technician."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings import staff_cards
from bookings.messages import queue
from bookings.models.arrival import delaying, setting_off
from bookings.models.booking_reads import BookingQuerySet
from bookings.models.booking_record import BookingRecord
from bookings.models.errors import BookingError
from bookings.models.history import Verb, Via
from bookings.models.status import ASSIGNABLE, MAY_BE_LATE, RESCHEDULABLE, UNDER_WAY, BookingStatus
from bookings.models.technicians import Resource
from bookings.models.work import WorkOrder
from fsportal.lib.rounding import rounded_up
from fsportal.lib.zones import YEARS
from fsportal.models import User


class Booking(BookingRecord):
    """One visit: a resource at a work order's site from start to end (UTC)."""

    objects = BookingQuerySet.as_manager()

    # --- Verbs ------------------------------------------------------------------------------------------------------
    # Each is atomic, returns whether it changed anything (False: it was so already), raises StaleBooking when the
    # booking has changed since this instance was read and NotAllowed when the status forbids it. `by` is the user or
    # None for the system, `via` the way it came in, `why` free text for the history, `at` (aware) when it was done:
    # a technician without a connection says it later.

    @classmethod
    @transaction.atomic
    def schedule(
        cls,
        *,
        work_order: WorkOrder,
        resource: Resource,
        start: dt.datetime,
        end: dt.datetime,
        external_id: str | None = None,
        by: User | None = None,
        via: str = Via.SYSTEM,
        why: str = "",
    ) -> "Booking":
        """Make a booking (aware times). Raises BookingError when it would not end after its start."""
        _check_times(start, end)
        booking = cls.objects.create(
            work_order=work_order, resource=resource, start=start, end=end, external_id=external_id
        )
        booking._record(Verb.SCHEDULE, None, by=by, via=via, why=why)  # noqa: SLF001  (its own class)
        if via != Via.IMPORT:  # a file tells each technician once (bookings/schedule_files/importing.py)
            staff_cards.scheduled(booking, by=by)
        return booking

    @transaction.atomic
    def reschedule(
        self,
        start: dt.datetime,
        end: dt.datetime | None = None,
        *,
        by: User | None = None,
        via: str = Via.SYSTEM,
        why: str = "",
    ) -> bool:
        """Move the visit; without an `end` it stays as long as it was. Customers hear of it by the seed's rule."""
        _check_year(start)
        end = end or start + (self.end - self.start)
        _check_times(start, end)
        before = self.locked()
        if (before.start, before.end) == (start, end):
            return self._unchanged(before)
        self._require(before, Verb.RESCHEDULE, before.status in RESCHEDULABLE)
        self._apply(
            Verb.RESCHEDULE,
            before,
            by=by,
            via=via,
            why=why,
            start=start,
            end=end,
            expected_start=None,
            late_alert_at=None,
        )
        queue.rescheduled(self)
        if via != Via.IMPORT:
            staff_cards.moved(self, by=by)
        return True

    @transaction.atomic
    def assign(self, resource: Resource, *, by: User | None = None, via: str = Via.SYSTEM, why: str = "") -> bool:
        """Give the visit to another technician."""
        before = self.locked()
        if before.resource_id == resource.pk:
            return self._unchanged(before)
        self._require(before, Verb.ASSIGN, before.status in ASSIGNABLE)
        self.resource = resource
        taken_over = self._taken_over() if before.status == BookingStatus.TRAVELING else {}
        self._apply(Verb.ASSIGN, before, by=by, via=via, why=why, resource=resource, **taken_over)
        if self.status == BookingStatus.TRAVELING:
            queue.traveling(self)  # somebody else will be at the door, at another time
        elif taken_over:
            queue.turned_back(self)
        if via != Via.IMPORT:
            staff_cards.assigned(self, before.resource, by=by)
        return True

    def _taken_over(self) -> dict[str, Any]:
        """Return what changes when somebody takes over on the way: they travel from where they are, seen from now on.

        Who is busy with another visit does not: the customer of this one would see the way there.
        """
        others = type(self).objects.filter(resource=self.resource, status__in=UNDER_WAY).exclude(pk=self.pk)
        return {"status": BookingStatus.SCHEDULED} if others.exists() else setting_off(self, timezone.now())

    @transaction.atomic
    def travel(
        self,
        *,
        by: User | None = None,
        via: str = Via.SYSTEM,
        why: str = "",
        at: dt.datetime | None = None,
        quiet: bool = False,
    ) -> bool:
        """The technician sets off: the arrival time is computed and the customer told, unless `quiet`.

        To whom else they were on the way, they are no more: that visit is scheduled again. Not for a file, which says
        the same when it is imported once more.
        """
        before = self._to_follow(BookingStatus.TRAVELING, Verb.TRAVEL)
        if before is None:
            return False
        for other in self._also_traveled_to() if via != Via.IMPORT else ():
            other.turn_back(by=by, via=via, why=gettext("Set off to another visit"), at=at)
        changes = {"status": BookingStatus.TRAVELING, "expected_start": None} | setting_off(self, at or timezone.now())
        self._apply(Verb.TRAVEL, before, by=by, via=via, why=why, at=at, **changes)
        if not quiet:
            queue.traveling(self)
            staff_cards.if_late(self)
        return True

    def _also_traveled_to(self) -> BookingQuerySet:
        """Return what else the technician is on the way to, locked."""
        others = type(self).objects.filter(resource=self.resource_id, status=BookingStatus.TRAVELING)
        return others.exclude(pk=self.pk).select_for_update()

    @transaction.atomic
    def run_late(
        self,
        minutes: int,
        *,
        by: User | None = None,
        via: str = Via.SYSTEM,
        why: str = "",
        at: dt.datetime | None = None,
    ) -> bool:
        """The technician will be `minutes` late, counted from the start or, when that has passed, from now.

        The customer is told. The visit keeps its time: moving it is the dispatcher's business. On the way, it is the
        expected arrival that moves, and from which it is counted.
        """
        before = self.locked()
        self._require(before, Verb.RUN_LATE, before.status in MAY_BE_LATE)
        said_at, late = at or timezone.now(), dt.timedelta(minutes=minutes)
        expected = rounded_up(max(before.start, said_at) + late)
        changes = delaying(before, late, said_at) or {"expected_start": expected}
        if all(getattr(before, name) == value for name, value in changes.items()):
            return self._unchanged(before)
        self._apply(Verb.RUN_LATE, before, by=by, via=via, why=why, at=at, late_alert_at=None, **changes)
        queue.delayed(self)
        staff_cards.if_late(self)
        return True

    @transaction.atomic
    def turn_back(self, **how: Any) -> bool:
        """The technician did not get there: the visit is scheduled again. Who was told that they come hears of it."""
        is_new = self._follow(BookingStatus.SCHEDULED, Verb.TURN_BACK, late_alert_at=None, **how)
        if is_new:
            queue.turned_back(self)
        return is_new

    def pause(self, **how: Any) -> bool:
        """The technician takes a break."""
        return self._follow(BookingStatus.ON_BREAK, Verb.PAUSE, **how)

    def start_work(self, **how: Any) -> bool:
        """Work begins; from now on the customer sees nothing of the technician's place."""
        return self._follow(BookingStatus.IN_PROGRESS, Verb.START, **how)

    @transaction.atomic
    def complete(
        self,
        *,
        by: User | None = None,
        via: str = Via.SYSTEM,
        why: str = "",
        at: dt.datetime | None = None,
        quiet: bool = False,
    ) -> bool:
        """The work is done, `at` (aware) or now; the customer is told date and time, unless `quiet`."""
        before = self._to_follow(BookingStatus.COMPLETED, Verb.COMPLETE)
        if before is None:
            return False
        done = {"status": BookingStatus.COMPLETED, "completed_at": at or timezone.now()}
        self._apply(Verb.COMPLETE, before, by=by, via=via, why=why, at=at, **done)
        if not quiet:
            queue.completed(self)
        return True

    @transaction.atomic
    def cancel(self, *, by: User | None = None, via: str = Via.SYSTEM, why: str = "") -> bool:
        """Call the visit off; customers who were reminded are told."""
        before = self._to_follow(BookingStatus.CANCELED, Verb.CANCEL)
        if before is None:
            return False
        self._apply(Verb.CANCEL, before, by=by, via=via, why=why, status=BookingStatus.CANCELED)
        queue.canceled(self)
        if via != Via.IMPORT:
            staff_cards.canceled(self, by=by)
        return True


def _check_times(start: dt.datetime, end: dt.datetime) -> None:
    _check_year(start)
    _check_year(end)
    if end <= start:
        raise BookingError(_("The end must be after the start."))


def _check_year(moment: dt.datetime) -> None:
    if moment.year not in YEARS:
        raise BookingError(_("The year %(year)s is not between 2000 and 2100.") % {"year": moment.year})
