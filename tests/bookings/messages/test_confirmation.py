"""*Booking confirmed*: what a customer who booked is told, and how that goes together with the other messages."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from bookings.availability.free_times import times_to_book
from bookings.messages import reminders
from bookings.messages.told import Told
from bookings.models import Booking, IncidentType
from bookings.self_service import verbs
from fsportal.models import Contact, PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from tests.factories import ContactFactory, IncidentTypeFactory, ResourceFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def portal_settings(clock: time_machine.Coordinates) -> PortalSettings:
    portal_settings = PortalSettings.load()
    portal_settings.self_scheduling, portal_settings.company_name, portal_settings.reminder_lead_days = (
        True,
        "Contoso",
        7,
    )
    portal_settings.save()
    return portal_settings


@pytest.fixture
def contact(db: None) -> Contact:
    made: Contact = ContactFactory()
    return made


@pytest.fixture
def service(db: None) -> IncidentType:
    ResourceFactory()
    kind: IncidentType = IncidentTypeFactory(is_offered=True)
    return kind


def book(contact: Contact, service: IncidentType, days: int) -> Booking:
    """Book the first time that is at least so many days ahead."""
    found = times_to_book(service, contact.account, NOW, portal_settings=PortalSettings.load())
    at = next(time for time in found if time.start >= NOW + days * DAY)
    return verbs.book(contact, service, at, by=None, details="", now=NOW)


def told(booking: Booking, channel: str = "email") -> list[tuple[str, str, str]]:
    delivery.drain()
    rows = CustomerNotification.objects.regarding(booking).filter(channel=channel).order_by("created_at", "revision")
    return [(row.event, row.state, row.reason) for row in rows]


CONFIRMED = ("booking_confirmed", State.SIMULATED, "")


def test_the_confirmation_names_day_time_and_zone_with_a_link_on_both_channels(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType
) -> None:
    booking = book(contact, service, 2)
    assert told(booking) == told(booking, "sms") == [CONFIRMED]
    mail, text = CustomerNotification.objects.order_by("channel")
    assert mail.subject == "Your visit is booked: Thu 26 Nov, 10:00 to 11:00 (London time)"
    assert "Contoso will visit you on Thu 26 Nov, 10:00 to 11:00 (London time)." in mail.words
    assert text.words == "Contoso: Your visit is booked for Thu 26 Nov, 10:00 to 11:00 (London time). [link]"
    assert "P-000001" in mail.words
    assert Told.about(booking).start(contact) == booking.start


def test_the_switch_turns_it_off(portal_settings: PortalSettings, contact: Contact, service: IncidentType) -> None:
    portal_settings.send_booking_confirmed = False
    portal_settings.save()
    assert told(book(contact, service, 2)) == [("booking_confirmed", State.SUPPRESSED, Reason.SWITCHED_OFF)]


def test_an_excluded_account_may_book_and_is_told_nothing(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType
) -> None:
    contact.account.is_excluded = True
    contact.account.save()
    booking = book(contact, service, 2)
    assert told(booking) == [("booking_confirmed", State.SUPPRESSED, Reason.EXCLUDED_ACCOUNT)]


def test_moved_before_it_went_out_it_names_the_new_time_and_nothing_more_is_said(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType
) -> None:
    booking = book(contact, service, 2)
    booking.reschedule(booking.start + HOUR)
    assert told(booking) == [CONFIRMED]
    assert "11:00 to 12:00" in CustomerNotification.objects.get(channel="email").words


def test_canceled_before_it_went_out_nothing_is_said(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType
) -> None:
    booking = book(contact, service, 2)
    booking.cancel()
    assert told(booking) == [("booking_confirmed", State.SUPERSEDED, Reason.STATUS_CHANGED)]


def test_it_does_not_go_out_after_the_visit_began(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType, clock: time_machine.Coordinates
) -> None:
    booking = book(contact, service, 2)
    clock.move_to(booking.start)
    assert told(booking) == [("booking_confirmed", State.EXPIRED, Reason.TOO_LATE)]


def test_who_was_confirmed_hears_of_another_time_and_of_the_end(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType
) -> None:
    booking = book(contact, service, 2)
    told(booking)
    booking.reschedule(booking.start + HOUR)
    assert told(booking)[-1] == ("rescheduled", State.SIMULATED, "")
    booking.cancel()
    assert told(booking)[-1] == ("canceled", State.SIMULATED, "")


def test_booked_within_the_reminder_time_the_confirmation_is_reminder_enough(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType, clock: time_machine.Coordinates
) -> None:
    booking = book(contact, service, 2)
    told(booking)
    clock.shift(HOUR)
    reminders.sweep()
    assert told(booking) == [CONFIRMED, ("upcoming", State.SUPERSEDED, Reason.ALREADY_TOLD)]


def test_booked_weeks_ahead_the_customer_is_reminded_all_the_same(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType, clock: time_machine.Coordinates
) -> None:
    booking = book(contact, service, 20)
    assert told(booking) == [CONFIRMED]
    reminders.sweep()
    assert told(booking) == [CONFIRMED]
    clock.move_to(booking.start - 7 * DAY)
    reminders.sweep()
    assert told(booking) == [CONFIRMED, ("upcoming", State.SIMULATED, "")]


@pytest.mark.parametrize(("hours", "asked"), [(24, "please change it early"), (24 * 9, "Please tell us early.")])
def test_only_who_can_change_it_is_asked_to_change_it(
    portal_settings: PortalSettings, contact: Contact, service: IncidentType, hours: int, asked: str
) -> None:
    IncidentType.objects.update(cutoff_hours=hours)
    told(book(contact, service, 2))
    assert asked in CustomerNotification.objects.get(channel="email").words
