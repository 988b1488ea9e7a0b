"""The reminder sweep: who is reminded, when, how often, and what happens after an outage."""

import datetime as dt

import pytest
import time_machine

from bookings.messages import queue, reminders
from bookings.models import Booking, Reminder
from fsportal.models import PortalSettings, ScheduledRun
from fsportal.models.portal_settings import SendTo
from notifications.customers import delivery
from notifications.customers.outbox import dedupe_key
from notifications.models import CustomerNotification, Reason, State
from tests.factories import BookingFactory, ContactFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def booking_at(start: dt.datetime, **more: object) -> Booking:
    return BookingFactory(start=start, end=start + dt.timedelta(hours=1), **more)


def settings_with(**values: object) -> PortalSettings:
    portal_settings = PortalSettings.load()
    for name, value in values.items():
        setattr(portal_settings, name, value)
    portal_settings.save()
    return portal_settings


def events() -> list[tuple[str, str]]:
    return list(CustomerNotification.objects.order_by("channel").values_list("event", "channel"))


def test_a_visit_within_the_lead_time_is_reminded_once_per_channel() -> None:
    booking = booking_at(NOW + 7 * DAY)
    booking_at(NOW + 7 * DAY + dt.timedelta(seconds=1))
    booking_at(NOW)
    assert reminders.sweep(NOW).queued == 2
    assert reminders.sweep(NOW).queued == 0
    assert events() == [("upcoming", "email"), ("upcoming", "sms")]
    row = CustomerNotification.objects.get(channel="email")
    assert row.regarding == booking
    assert row.contact == booking.reported_by
    assert row.dedupe_key == dedupe_key("upcoming", booking, 0, booking.reported_by, "email")


@pytest.mark.parametrize("days", range(1, 8))
def test_each_lead_time_of_one_to_seven_days_is_kept(days: int) -> None:
    settings_with(reminder_lead_days=days)
    booking_at(NOW + days * DAY)
    booking_at(NOW + days * DAY + dt.timedelta(minutes=1))
    assert reminders.sweep(NOW).queued == 2


def test_lead_time_zero_and_the_switch_turn_reminders_off() -> None:
    booking_at(NOW + DAY)
    for off in ({"reminder_lead_days": 0}, {"reminder_lead_days": 7, "send_upcoming": False}):
        settings_with(**off)
        assert reminders.sweep(NOW).queued == 0
    settings_with(send_upcoming=True)
    assert reminders.sweep(NOW).queued == 2


def test_only_scheduled_visits_are_reminded() -> None:
    for verb in ("travel", "start_work", "complete", "cancel"):
        getattr(booking_at(NOW + DAY), verb)()
    CustomerNotification.objects.all().delete()
    assert reminders.sweep(NOW).queued == 0


@pytest.mark.parametrize("send_to", SendTo.values)
@pytest.mark.parametrize("reported", [True, False])
@pytest.mark.parametrize("primary", [True, False])
def test_sweep_and_notices_agree_on_the_recipient(send_to: str, reported: bool, primary: bool) -> None:
    fallback = ContactFactory()
    settings = settings_with(send_messages_to=send_to, fallback_contact=fallback if send_to == SendTo.CONTACT else None)
    booking = booking_at(NOW + DAY)
    order = booking.work_order
    if not reported:
        order.reported_by = None
        order.save()
    order.account.primary_contact = ContactFactory(account=order.account) if primary else None
    order.account.save()
    reminders.sweep(NOW)
    expected = queue.recipient(order, settings)
    assert {row.contact for row in CustomerNotification.objects.all()} == {expected}


@time_machine.travel(NOW, tick=False)
def test_nobody_to_tell_leaves_a_row_that_says_so() -> None:
    booking = booking_at(NOW + DAY)
    booking.work_order.reported_by = None
    booking.work_order.save()
    reminders.sweep(NOW)
    delivery.drain()
    rows = CustomerNotification.objects.values_list("state", "reason")
    assert set(rows) == {(State.SUPPRESSED, Reason.NO_CONTACT)}


@time_machine.travel(NOW, tick=False)
def test_a_reminder_held_back_for_a_missing_address_goes_once_it_is_there() -> None:
    booking = booking_at(NOW + DAY)
    contact = booking.reported_by
    assert contact is not None
    contact.email = ""
    contact.save()
    reminders.sweep(NOW)
    delivery.drain()
    row = CustomerNotification.objects.get(channel="email")
    assert (row.state, row.reason) == (State.SUPPRESSED, Reason.NO_ADDRESS)
    contact.email = "late@example.com"
    contact.save()
    reminders.sweep(NOW)
    delivery.drain()
    row.refresh_from_db()
    assert (row.state, row.to) == (State.SIMULATED, "late@example.com")


def test_the_latest_slot_is_today_after_the_hour_and_yesterday_before() -> None:
    reminder = Reminder(at=dt.time(10, 0), in_site_zone=False)
    assert reminder.latest_slot(NOW, "Asia/Dubai") == NOW
    assert reminder.latest_slot(NOW - dt.timedelta(seconds=1), "Asia/Dubai") == NOW - DAY


def test_the_daily_run_is_noted_once_however_often_it_is_asked() -> None:
    booking_at(NOW + DAY)
    assert reminders.look(NOW).queued == 2
    assert reminders.look(NOW + dt.timedelta(hours=5)).queued == 0
    run = ScheduledRun.objects.get()
    assert run.result == "2 reminders queued, 0 looked at again"
    reminders.look(NOW + DAY)
    assert ScheduledRun.objects.count() == 2


def test_after_a_day_without_worker_due_reminders_go_out_once_and_none_for_past_visits() -> None:
    with time_machine.travel(NOW, tick=False):
        reminders.look(NOW)
    missed_and_past = booking_at(NOW + 7 * DAY + dt.timedelta(hours=1))
    begun = booking_at(NOW + DAY + dt.timedelta(hours=1))
    queued_before = booking_at(NOW + DAY + dt.timedelta(hours=2))
    reminders.sweep(NOW)  # queued, and then the worker stops for a day and three hours
    back = NOW + DAY + dt.timedelta(hours=3)
    with time_machine.travel(back, tick=False):
        reminders.look(back)
        delivery.drain()
        reminders.look(back)
        delivery.drain()

    def states(booking: Booking) -> list[str]:
        return list(CustomerNotification.objects.regarding(booking).values_list("state", flat=True))

    assert states(missed_and_past) == [State.SIMULATED] * 2
    assert states(begun) == states(queued_before) == [State.EXPIRED] * 2


def test_more_visits_than_one_chunk_holds_are_all_reminded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "CHUNK", 3)
    for number in range(8):
        # Two share each start, so that the cut between chunks falls inside a tie.
        booking_at(NOW + DAY + dt.timedelta(minutes=number // 2))
    assert reminders.sweep(NOW).queued == 16
