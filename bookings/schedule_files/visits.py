"""The bookings of a file. A changed row uses the same verbs as a person's change, so customers hear of it."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import gettext as _

from bookings import staff_cards
from bookings.models import Booking, BookingError, BookingStatus, Change, Resource, VerbDone, Via
from bookings.models.draft import Draft
from bookings.models.status import ASSIGNABLE, FINAL, RESCHEDULABLE
from bookings.models.window import BY_SERVICE
from bookings.schedule_files.columns import Problem
from bookings.schedule_files.reads import Reads
from bookings.schedule_files.report import RowOutcome, left_as_it_is
from bookings.schedule_files.rows import ScheduleRow
from bookings.schedule_files.work import Work
from fsportal.lib import keys
from fsportal.models import User

S = BookingStatus
#: How far along a visit is. A file that is behind does not take a visit back.
PROGRESS = {S.SCHEDULED: 0, S.TRAVELING: 1, S.ON_BREAK: 2, S.IN_PROGRESS: 2, S.COMPLETED: 3, S.CANCELED: 3}
OWN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Visits:
    """Makes and changes the bookings of a file, in a draft."""

    def __init__(
        self, reads: Reads, work: Work, rows: list[ScheduleRow], *, via_file: str, by: User | None, quiet: bool = False
    ) -> None:
        self.work = work
        #: Whether customers are told nothing of it.
        self.quiet = quiet
        self.via_file = via_file
        self.by = by
        self.now = timezone.now()
        self.draft: Draft[Booking, VerbDone] = Draft(keys.ascending(len(rows)))
        every = Booking.objects.all()
        found = reads.fetch(every, "external_id", (row.external_id for row in rows))
        self.bookings = {booking.external_id or "": booking for booking in found}
        # A booking made here has no external id; an exported file names it by its own id.
        own_ids = [row.external_id for row in rows if OWN_ID.fullmatch(row.external_id)]
        for booking in reads.fetch(every.filter(external_id=None), "pk", own_ids):
            self.bookings.setdefault(str(booking.pk), booking)
        self.outcomes: list[RowOutcome] = []
        #: What each technician is told of, in one card for all rows.
        self.for_technicians: defaultdict[Resource, Counter[str]] = defaultdict(Counter)
        self.errors: list[Problem] = []

    def take(self, rows: list[ScheduleRow]) -> None:
        for row in rows:
            outcome = RowOutcome(row.number, row.external_id, row.time_zone)
            booking = self.bookings.get(row.external_id)
            if booking is not None:
                self._change(booking, _with_length(row, booking), outcome)
            elif row.keeps_length:
                self._fault(row, "end", _("This cell is empty. A new visit needs an end."))
            else:
                self._schedule(row, outcome)
            self.outcomes.append(outcome)

    # --- A booking that is new --------------------------------------------------------------------------------------
    def _schedule(self, row: ScheduleRow, outcome: RowOutcome) -> None:
        outcome.is_new, outcome.times = True, (row.start, row.end)
        # Nobody wants to hear today of visits that were over before this portal knew of them.
        is_past = row.status in FINAL or row.end <= self.now
        change = self._change_of(row)
        booking = Booking.schedule(
            work_order=self.work.orders[row.work_order],
            resource=self.work.resource(row),
            start=row.start,
            end=row.end,
            external_id=row.external_id,
            window=row.window or BY_SERVICE,
            # A visit that is under way or over is not news.
            change=replace(change, quiet=change.quiet or row.status not in (None, S.SCHEDULED)),
            draft=self.draft,
        )
        if row.status not in FINAL:
            self._count(booking, staff_cards.ASSIGNED)
        if row.status in (None, S.SCHEDULED):
            return
        self._try(row, "status", lambda: self._follow(booking, row, is_past=is_past))
        outcome.status = (S.SCHEDULED, booking.status)

    # --- A booking that is here already -----------------------------------------------------------------------------
    def _change(self, booking: Booking, row: ScheduleRow, outcome: RowOutcome) -> None:
        order = self.work.orders[row.work_order]
        if booking.work_order_id != order.pk:
            wrong = _("This booking belongs to another work order here. Write that one's number.")
            self._fault(row, "work_order", wrong)
            return
        booking.work_order = order
        booking.resource = self.work.resource_by_pk[booking.resource_id]
        self.draft.take(booking)
        if self.work.first_rows[row.work_order].number == row.number:
            said = self.work.details.get(row.work_order, ())
            outcome.details = tuple(name for name in said if not name.startswith("place_"))
        left = [
            *self._assign(booking, row, outcome),
            *self._move(booking, row, outcome),
            *self._set_status(booking, row, outcome),
        ]
        if left:
            outcome.notes.append(left_as_it_is(booking.status, left))

    # Each of these returns words for what was not changed.

    def _assign(self, booking: Booking, row: ScheduleRow, outcome: RowOutcome) -> list[str]:
        wanted, present = self.work.resource(row), booking.resource
        if wanted.pk == present.pk:
            return []
        if booking.status not in ASSIGNABLE:
            return [_("technician")]
        if self._try(row, "resource", lambda: booking.assign(wanted, self._change_of(row))):
            outcome.assigned = (present.name, wanted.name)
            self._count(booking, staff_cards.ASSIGNED)
            self._count(booking, staff_cards.OFF, present)
        return []

    def _move(self, booking: Booking, row: ScheduleRow, outcome: RowOutcome) -> list[str]:
        before, after = (booking.start, booking.end), (row.start, row.end)
        if before == after and row.window in (None, booking.window):
            return []
        if booking.status not in RESCHEDULABLE:
            return [_("times")]
        if self._try(
            row, "start", lambda: booking.reschedule(*after, self._change_of(row), window=row.window or BY_SERVICE)
        ):
            outcome.moved = (before, after)
            self._count(booking, staff_cards.MOVED)
        return []

    def _set_status(self, booking: Booking, row: ScheduleRow, outcome: RowOutcome) -> list[str]:
        before = booking.status
        if row.status is None or row.status == before:
            return []
        if PROGRESS[S(before)] > PROGRESS[row.status]:
            return [_("status (the file says %(status)s)") % {"status": row.status.label}]
        if self._try(row, "status", lambda: self._follow(booking, row, is_past=False)):
            outcome.status = (before, booking.status)
            if booking.status == S.CANCELED:
                self._count(booking, staff_cards.OFF)
        return []

    def _count(self, booking: Booking, kind: str, resource: Resource | None = None) -> None:
        told = resource or booking.resource
        if told.user_id is not None and booking.end > self.now:
            self.for_technicians[told][kind] += 1

    # --- Verbs ------------------------------------------------------------------------------------------------------
    def _follow(self, booking: Booking, row: ScheduleRow, *, is_past: bool) -> bool:
        change = self._change_of(row)
        quiet = change.quiet or is_past
        if row.status == S.TRAVELING:
            return booking.travel(replace(change, quiet=quiet))
        if row.status == S.ON_BREAK:
            # A break is taken on the way or at work; that they once set off is no longer news.
            on_the_way = booking.status != S.SCHEDULED or booking.travel(replace(change, quiet=True))
            return on_the_way and booking.pause(change)
        if row.status == S.IN_PROGRESS:
            return booking.start_work(change)
        if row.status == S.COMPLETED:
            # The file does not say when it was done: at the visit's end, but not later than now.
            return booking.complete(replace(change, at=min(self.now, row.end), quiet=quiet))
        return booking.cancel(change)

    def _try(self, row: ScheduleRow, column: str, change: Callable[[], bool]) -> bool:
        try:
            return change()
        except BookingError as error:
            self._fault(row, column, str(error))
            return False

    def _fault(self, row: ScheduleRow, column: str, reason: str) -> None:
        self.errors.append(Problem(row.number, column, reason))

    def _change_of(self, row: ScheduleRow) -> Change:
        why = _("%(file)s, row %(row)s") % {"file": self.via_file, "row": row.number}
        return Change(by=self.by, via=Via.IMPORT, why=why, quiet=self.quiet)


def _with_length(row: ScheduleRow, booking: Booking) -> ScheduleRow:
    """Return the row with its end: without one in the file the visit stays as long as it is."""
    return replace(row, end=row.start + (booking.end - booking.start)) if row.keeps_length else row
