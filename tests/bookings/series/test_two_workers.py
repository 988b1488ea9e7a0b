"""Two workers at once make each visit of a series once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from bookings.models import Booking, Occurrence, Series
from bookings.models.series import Unit
from bookings.series.changing import repeat
from bookings.series.making import make_due
from tests.factories import BookingFactory

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
