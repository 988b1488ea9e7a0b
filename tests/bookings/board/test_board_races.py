"""Several dispatchers who drop at the same moment: threads with connections of their own, on either database."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from bookings.admin.board import moves
from bookings.availability.conflicts import ConflictsFound
from bookings.models import Booking, Change, Resource, StaleBooking
from tests.bookings.board.stage import MINUTE
from tests.factories import BookingFactory, ResourceFactory, WorkOrderFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]
DISPATCHERS = 6


def at_once(drop: Callable[[int], object]) -> Counter[str]:
    """Let all dispatchers drop at the same moment; returns how often each outcome came."""
    gate = Barrier(DISPATCHERS)

    def one(number: int) -> str:
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            drop(number)
        except (StaleBooking, ConflictsFound) as refusal:
            return type(refusal).__name__
        else:
            return "won"
        finally:
            connection.close()

    with ThreadPoolExecutor(DISPATCHERS) as pool:
        return Counter(pool.map(one, range(DISPATCHERS)))


def wanted(booking: Booking, resource: Resource, number: int) -> moves.Wanted:
    start = booking.start + (number + 1) * 120 * MINUTE
    return moves.Wanted(booking.work_order, resource, start, start + 60 * MINUTE, booking)


def test_of_those_who_drop_one_visit_one_wins_and_the_others_are_told() -> None:
    booking, technicians = BookingFactory(), ResourceFactory.create_batch(DISPATCHERS)

    read = [moves.visits().get(pk=booking.pk) for _number in range(DISPATCHERS)]

    def drop(number: int) -> None:
        moves.carry_out(wanted(read[number], technicians[number], number), Change(despite=("hours", "drive")))

    assert at_once(drop) == {"won": 1, "StaleBooking": DISPATCHERS - 1}
    booking.refresh_from_db()
    assert booking.revision == 3, "handed over, and moved"


def test_of_those_who_plan_one_work_order_one_wins() -> None:
    order = WorkOrderFactory(waits_since=timezone.now())
    technicians = ResourceFactory.create_batch(DISPATCHERS)
    start = timezone.now() + 24 * 60 * MINUTE

    def drop(number: int) -> None:
        moves.carry_out(
            moves.Wanted(order, technicians[number], start, start + 60 * MINUTE), Change(despite=("hours",))
        )

    assert at_once(drop) == {"won": 1, "StaleBooking": DISPATCHERS - 1}
    assert order.bookings.count() == 1


def test_of_those_who_drop_into_one_free_time_one_gets_it() -> None:
    technician = ResourceFactory()
    visits = [moves.visits().get(pk=BookingFactory(resource=technician).pk) for _number in range(DISPATCHERS)]
    start = visits[0].start + 240 * MINUTE

    def drop(number: int) -> None:
        place = moves.Wanted(visits[number].work_order, technician, start, start + 60 * MINUTE, visits[number])
        moves.carry_out(place, Change(despite=("hours", "drive")))

    assert at_once(drop) == {"won": 1, "ConflictsFound": DISPATCHERS - 1}
