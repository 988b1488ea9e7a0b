"""Positions that come in while work begins, for real: threads, on whichever database the suite runs on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection

from bookings.models import Booking, Position, Resource
from bookings.tracking import intake
from tests.bookings.tracking.stage import NOW, SECOND, on_the_way, report
from tests.factories import ResourceFactory

DEVICES = 2


ENDS: dict[str, Callable[[Booking], object]] = {
    "work has begun": lambda booking: booking.start_work(),
    "somebody else has taken over": lambda booking: booking.assign(ResourceFactory()),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ENDS)
def test_once_it_is_over_not_one_of_those_under_way_is_kept(end: str) -> None:
    booking = on_the_way()
    begun = Event()

    def drive(device: int) -> bool:
        resource = Resource.objects.get(pk=booking.resource_id)
        try:
            for number in range(5000):
                at = NOW + (DEVICES * number + device) * SECOND
                if not intake.take(resource, [report(number, at)], at):
                    return True
                begun.set()
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(DEVICES) as pool:
        drives = [pool.submit(drive, device) for device in range(DEVICES)]
        assert begun.wait(timeout=30)
        ENDS[end](Booking.objects.get(pk=booking.pk))
        kept = Position.objects.count()
        assert all(drive.result(timeout=60) for drive in drives), "each is told that nobody is traveled to any more"
    assert kept > 0
    assert Position.objects.count() == kept
