"""The calendar file: RFC 5545, read back by a parser."""

import datetime as dt

import pytest
from icalendar import Calendar

from bookings.messages.calendar import visit_calendar
from bookings.models import Booking
from fsportal.models import PortalSettings
from tests.factories import AccountFactory, BookingFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 11, 26, 10, 20, tzinfo=dt.UTC)


def read(booking: Booking, link: str = "https://portal.example.com/visit/x/") -> tuple[Calendar, dict[str, object]]:
    calendar = Calendar.from_ical(visit_calendar(booking, PortalSettings.load(), "en", link))
    return calendar, dict(calendar.walk("VEVENT")[0])


@pytest.fixture
def booking() -> Booking:
    account = AccountFactory(time_zone="America/New_York")
    return BookingFactory(work_order=WorkOrderFactory(account=account), start=START, end=START + dt.timedelta(hours=1))


def test_it_shows_the_sites_wall_time_and_names_the_zone(booking: Booking) -> None:
    calendar, event = read(booking)
    start = event["DTSTART"]
    assert start.params["TZID"] == "America/New_York"  # type: ignore[attr-defined]
    assert start.dt.strftime("%H:%M") == "05:20"  # type: ignore[attr-defined]
    assert start.dt.astimezone(dt.UTC) == START  # type: ignore[attr-defined]
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["America/New_York"]


def test_the_uid_stays_and_the_sequence_grows(booking: Booking) -> None:
    _calendar, before = read(booking)
    booking.reschedule(START + dt.timedelta(days=1))
    _calendar, after = read(booking)
    assert before["UID"] == after["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])  # type: ignore[call-overload]


def test_a_canceled_visit_takes_itself_out(booking: Booking) -> None:
    booking.cancel()
    calendar, event = read(booking, link="")
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert "URL" not in event


def test_hostile_names_stay_inside_their_field(booking: Booking) -> None:
    kind = booking.work_order.incident_type
    kind.name = "Boiler\r\nATTENDEE:mailto:evil@example.com;x,y"
    kind.save()
    text = visit_calendar(booking, PortalSettings.load(), "en").decode()
    assert "\nATTENDEE" not in text
