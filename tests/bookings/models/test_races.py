"""Two at once, for real: threads with connections of their own, on whichever database the suite runs on."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from bookings.models import Booking, StaleBooking
from tests.factories import BookingFactory

HOUR = dt.timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_of_eight_people_who_move_one_booking_at_once_one_wins_and_seven_are_told() -> None:
    booking = BookingFactory()
    people = 8
    gate = Barrier(people)

    def move(person: int) -> str:
        try:
            mine = Booking.objects.get(pk=booking.pk)
            gate.wait(timeout=20)
            mine.reschedule(booking.start + HOUR * (person + 1))
        except StaleBooking:
            return "told"
        else:
            return "won"
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        results = sorted(pool.map(move, range(people)))
    assert results == ["told"] * 7 + ["won"]
    fresh = Booking.objects.get(pk=booking.pk)
    assert (fresh.revision, fresh.changes.count()) == (2, 2)
