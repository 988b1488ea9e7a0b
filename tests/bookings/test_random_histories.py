"""What must hold whatever happens to a visit: random histories, checked message by message.

HISTORIES=3000 runs as many; FROM=17 begins with that one, which a failure names.
"""

import datetime as dt
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from bookings.messages import reminders, told
from bookings.messages.base import named_by
from bookings.messages.queue import is_asked_for, is_own_act, occasion_of
from bookings.messages.told import Told
from bookings.models import Booking, BookingStatus, Change, CustomerAnswer, Reminder, Via, WorkOrder
from bookings.models.window import BY_SERVICE, ToldTime, WindowChoice
from bookings.plan import MessagePlan, plan, plan_change, plan_new
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import OptOutSource
from notifications.customers import delivery, outbox
from notifications.models import CustomerNotification
from tests.factories import AccountFactory, ContactFactory, ResourceFactory, WorkOrderFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        bool(os.environ.get("TEST_DATABASE_URL")) and "FROM" not in os.environ,
        reason="takes long, and the database changes little: on PostgreSQL only with FROM=…",
    ),
]

HISTORIES, FIRST = int(os.environ.get("HISTORIES", "6")), int(os.environ.get("FROM", "1"))
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
ZONES = (
    "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "America/St_Johns", "Asia/Dubai",
    "Asia/Kolkata", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Auckland", "America/Sao_Paulo",
)  # fmt: skip
#: Weeks in which clocks change, forward and back, on both halves of the earth; and ordinary ones.
BEGINNINGS = [dt.datetime(2027, *day, tzinfo=dt.UTC) for day in ((3, 10), (3, 26), (4, 1), (7, 7), (9, 24), (10, 29))]
AT_ANY_HOUR = (told.TRAVELING, told.DELAYED)


def is_alike(told: ToldTime, now: ToldTime) -> bool:
    """Judge for ourselves whether somebody who was told one time need not be told the other."""
    if told.until is None and now.until is None:
        return abs(told.start - now.start) <= 10 * MINUTE
    return (told.start, told.until) == (now.start, now.until)


@dataclass
class History:
    """One visit, and everything that happens to it."""

    number: int
    clock: time_machine.Coordinates
    chance: random.Random = field(init=False)
    #: Of its own, so that each number stays the history that it was.
    answers: random.Random = field(init=False)
    order: WorkOrder = field(init=False)
    contact: Contact = field(init=False)
    booking: Booking | None = None
    seen: set[object] = field(default_factory=set)
    #: Since when nothing has kept the contact from being told.
    reachable_since: dt.datetime | None = None
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance, self.answers = random.Random(self.number), random.Random(-self.number)
        self.now = self.chance.choice(BEGINNINGS) + self.chance.randrange(24 * 12) * 5 * MINUTE
        self.clock.move_to(self.now)
        account = AccountFactory(time_zone=self.chance.choice(ZONES), country="")
        # Some have no email: then the hours for texts hold up everything.
        self.contact = ContactFactory(account=account, **({"email": ""} if self.chance.random() < 0.3 else {}))
        self.order = WorkOrderFactory(account=account, reported_by=self.contact)
        self._service()
        self._settings()
        self.reachable_since = self.now

    def _service(self) -> None:
        """Let the service be told by the minute, or by arrival windows."""
        service = self.order.incident_type
        service.window_minutes = self.chance.choice([None, None, 120, 240])
        service.save()

    def _window(self, start: dt.datetime) -> WindowChoice:
        """Mostly what the service says; sometimes staff choose the minute, or a window of their own."""
        own = ToldTime(start - HOUR, start + HOUR)
        return self.chance.choice([BY_SERVICE, BY_SERVICE, BY_SERVICE, BY_SERVICE, None, own])

    def _settings(self) -> None:
        chance = self.chance
        record = PortalSettings.load()
        record.send_booked = chance.random() < 0.7
        record.reminder_lead_days = chance.choice([1, 2, 7, 7, 7])
        record.reminder_in_site_zone = chance.random() < 0.3
        record.repeat_gap_hours = chance.choice([0, 6, 24, 24, 48])
        record.reminder_asks = self.answers.random() < 0.5
        record.sms_at_weekends = record.sms_on_holidays = chance.random() < 0.8
        record.save()
        Reminder.objects.all().delete()
        for lead in chance.sample([(1, 0), (0, 2), (0, 26), (3, 0)], chance.randrange(3)):
            at = chance.choice([None, None, dt.time(9), dt.time(22, 30)])
            questions = {name: self.answers.random() < 0.5 for name in ("asks", "only_unconfirmed")}
            in_zone = chance.random() < 0.5
            Reminder.objects.create(lead_days=lead[0], lead_hours=lead[1], at=at, in_site_zone=in_zone, **questions)

    # --- What happens -------------------------------------------------------------------------------------------------
    def run(self) -> None:
        self.schedule()
        for _step in range(self.chance.randrange(1, 7)):
            self.pass_time(until=self.now + self.chance.choice([5 * MINUTE, HOUR, 7 * HOUR, 2 * DAY]))
            self.chance.choice([self.move, self.move, self.move, self.cancel, self.reach, self.settings, self.go])()
            self.answer()
        self.pass_time(until=max(self.visit.end, self.now) + DAY)

    @property
    def visit(self) -> Booking:
        assert self.booking is not None
        self.booking = Booking.objects.with_visit().get(pk=self.booking.pk)
        return self.booking

    def schedule(self) -> None:
        start, change = self._some_start(), self._change()
        resource = ResourceFactory()
        times: dict[str, Any] = {
            "window": self._window(start),
            "work_order": self.order,
            "resource": resource,
            "start": start,
            "end": start + HOUR,
        }
        ahead = plan_new(lambda draft: Booking.schedule(**times, change=change, draft=draft), self.now)
        self.booking = Booking.schedule(**times, change=change)
        self.note("schedule", start, change)
        self._comes_true(ahead)

    def move(self) -> None:
        start = self.visit.start + 5 * MINUTE if self.chance.random() < 0.2 else self._some_start()
        change = self._change()
        if self.visit.status == BookingStatus.SCHEDULED and start != self.visit.start:
            window = BY_SERVICE if change.contact else self._window(start)
            self._do(lambda booking: booking.reschedule(start, change=change, window=window), "move", start, change)

    def answer(self) -> None:
        if self.visit.status == BookingStatus.SCHEDULED and self.answers.random() < 0.3:
            says_yes, change = self.answers.random() < 0.7, Change(via=Via.TEXT, contact=self.contact)
            self._do(lambda booking: booking.confirm(change) if says_yes else booking.decline(change), "yes", says_yes)

    def cancel(self) -> None:
        change = self._change()
        if self.visit.status == BookingStatus.SCHEDULED and self.chance.random() < 0.5:
            self._do(lambda booking: booking.cancel(change), "cancel", change)

    def go(self) -> None:
        if self.visit.status == BookingStatus.SCHEDULED and self.visit.start - self.now < 2 * HOUR:
            self._do(lambda booking: booking.travel(), "travel")
        elif self.visit.status == BookingStatus.TRAVELING:
            self._do(lambda booking: booking.complete(), "complete")

    def _do(self, verb: Callable[[Booking], object], *words: object) -> None:
        ahead = plan_change(self.visit, verb, self.now)
        verb(self.visit)
        self.note(*words)
        self._comes_true(ahead)

    def reach(self) -> None:
        """Something that keeps the contact from being told begins or ends."""
        contact, account = self.contact, self.order.account
        contact.refresh_from_db()
        way = self.chance.randrange(3)
        if way == 0:
            contact.email = "" if contact.email else "back@example.com"
            contact.save()
        elif way == 1:
            stopped = contact.has_opted_out("sms")
            (contact.opt_in if stopped else contact.opt_out)("sms", how=OptOutSource.STAFF)
        else:
            account.is_excluded = not account.is_excluded
            account.save()
        self.note("reach", way)
        self._look_whether_reachable()

    def settings(self) -> None:
        self._service()
        self._settings()
        outbox.look_again_at_waiting(self.now)
        self.note("settings")
        if self.reachable_since is not None:
            self.reachable_since = self.now

    def _look_whether_reachable(self) -> None:
        account = self.order.account
        if account.is_excluded or (not self.contact.email and self.contact.has_opted_out("sms")):
            self.reachable_since = None
        elif self.reachable_since is None:
            self.reachable_since = self.now

    def _some_start(self) -> dt.datetime:
        ahead = self.chance.choice([2 * HOUR, 3 * HOUR, 9 * HOUR, 11 * HOUR, DAY, 2 * DAY, 6 * DAY, 9 * DAY])
        return self.now + ahead + self.chance.randrange(12) * 5 * MINUTE

    def _change(self) -> Change:
        way = self.chance.random()
        if way < 0.25:
            return Change(via=Via.PORTAL, contact=self.contact)
        return Change(via=Via.ADMIN, quiet=way > 0.85)

    # --- Time passes --------------------------------------------------------------------------------------------------
    def pass_time(self, until: dt.datetime) -> None:
        self._comes_true(plan(self.visit, self.now), until)

    def _comes_true(self, ahead: MessagePlan, until: dt.datetime | None = None) -> None:
        """Let time pass, and compare what is said with what was planned."""
        until = until or self.now
        expected = [(one.at, one.event, one.channel) for one in ahead.going if one.at is not None and one.at <= until]
        said: list[tuple[dt.datetime, str, str]] = []
        for moment in self._moments(ahead, until):
            self.now = moment
            self.clock.move_to(moment)
            reminders.look(moment)
            delivery.drain()
            said += [(moment, row.event, row.channel) for row in self._new()]
            self._untold_an_hour_before()
        assert sorted(said) == sorted(expected), f"planned {expected}, said {said}: {self}"

    def _moments(self, ahead: MessagePlan, until: dt.datetime) -> Iterator[dt.datetime]:
        every = [self.now + times * 11 * HOUR for times in range(1, 1 + (until - self.now) // (11 * HOUR))]
        known = [*every, self.visit.start - HOUR, *(one.at for one in ahead.going if one.at)]
        yield from sorted({self.now, until, *(at for at in known if self.now < at < until)})

    def _new(self) -> list[CustomerNotification]:
        rows = CustomerNotification.objects.exclude(told_at=None).exclude(pk__in=self.seen).order_by("told_at")
        new = list(rows)
        self.seen |= {row.pk for row in new}
        for row in new:
            self.note(row.event, row.channel, "told", row.named_time, row.named_until or "")
            self._is_true(row)
            self._wakes_nobody(row)
        return new

    # --- What must hold -----------------------------------------------------------------------------------------------
    def _is_true(self, row: CustomerNotification) -> None:
        status = {told.CANCELED: BookingStatus.CANCELED, told.COMPLETED: BookingStatus.COMPLETED}.get(row.event)
        assert status is None or self.visit.status == status, self
        if row.event in told.NAMES_START:
            assert named_by(row) == self.visit.told_time, self
            assert row.named_until is None or self.visit.told_time.includes(self.visit.start), self
            assert self.visit.status == BookingStatus.SCHEDULED, self
            assert self.visit.start > self.now, self
            assert ("YES" in row.words or "Please confirm" in row.words) <= self.visit.is_unanswered, self
            self._is_no_repetition(row)

    def _is_no_repetition(self, row: CustomerNotification) -> None:
        naming = CustomerNotification.objects.filter(
            channel=row.channel, event__in=told.NAMES_START, told_at__lt=self.now
        )
        before = naming.exclude(pk=row.pk).order_by("-told_at").first()
        if before is None or is_own_act(row.dedupe_key) or is_asked_for(row.dedupe_key):
            return
        told_before = named_by(before)
        assert told_before is not None
        assert before.told_at is not None
        if is_alike(told_before, self.visit.told_time):
            gap, reminder = PortalSettings.load().repeat_gap_hours * HOUR, occasion_of(row)
            if reminder and Reminder.objects.get(pk=reminder).only_unconfirmed:
                assert self.visit.answer != CustomerAnswer.YES, f"confirmed already: {self}"
                gap = gap if self.visit.answer else min(gap, 3 * HOUR)
            assert row.event == told.UPCOMING, f"said twice: {self}"
            assert self.now - before.told_at >= gap, f"within the gap: {self}"

    def _wakes_nobody(self, row: CustomerNotification) -> None:
        if row.channel != "sms" or row.event in AT_ANY_HOUR or is_own_act(row.dedupe_key):
            return
        wall = self.now.astimezone(ZoneInfo(self.visit.zone_name))
        if 8 <= wall.hour < 20 and (PortalSettings.load().sms_at_weekends or wall.weekday() < 5):
            return
        # Only if the customer would hear too late otherwise.
        known = (
            CustomerNotification.objects.exclude(pk=row.pk).exclude(told_at=None).values_list("named_time", flat=True)
        )
        starts = [self.visit.start, *filter(None, [row.named_time, *known])]
        nearest = min((start for start in starts if start > self.now - 4 * HOUR), default=self.visit.start)
        assert nearest - self.now < 14 * HOUR or not PortalSettings.load().sms_at_weekends, f"woken: {self}"
        if row.event in (told.UPCOMING, told.BOOKED):
            email = CustomerNotification.objects.filter(
                channel="email", told_at__isnull=False, event__in=told.NAMES_START
            )
            assert not email.filter(named_time=self.visit.told_time.start).exists(), f"woken beside an email: {self}"

    def _untold_an_hour_before(self) -> None:
        visit = self.visit
        if visit.start - HOUR != self.now or visit.status != BookingStatus.SCHEDULED or visit.is_quiet:
            return
        assert visit.timed_at is not None
        in_time = visit.timed_at <= visit.start - 2 * HOUR
        reachable = self.reachable_since is not None and self.reachable_since <= self.now - 10 * MINUTE
        if in_time and reachable:
            time = Told.about(visit).time(self.contact)
            assert time is not None, f"untold: {self}"
            assert is_alike(time, visit.told_time), f"told another time: {self}"

    def note(self, *words: object) -> None:
        self.said.append(f"{self.now:%d %b %H:%M} " + " ".join(str(word) for word in words))

    def __str__(self) -> str:
        return f"FROM={self.number} ({self.order.zone_name})\n" + "\n".join(self.said)


@pytest.mark.parametrize("number", range(FIRST, FIRST + HISTORIES))
def test_a_random_history(number: int) -> None:
    with time_machine.travel(BEGINNINGS[0], tick=False) as clock:
        History(number, clock).run()
