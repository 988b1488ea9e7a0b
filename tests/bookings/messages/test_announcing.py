"""Visits are announced in time: on which day and hour, by which message, and when not."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from bookings.messages import reminders
from bookings.models import Booking, Change, Reminder, Via, Wish, WorkOrder
from bookings.plan import plan, plan_change
from bookings.self_service import verbs
from fsportal.models import PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from tests.factories import AccountFactory, ContactFactory, ResourceFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
#: A Tuesday, 14:00 in Dubai.
NOON = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
NIGHT = dt.datetime(2026, 11, 24, 22, 55, tzinfo=dt.UTC)
BY_STAFF = Change(via=Via.ADMIN)


@pytest.fixture
def order() -> WorkOrder:
    account = AccountFactory(time_zone="Asia/Dubai", country="AE")
    made: WorkOrder = WorkOrderFactory(account=account, reported_by=ContactFactory(account=account))
    return made


def book(order: WorkOrder, start: dt.datetime, change: Change = BY_STAFF) -> Booking:
    return Booking.schedule(work_order=order, resource=ResourceFactory(), start=start, end=start + HOUR, change=change)


def pass_to(clock: time_machine.Coordinates, moment: dt.datetime) -> None:
    clock.move_to(moment)
    reminders.look(moment)
    delivery.drain()


def told() -> list[tuple[str, str, str, str]]:
    rows = CustomerNotification.objects.exclude(reason=Reason.SWITCHED_OFF).order_by("created_at", "event", "channel")
    return [(row.event, row.channel, row.state, row.reason) for row in rows]


def sent(event: str, reason: str = "") -> list[tuple[str, str, str, str]]:
    return [(event, channel, State.SIMULATED, reason) for channel in ("email", "sms")]


def messages() -> list[tuple[object, ...]]:
    return list(CustomerNotification.objects.order_by("pk").values_list("pk", "state", "reason", "due_at", "told_at"))


def switch(**values: object) -> None:
    portal_settings = PortalSettings.load()
    for name, value in values.items():
        setattr(portal_settings, name, value)
    portal_settings.save()


# --- Announced in time ------------------------------------------------------------------------------------------------
def test_a_visit_booked_after_the_daily_run_for_tomorrow_morning_is_announced_within_a_minute(order: WorkOrder) -> None:
    switch(send_booked=False, sms_from=None, sms_until=None)
    late = NOON.replace(hour=23, minute=20)
    with time_machine.travel(NOON, tick=False) as clock:
        pass_to(clock, NOON)
        clock.move_to(late)
        booking = book(order, (NOON + DAY).replace(hour=8, minute=30))
        pass_to(clock, late + dt.timedelta(minutes=1))
        assert told()[:2] == sent("upcoming")
        booking.reschedule(booking.start + HOUR, change=BY_STAFF)
        delivery.drain()
    assert ("rescheduled", "email", State.SIMULATED, "") in told()


def test_what_was_just_booked_is_told_at_once_and_not_reminded_of_the_same_day(order: WorkOrder) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        book(order, NOON + 3 * HOUR)
        delivery.drain()
        assert told() == sent("booked")
        pass_to(clock, NOON + HOUR)
    said_already = [("upcoming", channel, State.SUPERSEDED, Reason.ALREADY_TOLD) for channel in ("email", "sms")]
    assert told() == [*sent("booked"), *said_already]


def test_a_visit_of_next_month_is_told_when_booked_and_reminded_a_week_before(order: WorkOrder) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        booking = book(order, NOON + 30 * DAY + HOUR)
        delivery.drain()
        pass_to(clock, booking.start - 8 * DAY)
        assert told() == sent("booked")
        # Near enough since an hour after the daily run: the next one takes it.
        pass_to(clock, booking.start - 7 * DAY + dt.timedelta(minutes=1))
        assert told() == sent("booked")
        pass_to(clock, NOON + 24 * DAY)
    assert told() == [*sent("booked"), *sent("upcoming")]


def test_nobody_is_told_of_what_was_booked_quietly_until_the_next_daily_run(order: WorkOrder) -> None:
    with time_machine.travel(NOON + HOUR, tick=False) as clock:
        booking = book(order, NOON + 3 * DAY, Change(via=Via.ADMIN, quiet=True))
        pass_to(clock, NOON + 2 * HOUR)
        assert CustomerNotification.objects.filter(told_at__isnull=False).count() == 0
        assert booking.changes.get().untold == Reason.DO_NOT_TELL
        pass_to(clock, NOON + DAY)
    assert told() == sent("upcoming")


def test_a_visit_that_is_over_before_the_next_daily_run_and_quiet_is_told_to_nobody(order: WorkOrder) -> None:
    with time_machine.travel(NOON + HOUR, tick=False) as clock:
        book(order, NOON + 5 * HOUR, Change(via=Via.ADMIN, quiet=True))
        pass_to(clock, NOON + 4 * HOUR)
    assert {(state, reason) for _event, _channel, state, reason in told()} == {(State.SUPPRESSED, Reason.DO_NOT_TELL)}


def test_once_the_contact_has_an_address_and_the_account_is_not_excluded_any_more_it_goes_within_a_minute(
    order: WorkOrder,
) -> None:
    contact, account = order.reported_by, order.account
    assert contact is not None
    contact.email, account.is_excluded = "", True
    contact.save()
    account.save()
    with time_machine.travel(NOON, tick=False) as clock:
        book(order, NOON + 2 * DAY)
        pass_to(clock, NOON + HOUR)
        assert not CustomerNotification.objects.filter(told_at__isnull=False).exists()
        account.is_excluded = False
        account.save()
        pass_to(clock, NOON + HOUR + dt.timedelta(minutes=1))
        assert ("booked", "sms", State.SIMULATED, "") in told()
        contact.email = "late@example.com"
        contact.save()
        pass_to(clock, NOON + HOUR + dt.timedelta(minutes=2))
    assert ("booked", "email", State.SIMULATED, "") in told()


def test_a_look_that_finds_nothing_new_writes_nothing(order: WorkOrder) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        book(order, NOON + 2 * DAY)
        pass_to(clock, NOON + HOUR)
        before = messages()
        pass_to(clock, NOON + HOUR + dt.timedelta(minutes=1))
    assert messages() == before


# --- Several reminders ------------------------------------------------------------------------------------------------
def test_a_second_reminder_goes_a_day_before_and_again_for_another_day(order: WorkOrder) -> None:
    switch(send_booked=False)
    Reminder.objects.create(lead_days=1)
    with time_machine.travel(NOON, tick=False) as clock:
        booking = book(order, NOON + 9 * DAY)
        pass_to(clock, NOON + 2 * DAY)
        pass_to(clock, booking.start - DAY - HOUR)
        assert told() == sent("upcoming")
        pass_to(clock, booking.start - DAY)
        assert told() == sent("upcoming") * 2
        booking.reschedule(booking.start + 20 * DAY, change=BY_STAFF)
        delivery.drain()
        pass_to(clock, booking.start - DAY)
    texts = CustomerNotification.objects.filter(channel="sms").exclude(told_at=None).order_by("told_at", "-event")
    assert list(texts.values_list("event", flat=True)) == ["upcoming", "upcoming", "rescheduled", "upcoming"]


def test_a_reminder_by_email_only_at_nine_in_the_place(order: WorkOrder) -> None:
    switch(send_booked=False, reminder_lead_days=7)
    Reminder.objects.create(lead_days=2, channel="email", at=dt.time(9), in_site_zone=True)
    with time_machine.travel(NOON, tick=False) as clock:
        booking = book(order, NOON + 9 * DAY)
        pass_to(clock, NOON + 2 * DAY)
        nine = dt.datetime(2026, 12, 2, 9, 0, tzinfo=ZoneInfo("Asia/Dubai"))
        assert [one.at for one in plan(booking, NOON + 2 * DAY).going] == [nine]
        pass_to(clock, nine - dt.timedelta(minutes=1))
        assert told() == sent("upcoming")
        pass_to(clock, nine)
    assert told() == [*sent("upcoming"), ("upcoming", "email", State.SIMULATED, "")]


# --- Hours for messages -----------------------------------------------------------------------------------------------
def test_a_text_at_night_waits_for_the_morning_of_the_place_and_an_email_does_not(order: WorkOrder) -> None:
    with time_machine.travel(NIGHT, tick=False) as clock:  # 02:55 in Dubai
        book(order, NIGHT + 2 * DAY)
        delivery.drain()
        text = CustomerNotification.objects.get(channel="sms")
        assert (text.state, text.reason) == (State.QUEUED, Reason.QUIET_HOURS)
        assert text.due_at == dt.datetime(2026, 11, 25, 4, 0, tzinfo=dt.UTC)
        assert CustomerNotification.objects.get(channel="email").state == State.SIMULATED
        pass_to(clock, text.due_at)
    text.refresh_from_db()
    assert (text.state, text.reason) == (State.SIMULATED, "")


def test_at_night_nobody_is_woken_whom_the_email_tells_of_an_early_visit(order: WorkOrder) -> None:
    with time_machine.travel(NIGHT, tick=False) as clock:
        book(order, NIGHT + 4 * HOUR)  # 06:55 in Dubai
        delivery.drain()
        pass_to(clock, NIGHT + dt.timedelta(minutes=1))
    assert set(told()) >= {("booked", "email", State.SIMULATED, ""),
                           ("booked", "sms", State.SUPPRESSED, Reason.QUIET_HOURS)}  # fmt: skip


def test_whoever_has_only_a_phone_is_told_of_an_early_visit_at_night(order: WorkOrder) -> None:
    assert order.reported_by is not None
    order.reported_by.email = ""
    order.reported_by.save()
    with time_machine.travel(NIGHT, tick=False):
        book(order, NIGHT + 4 * HOUR)
        delivery.drain()
    assert ("booked", "sms", State.SIMULATED, "") in told()


@pytest.mark.parametrize(("hours", "state"), [(3, State.SIMULATED), (30, State.QUEUED)])
def test_a_cancellation_at_night_goes_at_once_only_if_the_visit_is_soon(
    order: WorkOrder, hours: int, state: State
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        booking = book(order, NIGHT + hours * HOUR)
        delivery.drain()
        clock.move_to(NIGHT)
        booking.cancel(BY_STAFF)
        delivery.drain()
    assert CustomerNotification.objects.get(event="canceled", channel="sms").state == state


def test_an_early_reminder_goes_in_the_evening_before(order: WorkOrder) -> None:
    switch(send_booked=False)
    Reminder.objects.create(lead_days=0, lead_hours=3)
    early = dt.datetime(2026, 12, 4, 8, 30, tzinfo=ZoneInfo("Asia/Dubai"))
    with time_machine.travel(NOON, tick=False) as clock:
        booking = book(order, early)
        pass_to(clock, NOON + HOUR)
        planned = [one.at for one in plan(booking, NOON + HOUR).going if one.channel == "sms"]
        evening = early.replace(day=3, hour=19, minute=30)
        assert planned[-1] == evening
        pass_to(clock, NOON + 3 * DAY)
        pass_to(clock, evening)
        assert CustomerNotification.objects.filter(event="upcoming", channel="sms", state=State.SIMULATED).count() == 2


# --- What customers did themselves ------------------------------------------------------------------------------------
def test_what_customers_do_themselves_is_confirmed_at_any_hour_even_a_small_move(order: WorkOrder) -> None:
    contact = order.reported_by
    assert contact is not None
    by_customer = Change(via=Via.PORTAL, contact=contact)
    switch(send_booked=False, send_upcoming=False)
    with time_machine.travel(NIGHT, tick=False):
        booking = book(order, NIGHT + 9 * DAY, by_customer)
        delivery.drain()
        verbs.ask(booking, contact=contact, wish=Wish.CHANGE, text="An hour later, please")
        booking.reschedule(booking.start + dt.timedelta(minutes=5), change=by_customer)
        delivery.drain()
        booking.cancel(by_customer)
        delivery.drain()
    assert sorted(told()) == sorted(
        [*sent("asked"), *sent("booking_confirmed"), *sent("rescheduled"), *sent("canceled")]
    )


# --- Why not ----------------------------------------------------------------------------------------------------------
def test_each_change_that_tells_nobody_says_why(order: WorkOrder) -> None:
    switch(send_booked=False)
    with time_machine.travel(NOON, tick=False) as clock:
        booking = book(order, NOON + 20 * DAY)
        booking.reschedule(booking.start + HOUR, change=BY_STAFF)
        booking.reschedule(booking.start - 17 * DAY, change=BY_STAFF)
        pass_to(clock, NOON + HOUR)
        booking.refresh_from_db()
        booking.reschedule(booking.start + dt.timedelta(minutes=10), change=BY_STAFF)
        booking.cancel(Change(via=Via.ADMIN, quiet=True))
    untold = list(booking.changes.order_by("revision").values_list("untold", flat=True))
    assert untold == ["", Reason.NOT_REMINDED, Reason.NOT_REMINDED, Reason.SMALL_MOVE, Reason.DO_NOT_TELL]


def test_a_plan_changes_nothing(order: WorkOrder) -> None:
    with time_machine.travel(NOON, tick=False):
        booking = book(order, NOON + 2 * DAY)
        delivery.drain()
        before = list(Booking.objects.values()), messages()
        moved = plan_change(booking, lambda visit: visit.reschedule(visit.start + DAY, change=BY_STAFF), NOON)
        off = plan_change(booking, lambda visit: visit.cancel(BY_STAFF), NOON)
        assert [(one.event, one.channel, one.at) for one in moved.going][:2] == [
            ("rescheduled", "email", NOON),
            ("rescheduled", "sms", NOON),
        ]
        assert [(one.event, one.channel) for one in off.going] == [("canceled", "email"), ("canceled", "sms")]
    assert (list(Booking.objects.values()), messages()) == before


def test_without_reminders_a_contact_who_can_be_told_later_is_told_that_it_is_booked(order: WorkOrder) -> None:
    switch(reminder_lead_days=0)
    order.account.is_excluded = True
    order.account.save()
    with time_machine.travel(NOON, tick=False) as clock:
        book(order, NOON + 20 * DAY)
        pass_to(clock, NOON + HOUR)
        assert {state for _event, _channel, state, _reason in told()} == {State.SUPPRESSED}
        order.account.is_excluded = False
        order.account.save()
        pass_to(clock, NOON + HOUR + dt.timedelta(minutes=1))
    assert told() == sent("booked")
