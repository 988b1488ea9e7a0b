"""Announcing under attack: histories that a hostile reader thought of, each with what is right."""

import datetime as dt
import random
import uuid
from collections.abc import Iterator

import pytest
import time_machine

from bookings.messages import reminders
from bookings.models import Booking, Change, Reminder, Via
from bookings.plan import plan, plan_change
from fsportal.models import Account, Contact, PortalSettings
from fsportal.models.consent import OptOutSource
from notifications.customers import delivery, outbox
from notifications.models import CustomerNotification, State
from tests.factories import AccountFactory, ContactFactory, ResourceFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
#: A Wednesday.
NOW = dt.datetime(2027, 7, 7, 20, 0, tzinfo=dt.UTC)
STAFF = Change(via=Via.ADMIN)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def settings_with(**values: object) -> PortalSettings:
    record = PortalSettings.load()
    for name, value in values.items():
        setattr(record, name, value)
    record.save()
    return record


def customer(*, email: str = "c@example.com", phone: str = "+442079460001", zone: str = "Europe/London") -> Contact:
    account: Account = AccountFactory(time_zone=zone, country="")
    made: Contact = ContactFactory(account=account, email=email, mobile_phone=phone)
    return made


def visit_of(contact: Contact, start: dt.datetime, change: Change = STAFF) -> Booking:
    order = WorkOrderFactory(account=contact.account, reported_by=contact)
    return Booking.schedule(work_order=order, resource=ResourceFactory(), start=start, end=start + HOUR, change=change)


def fresh(booking: Booking) -> Booking:
    return Booking.objects.with_visit().get(pk=booking.pk)


def look(clock: time_machine.Coordinates, at: dt.datetime, minutes: int = 2) -> None:
    """Let some minutes pass from `at` on, as the worker sees them."""
    for minute in range(minutes):
        clock.move_to(at + minute * MINUTE)
        reminders.look(at + minute * MINUTE)
        delivery.drain()


def said(channel: str = "") -> list[tuple[str, str, dt.datetime | None, dt.datetime | None]]:
    rows = CustomerNotification.objects.exclude(told_at=None).order_by("told_at", "channel")
    rows = rows.filter(channel=channel) if channel else rows
    return [(row.event, row.channel, row.told_at, row.named_time) for row in rows]


# --- Untold, or told another time -------------------------------------------------------------------------------------
def test_both_channels_with_hours_do_not_wait_for_each_other(clock: time_machine.Coordinates) -> None:
    """Email from 9 to 17, texts from 8 to 20: booked at 21:00 for 7:30, somebody must be told tonight."""
    settings_with(email_from=dt.time(9), email_until=dt.time(17))
    booking = visit_of(customer(), utc(2027, 7, 8, 6, 30))
    look(clock, NOW, minutes=5)
    assert [event for event, *_rest in said("email")] == ["booked"], booking
    assert not said("sms"), "an email was enough"


def test_a_text_that_waits_for_the_morning_hears_of_an_earlier_start(clock: time_machine.Coordinates) -> None:
    """Booked at 21:00 for tomorrow noon, moved at 21:30 to 7:30: the text must not wait until 8:00."""
    booking = visit_of(customer(email=""), utc(2027, 7, 8, 11))
    look(clock, NOW)
    assert not said()
    moved_at, earlier = NOW + HOUR / 2, utc(2027, 7, 8, 6, 30)
    clock.move_to(moved_at)
    ahead = plan_change(fresh(booking), lambda draft: draft.reschedule(earlier, change=STAFF), moved_at)
    fresh(booking).reschedule(earlier, change=STAFF)
    look(clock, NOW + HOUR / 2)
    assert [row[3] for row in said("sms")] == [utc(2027, 7, 8, 6, 30)]
    assert [one.at for one in ahead.going] == [NOW + HOUR / 2]


@pytest.mark.parametrize("stops", ["excluded", "inactive", "type", "opted out", "no address"])
@pytest.mark.parametrize("verb", ["reschedule", "cancel", "reopen"])
def test_whoever_can_be_told_again_hears_what_changed_meanwhile(
    clock: time_machine.Coordinates, stops: str, verb: str
) -> None:
    """Told 10:00, unreachable while it was moved or canceled, and reachable again a day before: they believe 10:00."""
    contact = customer(phone="")
    booking = visit_of(contact, NOW + 3 * DAY)
    look(clock, NOW)
    if verb == "reopen":
        fresh(booking).cancel(STAFF)
        look(clock, NOW + MINUTE)
    before = len(said())
    _stop(booking, contact, stops, True)
    clock.move_to(NOW + HOUR)
    if verb == "cancel":
        fresh(booking).cancel(STAFF)
    elif verb == "reopen":
        fresh(booking).reopen(Change(via=Via.ADMIN, why="by mistake"))
    else:
        fresh(booking).reschedule(NOW + 3 * DAY + 4 * HOUR, change=STAFF)
    look(clock, NOW + HOUR)
    assert len(said()) == before
    _stop(booking, contact, stops, False)
    look(clock, NOW + DAY, minutes=3)
    right = {"cancel": "canceled", "reschedule": "rescheduled", "reopen": "reopened"}[verb]
    assert [row[0] for row in said()][before:] == [right]


def _stop(booking: Booking, contact: Contact, stops: str, begins: bool) -> None:
    contact.refresh_from_db()
    order = booking.work_order
    if stops == "excluded":
        type(contact.account).objects.filter(pk=contact.account_id).update(is_excluded=begins)
    elif stops == "inactive":
        type(contact.account).objects.filter(pk=contact.account_id).update(is_active=not begins)
    elif stops == "type":
        assert order.work_order_type is not None
        order.work_order_type.is_excluded = begins
        order.work_order_type.save()
    elif stops == "opted out":
        (contact.opt_out if begins else contact.opt_in)("email", how=OptOutSource.STAFF)
    else:
        contact.email = "" if begins else "c@example.com"
        contact.save()


def test_a_second_recipient_is_told_although_the_first_one_was(clock: time_machine.Coordinates) -> None:
    contact = customer()
    booking = visit_of(contact, NOW + 3 * DAY)
    look(clock, NOW)
    other = ContactFactory(account=contact.account, email="other@example.com", mobile_phone="+442079460002")
    order = booking.work_order
    order.reported_by = other
    order.save()
    look(clock, NOW + DAY)
    told = CustomerNotification.objects.filter(contact=other).exclude(told_at=None)
    assert {row.channel for row in told} >= {"email"}


# --- At night ---------------------------------------------------------------------------------------------------------
def test_a_reminder_before_a_pause_goes_before_it_whatever_its_time_of_day(clock: time_machine.Coordinates) -> None:
    """Two hours before, at 6:00, for a visit at 8:30: 6:00 is too late for it, so it goes at 19:30 the day before."""
    settings_with(reminder_lead_days=1, send_upcoming=True, send_booked=False, repeat_gap_hours=0)
    Reminder.objects.create(
        portal_settings=PortalSettings.load(), lead_days=0, lead_hours=2, at=dt.time(6), channel="sms"
    )
    contact = customer(email="")
    start = utc(2027, 7, 14, 7, 30)
    booking = visit_of(contact, start)
    reminder = Reminder.objects.get()
    seen = [one for one in plan(fresh(booking), NOW).going if reminder.occasion in one.message.dedupe_key]
    # Every hour around its moment, before that and after it now and then.
    for hours in (*range(0, 24 * 5, 12), *range(24 * 5, 24 * 6 + 12), 24 * 7):
        look(clock, NOW + hours * HOUR + HOUR / 2, minutes=1)
    rows = CustomerNotification.objects.filter(dedupe_key__endswith=reminder.occasion).exclude(told_at=None)
    assert [row.told_at for row in rows] == [one.at for one in seen] == [utc(2027, 7, 13, 18, 30)]


def test_a_reminder_that_waits_goes_before_a_long_weekend_if_the_visit_moves_into_monday_morning(
    clock: time_machine.Coordinates,
) -> None:
    """Queued for Monday 10:00 because of a visit on Wednesday; moved to Monday 8:30 it must go on Friday."""
    settings_with(sms_at_weekends=False, reminder_lead_days=2, send_booked=False)
    booking = visit_of(customer(email=""), utc(2027, 7, 14, 12))
    look(clock, utc(2027, 7, 8, 12))
    assert CustomerNotification.objects.filter(state=State.QUEUED).exists()
    fresh(booking).reschedule(utc(2027, 7, 12, 7, 30), change=STAFF)
    going = plan(fresh(booking), utc(2027, 7, 8, 12, 2)).going
    for hours in (0, *range(24, 36), 48, 72, *range(84, 96, 3)):
        look(clock, utc(2027, 7, 8, 12, 30) + hours * HOUR, minutes=1)
    assert [row[2] for row in said()] == [one.at for one in going] == [utc(2027, 7, 9, 18, 30)]


def test_a_reminder_that_waits_for_the_morning_is_not_asked_every_minute(clock: time_machine.Coordinates) -> None:
    settings_with(reminder_lead_days=2, send_booked=False)
    visit_of(customer(email="", zone="America/Los_Angeles"), utc(2027, 7, 14, 18))
    clock.move_to(utc(2027, 7, 12, 18))
    look(clock, utc(2027, 7, 13, 10), minutes=2)  # 3:00 there
    assert not said()
    clock.move_to(utc(2027, 7, 13, 10, 5))
    assert reminders.look(utc(2027, 7, 13, 10, 5)).looked_at_again == 0


# --- Twice ------------------------------------------------------------------------------------------------------------
def test_what_another_worker_is_sending_right_now_is_not_said_a_second_time(clock: time_machine.Coordinates) -> None:
    visit_of(customer(phone=""), NOW + 3 * DAY)
    CustomerNotification.objects.filter(event="booked").update(
        state=State.SENDING, claim=uuid.uuid4(), lease_until=NOW + MINUTE, attempts_made=1, named_time=NOW + 3 * DAY
    )
    look(clock, NOW, minutes=1)
    assert not said()


# --- Asked for --------------------------------------------------------------------------------------------------------
def test_a_further_reminder_that_is_sent_again_goes_at_once(clock: time_machine.Coordinates) -> None:
    """The first reminder is one day before, the further one five: sent again four days before, it goes now."""
    settings_with(reminder_lead_days=1, send_booked=False)
    Reminder.objects.create(lead_days=5)
    visit_of(customer(phone=""), NOW + 4 * DAY)
    look(clock, NOW)
    row = CustomerNotification.objects.get(event="upcoming", channel="email")
    assert row.told_at
    outbox.send_again(row, by=None)
    look(clock, NOW + HOUR)
    assert len(said()) == 2


# --- Clock changes ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("since", "right"),
    [
        # The day has 25 hours: a day after 10:30 is 9:30.
        (utc(2027, 10, 30, 8, 30), utc(2027, 10, 31, 9)),
        # It has 23: a day after 9:30 is 10:30, and 10:00 today is passed over.
        (utc(2027, 3, 27, 8, 30), utc(2027, 3, 27, 9)),
    ],
)
def test_the_next_time_of_day_beside_a_clock_change(since: dt.datetime, right: dt.datetime) -> None:
    reminder = Reminder(at=dt.time(10), in_site_zone=True)
    assert reminder.next_slot(since, "Europe/Berlin") == right


# --- SQL against Python -----------------------------------------------------------------------------------------------
ZONES = (
    "Europe/London", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Australia/Lord_Howe",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "Pacific/Auckland", "America/Sao_Paulo", "UTC",
)  # fmt: skip


@pytest.mark.parametrize("number", range(3))
def test_the_sweep_finds_exactly_the_visits_whose_moment_has_come(number: int) -> None:
    """`to_remind` in SQL is `Reminder.moment`, in weeks in which clocks change, by the minute."""
    chance = random.Random(number)
    # Sundays on which clocks change, forward and back, on both halves of the earth.
    around = chance.choice([utc(2027, 3, 14), utc(2027, 3, 28), utc(2027, 4, 4), utc(2027, 9, 26), utc(2027, 10, 31)])
    bookings = _random_visits(chance, around, 400)
    for _time in range(40):
        lead = chance.choice([1, 2, 3, 12, 24, 25, 26, 47, 48, 72, 168])
        at = chance.choice([None, *(dt.time(hour, minute) for hour in (0, 2, 6, 10, 22, 23) for minute in (0, 30))])
        reminder = Reminder(lead_days=0, lead_hours=lead, at=at, in_site_zone=chance.random() < 0.7)
        now = around + chance.randrange(-36 * 12, 36 * 12) * 5 * MINUTE
        found = set(reminders.to_remind(reminder, now).values_list("pk", flat=True))
        right = {one.pk for one in bookings if one.start > now and _moment(reminder, one) <= now}
        # What is booked after `now` is not there yet; but it is in this table.
        early = {one.pk for one in bookings if one.timed_at is not None and one.timed_at > now}
        wrong = [(one.start, one.timed_at, one.zone_name) for one in bookings if one.pk in (found ^ right) - early]
        assert not wrong, f"{number=}, {lead} h, {at=}, in site zone {reminder.in_site_zone}, {now=}: {wrong[:3]}"


def _moment(reminder: Reminder, booking: Booking) -> dt.datetime:
    return reminder.moment(booking.start, booking.zone_name, booking.timed_at)


def _random_visits(chance: random.Random, around: dt.datetime, number: int) -> list[Booking]:
    orders = [WorkOrderFactory(account=AccountFactory(time_zone=zone)) for zone in ZONES]
    resource = ResourceFactory()
    made = []
    for _number in range(number):
        start = around + chance.randrange(-48 * 12, 9 * 24 * 12) * 5 * MINUTE
        # Rows of an older release do not say when.
        timed_at = start - chance.randrange(1, 8 * 24 * 12) * 5 * MINUTE if chance.random() < 0.7 else None
        order = chance.choice(orders)
        made.append(Booking(work_order=order, resource=resource, start=start, end=start + HOUR, timed_at=timed_at))
    Booking.objects.bulk_create(made)
    return list(Booking.objects.with_visit())
