"""The next free times for staff: nearest technician first, without lead times, in few statements."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.availability.free_times import Search
from bookings.availability.staff_times import soonest, staff_search, staff_times
from bookings.models import Resource
from tests.factories import AccountFactory, BookingFactory, IncidentTypeFactory, ResourceFactory

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
HALF_HOUR = dt.timedelta(minutes=30)


def technician(far: float) -> Resource:
    """Return a technician who starts some tenths of a degree west of the site."""
    resource: Resource = ResourceFactory(
        start_latitude=51.5014, start_longitude=-0.1419 - far, working_hours={"0": ["08:00", "12:00"]}
    )
    return resource


def search(clock: float = 9.2) -> Search:
    first = MONDAY + dt.timedelta(hours=clock)
    return staff_search(IncidentTypeFactory(duration_minutes=60), AccountFactory(), "Europe/London", first)


def test_the_nearest_come_first_with_their_next_times_from_this_minute_on() -> None:
    far, near, busy = technician(0.2), technician(0.1), technician(0.0)
    for weeks in range(3):
        begins = MONDAY + dt.timedelta(hours=8, weeks=weeks)
        BookingFactory(resource=busy, start=begins, end=begins + dt.timedelta(hours=4))
    found = staff_times(search(), each=2)
    assert [one.resource for one in found] == [near, far]
    assert [time.start - MONDAY for time in found[0].times] == [19 * HALF_HOUR, 20 * HALF_HOUR]
    assert found[0].km is not None
    assert found[1].km is not None
    assert 6 < found[0].km < found[1].km
    assert [(time.start, time.resource) for time in soonest(found)] == [
        (MONDAY + 19 * HALF_HOUR, near),
        (MONDAY + 20 * HALF_HOUR, near),
    ]
    assert [one.resource for one in staff_times(search(), most=1)] == [near]


def test_many_technicians_take_no_more_statements_than_one() -> None:
    technician(0.0)
    one = search()
    with CaptureQueriesContext(connection) as few:
        staff_times(one)
    for number in range(12):
        technician(number / 100)
    with CaptureQueriesContext(connection) as many:
        assert len(staff_times(one)) == 5
    assert len(few) == len(many) <= 5
