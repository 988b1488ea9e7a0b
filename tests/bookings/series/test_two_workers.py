"""Two at once: workers who make the visits of a series, and somebody who ends it."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from bookings.models import Booking, Change, Occurrence, Series
from bookings.models.series import Unit
from bookings.series.changing import end_before, repeat
from bookings.series.making import make_due, make_one
from tests.factories import BookingFactory

WEEK = dt.timedelta(days=7)
pytestmark = pytest.mark.django_db(transaction=True)


def test_each_visit_is_made_once() -> None:
    visit = BookingFactory()
    day = visit.start.date()
    repeat(visit, Series(name="Pool", unit=Unit.WEEK, first_day=day, start_time=dt.time(9)), by=None)
    at_once = Barrier(2, timeout=20)

    def work(_number: int) -> int:
        at_once.wait()
        try:
            return make_due(timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        made = list(workers.map(work, range(2)))
    assert sum(made) == Occurrence.objects.count() - 1 == Booking.objects.count() - 1
    assert Booking.objects.count() == len({booking.start for booking in Booking.objects.all()})


def test_a_visit_that_is_being_made_while_the_series_is_ended_is_off_too() -> None:
    visit = BookingFactory()
    day = visit.start.date()
    new = Series(name="Pool", unit=Unit.WEEK, first_day=day, start_time=dt.time(9), resource=visit.resource)
    series = repeat(visit, new, by=None)
    made, ending = Event(), Event()

    def work() -> None:
        try:
            with transaction.atomic():
                make_one(series, day + WEEK, timezone.now())
                made.set()
                ending.wait(0.2)  # it cannot end before this is committed
        finally:
            connection.close()

    def end() -> None:
        try:
            assert made.wait(20)
            end_before(series, day + dt.timedelta(days=1), Change())
            ending.set()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        for one in [people.submit(work), people.submit(end)]:
            one.result()
    assert Occurrence.objects.count() == 2
    assert [booking.pk for booking in Booking.objects.active()] == [visit.pk]
