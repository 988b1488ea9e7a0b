"""What stands against a visit is shown before it is saved, and booked all the same only with a reason."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from bookings.models import Absence, Booking, BookingChange, Resource
from fsportal.lib import zones
from tests.factories import ResourceFactory

BOX = "What stands against it"
ASKED = "Something stands against it."


def wall(moment: dt.datetime, booking: Booking) -> str:
    return zones.local(moment, booking.zone_name).strftime("%Y-%m-%dT%H:%M")


def action(booking: Booking, name: str) -> str:
    return reverse("admin:bookings_booking_action", args=[booking.pk, name])


def last_change(booking: Booking) -> BookingChange:
    return booking.changes.order_by("-revision")[0]


@pytest.mark.parametrize(("minutes", "refused"), [(30, True), (60, False), (-59, True), (-60, False)])
def test_a_visit_is_moved_into_another_only_with_a_reason(
    dispatcher: Client, make_booking: Callable[..., Booking], minutes: int, refused: bool
) -> None:
    other, booking = make_booking(48), make_booking(24)
    was, start = booking.start, other.start + dt.timedelta(minutes=minutes)
    typed = {"revision": "1", "start": wall(start, booking)}
    words = dispatcher.post(action(booking, "reschedule"), typed).content.decode()
    booking.refresh_from_db()
    assert booking.start == (was if refused else start)
    if not refused:
        assert last_change(booking).despite == ""
        return
    for said in (BOX, ASKED, "has another visit at this time: Smith &amp; Sons", 'name="despite" value="overlap"'):
        assert said in words
    assert f"/admin/bookings/booking/{other.pk}/change/" in words
    no_reason = dispatcher.post(action(booking, "reschedule"), typed | {"despite": "overlap"})
    assert "Say why it is booked all the same." in no_reason.content.decode()
    accepted = typed | {"despite": "overlap", "why": "Both at one house"}
    story = dispatcher.post(action(booking, "reschedule"), accepted, follow=True).content.decode()
    booking.refresh_from_db()
    assert booking.start == start
    assert (last_change(booking).despite, last_change(booking).why) == ("overlap", "Both at one house")
    assert "In spite of: Another visit at this time" in story


def test_what_comes_up_after_the_page_was_shown_is_asked_about_again(
    dispatcher: Client, booking: Booking, make_booking: Callable[..., Booking]
) -> None:
    other = make_booking(48)
    away = {"start": other.start, "end": other.start + dt.timedelta(hours=5)}
    Absence.objects.create(resource=booking.resource, **away)
    typed = {"revision": 1, "start": wall(other.start, booking), "despite": "overlap", "why": "Both"}
    answer = dispatcher.post(action(booking, "reschedule"), typed)
    assert answer.status_code == 400
    assert 'name="despite" value="overlap absent"' in answer.content.decode()


def test_assigning_to_somebody_who_cannot_come_says_why_not(dispatcher: Client, booking: Booking) -> None:
    idle = ResourceFactory(name="Busy <One>", time_zone="America/New_York", working_hours={})
    words = dispatcher.post(action(booking, "assign"), {"revision": 1, "resource": idle.pk}).content.decode()
    assert "Busy &lt;One&gt; does not work on" in words
    typed = {"revision": 1, "resource": idle.pk, "despite": "hours", "why": "Overtime is agreed"}
    assert dispatcher.post(action(booking, "assign"), typed).status_code == 302
    booking.refresh_from_db()
    assert (booking.resource, last_change(booking).despite) == (idle, "hours")


def test_the_preview_shows_conflicts_with_what_will_be_told_and_is_no_error(
    dispatcher: Client, make_booking: Callable[..., Booking]
) -> None:
    there = make_booking(24)
    moved = {"start": wall(there.start + dt.timedelta(minutes=30), there), "preview": "1"}
    words = dispatcher.post(action(make_booking(30), "reschedule"), moved).content.decode()
    assert BOX in words
    assert ASKED not in words


def test_nobody_is_asked_about_a_time_that_has_passed(
    dispatcher: Client, make_booking: Callable[..., Booking], resource: Resource
) -> None:
    old = make_booking(-5)
    other = ResourceFactory(working_hours={})
    assert dispatcher.post(action(old, "assign"), {"revision": 1, "resource": other.pk}).status_code == 302
