"""What became of one visit, as far as its history says. docs/reports.md has the same rules for those who read them.

Nothing is guessed: a start that nobody noted when it happened is unknown, and so is a reason that no row shows.
"""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from bookings.models import BookingStatus, CustomerAnswer, Verb, Via
from bookings.models.window import SMALL_MOVE, ToldTime

MINUTE = dt.timedelta(minutes=1)
TOOK_PLACE = frozenset({BookingStatus.COMPLETED, BookingStatus.IN_PROGRESS, BookingStatus.ON_BREAK})
NOT_BEGUN = frozenset({BookingStatus.SCHEDULED, BookingStatus.TRAVELING})
BY_CUSTOMER = frozenset({Via.PORTAL, Via.TEXT})
#: A visit that changes hands this shortly before its time, or later, begins late because of that.
HANDED_OVER_WITHIN = dt.timedelta(hours=1)


@dataclass(frozen=True)
class HistoryRow:
    """What the reports need of a change of a booking."""

    at: dt.datetime
    verb: str
    via: str
    new_status: int
    old_told: ToldTime | None

    @property
    def is_by_customer(self) -> bool:
        return self.via in BY_CUSTOMER


@dataclass(frozen=True)
class CountedVisit:
    """What the reports need of a booking. `history` is in the order of its revisions."""

    resource: UUID
    incident_type: UUID
    start: dt.datetime
    end: dt.datetime
    told: ToldTime
    status: int
    was_asked: bool
    answer: str
    ratings: Sequence[int]
    history: Sequence[HistoryRow]

    @property
    def took_place(self) -> bool:
        return self.status in TOOK_PLACE

    @property
    def promise(self) -> ToldTime:
        """Return the time that counts: a move by staff after the promised time had passed keeps no promise."""
        broken = self._moved_when_late()
        return broken.old_told if broken and broken.old_told else self.told

    def _moved_when_late(self) -> HistoryRow | None:
        moves = (row for row in self.history if row.verb == Verb.RESCHEDULE and not row.is_by_customer)
        return next((row for row in moves if row.old_told and row.at > limit(row.old_told)), None)

    @property
    def was_moved_to_another_day(self) -> bool:
        return _day(self.promise.start) != _day(self.told.start)

    @property
    def began_at(self) -> dt.datetime | None:
        """Return when work began, if that was noted when it happened."""
        return self._noted(lambda row: row.new_status == BookingStatus.IN_PROGRESS)

    @property
    def done_at(self) -> dt.datetime | None:
        return self._noted(lambda row: row.verb == Verb.COMPLETE)

    @property
    def set_off_at(self) -> dt.datetime | None:
        return self._noted(lambda row: row.verb == Verb.TRAVEL, last=True)

    def _noted(self, wanted: Callable[[HistoryRow], bool], *, last: bool = False) -> dt.datetime | None:
        """Return when something happened since the visit was last Scheduled; None if it was noted only later."""
        rows = self._since_scheduled()
        row = next((row for row in (reversed(rows) if last else rows) if wanted(row)), None)
        return row.at if row and self._is_noted_at_once(row) else None

    def _since_scheduled(self) -> list[HistoryRow]:
        rows = list(self.history)
        for at in range(len(rows) - 1, -1, -1):
            if rows[at].new_status == BookingStatus.SCHEDULED:
                return rows[at + 1 :]
        return rows

    def _is_noted_at_once(self, row: HistoryRow) -> bool:
        """Tell whether a row's time is that of what it says: a file, or staff on a later day, note what is over."""
        if row.via == Via.IMPORT:
            return False
        return row.via != Via.ADMIN or _day(row.at) <= _day(self.promise.latest)

    def counts(self, before: "CountedVisit | None", today: dt.date) -> dict[str, int]:
        """Return the visit's numbers for VisitCount; `before` is the technician's visit before it on that day."""
        found = {
            "visits": 1,
            "took_place": int(self.took_place),
            "canceled": int(self.status == BookingStatus.CANCELED),
            "asked": int(self.was_asked or bool(self.answer)),
            "confirmed": int(self.answer == CustomerAnswer.YES),
            "declined": int(self.answer == CustomerAnswer.NO),
            "rated": int(bool(self.ratings)),
        }
        for rating in self.ratings:
            found[f"rating_{rating}"] = found.get(f"rating_{rating}", 0) + 1
        return found | self._self_service() | self._punctuality(before) | self._did_not_take_place(today)

    def _self_service(self) -> dict[str, int]:
        verbs = [(row.verb, row.is_by_customer) for row in self.history]
        canceled = self.status == BookingStatus.CANCELED
        by = [by_customer for verb, by_customer in verbs if verb == Verb.CANCEL]
        return {
            "booked_by_customer": int((Verb.SCHEDULE, True) in verbs),
            "moves": sum(verb == Verb.RESCHEDULE for verb, _by in verbs),
            "moves_by_customer": verbs.count((Verb.RESCHEDULE, True)),
            "canceled_by_customer": int(canceled and by[-1:] == [True]),
        }

    # --- Punctuality --------------------------------------------------------------------------------------------------
    def _punctuality(self, before: "CountedVisit | None") -> dict[str, int]:
        if not self.took_place or self.was_moved_to_another_day:
            return {}
        began, latest = self.began_at, limit(self.promise)
        if began is None:
            # Whoever was done in time began in time.
            in_time = self.done_at is not None and self.done_at <= latest
            return {"on_time": 1} if in_time else {"start_unknown": 1}
        if began <= latest:
            return {"on_time": 1}
        minutes = math.ceil((began - self.promise.latest) / MINUTE)
        size = "late_up_to_15" if minutes <= 15 else "late_up_to_60" if minutes <= 60 else "late_longer"
        return {"late": 1, "late_minutes": minutes, size: 1, self._why(began, before): 1}

    def _why(self, began: dt.datetime, before: "CountedVisit | None") -> str:
        """Return the number of the first reason that the history shows."""
        promised = self.promise.latest
        if self._moved_when_late():
            return "late_moved"
        if any(row.verb == Verb.ASSIGN and row.at > promised - HANDED_OVER_WITHIN for row in self.history):
            return "late_handed_over"
        if before and before.done_at and before.done_at <= began:
            overran = before.done_at - before.end
            if overran >= (began - promised) / 2:
                return "late_visit_before"
        if self.set_off_at is None:
            return "late_unknown"
        return "late_set_off" if self.set_off_at > promised else "late_on_the_way"

    # --- What did not take place --------------------------------------------------------------------------------------
    def _did_not_take_place(self, today: dt.date) -> dict[str, int]:
        if self.took_place:
            return {"moved_late": int(self.was_moved_to_another_day)}
        if self.status in NOT_BEGUN:
            return {"nobody_came": int(_day(self.told.latest) < today)}
        canceled = next((row for row in reversed(self.history) if row.verb == Verb.CANCEL), None)
        if canceled is None or canceled.is_by_customer:
            return {}
        if self.set_off_at or self.began_at:
            return {"canceled_on_the_way": 1}
        return {"canceled_late": int(canceled.at > limit(self.promise))}


def limit(told: ToldTime) -> dt.datetime:
    """Return until when a visit has begun on time; of whoever was told the minute, ten more are no news."""
    return told.latest if told.until else told.start + SMALL_MOVE


def _day(moment: dt.datetime) -> dt.date:
    return timezone.localdate(moment)
