"""Undo where something else happened during the hold."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bookings.messages import reminders
from bookings.models import HOLD, Booking, Change, Resource
from fsportal.models import PortalSettings, User
from notifications.customers import delivery
from notifications.models import AppNotification
from tests.bookings.board.stage import MINUTE, NOW, PART, address, at, drop, reminded, told, undo, visit
from tests.factories import UserFactory, WorkOrderFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SECOND = dt.timedelta(seconds=1)


def look_for_minutes(clock: time_machine.Coordinates) -> None:
    """Let the worker do its work for some minutes."""
    for _minute in range(3):
        clock.shift(MINUTE)
        reminders.look(timezone.now())
        delivery.drain()


def put_back(client: Client, booking: Booking) -> Any:
    return client.post(address(booking), {"revision": booking.revision, "tray": "1"}, headers=PART)


def test_work_that_was_planned_again_is_not_planned_twice_by_undo(
    dora: Client, omar: Resource, grace: Resource
) -> None:
    booking = visit(omar, "14:00")
    answer = put_back(dora, booking)
    drop(dora, booking.work_order, "15:00", grace)
    late = undo(dora, answer)
    assert late.status_code == 409
    assert "planned this work meanwhile" in late.content.decode()
    assert booking.work_order.bookings.active().count() == 1


def test_a_move_is_told_although_the_visit_was_in_the_tray_for_a_moment(
    dora: Client, omar: Resource, clock: time_machine.Coordinates
) -> None:
    booking = reminded(visit(omar, "14:00"))
    drop(dora, booking, "16:00", omar)
    clock.shift(15 * SECOND)
    booking.refresh_from_db()
    answer = put_back(dora, booking)
    clock.shift(10 * SECOND)
    delivery.drain()
    assert undo(dora, answer).status_code == 200
    look_for_minutes(clock)
    assert told(booking) == ["upcoming", "rescheduled"]


def test_a_new_visit_is_told_although_it_was_in_the_tray_for_a_moment(
    dora: Client, omar: Resource, clock: time_machine.Coordinates
) -> None:
    order = WorkOrderFactory(waits_since=NOW - 60 * MINUTE)
    drop(dora, order, "15:00", omar, day="2026-12-24")
    booking = order.bookings.get()
    clock.shift(15 * SECOND)
    answer = put_back(dora, booking)
    clock.shift(10 * SECOND)
    delivery.drain()
    assert undo(dora, answer).status_code == 200
    look_for_minutes(clock)
    assert told(booking) == ["booked"]


def test_a_move_is_told_although_somebody_set_off_by_mistake_before_it_went_out(
    omar: Resource, clock: time_machine.Coordinates
) -> None:
    PortalSettings.objects.update(send_traveling=False)
    booking = reminded(visit(omar, "14:00"))
    booking.reschedule(at("16:00"), change=Change(hold=HOLD))
    clock.shift(5 * SECOND)
    booking.travel()
    clock.shift(HOLD)
    delivery.drain()
    booking.turn_back()
    delivery.drain()
    assert told(booking) == ["upcoming", "rescheduled"]


@pytest.fixture
def user(omar: Resource) -> User:
    omar.user = UserFactory(username="omar", groups=["technician"])
    omar.save()
    return omar.user


def titles(user: User) -> list[str]:
    return list(AppNotification.objects.filter(owner=user).values_list("title", flat=True))


def test_undo_of_a_move_keeps_the_customer_in_the_dark_but_not_the_technician(
    dora: Client, omar: Resource, user: User, clock: time_machine.Coordinates
) -> None:
    """The visit was moved quietly before, so its customer knows of neither time."""
    booking = reminded(visit(omar, "13:00"))
    booking.reschedule(at("14:00"), change=Change(quiet=True))
    answer = drop(dora, booking, "16:00", omar)
    assert "16:00 to 17:00" in titles(user)[0]
    undo(dora, answer)
    assert "14:00 to 15:00" in titles(user)[0]
    booking.refresh_from_db()
    assert booking.is_quiet
    look_for_minutes(clock)
    assert told(booking) == ["upcoming"]
