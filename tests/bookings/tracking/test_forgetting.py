"""Positions are deleted when they have been kept for as long as the settings say; ways when the travel is over."""

import datetime as dt

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from bookings.models import Booking, BookingStatus, Position, Resource, Route
from bookings.models import positions as model
from bookings.tasks import forget_positions
from fsportal.models import PortalSettings
from tests.bookings.tracking.stage import HERE, MINUTE, NOW, on_the_way

pytestmark = pytest.mark.django_db
HOUR = 60 * MINUTE


def positions(booking: Booking, *ages: dt.timedelta) -> None:
    for age in ages:
        at = NOW - age
        place = {"latitude": HERE[0], "longitude": HERE[1], "recorded_at": at, "received_at": at}
        Position.objects.create(resource=booking.resource, booking=booking, **place)


def test_what_was_kept_long_enough_goes_and_the_rest_stays() -> None:
    booking = on_the_way(since=NOW - 2 * MINUTE)
    positions(booking, MINUTE, 3 * HOUR, 3 * HOUR + MINUTE, 40 * HOUR)
    Resource.objects.update(last_latitude=1, last_longitude=1, last_accuracy=1, last_seen_at=NOW - 4 * HOUR)
    PortalSettings.objects.update_or_create(pk=1, defaults={"positions_kept_hours": 3})
    with time_machine.travel(NOW, tick=False):
        assert forget_positions() == "2 positions deleted"
        assert forget_positions() == "0 positions deleted"
    assert Position.objects.count() == 2
    seen = Resource.objects.get()
    assert (seen.last_latitude, seen.last_longitude, seen.last_accuracy, seen.last_seen_at) == (None,) * 4


def test_where_somebody_was_seen_lately_stays() -> None:
    on_the_way()
    Resource.objects.update(last_latitude=1, last_longitude=1, last_seen_at=NOW - MINUTE)
    model.forget_positions(NOW, 1)
    assert Resource.objects.get().last_latitude == 1


@pytest.mark.parametrize("status", BookingStatus)
def test_a_way_is_kept_only_while_somebody_goes_it(status: BookingStatus) -> None:
    booking = on_the_way()
    Route.objects.create(booking=booking, line=[[1, 1], [2, 2]], computed_at=NOW)
    Booking.objects.filter(pk=booking.pk).update(status=status)
    model.forget_positions(NOW, 24)
    assert Route.objects.exists() is (status == BookingStatus.TRAVELING)


def test_many_go_in_chunks(monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    booking = on_the_way()
    positions(booking, *[25 * HOUR] * 5)
    monkeypatch.setattr(model, "CHUNK", 2)
    # Old ways, ways of visits that are over, last seen; then three chunks, each found and deleted, and a last look.
    with django_assert_num_queries(10):
        assert model.forget_positions(NOW, 24) == 5
