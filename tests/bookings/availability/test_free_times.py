"""Free times: working hours in the technician's zone, the site's half hours, what is booked, who does the work."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.availability.free_times import (
    FreeTime,
    is_too_soon,
    time_to_book,
    time_to_move,
    times_to_book,
    times_to_move,
)
from bookings.models import Booking, BookingStatus, IncidentType, Resource, Skill, WorkOrder
from fsportal.lib.zones import local
from fsportal.models import Account, PortalSettings
from tests.factories import AccountFactory, BookingFactory, IncidentTypeFactory, ResourceFactory, WorkOrderFactory

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
#: Half a minute before a Sunday begins: from one day ahead to two is Monday. London's clocks do not change for months.
NOW = dt.datetime(2026, 11, 21, 23, 59, 30, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


def at(clock: str, day: dt.datetime = MONDAY) -> dt.datetime:
    hour, minute = map(int, clock.split(":"))
    return day + dt.timedelta(hours=hour, minutes=minute)


def lead(minimum: int = 1, maximum: int = 2, **more: Any) -> PortalSettings:
    return PortalSettings(min_lead_days=minimum, max_lead_days=maximum, **more)


@pytest.fixture
def site() -> Account:
    account: Account = AccountFactory()
    return account


@pytest.fixture
def service() -> IncidentType:
    kind: IncidentType = IncidentTypeFactory(duration_minutes=60, is_offered=True)
    return kind


def worker(*hours: str, **more: Any) -> Resource:
    """Return a technician who works from, to on every day."""
    always = {str(day): list(hours) for day in range(7)}
    resource: Resource = ResourceFactory(working_hours=always, **more)
    return resource


def booked(resource: Resource, start: str, end: str, **more: Any) -> Booking:
    booking: Booking = BookingFactory(resource=resource, start=at(start), end=at(end), **more)
    return booking


def clocks(times: list[FreeTime], zone: str = "UTC") -> list[str]:
    return [local(time.start, zone).strftime("%H:%M") for time in times]


def to_book(
    service: IncidentType, site: Account, portal_settings: PortalSettings | None = None, now: dt.datetime = NOW
) -> list[FreeTime]:
    return times_to_book(service, site, now, portal_settings=portal_settings or lead())


# --- Working hours and visits ---------------------------------------------------------------------------------------
def test_the_day_is_offered_in_half_hours_and_the_last_visit_ends_with_the_work(
    service: IncidentType, site: Account
) -> None:
    worker("08:00", "10:30")
    times = to_book(service, site)
    assert clocks(times) == ["08:00", "08:30", "09:00", "09:30"]
    assert {time.end - time.start for time in times} == {HOUR}


def test_hours_that_begin_between_half_hours_are_offered_from_the_next_one(
    service: IncidentType, site: Account
) -> None:
    worker("08:10", "10:00")
    assert clocks(to_book(service, site)) == ["08:30", "09:00"]


def test_a_visit_blocks_what_overlaps_it_and_back_to_back_is_fine(service: IncidentType, site: Account) -> None:
    booked(worker("08:00", "13:00"), "10:00", "11:00")
    assert clocks(to_book(service, site)) == ["08:00", "08:30", "09:00", "11:00", "11:30", "12:00"]


def elsewhere(**place: Any) -> WorkOrder:
    order: WorkOrder = WorkOrderFactory(account=AccountFactory(**place))
    return order


#: Some 11 km from the site of the others: 14.5 km of road, 24 minutes, and 3 on foot.
ACROSS_TOWN = {"latitude": 51.6014}


def test_between_visits_at_two_places_there_is_time_for_the_drive(service: IncidentType, site: Account) -> None:
    booked(worker("08:00", "13:00"), "10:00", "11:00", work_order=elsewhere(**ACROSS_TOWN))
    assert clocks(to_book(service, site)) == ["08:00", "08:30", "11:30", "12:00"]


def test_next_door_takes_no_drive_and_an_unknown_place_none_that_is_known(service: IncidentType, site: Account) -> None:
    booked(worker("08:00", "11:00"), "09:00", "10:00", work_order=elsewhere(latitude=51.5020))
    booked(worker("12:00", "15:00"), "13:00", "14:00", work_order=elsewhere(latitude=None, longitude=None))
    assert clocks(to_book(service, site)) == ["08:00", "10:00", "12:00", "14:00"]


def test_the_drive_is_to_the_place_of_the_work_order_where_it_has_one(service: IncidentType, site: Account) -> None:
    order = WorkOrderFactory(street="9 Elsewhere", latitude=51.6014, longitude=-0.1419, account=site)
    booked(worker("08:00", "13:00"), "10:00", "11:00", work_order=order)
    assert "11:00" not in clocks(to_book(service, site))
    WorkOrder.objects.filter(pk=order.pk).update(latitude=None, longitude=None)  # an address that nobody has located
    assert "11:00" in clocks(to_book(service, site))


def test_a_visit_far_away_blocks_also_what_lies_beyond_the_day_that_is_shown(
    service: IncidentType, site: Account
) -> None:
    by_night = worker("00:00", "03:00")
    booked(by_night, "00:00", "00:01", work_order=elsewhere(latitude=52.3014))  # 116 km of road: an hour and 45 minutes
    Booking.objects.update(start=MONDAY - HOUR, end=MONDAY)
    assert clocks(to_book(service, site)) == ["02:00"]


def test_one_minute_of_overlap_blocks(service: IncidentType, site: Account) -> None:
    booked(worker("08:00", "12:00"), "09:59", "10:01")
    assert clocks(to_book(service, site)) == ["08:00", "08:30", "10:30", "11:00"]


def test_visits_that_overlap_each_other_and_the_edges_of_the_day_block_like_others(
    service: IncidentType, site: Account
) -> None:
    resource = worker("08:00", "16:00")
    for start, end in [("07:00", "08:30"), ("10:00", "13:00"), ("10:30", "11:00"), ("15:30", "18:00")]:
        booked(resource, start, end)
    assert clocks(to_book(service, site)) == ["08:30", "09:00", "13:00", "13:30", "14:00", "14:30"]


def test_a_visit_before_work_does_not_open_the_day_early(service: IncidentType, site: Account) -> None:
    booked(worker("08:00", "10:00"), "05:00", "06:00")
    booked(worker("05:00", "08:00"), "05:00", "08:00")  # whose hours make early times worth looking for
    assert clocks(to_book(service, site)) == ["08:00", "08:30", "09:00"]


def test_a_visit_from_one_day_into_the_next_blocks_both(service: IncidentType, site: Account) -> None:
    resource = worker("08:00", "12:00")
    BookingFactory(resource=resource, start=at("10:00"), end=at("09:30", MONDAY + DAY))
    starts = [time.start for time in to_book(service, site, lead(1, 3))]
    tuesday = MONDAY + DAY
    assert starts == [
        *(at(clock) for clock in ("08:00", "08:30", "09:00")),
        *(at(clock, tuesday) for clock in ("09:30", "10:00", "10:30", "11:00")),
    ]


@pytest.mark.parametrize("status", [BookingStatus.CANCELED, BookingStatus.COMPLETED])
def test_what_is_over_or_off_blocks_nothing(service: IncidentType, site: Account, status: BookingStatus) -> None:
    booked(worker("08:00", "10:00"), "08:00", "10:00", status=status)
    assert clocks(to_book(service, site)) == ["08:00", "08:30", "09:00"]


@pytest.mark.parametrize("status", [BookingStatus.TRAVELING, BookingStatus.ON_BREAK, BookingStatus.IN_PROGRESS])
def test_what_is_under_way_blocks(service: IncidentType, site: Account, status: BookingStatus) -> None:
    booked(worker("08:00", "10:00"), "08:00", "10:00", status=status)
    assert to_book(service, site) == []


def test_days_without_hours_are_days_off(service: IncidentType, site: Account) -> None:
    ResourceFactory(working_hours={"1": ["08:00", "09:00"]})
    assert [time.start for time in to_book(service, site, lead(1, 7))] == [at("08:00", MONDAY + DAY)]


@pytest.mark.parametrize("nonsense", [None, [], {"0": None}, {"0": ["8"]}, {"0": ["x", "y"]}, "08:00"])
def test_hours_that_nobody_can_read_are_days_off(service: IncidentType, site: Account, nonsense: Any) -> None:
    ResourceFactory(working_hours=nonsense if nonsense is not None else {})
    assert to_book(service, site) == []


# --- Nights ---------------------------------------------------------------------------------------------------------
def test_a_night_shift_runs_over_midnight_and_visits_may_too(service: IncidentType, site: Account) -> None:
    ResourceFactory(working_hours={"0": ["22:00", "02:00"]})
    starts = [time.start for time in to_book(service, site, lead(1, 3))]
    assert starts == [at("22:00") + n * HOUR / 2 for n in range(7)]  # the last at 01:00 on Tuesday


def test_the_night_that_began_the_day_before_is_offered_from_midnight_on(service: IncidentType, site: Account) -> None:
    ResourceFactory(working_hours={"6": ["22:00", "02:00"]})  # Sunday's night; Monday is the first day offered
    assert clocks(to_book(service, site)) == ["00:00", "00:30", "01:00"]


def test_shifts_that_touch_are_one_and_a_whole_day_is_midnight_to_midnight(
    service: IncidentType, site: Account
) -> None:
    worker("00:00", "00:00")
    times = to_book(service, site)
    assert len(times) == 48
    assert times[-1].end == at("00:30", MONDAY + DAY)


# --- Clock changes and zones ----------------------------------------------------------------------------------------
def test_a_technician_of_another_zone_works_by_their_own_clock_and_the_site_sees_its_half_hours(
    service: IncidentType,
) -> None:
    worker("09:00", "11:00", time_zone="Asia/Kolkata", start_latitude=27.7, start_longitude=85.3)  # UTC+5:30
    site = AccountFactory(time_zone="Asia/Kathmandu", latitude=27.7, longitude=85.3)  # UTC+5:45
    times = to_book(service, site)
    assert clocks(times, "Asia/Kathmandu") == ["09:30", "10:00"]
    assert times[0].start == at("03:45")


@pytest.mark.parametrize(
    ("sunday", "first"),
    [
        # London's clocks: forward on 29 March at 01:00, back on 25 October at 02:00.
        (dt.datetime(2026, 3, 29, tzinfo=dt.UTC), "07:00"),
        (dt.datetime(2026, 10, 25, tzinfo=dt.UTC), "08:00"),
    ],
)
def test_on_the_day_of_a_clock_change_work_begins_at_eight_by_the_new_clock(
    service: IncidentType, site: Account, sunday: dt.datetime, first: str
) -> None:
    worker("08:00", "10:00")
    times = to_book(service, site, now=sunday - DAY)
    assert clocks(times, "Europe/London") == ["08:00", "08:30", "09:00"]
    assert times[0].start == at(first, sunday)


def test_a_night_shift_is_an_hour_shorter_in_spring_and_an_hour_longer_in_autumn(
    service: IncidentType, site: Account
) -> None:
    ResourceFactory(working_hours={"5": ["23:00", "04:00"]})  # Saturday's
    spring, autumn = dt.datetime(2026, 3, 28, tzinfo=dt.UTC), dt.datetime(2026, 10, 24, tzinfo=dt.UTC)
    for saturday, hours in ((spring, 4), (autumn, 6)):
        times = to_book(service, site, lead(1, 2), now=saturday - 12 * HOUR)
        assert times[-1].end - times[0].start == hours * HOUR
        assert len({time.start for time in times}) == len(times) == hours * 2 - 1


def test_hours_within_the_gap_of_spring_are_no_hours_at_all(service: IncidentType, site: Account) -> None:
    worker("01:10", "01:50")
    assert to_book(IncidentTypeFactory(duration_minutes=10), site, now=dt.datetime(2026, 3, 28, tzinfo=dt.UTC)) == []


def test_a_shift_into_or_out_of_the_gap_keeps_to_the_times_that_exist(site: Account) -> None:
    kind = IncidentTypeFactory(duration_minutes=30)
    now = dt.datetime(2026, 3, 28, tzinfo=dt.UTC)
    worker("01:30", "04:00")
    assert clocks(to_book(kind, site, now=now), "Europe/London") == ["02:30", "03:00", "03:30"]


# --- Lead times -----------------------------------------------------------------------------------------------------
def test_a_day_ahead_is_24_hours_by_the_clock(service: IncidentType, site: Account) -> None:
    worker("08:00", "20:00")
    six_in_the_evening = at("18:00", MONDAY)
    times = to_book(service, site, lead(1, 2), now=six_in_the_evening)
    assert times[0].start == six_in_the_evening + DAY
    assert times[-1].start == six_in_the_evening + 2 * DAY
    assert at("09:00", MONDAY + DAY) not in [time.start for time in times]


def test_hours_are_added_to_the_days_of_the_minimum(service: IncidentType, site: Account) -> None:
    worker("00:00", "00:00")
    now = at("09:00")
    for days, hours in ((0, 4), (1, 0), (2, 5)):
        first = to_book(service, site, lead(days, 30, min_lead_hours=hours), now=now)[0].start
        assert first == now + days * DAY + hours * HOUR


@pytest.mark.parametrize("night", [dt.datetime(2026, 3, 28, tzinfo=dt.UTC), dt.datetime(2026, 10, 24, tzinfo=dt.UTC)])
def test_a_day_ahead_is_24_hours_across_a_clock_change_too(
    service: IncidentType, site: Account, night: dt.datetime
) -> None:
    worker("00:00", "00:00")
    evening = at("18:00", night)  # the clocks change before this time tomorrow, to another hour
    times = to_book(service, site, lead(1, 2), now=evening)
    assert (times[0].start, times[-1].start) == (evening + DAY, evening + 2 * DAY)
    assert local(times[0].start, "Europe/London").hour != local(evening, "Europe/London").hour


def test_without_minimum_it_is_offered_from_now_on(service: IncidentType, site: Account) -> None:
    worker("08:00", "11:00")
    assert clocks(to_book(service, site, lead(0, 1), now=at("09:10")))[:2] == ["09:30", "10:00"]


def test_a_start_at_this_very_moment_is_still_offered_and_not_a_moment_later(
    service: IncidentType, site: Account
) -> None:
    worker("08:00", "11:00")
    on_time, moment = at("09:30"), dt.timedelta(microseconds=1)
    assert to_book(service, site, lead(0, 1), now=on_time)[0].start == on_time
    assert to_book(service, site, lead(0, 1), now=on_time + moment)[0].start == on_time + HOUR / 2


def test_what_came_too_close_is_told_from_what_was_taken() -> None:
    now = at("09:00")
    a_day = lead(1, 2, min_lead_hours=2)
    assert [is_too_soon(now + 26 * HOUR + shift, now, a_day) for shift in (-HOUR / 2, HOUR * 0)] == [True, False]
    assert not is_too_soon(None, now, a_day)


def test_settings_of_years_find_no_more_than_months(service: IncidentType, site: Account) -> None:
    worker("08:00", "09:00")
    times = to_book(service, site, lead(0, 32_000))
    assert len(times) == 92


# --- Who does it ----------------------------------------------------------------------------------------------------
def test_only_active_technicians_who_do_this_work_are_offered(service: IncidentType, site: Account) -> None:
    able, unable = worker("08:00", "09:00"), worker("09:00", "10:00")
    anything, gone = worker("10:00", "11:00"), worker("11:00", "12:00", is_active=False)
    able.incident_types.add(service, IncidentTypeFactory())
    unable.incident_types.add(IncidentTypeFactory())
    assert [time.resource for time in to_book(service, site)] == [able, anything]
    assert gone not in [time.resource for time in to_book(service, site)]


def test_one_time_is_one_entry_by_the_technician_who_is_nearest(service: IncidentType, site: Account) -> None:
    far = worker("08:00", "09:30", start_latitude=51.7)
    near = worker("08:00", "09:00", start_latitude=51.5014, start_longitude=-0.1419)
    worker("08:00", "10:30", start_latitude=None)
    found = [(time.start, time.resource) for time in to_book(service, site)]
    assert found == [
        (at("08:00"), near),
        (at("08:30"), far),
    ]


@pytest.mark.parametrize(("radius", "unit", "reached"), [(20, "km", False), (23, "km", True), (14, "mi", True)])
def test_the_travel_radius_is_in_its_unit(
    service: IncidentType, site: Account, radius: int, unit: str, reached: bool
) -> None:
    worker("08:00", "09:00", start_latitude=51.7014, start_longitude=-0.1419)  # 0.2 degrees of latitude: 22.2 km
    found = to_book(service, site, lead(travel_radius=radius, travel_radius_unit=unit))
    assert bool(found) is reached


def test_to_a_place_without_coordinates_go_the_technicians_of_its_country(service: IncidentType) -> None:
    here = worker("08:00", "09:00", start_latitude=57.1, start_longitude=-2.1)  # Aberdeen
    worker("08:00", "10:00", time_zone="Europe/Paris")
    unknown = {"latitude": None, "longitude": None}
    assert {time.resource for time in to_book(service, AccountFactory(**unknown))} == {here}
    assert {time.resource for time in to_book(service, AccountFactory(**unknown, country=""))} == {here}
    assert to_book(service, AccountFactory(**unknown, country="IE", time_zone="Europe/Dublin")) == []


@pytest.mark.parametrize("unknown", [{"start_latitude": None}, {"start_longitude": None}, {"time_zone": ""}])
def test_who_has_no_start_place_or_no_zone_is_never_offered(
    service: IncidentType, site: Account, unknown: dict[str, Any]
) -> None:
    worker("00:00", "00:00", **unknown)
    assert to_book(service, site) == []
    assert to_book(service, AccountFactory(latitude=None, longitude=None)) == []


def test_a_technician_s_own_radius_counts_before_that_of_the_settings(service: IncidentType, site: Account) -> None:
    place = {"start_latitude": 51.7014, "start_longitude": -0.1419}  # 22.2 km away
    worker("08:00", "09:00", **place, travel_radius=20)
    assert to_book(service, site, lead(travel_radius=30)) == []
    far = worker("08:00", "09:00", **place, travel_radius=30)
    assert {time.resource for time in to_book(service, site, lead(travel_radius=10))} == {far}


def test_a_technician_has_all_the_skills_that_the_service_asks_for(service: IncidentType, site: Account) -> None:
    gas, heights = Skill.objects.create(name="Gas"), Skill.objects.create(name="Heights")
    service.skills.set([gas, heights])
    worker("08:00", "10:00").skills.set([gas])
    able = worker("09:00", "11:00")
    able.skills.set([gas, heights, Skill.objects.create(name="Welding")])
    assert {time.resource for time in to_book(service, site)} == {able}


# --- Buffers --------------------------------------------------------------------------------------------------------
def test_the_buffers_of_both_visits_and_the_drive_lie_between_them(service: IncidentType, site: Account) -> None:
    service.buffer_before_minutes, service.buffer_after_minutes = 10, 15
    other = IncidentTypeFactory(buffer_before_minutes=5, buffer_after_minutes=20)
    near = WorkOrderFactory(account=AccountFactory(), incident_type=other)
    booked(worker("08:00", "14:00"), "10:30", "11:00", work_order=near)
    # Before it 15 + 5 minutes after a visit until 10:00; after it 20 + 10 minutes until 11:30.
    assert clocks(to_book(service, site)) == ["08:00", "08:30", "09:00", "11:30", "12:00", "12:30", "13:00"]
    across = WorkOrderFactory(account=AccountFactory(**ACROSS_TOWN), incident_type=other)
    Booking.objects.update(work_order=across)  # and 25 minutes of drive
    assert clocks(to_book(service, site)) == ["08:00", "08:30", "12:00", "12:30", "13:00"]


def test_buffers_may_lie_outside_the_working_hours(site: Account) -> None:
    kind = IncidentTypeFactory(duration_minutes=60, buffer_before_minutes=60, buffer_after_minutes=60)
    worker("08:00", "09:00")
    assert clocks(to_book(kind, site)) == ["08:00"]


# --- Moving ---------------------------------------------------------------------------------------------------------
def test_a_visit_moves_with_its_own_technician_first_and_is_not_in_its_own_way(site: Account) -> None:
    own, other = worker("08:00", "11:00", name="Zoe"), worker("08:00", "13:00", name="Abe")
    booking = booked(own, "08:00", "10:00", work_order=WorkOrderFactory(account=site))
    found = {time.start: time.resource for time in times_to_move(booking, NOW, portal_settings=lead())}
    assert found[at("08:30")] == found[at("09:00")] == own
    assert found[at("09:30")] == found[at("11:00")] == other
    assert at("08:00") not in found  # it is there already
    assert {time.end - time.start for time in times_to_move(booking, NOW, portal_settings=lead())} == {2 * HOUR}


def test_who_was_sent_by_a_dispatcher_may_come_at_another_time_whatever_the_lists_say(site: Account) -> None:
    own = worker("08:00", "10:00", start_latitude=40.0)
    own.incident_types.add(IncidentTypeFactory())
    booking = booked(own, "08:00", "09:00", work_order=WorkOrderFactory(account=site))
    assert clocks(times_to_move(booking, NOW, portal_settings=lead())) == ["08:30", "09:00"]
    own.is_active = False
    own.save()
    assert times_to_move(booking, NOW, portal_settings=lead()) == []


def test_the_place_of_the_work_order_counts_and_its_zone() -> None:
    order = WorkOrderFactory(street="9 Elsewhere", time_zone="America/New_York", latitude=40.7, longitude=-74.0)
    here = worker("08:00", "09:00", start_latitude=40.7, start_longitude=-74.1, time_zone="America/New_York")
    worker("10:00", "11:00")  # in London, as the account
    booking = BookingFactory(work_order=order, resource=worker("00:00", "00:01"), start=at("20:00"))
    times = times_to_move(booking, NOW, portal_settings=lead())
    assert [time.resource for time in times] == [here]
    assert clocks(times, "America/New_York") == ["08:00"]


# --- Keys, and how much it costs ------------------------------------------------------------------------------------
def test_a_key_stands_for_a_start_and_a_technician(service: IncidentType, site: Account) -> None:
    resource = worker("08:00", "09:00")
    time = to_book(service, site)[0]
    assert FreeTime.from_key(time.key) == (at("08:00"), resource.pk)
    assert FreeTime.named(time.key, HOUR) == time
    assert set(time.key) <= set("0123456789abcdef-")


@pytest.mark.parametrize(
    "key", ["", "-", "x", "1", "1-", "zz-11111111111111111111111111111111", "\0-\0", "f" * 40 + "-" + "1" * 32, "1-2-3"]
)
def test_what_is_no_key_is_none(key: str) -> None:
    assert FreeTime.from_key(key) is None
    assert FreeTime.named(key, HOUR) is None


def test_a_key_of_a_technician_who_is_gone_or_of_a_year_far_off_names_nothing(resource: Resource) -> None:
    assert FreeTime.named("1a2b3c4-" + "1" * 32, HOUR) is None
    assert FreeTime.named(f"ffffffff-{resource.pk.hex}", HOUR) is None


@pytest.fixture
def resource() -> Resource:
    return worker("08:00", "17:00")


def test_it_takes_as_many_queries_for_many_technicians_as_for_one(service: IncidentType, site: Account) -> None:
    worker("08:00", "17:00")
    with CaptureQueriesContext(connection) as one:
        to_book(service, site, lead(1, 30))
    for _number in range(30):
        booked(worker("08:00", "17:00"), "08:00", "12:00")
    with CaptureQueriesContext(connection) as many:
        to_book(service, site, lead(1, 30))
    assert len(one) == len(many) == 4


def test_where_most_are_booked_the_search_goes_on_to_the_last_one(service: IncidentType, site: Account) -> None:
    for number in range(90):
        booked(worker("08:00", "09:00", start_longitude=-0.1 - number / 1000), "08:00", "09:00")
    last = worker("08:00", "09:00", start_longitude=-0.3)
    with CaptureQueriesContext(connection) as queries:
        assert [time.resource for time in to_book(service, site)] == [last]
    assert len(queries) <= 6


# --- One time -------------------------------------------------------------------------------------------------------
def test_one_time_is_the_one_of_the_list(service: IncidentType, site: Account) -> None:
    first, second = worker("08:00", "11:00"), worker("09:00", "15:00")
    booked(second, "11:30", "12:00", work_order=elsewhere(**ACROSS_TOWN))
    booking = booked(first, "10:00", "11:00", work_order=WorkOrderFactory(account=site))
    for time in (to_move := times_to_move(booking, NOW, portal_settings=lead())):
        assert time_to_move(booking, time.start, NOW, portal_settings=lead()) == time
    for time in (free := to_book(service, site)):
        assert time_to_book(service, site, time.start, NOW, portal_settings=lead()) == time
    assert {time.resource for time in to_move} == {first, second}
    for start in (booking.start, free[-1].end, free[0].start + dt.timedelta(minutes=15), NOW, None):
        assert time_to_move(booking, start, NOW, portal_settings=lead()) is None
