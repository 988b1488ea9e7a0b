"""*Somebody is out*: the visits of those days, who could go instead, and all of it done with one button."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Absence, Booking, BookingStatus, Resource, Skill
from fsportal.lib import zones
from tests.admin_cast import DISPATCH, person
from tests.factories import ResourceFactory

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def dina(db: None) -> Client:
    client = Client()
    client.force_login(person("dina", [*DISPATCH, "view_absence", "add_absence"]))
    return client


@pytest.fixture
def lena(resource: Resource) -> Resource:
    """Return somebody else who starts where the absent one does."""
    return stand_in("Lena")


def stand_in(name: str, north: float = 0.0) -> Resource:
    place = {"start_latitude": 42.65 + north, "start_longitude": -73.75}
    made: Resource = ResourceFactory(name=name, time_zone="America/New_York", **place)
    return made


def address(resource: Resource) -> str:
    return reverse("admin:bookings_resource_out", args=[resource.pk])


def days(booking: Booking, **more: Any) -> dict[str, Any]:
    """Return the form for the days of a visit, with the one before and after it."""
    day = zones.local(booking.start, "America/New_York").date()
    first, last = day - dt.timedelta(days=1), day + dt.timedelta(days=1)
    return {"kind": "ill", "first_day": str(first), "last_day": str(last), "note": "", **more}


def chosen(words: str) -> dict[str, str]:
    """Return what the page would send: each visit's preselected way out, and its revision."""
    choices = {}
    for name, options in re.findall(r'<select name="(choice-[^"]+)"[^>]*>(.*?)</select>', words, re.DOTALL):
        choices[name] = re.findall(r'<option value="([^"]+)" selected>', options)[0]
    return choices | dict(re.findall(r'name="(revision-[^"]+)" value="(\d+)"', words))


def test_the_visits_of_an_ill_technician_go_to_another_with_one_button(
    dina: Client, make_booking: Callable[..., Booking], resource: Resource, lena: Resource
) -> None:
    mine, next_one, later = make_booking(50), make_booking(52), make_booking(300)
    asked = dina.get(address(resource), days(mine))
    words = asked.content.decode()
    assert asked.status_code == 200
    assert "2 visits" in words
    assert "Lena, at the same time" in words
    assert Absence.objects.count() == 0
    answer = dina.post(address(resource), days(mine) | chosen(words))
    assert "The absence is recorded." in answer.content.decode()
    assert answer.content.decode().count("Now with Lena, ") == 2
    for booking, whose in ((mine, lena), (next_one, lena), (later, resource)):
        booking.refresh_from_db()
        assert (booking.resource, booking.status) == (whose, BookingStatus.SCHEDULED)
    absence = Absence.objects.get()
    assert absence.start < mine.start < next_one.end < absence.end
    assert mine.changes.get(revision=2).why == "Omar Haddad is out"
    assert "ill" not in mine.changes.get(revision=2).why.lower().split()


def test_an_absence_that_was_recorded_twice_by_hand_is_no_obstacle(
    dina: Client, booking: Booking, resource: Resource, lena: Resource
) -> None:
    form = days(booking) | chosen(dina.get(address(resource), days(booking)).content.decode())
    assert dina.post(address(resource), form).status_code == 200
    again = Absence.objects.get()
    again.pk = None
    again.save(force_insert=True)
    assert dina.post(address(resource), form).status_code == 200
    booking.refresh_from_db()
    assert (Absence.objects.count(), booking.resource, booking.revision) == (2, lena, 2)


def test_nobody_gets_two_visits_at_once(
    dina: Client, make_booking: Callable[..., Booking], resource: Resource, lena: Resource
) -> None:
    both = [make_booking(50), make_booking(50)]
    far = stand_in("Far away", north=0.1)
    answer = dina.post(
        address(resource), days(both[0]) | chosen(dina.get(address(resource), days(both[0])).content.decode())
    )
    assert "Not done" not in answer.content.decode()
    assert {Booking.objects.get(pk=booking.pk).resource for booking in both} == {lena, far}


def test_if_nobody_is_free_the_next_free_time_is_chosen_and_moves_the_visit(
    dina: Client, make_booking: Callable[..., Booking], resource: Resource, lena: Resource
) -> None:
    booking = make_booking(50)
    Booking.schedule(work_order=booking.work_order, resource=lena, start=booking.start - HOUR, end=booking.end + HOUR)
    choices = chosen(dina.get(address(resource), days(booking)).content.decode())
    dina.post(address(resource), days(booking) | choices)
    was = booking.start
    booking.refresh_from_db()
    assert booking.resource == lena
    assert booking.start != was
    assert booking.end - booking.start == HOUR


def test_a_skill_keeps_a_visit_with_who_has_it_and_each_row_can_be_changed(
    dina: Client, make_booking: Callable[..., Booking], resource: Resource, lena: Resource
) -> None:
    stays, off = make_booking(50), make_booking(53)
    stays.work_order.incident_type.skills.add(Skill.objects.create(name="Gas"))
    words = dina.get(address(resource), days(stays)).content.decode()
    assert "Lena" not in words
    choices = chosen(words) | {f"choice-{stays.pk}": "leave", f"choice-{off.pk}": "cancel"}
    preview = dina.post(address(resource), days(stays) | choices | {"preview": "1"}).content.decode()
    assert chosen(preview) == choices
    assert Absence.objects.count() == 0
    answer = dina.post(address(resource), days(stays) | choices).content.decode()
    assert "Left as it was." in answer
    assert "Canceled." in answer
    assert Booking.objects.get(pk=stays.pk).resource == resource
    assert Booking.objects.get(pk=off.pk).status == BookingStatus.CANCELED


def test_a_visit_that_cannot_be_given_away_any_more_is_named_and_stays_and_the_others_go(
    dina: Client, make_booking: Callable[..., Booking], resource: Resource, lena: Resource
) -> None:
    changed, taken, fine = make_booking(50), make_booking(53), make_booking(56)
    choices = chosen(dina.get(address(resource), days(taken)).content.decode())
    changed.run_late(20)
    Booking.schedule(work_order=taken.work_order, resource=lena, start=taken.start, end=taken.end)
    words = dina.post(address(resource), days(taken) | choices).content.decode()
    assert "2 visits could not be changed; they are as they were." in words
    assert "Not done: Somebody changed this visit in the meantime" in words
    assert "Not done: Lena has another visit at this time" in words
    assert [Booking.objects.get(pk=one.pk).resource for one in (changed, taken, fine)] == [resource, resource, lena]
    again = dina.post(address(resource), days(taken) | choices).content.decode()
    assert "Not done: Somebody changed this visit" in again
    assert Absence.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"first_day": ""}, "This field is required."),
        ({"last_day": "2020-01-01"}, "Choose a day on or after the first one"),
        ({"first_day": "2020-01-01", "last_day": "2020-01-02"}, "This time is over."),
        ({"from_time": "12:00", "until_time": "11:00", "last_day": ""}, "The end must be after the start."),
        ({"first_day": "1900-01-01"}, "The year 1900 is not between"),
    ],
)
def test_what_is_typed_wrong_is_said_beside_the_field(
    dina: Client, booking: Booking, typed: dict[str, str], said: str
) -> None:
    answer = dina.get(address(booking.resource), days(booking) | typed)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_only_who_may_record_absences_and_move_visits_gets_in(
    dispatcher: Client, reader: Client, dina: Client, booking: Booking
) -> None:
    assert [who.get(address(booking.resource)).status_code for who in (dispatcher, reader, dina)] == [403, 403, 200]
    page = reverse("admin:bookings_resource_change", args=[booking.resource_id])
    assert [f'href="{address(booking.resource)}"' in who.get(page).content.decode() for who in (reader, dina)] == [
        False,
        True,
    ]


def test_an_absence_that_was_added_leads_to_its_visits(dina: Client, booking: Booking, lena: Resource) -> None:
    typed = days(booking) | {"resource": booking.resource_id}
    answer = dina.post(reverse("admin:bookings_absence_add"), typed, follow=True)
    words = answer.content.decode()
    assert "1 visit<" in words
    dina.post(address(booking.resource), days(booking) | chosen(words))
    assert Absence.objects.get().created_by is not None
    booking.refresh_from_db()
    assert booking.resource == lena


def test_six_visits_and_ten_technicians_are_shown_in_a_bounded_number_of_statements(
    dina: Client, make_booking: Callable[..., Booking], resource: Resource
) -> None:
    for number in range(10):
        stand_in(f"Stand-in {number}", north=number / 100)
    first = make_booking(50)
    for number in range(5):
        make_booking(52 + 2 * number)
    dina.get(reverse("admin:find"))  # the numbers of the navigation are remembered
    with CaptureQueriesContext(connection) as queries:
        words = dina.get(address(resource), days(first)).content.decode()
    assert "6 visits" in words
    assert len(queries) <= 80
