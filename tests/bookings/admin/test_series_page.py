"""Repeating visits in the Settings area: made from a booking, changed from there, and read on a page of their own."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, BookingStatus, Resource, Series
from bookings.series.making import make_due
from tests.factories import BookingFactory, ResourceFactory

NOW = dt.datetime(2027, 3, 2, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def omar() -> Resource:
    made: Resource = ResourceFactory(name="Omar")
    return made


@pytest.fixture
def weekly(dispatcher: Client, omar: Resource) -> Booking:
    """Return a visit on Thursday at 10:00 that is repeated every week."""
    visit: Booking = BookingFactory(resource=omar, start=NOW + 2 * DAY + dt.timedelta(hours=1))
    form = {"name": "Pool", "every": "1", "unit": "week"}
    answer = dispatcher.post(action(visit, "repeat"), form)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == page(Series.objects.get())
    make_due(NOW)
    return visit


def action(booking: Booking, name: str) -> str:
    return reverse("admin:bookings_booking_action", args=[booking.pk, name])


def page(series: Series) -> str:
    return reverse("admin:bookings_series_change", args=[series.pk])


def test_a_series_shows_its_rule_and_its_next_days(dispatcher: Client, weekly: Booking) -> None:
    shown = dispatcher.get(page(Series.objects.get())).content.decode()
    assert "Every week, on Thursday, 10:00" in shown
    assert shown.count("Scheduled") == 9
    assert "6 May 2027" in shown
    assert "Not made yet" in shown
    assert "Pool" in dispatcher.get(reverse("admin:bookings_series_changelist")).content.decode()
    assert "Pool" in dispatcher.get(reverse("admin:bookings_booking_change", args=[weekly.pk])).content.decode()


def test_this_and_the_following_are_changed_with_the_plan_before(
    dispatcher: Client, weekly: Booking, omar: Resource
) -> None:
    third = Booking.objects.order_by("start")[2]
    form = {"day": "2027-03-19", "start": "08:30", "minutes": "60", "resource": str(omar.pk), "revision": "1"}
    preview = dispatcher.post(action(third, "change-following"), form | {"preview": "1"}).content.decode()
    assert "Booking rescheduled" in preview or "Booked" in preview
    assert Series.objects.count() == 1
    assert dispatcher.post(action(third, "change-following"), form).status_code == 302
    after = Series.objects.get(follows__isnull=False)
    starts = Booking.objects.filter(occurrence__series=after).order_by("start").values_list("start", flat=True)
    assert starts[0] == dt.datetime(2027, 3, 19, 8, 30, tzinfo=dt.UTC)
    assert starts[2] == dt.datetime(2027, 4, 2, 7, 30, tzinfo=dt.UTC)
    assert "Went on as:" in dispatcher.get(page(Series.objects.get(follows=None))).content.decode()


def test_it_is_ended_paused_and_goes_on(dispatcher: Client, reader: Client, weekly: Booking) -> None:
    third = Booking.objects.order_by("start")[2]
    assert reader.post(action(third, "end-series"), {"why": "x"}).status_code == 403
    dispatcher.post(action(third, "end-series"), {"why": "Sold the house"})
    assert Booking.objects.filter(status=BookingStatus.SCHEDULED).count() == 2
    series = Series.objects.get()
    for name in ("pause", "resume"):
        dispatcher.post(reverse("admin:bookings_series_action", args=[series.pk, name]))
        series.refresh_from_db()
        assert (series.paused_at is not None) == (name == "pause")


def test_a_form_says_what_is_wrong_with_a_rule(dispatcher: Client, omar: Resource) -> None:
    visit = BookingFactory(resource=omar, start=NOW + 2 * DAY)
    form = {
        "name": "Pool",
        "every": "1",
        "unit": "week",
        "until": "2027-03-04",
        "count": "3",
        "season_until": "2030-01-01",
    }
    said = dispatcher.post(action(visit, "repeat"), form).content.decode()
    for words in ("Choose a day after this visit.", "not both", "A season is at most a year long."):
        assert words in said
    assert not Series.objects.exists()


def test_a_work_order_leads_to_repeating_its_latest_visit(dispatcher: Client, omar: Resource) -> None:
    visit = BookingFactory(resource=omar, start=NOW + DAY)
    address = reverse("admin:bookings_workorder_change", args=[visit.work_order_id])
    assert action(visit, "repeat") in dispatcher.get(address).content.decode()
    visit.cancel()
    assert action(visit, "repeat") not in dispatcher.get(address).content.decode()
    assert dispatcher.get(reverse("admin:bookings_workorder_change", args=["nonsense"])).status_code == 302
