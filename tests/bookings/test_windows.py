"""Arrival windows: what customers are told instead of the minute, and when a move is news to them."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.messages.calendar import visit_calendar
from bookings.models import Booking, BookingError, Change, IncidentType, Resource, Via, WorkOrder
from bookings.models.resources import office_hours
from bookings.models.window import ToldTime, window_of
from bookings.schedule_files.export import cells_of
from bookings.self_service import offers, policy, verbs
from fsportal.lib import zones
from fsportal.models import PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason
from tests.bookings.schedule_files.files import bring, faults, numbered
from tests.factories import IncidentTypeFactory, ResourceFactory, UserFactory, WorkOrderFactory

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
#: A Tuesday, 10:00 in London.
NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
#: Thursday, 10:15 in London, and the window in which that is.
THURSDAY = NOW + dt.timedelta(days=2, minutes=15)
MORNING = ToldTime(THURSDAY - 2 * HOUR - 15 * MINUTE, THURSDAY + 1 * HOUR + 45 * MINUTE)
MORNING_WORDS = "Thu 26 Nov, between 08:00 and 12:00 (London time)"
BY_STAFF = Change(via=Via.ADMIN)


# --- Which window -----------------------------------------------------------------------------------------------------
@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(
        ["Europe/London", "America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana", "UTC"]
    ),
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31)),
    st.sampled_from([30, 60, 90, 240, 420, 720]),
)
def test_a_window_holds_its_start_and_lies_on_the_clock_of_the_place(
    zone_name: str, moment: dt.datetime, minutes: int
) -> None:
    start = moment.replace(second=0, microsecond=0, tzinfo=dt.UTC)
    window = window_of(start, minutes, zone_name)
    assert window is not None
    assert window.until is not None
    assert window.start <= start < window.until
    wall, until = zones.local(window.start, zone_name), zones.local(window.until, zone_name)
    jumps = wall.utcoffset() != zones.local(window.start - MINUTE, zone_name).utcoffset()
    assert (wall.hour * 60 + wall.minute) % minutes == 0 or jumps
    length = until.replace(tzinfo=None) - wall.replace(tzinfo=None)
    clock_changes = wall.utcoffset() != until.utcoffset()
    ends_the_day = until.hour == until.minute == 0
    assert length == minutes * MINUTE or ends_the_day or clock_changes or jumps


def test_each_reading_of_a_clock_that_goes_back_has_a_window() -> None:
    """On 25 October 2026 the clock of London shows 01:15 twice, an hour apart."""
    first = dt.datetime(2026, 10, 25, 0, 15, tzinfo=dt.UTC)
    for start in (first, first + HOUR):
        window = window_of(start, 30, "Europe/London")
        assert window is not None
        assert window.includes(start)


# --- The verbs, and what is news --------------------------------------------------------------------------------------
@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def order(db: None, clock: time_machine.Coordinates) -> WorkOrder:
    made: WorkOrder = WorkOrderFactory(incident_type=IncidentTypeFactory(name="Boiler service", window_minutes=240))
    return made


@pytest.fixture
def visit(order: WorkOrder) -> Booking:
    """Return a visit on Thursday between 8 and 12, of which the customer was told."""
    technician = ResourceFactory(working_hours=office_hours())
    made = Booking.schedule(work_order=order, resource=technician, start=THURSDAY, end=THURSDAY + HOUR, change=BY_STAFF)
    delivery.drain()
    return made


def last_untold(booking: Booking) -> str:
    return booking.changes.order_by("-revision")[0].untold


def words_of(event: str) -> list[str]:
    rows = CustomerNotification.objects.filter(event=event, told_at__isnull=False).order_by("channel")
    return [row.words for row in rows]


def test_the_customer_is_told_the_window_and_never_the_minute(visit: Booking) -> None:
    assert visit.window == MORNING
    email, sms = words_of("booked")
    assert MORNING_WORDS in email
    assert MORNING_WORDS in sms
    assert "10:15" not in email + sms
    rows = CustomerNotification.objects.filter(event="booked")
    assert {(row.named_time, row.named_until) for row in rows} == {(MORNING.start, MORNING.until)}
    calendar = visit_calendar(visit, PortalSettings.load(), "en").decode()
    assert "DTSTART;TZID=Europe/London:20261126T080000" in calendar
    assert "DTEND;TZID=Europe/London:20261126T120000" in calendar


def test_a_move_within_the_window_is_no_news_and_one_out_of_it_names_both(visit: Booking) -> None:
    assert visit.reschedule(THURSDAY + HOUR, change=BY_STAFF)
    assert (visit.window, visit.timed_by) == (MORNING, 1)
    assert last_untold(visit) == Reason.SAME_WINDOW
    visit.reschedule(THURSDAY + 3 * HOUR, change=BY_STAFF)
    delivery.drain()
    _email, sms = words_of("rescheduled")
    assert "Thu 26 Nov, between 12:00 and 16:00 (London time) (was Thu 26 Nov, 08:00 to 12:00)" in sms
    visit.cancel(BY_STAFF)
    delivery.drain()
    assert "between 12:00 and 16:00" in words_of("canceled")[1]


def test_a_service_that_changes_to_windows_or_back_leaves_what_was_told_alone(visit: Booking) -> None:
    service = visit.work_order.incident_type
    service.window_minutes = None
    service.save()
    visit.reschedule(THURSDAY + MINUTE, change=BY_STAFF)
    assert (visit.window, last_untold(visit)) == (MORNING, Reason.SAME_WINDOW)
    visit.reschedule(THURSDAY + 24 * HOUR, change=BY_STAFF)
    assert visit.window is None
    delivery.drain()
    assert "Fri 27 Nov, 10:15 to 11:15 (London time)" in words_of("rescheduled")[1]
    service.window_minutes = 240
    service.save()
    visit.reschedule(THURSDAY + 24 * HOUR + 5 * MINUTE, change=BY_STAFF)
    assert (visit.window, last_untold(visit)) == (None, Reason.SMALL_MOVE)
    visit.reschedule(THURSDAY + 25 * HOUR, change=BY_STAFF)
    assert visit.window is not None


def test_one_booking_may_have_a_window_of_its_own_or_none(visit: Booking) -> None:
    narrow = ToldTime(THURSDAY - 15 * MINUTE, THURSDAY + HOUR)
    assert visit.reschedule(visit.start, change=BY_STAFF, window=narrow)
    assert visit.window == narrow
    assert not visit.reschedule(visit.start, change=BY_STAFF)
    assert visit.reschedule(visit.start, change=BY_STAFF, window=None)
    delivery.drain()
    assert "Thu 26 Nov, 10:15 to 11:15 (London time)" in words_of("rescheduled")[1]
    with pytest.raises(BookingError, match="within its arrival window"):
        visit.reschedule(visit.start, change=BY_STAFF, window=ToldTime(THURSDAY + HOUR, THURSDAY + 2 * HOUR))


def test_running_late_is_told_once_it_leaves_the_window(visit: Booking, clock: time_machine.Coordinates) -> None:
    clock.move_to(THURSDAY)
    visit.run_late(60)
    assert last_untold(visit) == Reason.SAME_WINDOW
    visit.run_late(120)
    delivery.drain()
    assert "12:15" in words_of("delayed")[1]
    # By now they know a time, so a better one is news although it is within the window.
    visit.run_late(60)
    delivery.drain()
    assert "11:15" in words_of("delayed")[-1]


def test_a_visit_is_late_when_its_window_has_passed(visit: Booking, clock: time_machine.Coordinates) -> None:
    assert MORNING.until is not None
    assert not Booking.objects.late(THURSDAY + HOUR).exists()
    assert Booking.objects.late(MORNING.until).exists()


def test_cut_offs_count_from_the_window_and_do_not_give_away_the_minute(visit: Booking) -> None:
    assert policy.change_cutoff(visit) == MORNING.start - 24 * HOUR
    then = policy.allowed_at(visit, THURSDAY + 4 * HOUR, NOW)
    assert then.change_until == MORNING.start - 20 * HOUR


# --- Files, and the pages of staff and technicians --------------------------------------------------------------------
def test_a_file_may_name_the_window(order: WorkOrder) -> None:
    row = numbered(1, start="2026-11-27 10:20", end="2026-11-27 11:20", time_zone="Europe/London")
    named = row | {"window_start": "2026-11-27 10:00", "window_end": "2026-11-27 13:00"}
    assert faults(bring(named | {"window_end": "2026-11-27 10:10"})) == [(2, "window_start")]
    bring(named)
    noon = dt.datetime(2026, 11, 27, 13, tzinfo=dt.UTC)
    made = Booking.objects.get(external_id="B-1")
    assert made.window == ToldTime(noon - 3 * HOUR, noon)
    assert bring(named).counts["bookings_unchanged"] == 1
    assert cells_of(made)["window_end"] == "2026-11-27T13:00:00+00:00"


def test_staff_choose_and_see_what_the_customer_is_told(visit: Booking, client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    address = reverse("admin:bookings_booking_action", args=[visit.pk, "reschedule"])
    form = {"revision": "1", "start": "2026-11-26T10:15", "tell_as": "window", "window_from": "09:00"}
    refused = client.post(address, form)
    assert refused.status_code == 400
    assert "Write both ends of the arrival window." in refused.content.decode()
    assert client.post(address, form | {"window_until": "11:00"}).status_code == 302
    visit.refresh_from_db()
    assert visit.window == ToldTime(THURSDAY - 75 * MINUTE, THURSDAY + 45 * MINUTE)
    page = client.get(reverse("admin:bookings_booking_change", args=[visit.pk])).content.decode()
    assert "The customer is told: Thu 26 Nov, between 09:00 and 11:00 (London time)" in page


def test_a_technician_sees_their_minute_and_what_the_customer_was_told(
    visit: Booking, client: Client, clock: time_machine.Coordinates
) -> None:
    user = UserFactory(groups=["technician"])
    Resource.objects.update(user=user)
    clock.move_to(THURSDAY - HOUR)
    client.force_login(user)
    page = client.get("/technician/").content.decode()
    assert "10:15 to 11:15" in page
    assert "Your customer was told: 08:00 to 12:00" in page


# --- Customers choose windows -----------------------------------------------------------------------------------------
def test_two_customers_get_the_same_window_at_different_minutes(visit: Booking) -> None:
    portal_settings = PortalSettings.load()
    portal_settings.self_scheduling, portal_settings.min_lead_days = True, 0
    portal_settings.save()
    IncidentType.objects.update(is_offered=True)
    contact = visit.work_order.reported_by
    assert contact is not None
    kind = visit.work_order.incident_type
    kind.refresh_from_db()
    times = offers.to_book(kind, contact.account, NOW, portal_settings=portal_settings)
    friday = [offer for offer in times if offer.told.start.day == 27]
    assert [offer.words("Europe/London", "en", NOW) for offer in friday] == [
        "Fri 27 Nov, between 08:00 and 12:00 (London time)",
        "Fri 27 Nov, between 12:00 and 16:00 (London time)",
        "Fri 27 Nov, between 16:00 and 20:00 (London time)",
    ]
    first = verbs.book(contact, kind, friday[0].time, by=None, details="", now=NOW)
    again = offers.one_to_book(kind, contact.account, friday[0].time.start, NOW, portal_settings=portal_settings)
    assert again is not None
    assert (again.told, again.time.start) == (friday[0].told, first.end)
    # The same button pressed twice books once.
    assert verbs.book(contact, kind, friday[0].time, by=None, details="", now=NOW) == first
