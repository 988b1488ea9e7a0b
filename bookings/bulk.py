"""Does what was asked for many bookings: one transaction per row, so that a row that is refused stops no other."""

import datetime as dt
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from bookings.availability.conflicts import Proposal, refuse_conflicts
from bookings.models import Booking, BookingError, Change, NotAllowed, Resource, Via
from bookings.models.bulk import BulkChange, BulkOutcome, BulkRow, BulkVerb
from bookings.tell_now import tell_now
from fsportal.lib import worker_wakeup, zones

logger = logging.getLogger(__name__)

TASK = "bookings.tasks.go_on_with_bulk_changes"
#: A worker that died is replaced after this time, and a living one looks this often whether it was stopped.
LEASE = dt.timedelta(seconds=60)
#: Rows read together.
BATCH = 20


class _DoneByAnother(Exception):
    """Another worker was quicker: whatever this one did is rolled back."""


def wake_worker() -> None:
    transaction.on_commit(lambda: worker_wakeup.wake(TASK, group="bulk"))


def go_on() -> int:
    """Go on with every change that is not finished and that no other worker has; return how many rows were done."""
    worker_wakeup.woken(TASK)
    changes = BulkChange.objects.filter(finished_at=None, started_at__isnull=False).order_by("started_at")
    return sum(_go_on_with(change) for change in changes)


def _go_on_with(change: BulkChange) -> int:
    done = 0
    while change.take(timezone.now(), timezone.now() + LEASE):
        change.refresh_from_db()
        rows = _next_rows(change)
        if not rows:
            _finish(change)
            break
        with translation.override(_language(change)):
            for row in rows:
                _do(change, row)
        done += len(rows)
        BulkChange.objects.filter(pk=change.pk).update(held_until=None)
    return done


def _next_rows(change: BulkChange) -> list[BulkRow]:
    waiting = change.rows.filter(outcome=BulkOutcome.WAITING)
    if change.stopped_at is not None:
        waiting.update(outcome=BulkOutcome.STOPPED)
        return []
    # Visits that move on make room for those before them first.
    moves_on = change.verb == BulkVerb.MOVE and change.terms.get("days", 0) > 0
    return list(waiting.order_by("-number" if moves_on else "number")[:BATCH])


def _finish(change: BulkChange) -> None:
    BulkChange.objects.filter(pk=change.pk).update(finished_at=timezone.now(), held_until=None)


def _language(change: BulkChange) -> str:
    return str(change.terms.get("language") or "en")


def _do(change: BulkChange, row: BulkRow) -> None:
    """Do one row; what it says is stored with it, in one transaction, so that a worker that dies repeats nothing."""
    try:
        with transaction.atomic():
            _note(row, BulkOutcome.DONE if _changed(change, row) else BulkOutcome.UNCHANGED)
    except _DoneByAnother:
        return
    except BookingError as refusal:
        with suppress(_DoneByAnother):
            _note(row, BulkOutcome.REFUSED, str(refusal))
    except Exception:
        # One row that cannot be done must not stop the others, nor be tried for ever.
        logger.exception("A row of a bulk change failed")
        with suppress(_DoneByAnother):
            _note(row, BulkOutcome.REFUSED, _("It failed for a reason that the log names."))


def _note(row: BulkRow, outcome: BulkOutcome, said: str = "") -> None:
    """Store the outcome of a row that still waits."""
    waiting = BulkRow.objects.filter(pk=row.pk, outcome=BulkOutcome.WAITING)
    if not waiting.update(outcome=outcome, said=said[:500]):
        raise _DoneByAnother


def _changed(change: BulkChange, row: BulkRow) -> bool:
    what = BulkTerms.of(change)
    booking = Booking.objects.with_visit().get(pk=row.booking_id)
    (what.resource or booking.resource).lock()
    # Its verb then notices what has changed since the booking was chosen.
    booking.revision = row.revision
    proposal = what.proposal(booking)
    changed = what.do(booking)
    if changed and proposal is not None:
        refuse_conflicts(proposal, what.why.despite)
    return changed


@dataclass(frozen=True)
class BulkTerms:
    """A verb with what was asked for, the same for all bookings."""

    verb: BulkVerb
    why: Change
    resource: Resource | None = None
    days: int = 0

    @classmethod
    def of(cls, change: BulkChange, terms: Mapping[str, Any] | None = None) -> "BulkTerms":
        """Return the terms of a bulk change, or others for the same verb."""
        terms = change.terms if terms is None else terms
        why = Change(
            by=change.by,
            via=Via.ADMIN,
            why=terms.get("why", ""),
            quiet=bool(terms.get("quiet")),
            despite=tuple(terms.get("despite", ())),
        )
        resource = Resource.objects.filter(pk=terms["resource"]).first() if terms.get("resource") else None
        return cls(BulkVerb(change.verb), why, resource, int(terms.get("days") or 0))

    def proposal(self, booking: Booking) -> Proposal | None:
        """Return the visit as it would be, if it takes up other time than now. Raises NotAllowed as `do` does."""
        if self.verb == BulkVerb.ASSIGN and self.resource is not None and self.resource.pk != booking.resource_id:
            return Proposal(self.resource, booking.work_order, booking.start, booking.end, booking)
        if self.verb == BulkVerb.MOVE:
            return Proposal(booking.resource, booking.work_order, *self._moved(booking), booking)
        return None

    def do(self, booking: Booking) -> bool:
        """Do the verb; return whether anything changed. Raises BookingError."""
        match self.verb:
            case BulkVerb.ASSIGN:
                if self.resource is None:
                    raise NotAllowed(_("There is no such technician any more."))
                return booking.assign(self.resource, self.why)
            case BulkVerb.MOVE:
                return booking.reschedule(*self._moved(booking), self.why)
            case BulkVerb.COMPLETE:
                return booking.complete(replace(self.why, at=min(timezone.now(), booking.end)))
            case BulkVerb.CANCEL:
                return booking.cancel(self.why)
            case BulkVerb.TELL:
                tell_now(booking, by=self.why.by)
                return True
            case BulkVerb.WRITE:
                return False  # sent at once, to each customer once (bookings/admin/free_message.py)

    def _moved(self, booking: Booking) -> tuple[dt.datetime, dt.datetime]:
        start = moved_by_days(booking.start, self.days, booking.zone_name)
        if start <= timezone.now():
            raise NotAllowed(_("That time has passed already."))
        # As long as it was, also over a change of clocks.
        return start, start + (booking.end - booking.start)


def moved_by_days(moment: dt.datetime, days: int, zone_name: str) -> dt.datetime:
    """Return the same wall time so many days later. Raises NotAllowed if the clock skips it on that day."""
    wall = zones.local(moment, zone_name).replace(tzinfo=None) + dt.timedelta(days=days)
    try:
        return zones.local_to_utc(wall, zone_name)
    except ValueError as error:
        raise NotAllowed(str(error)) from None
