"""Random histories with slips of the finger: canceled and reopened, set off and turned back, moved and undone.

Only with HISTORIES=…, as each of them takes long; otherwise like test_random_histories.py.
"""

import datetime as dt
import os

import pytest
import time_machine

from bookings.admin.board import moves, undo
from bookings.messages import reminders, told
from bookings.models import HOLD, BookingStatus, Change, Via
from fsportal.models import User
from notifications.customers import delivery
from notifications.models import CustomerNotification
from tests.bookings.test_random_histories import BEGINNINGS, DAY, FIRST, HISTORIES, HOUR, MINUTE, History
from tests.factories import UserFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("HISTORIES" not in os.environ, reason="takes long: only with HISTORIES=…"),
]


class Slips(History):
    def run(self) -> None:
        self.by: User = UserFactory(is_staff=True)
        self.schedule()
        steps = [self.move, self.cancel, self.reopen, self.reopen, self.go, self.back, self.held, self.held, self.tray]
        for _step in range(self.chance.randrange(2, 9)):
            pause = self.chance.choice([0 * MINUTE, 0 * MINUTE, 5 * MINUTE, HOUR, 7 * HOUR, 2 * DAY])
            self.pass_time(until=self.now + pause)
            self.chance.choice([self.move, *steps])()
        self.pass_time(until=max(self.visit.end, self.now) + DAY)

    def go(self) -> None:
        if self.visit.status == BookingStatus.SCHEDULED and self.chance.random() < 0.5:
            self._do(lambda booking: booking.travel(), "set off")
        else:
            super().go()

    def back(self) -> None:
        if self.visit.status == BookingStatus.TRAVELING:
            self._do(lambda booking: booking.turn_back(), "turn back")

    def reopen(self) -> None:
        if self.visit.status in (BookingStatus.CANCELED, BookingStatus.COMPLETED):
            self._do(lambda booking: booking.reopen(Change(via=Via.ADMIN)), "reopen")

    # --- On the board -------------------------------------------------------------------------------------------------
    @property
    def is_ahead(self) -> bool:
        return self.visit.status == BookingStatus.SCHEDULED and self.visit.start > self.now

    def held(self) -> None:
        """Move it, perhaps once more during the hold, and mostly undo the last move."""
        if not self.is_ahead:
            return
        for _move in range(self.chance.choice([1, 1, 2])):
            before, after = self.visit, self.visit
            quiet = self.chance.random() < 0.15
            after.reschedule(self._some_start(), change=Change(via=Via.ADMIN, by=self.by, hold=HOLD, quiet=quiet))
            self.note("held", after.start, "quiet" if quiet else "")
            self._wait(self.chance.randrange(1, 18))
        if after.revision != before.revision and self.chance.random() < 0.8:
            undo.take_back(undo.token_of(after, before), self.by)
            self.note("undone", self.visit.start)
        self._wait(25)

    def tray(self) -> None:
        """Put it into the tray, and undo that."""
        if not self.is_ahead:
            return
        before, after = self.visit, self.visit
        moves.put_back(after, Change(via=Via.ADMIN, by=self.by, hold=HOLD, replan=True))
        self.note("tray")
        self._wait(self.chance.randrange(1, 18))
        undo.take_back(undo.token_of(after, before), self.by)
        self.note("undone", self.visit.start)
        self._wait(25)

    def _wait(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)
        self.clock.move_to(self.now)
        reminders.look(self.now)
        delivery.drain()
        self._new()

    # --- What must hold -----------------------------------------------------------------------------------------------
    def _is_true(self, row: CustomerNotification) -> None:
        if row.event != told.REOPENED or row.named_time is not None:
            super()._is_true(row)

    def _is_no_repetition(self, row: CustomerNotification) -> None:
        if row.event != told.REOPENED:
            super()._is_no_repetition(row)


@pytest.mark.parametrize("number", range(FIRST, FIRST + HISTORIES))
def test_a_random_history_with_slips(number: int) -> None:
    with time_machine.travel(BEGINNINGS[0], tick=False) as clock:
        Slips(number, clock).run()
