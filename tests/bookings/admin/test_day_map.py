"""The map of the day: who may see it, and what it says of each technician, in words and for the drawn map."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.admin import day_map
from bookings.models import Booking, BookingStatus, Resource, Route
from tests.factories import AccountFactory, BookingFactory, ResourceFactory, UserFactory

pytestmark = pytest.mark.django_db

#: A Tuesday noon in London.
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE
ADDRESSES = ("admin:day-map", "admin:day-map-now")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def omar() -> Resource:
    technician: Resource = ResourceFactory(name="Omar Haddad")
    return technician


def visit(technician: Resource, start: dt.datetime, status: int = BookingStatus.SCHEDULED, **values: Any) -> Booking:
    """Return a visit of one hour in this status, with these values past the verbs."""
    booking: Booking = BookingFactory(resource=technician, start=start, end=start + HOUR)
    Booking.objects.filter(pk=booking.pk).update(status=status, **values)
    booking.refresh_from_db()
    return booking


def on_the_way(technician: Resource, start: dt.datetime, arrives: dt.datetime) -> Booking:
    """Return a visit whose technician is expected within five minutes around `arrives`."""
    return visit(
        technician,
        start,
        BookingStatus.TRAVELING,
        set_off_at=NOW - 10 * MINUTE,
        arrival_earliest=arrives - 5 * MINUTE,
        arrival_latest=arrives + 5 * MINUTE,
        arrival_source="valhalla",
        arrival_at=NOW - 3 * MINUTE,
    )


def seen(technician: Resource, ago: dt.timedelta) -> None:
    Resource.objects.filter(pk=technician.pk).update(last_latitude=51.5, last_longitude=-0.1, last_seen_at=NOW - ago)


def only() -> day_map.TechnicianOnMap:
    """Return the one technician, as the map has them."""
    (found,) = day_map.technicians(day_map.Moment(NOW, 15 * MINUTE))
    return found


def words(client: Client) -> str:
    """Return the page as text, without its markup."""
    page = client.get(reverse("admin:day-map"))
    assert page.status_code == 200
    return page.content.decode()


def of_role(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True, groups=[role]))
    return client


# --- Who may see it -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("dispatcher", 200), ("read-only", 403), ("technician", 403)]
)
def test_only_staff_with_the_right_see_where_technicians_are(omar: Resource, role: str, status: int, name: str) -> None:
    seen(omar, MINUTE)
    answer = of_role(role).get(reverse(name))
    assert answer.status_code == status
    assert ("Omar" in answer.content.decode()) is (status == 200)


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_stranger_is_asked_to_sign_in_and_a_customer_is_refused(client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]
    client.force_login(UserFactory())
    answer = client.get(reverse(name), follow=True)
    assert answer.status_code == 403


@pytest.mark.parametrize(("role", "has_link"), [("dispatcher", True), ("read-only", False)])
def test_today_and_the_index_lead_there_only_who_may_see_it(role: str, has_link: bool) -> None:
    client = of_role(role)
    for page in ("admin:today", "admin:index"):
        assert (reverse("admin:day-map") in client.get(reverse(page)).content.decode()) is has_link


# --- States ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "state"),
    [
        (BookingStatus.TRAVELING, "On the way"),
        (BookingStatus.IN_PROGRESS, "Working"),
        (BookingStatus.ON_BREAK, "On a break"),
        (BookingStatus.SCHEDULED, "No visit under way"),
        (BookingStatus.COMPLETED, "No visit under way"),
        (BookingStatus.CANCELED, "No visit under way"),
    ],
)
def test_the_state_is_said_in_words(omar: Resource, status: int, state: str) -> None:
    visit(omar, NOW + HOUR, status)
    assert only().state == state
    assert state in words(of_role("dispatcher"))


def test_on_the_way_comes_with_the_range_its_source_and_its_age(omar: Resource) -> None:
    on_the_way(omar, NOW + 30 * MINUTE, NOW + 20 * MINUTE)
    page = words(of_role("dispatcher"))
    assert "Expected 12:15 to 12:25 (London time). Source: valhalla, 3 min ago." in page
    assert ", late<" not in page


def test_on_the_way_without_an_arrival_time_says_so(omar: Resource) -> None:
    visit(omar, NOW + HOUR, BookingStatus.TRAVELING)
    assert "Arrival time not known." in words(of_role("dispatcher"))


def test_the_next_visit_is_named_with_its_window(omar: Resource) -> None:
    visit(omar, NOW - HOUR, BookingStatus.IN_PROGRESS)
    visit(omar, NOW + 5 * HOUR)
    visit(omar, NOW + 3 * HOUR)
    page = words(of_role("dispatcher"))
    assert "Tue 24 Nov, 15:00 to 16:00 (London time)" in page
    assert "17:00 to 18:00" not in page


def test_tomorrow_is_not_of_this_day(omar: Resource) -> None:
    visit(omar, NOW + 20 * HOUR)
    assert only().visits == []
    assert "Nothing more today." in words(of_role("dispatcher"))


def test_the_day_is_that_of_the_site(omar: Resource) -> None:
    account = AccountFactory(time_zone="Pacific/Kiritimati")  # two o'clock in the morning of the 25th
    order = BookingFactory(work_order__account=account, resource=omar, start=NOW + 10 * HOUR, end=NOW + 11 * HOUR)
    visit(omar, NOW + 10 * HOUR + 13 * HOUR)
    assert only().visits == [order]


# --- Late or not ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (15, False), (16, True)])
def test_who_arrives_later_than_the_settings_allow_is_late(omar: Resource, minutes: int, is_late: bool) -> None:
    on_the_way(omar, NOW + 30 * MINUTE, NOW + (30 + minutes) * MINUTE)
    one = only()
    assert one.is_late is is_late
    assert one.state == ("On the way, late" if is_late else "On the way")
    assert one.why_late == (["Arrives after the start, 12:30 (London time)."] if is_late else [])


def test_who_should_have_arrived_and_is_still_on_the_way_is_late(omar: Resource) -> None:
    on_the_way(omar, NOW - 20 * MINUTE, NOW - 20 * MINUTE)
    assert only().is_late


def test_the_slip_of_the_settings_counts(omar: Resource) -> None:
    on_the_way(omar, NOW + 30 * MINUTE, NOW + 60 * MINUTE)
    (one,) = day_map.technicians(day_map.Moment(NOW, 45 * MINUTE))
    assert not one.is_late


def test_a_visit_whose_start_has_passed_with_nobody_on_the_way_is_late(omar: Resource) -> None:
    visit(omar, NOW - MINUTE)
    assert only().why_late == ["The next visit's start has passed and nobody has set off."]
    assert "No visit under way, late" in words(of_role("dispatcher"))


def test_who_still_works_when_the_next_visit_should_have_begun_is_late(omar: Resource) -> None:
    visit(omar, NOW - 2 * HOUR, BookingStatus.IN_PROGRESS)
    visit(omar, NOW - MINUTE)
    assert only().state == "Working, late"


def test_who_works_longer_than_planned_is_not_late_for_that(omar: Resource) -> None:
    visit(omar, NOW - 2 * HOUR, BookingStatus.IN_PROGRESS)
    visit(omar, NOW + MINUTE)
    assert not only().is_late


def test_who_said_to_run_late_is_late(omar: Resource) -> None:
    visit(omar, NOW + 10 * MINUTE, expected_start=NOW + 40 * MINUTE)
    assert only().why_late == ["Said to run late: the next visit begins about 12:40 (London time)."]


def test_a_visit_missed_before_midnight_is_still_there_after_it(
    omar: Resource, clock: time_machine.Coordinates
) -> None:
    missed = visit(omar, NOW + 11 * HOUR)
    midnight = NOW + 12.5 * HOUR
    assert list(day_map.visits_of_day(midnight)) == [missed]
    assert list(day_map.visits_of_day(NOW + 24 * HOUR)) == []


def test_who_is_late_comes_first(omar: Resource) -> None:
    late = ResourceFactory(name="Zoe Late")
    visit(late, NOW - MINUTE)
    found = day_map.technicians(day_map.Moment(NOW, 15 * MINUTE))
    assert [one.resource for one in found] == [late, omar]


# --- Where ----------------------------------------------------------------------------------------------------------
def test_the_position_has_its_age_and_an_old_one_is_called_old(omar: Resource) -> None:
    assert only().seen == "No position."
    seen(omar, 10 * MINUTE)
    assert only().seen == "Position from 10 min ago."
    seen(omar, 16 * MINUTE)
    assert only().seen == "Old position, from 16 min ago: they may be elsewhere by now."


def test_on_the_way_a_position_is_old_after_two_minutes(omar: Resource) -> None:
    on_the_way(omar, NOW + HOUR, NOW + HOUR)
    seen(omar, 2 * MINUTE)
    assert not only().is_stale
    seen(omar, 3 * MINUTE)
    assert only().is_stale


def test_the_drawn_map_has_technicians_their_ways_and_the_places_of_the_day(omar: Resource) -> None:
    seen(omar, MINUTE)
    unseen = ResourceFactory(name="Una Unseen")
    booking = on_the_way(omar, NOW + HOUR, NOW + HOUR)
    later = visit(unseen, NOW + 2 * HOUR)
    over = visit(omar, NOW - 3 * HOUR, BookingStatus.COMPLETED)
    Route.objects.create(booking=booking, line=[[51.5, -0.1], [51.50139999, -0.1419]], computed_at=NOW)
    said = of_role("dispatcher").get(reverse("admin:day-map-now")).json()
    (who,) = said["technicians"]
    assert (who["name"], who["initials"], who["state"], who["at"]) == ("Omar Haddad", "OH", "On the way", [51.5, -0.1])
    assert who["line"] == [[51.5, -0.1], [51.5014, -0.1419]]
    assert {place["id"] for place in said["visits"]} == {str(booking.pk), str(later.pk)}
    assert str(over.pk) not in str(said)
    assert "Una Unseen" in said["list"]


def test_where_no_way_is_known_the_map_knows_where_to(omar: Resource) -> None:
    seen(omar, MINUTE)
    booking = on_the_way(omar, NOW + HOUR, NOW + HOUR)
    (who,) = of_role("dispatcher").get(reverse("admin:day-map-now")).json()["technicians"]
    assert (who["line"], tuple(who["to"])) == ([], booking.work_order.site.coordinates)
    booking.start_work()
    (who,) = of_role("dispatcher").get(reverse("admin:day-map-now")).json()["technicians"]
    assert who["to"] is None


def test_the_way_to_a_visit_that_is_reached_is_not_drawn(omar: Resource) -> None:
    seen(omar, MINUTE)
    booking = visit(omar, NOW, BookingStatus.IN_PROGRESS)
    Route.objects.create(booking=booking, line=[[51.5, -0.1], [51.6, -0.1]], computed_at=NOW)
    assert of_role("dispatcher").get(reverse("admin:day-map-now")).json()["technicians"][0]["line"] == []


def test_a_long_way_is_thinned_and_keeps_both_ends() -> None:
    line = [[51.0 + number / 1000, 0.0] for number in range(1000)]
    thin = day_map.thinned(line)
    assert len(thin) <= day_map.MOST_POINTS
    assert (thin[0], thin[-1]) == (line[0], line[-1])


def test_technicians_who_are_not_active_are_not_shown(omar: Resource) -> None:
    Resource.objects.update(is_active=False)
    visit(omar, NOW + HOUR, BookingStatus.TRAVELING)
    assert day_map.technicians(day_map.Moment(NOW, 15 * MINUTE)) == []


def test_more_technicians_than_are_shown_is_said(omar: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    ResourceFactory.create_batch(3)
    monkeypatch.setattr(day_map, "SHOWN", 2)
    assert "2 more technicians are not shown." in words(of_role("dispatcher"))


@pytest.mark.parametrize("name", ADDRESSES)
def test_it_takes_as_many_queries_for_many_technicians_as_for_one(omar: Resource, name: str) -> None:
    client = of_role("dispatcher")
    seen(omar, MINUTE)
    on_the_way(omar, NOW + HOUR, NOW + HOUR)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(name))
    for technician in ResourceFactory.create_batch(20):
        seen(technician, MINUTE)
        booking = on_the_way(technician, NOW + HOUR, NOW + HOUR)
        Route.objects.create(booking=booking, line=[[51.5, -0.1], [51.6, -0.1]], computed_at=NOW)
        visit(technician, NOW + 2 * HOUR)
    with CaptureQueriesContext(connection) as many:
        client.get(reverse(name))
    assert len(many) == len(one)
