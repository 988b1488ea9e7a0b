"""The default arrival time: distance, road factor and time of day."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings import eta
from bookings.eta.base import distance_km
from bookings.eta.estimate import hours_of, is_rush_hour
from tests.factories import AccountFactory, BookingFactory, ContactFactory, ResourceFactory, WorkOrderFactory

VADUZ, BENDERN = (47.1410, 9.5209), (47.2186, 9.5103)
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)  # a Tuesday
MINUTE = dt.timedelta(minutes=1)


def trip(at: dt.datetime = NOON) -> eta.Trip:
    return eta.Trip(VADUZ, BENDERN, at, "Europe/Vaduz")


def test_the_distance_is_that_of_the_map() -> None:
    assert distance_km(VADUZ, BENDERN) == pytest.approx(8.67, abs=0.05)
    assert distance_km(VADUZ, VADUZ) == 0


def test_a_nine_kilometre_drive_takes_about_a_quarter_of_an_hour() -> None:
    arrival = eta.estimate(trip())
    assert NOON + 10 * MINUTE < arrival.expected < NOON + 30 * MINUTE
    assert arrival.metres == pytest.approx(11_300, abs=100)
    assert arrival.line == (), "nobody knows the roads"
    assert arrival.source == "estimate"


def test_the_range_is_rounded_to_five_minutes() -> None:
    arrival = eta.estimate(trip(NOON + 3 * MINUTE))
    assert arrival.earliest.minute % 5 == arrival.latest.minute % 5 == 0
    assert arrival.earliest.second == arrival.latest.second == 0


def test_rush_hour_is_on_the_clock_of_the_place() -> None:
    eight_in_vaduz = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
    assert is_rush_hour(eight_in_vaduz, "Europe/Vaduz")
    assert not is_rush_hour(eight_in_vaduz, "America/New_York")
    assert not is_rush_hour(dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC), "Europe/Vaduz")  # a Sunday
    rush = eta.estimate(trip(eight_in_vaduz)).latest - eight_in_vaduz
    calm = eta.estimate(trip(NOON)).latest - NOON
    assert rush > calm


def test_whoever_is_nearer_is_there_earlier() -> None:
    hours = [hours_of(metres / 1000) for metres in range(0, 200_000, 100)]
    assert hours == sorted(hours)
    assert hours_of(5) == pytest.approx(5 / 30, rel=0.1)
    assert hours_of(12) == pytest.approx(12 / 38, rel=0.1)
    assert hours_of(150) == pytest.approx(150 / 75, rel=0.1)


latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


@given(st.tuples(latitudes, longitudes), st.tuples(latitudes, longitudes))
def test_any_two_places_give_a_range_after_the_departure(a: eta.Point, b: eta.Point) -> None:
    arrival = eta.estimate(eta.Trip(a, b, NOON, "UTC"))
    assert NOON <= arrival.earliest <= arrival.expected <= arrival.latest


@pytest.mark.django_db
def test_the_drive_begins_where_the_technician_is_most_likely() -> None:
    account = AccountFactory(latitude=VADUZ[0], longitude=VADUZ[1])
    order = WorkOrderFactory(account=account, reported_by=ContactFactory(account=account))
    resource = ResourceFactory(start_latitude=47.0, start_longitude=9.0)
    booking = BookingFactory(work_order=order, resource=resource, start=NOON, end=NOON + 60 * MINUTE)
    assert booking.origin(NOON) == (47.0, 9.0)

    before = WorkOrderFactory(account=AccountFactory(latitude=BENDERN[0], longitude=BENDERN[1]))
    BookingFactory(work_order=before, resource=resource, start=NOON - 120 * MINUTE, end=NOON - 60 * MINUTE)
    assert booking.origin(NOON) == BENDERN

    resource.last_latitude, resource.last_longitude, resource.last_seen_at = 47.2, 9.6, NOON - 14 * MINUTE
    assert booking.origin(NOON) == (47.2, 9.6)
    assert booking.origin(NOON + 2 * MINUTE) == BENDERN, "an old position does not count"


@pytest.mark.django_db
def test_without_coordinates_there_is_no_arrival_time_and_traveling_still_works() -> None:
    account = AccountFactory(latitude=None, longitude=None)
    booking = BookingFactory(work_order=WorkOrderFactory(account=account), resource=ResourceFactory())
    assert booking.trip(NOON) is None
    assert booking.travel() is True
    assert booking.arrival_earliest is None
