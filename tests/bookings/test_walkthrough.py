"""Every message of the Notifications page, from the customer's side."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from bookings.messages import reminders
from bookings.models import Booking, BookingNotificationCode, Change
from fsportal.models import PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from tests.factories import AccountFactory, BookingFactory, ContactFactory, ResourceFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def booking(clock: time_machine.Coordinates) -> Booking:
    portal_settings = PortalSettings.load()
    portal_settings.company_name, portal_settings.contact_phone = "Contoso", "020 7946 0000"
    portal_settings.save()
    account = AccountFactory(time_zone="Europe/London", latitude=51.5014, longitude=-0.1419)
    contact = ContactFactory(account=account, email="jose@example.com", mobile_phone="+442079460002", language="en")
    order = WorkOrderFactory(account=account, reported_by=contact)
    omar = ResourceFactory(name="Omar Haddad", start_latitude=51.55, start_longitude=-0.1)
    start = NOW + 2 * DAY
    return BookingFactory(work_order=order, resource=omar, start=start, end=start + 60 * MINUTE)


def told(booking: Booking, channel: str = "email") -> list[tuple[str, str]]:
    delivery.drain()
    rows = CustomerNotification.objects.regarding(booking).filter(channel=channel).order_by("created_at", "revision")
    return [(row.event, row.state) for row in rows]


def last(booking: Booking, event: str, channel: str = "email") -> CustomerNotification:
    rows = CustomerNotification.objects.regarding(booking).filter(event=event, channel=channel)
    return rows.latest("created_at", "revision")


def test_scheduled_reminder_traveling_completed(booking: Booking, clock: time_machine.Coordinates) -> None:
    assert told(booking) == []
    reminders.sweep()
    assert told(booking) == [("upcoming", State.SIMULATED)]
    reminder = last(booking, "upcoming")
    assert "Thu 26 Nov, 10:00 to 11:00 (London time)" in reminder.words
    assert "[link]" in reminder.words

    clock.move_to(booking.start - 30 * MINUTE)
    booking.travel()
    assert told(booking)[-1] == ("traveling", State.SIMULATED)
    words = last(booking, "traveling", "sms").words
    assert words.startswith("Contoso: Omar Haddad is on the way, arriving ")
    assert "(London time)" in words
    assert booking.arrival_earliest is not None
    assert booking.arrival_latest is not None
    assert booking.start - 30 * MINUTE < booking.arrival_earliest < booking.arrival_latest

    booking.start_work()
    clock.move_to(booking.start + 47 * MINUTE)
    booking.complete()
    assert told(booking) == [(event, State.SIMULATED) for event in ("upcoming", "traveling", "completed")]
    assert "completed on Thu 26 Nov, 10:47 (London time)" in last(booking, "completed").words


def test_rescheduled_by_eleven_minutes_then_canceled(booking: Booking) -> None:
    reminders.sweep()
    told(booking)
    booking.reschedule(booking.start + 11 * MINUTE)
    assert told(booking)[-1] == ("rescheduled", State.SIMULATED)
    words = last(booking, "rescheduled").words
    assert "10:11 to 11:11 (London time)" in words
    assert "10:00 (London time)" in words
    booking.cancel(Change(why="customer called"))
    assert told(booking)[-1] == ("canceled", State.SIMULATED)
    assert "To book again, call 020 7946 0000." in last(booking, "canceled").words


@pytest.mark.parametrize(("minutes", "is_told"), [(8, False), (10, False), (-10, False), (11, True), (-11, True)])
def test_more_than_ten_minutes_is_told_and_ten_is_not(booking: Booking, minutes: int, is_told: bool) -> None:
    reminders.sweep()
    told(booking)
    booking.reschedule(booking.start + minutes * MINUTE)
    assert (("rescheduled", State.SIMULATED) in told(booking)) is is_told


def test_two_moves_of_eight_minutes_add_up(booking: Booking) -> None:
    reminders.sweep()
    told(booking)
    booking.reschedule(booking.start + 8 * MINUTE)
    assert told(booking) == [("upcoming", State.SIMULATED)]
    booking.reschedule(booking.start + 8 * MINUTE)
    assert told(booking) == [("upcoming", State.SIMULATED), ("rescheduled", State.SIMULATED)]
    booking.reschedule(booking.start + 8 * MINUTE)
    assert len(told(booking)) == 2


def test_nothing_is_said_of_moves_and_cancellations_before_a_reminder(booking: Booking) -> None:
    booking.reschedule(booking.start + 5 * DAY)
    booking.cancel()
    assert told(booking) == []


def test_a_reminder_that_waits_says_the_new_time_and_no_more_is_needed(booking: Booking) -> None:
    reminders.sweep()
    booking.reschedule(booking.start + 30 * MINUTE)
    assert told(booking) == [("upcoming", State.SIMULATED)]
    assert "10:30 to 11:30" in last(booking, "upcoming").words


def test_a_reminder_that_waits_never_follows_a_cancellation(booking: Booking) -> None:
    reminders.sweep()
    booking.cancel()
    assert told(booking) == [("upcoming", State.SUPERSEDED)]
    assert last(booking, "upcoming").reason == Reason.STATUS_CHANGED


def test_moved_there_and_back_again_before_delivery_is_not_told(booking: Booking) -> None:
    reminders.sweep()
    told(booking)
    start = booking.start
    booking.reschedule(start + 60 * MINUTE)
    booking.reschedule(start)
    assert told(booking) == [("upcoming", State.SIMULATED), ("rescheduled", State.SUPERSEDED)]
    assert last(booking, "rescheduled").reason == Reason.CHANGED_BACK


def test_several_moves_before_delivery_are_told_once(booking: Booking) -> None:
    reminders.sweep()
    told(booking)
    start = booking.start
    for hours in (1, 2, 3):
        booking.reschedule(start + hours * 60 * MINUTE)
    assert [state for event, state in told(booking) if event == "rescheduled"] == [
        State.SUPERSEDED,
        State.SUPERSEDED,
        State.SIMULATED,
    ]
    assert "13:00 to 14:00" in last(booking, "rescheduled").words


def test_a_failed_reminder_is_no_reminder(booking: Booking) -> None:
    reminders.sweep()
    CustomerNotification.objects.update(state=State.FAILED)
    booking.cancel()
    assert all(event != "canceled" for event, _state in told(booking))


@pytest.mark.parametrize("event", ["upcoming", "traveling", "completed", "rescheduled", "canceled"])
def test_each_message_can_be_switched_off_by_itself(booking: Booking, event: str) -> None:
    reminders.sweep()
    told(booking)
    portal_settings = PortalSettings.load()
    setattr(portal_settings, f"send_{event}", False)
    portal_settings.save()
    other = BookingFactory(work_order=booking.work_order, start=NOW + DAY, end=NOW + DAY + 60 * MINUTE)
    reminders.sweep()
    booking.reschedule(booking.start + 30 * MINUTE)
    told(booking)
    booking.travel()
    told(booking)
    booking.complete()
    told(booking)
    other.cancel()
    told(other)
    silent = CustomerNotification.objects.filter(event=event, channel="email").exclude(reason=Reason.SWITCHED_OFF)
    assert silent.count() == (1 if event == "upcoming" else 0)  # the one reminder from before the switch
    rows = told(booking) + told(other)
    for expected in {"traveling", "completed", "rescheduled"} - {event}:
        assert (expected, State.SIMULATED) in rows


@pytest.mark.parametrize(("kind", "channels"), [("email", {"email"}), ("sms", {"sms"}), ("both", {"email", "sms"})])
def test_the_communication_type_decides_the_channels(booking: Booking, kind: str, channels: set[str]) -> None:
    portal_settings = PortalSettings.load()
    portal_settings.communication_type = kind
    portal_settings.save()
    reminders.sweep()
    booking.travel()
    delivery.drain()
    assert set(CustomerNotification.objects.values_list("channel", flat=True)) == channels


def test_nobody_of_an_excluded_account_or_type_is_told(booking: Booking) -> None:
    reminders.sweep()
    order = booking.work_order
    order.account.is_excluded = True
    order.account.save()
    assert {row[1] for row in told(booking)} == {State.SUPPRESSED}
    assert last(booking, "upcoming").reason == Reason.EXCLUDED_ACCOUNT
    order.account.is_excluded = False
    order.account.save()
    assert order.work_order_type is not None
    order.work_order_type.is_excluded = True
    order.work_order_type.save()
    booking.travel()
    told(booking)
    assert last(booking, "traveling").reason == Reason.EXCLUDED_TYPE


def test_an_unsubscribed_contact_gets_nothing_more_even_what_was_queued(booking: Booking) -> None:
    reminders.sweep()
    assert booking.reported_by is not None
    booking.reported_by.opt_out("email", how="link")
    assert told(booking) == [("upcoming", State.SUPPRESSED)]
    assert last(booking, "upcoming").reason == Reason.OPTED_OUT
    assert told(booking, "sms") == [("upcoming", State.SIMULATED)]


def test_the_link_survives_a_reschedule_and_a_blocked_one_is_left_out(booking: Booking) -> None:
    reminders.sweep()
    told(booking)
    code = BookingNotificationCode.objects.get()
    booking.reschedule(booking.start + DAY)
    told(booking)
    assert BookingNotificationCode.find(code.code, NOW) == code
    code.block(by=None, why="shared in public")
    booking.reschedule(booking.start + DAY)
    told(booking)
    assert "[link]" not in last(booking, "rescheduled", "sms").words


def test_no_secret_of_a_link_is_in_the_log(booking: Booking) -> None:
    reminders.sweep()
    delivery.drain()
    secret = BookingNotificationCode.objects.get().code
    for row in CustomerNotification.objects.all():
        assert secret not in row.words
        assert secret[10:] not in str(row.__dict__)
