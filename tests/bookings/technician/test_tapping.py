"""The buttons of the technician's page: by a form with a sentence, by a script with what came of it."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, BookingStatus, Resource, Tap
from tests.bookings.technician.stage import day, of, press, stop, technician

pytestmark = pytest.mark.django_db
S = BookingStatus


@pytest.fixture
def omar() -> Resource:
    return technician()


@pytest.fixture
def visit(omar: Resource) -> Booking:
    return stop(omar)


def forms(client: Client) -> list[dict[str, str]]:
    """Return the fields of each tap that the page offers now."""
    found = re.findall(r"<form[^>]*data-tap[^>]*>.*?</form>", day(client), re.DOTALL)
    shown = [form for form in found if " hidden>" not in form.partition("\n")[0].partition("<input")[0]]
    return [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in shown]


def offered(client: Client) -> list[str]:
    return [form["verb"] for form in forms(client)]


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        (S.SCHEDULED, ["travel", "start", "complete"]),
        (S.TRAVELING, ["start", "complete", "pause", "turn_back"]),
        (S.ON_BREAK, ["start", "travel", "complete"]),
        (S.IN_PROGRESS, ["complete", "pause"]),
        (S.COMPLETED, []),
        (S.CANCELED, []),
    ],
)
def test_only_what_is_possible_is_offered_and_first_what_mostly_comes_next(
    omar: Resource, status: BookingStatus, verbs: list[str]
) -> None:
    stop(omar, status=status)
    assert [verb for verb in offered(of(omar)) if verb != "late"] == verbs


def test_a_form_of_the_page_makes_its_tap_once_however_often_it_is_sent(omar: Resource, visit: Booking) -> None:
    client = of(omar)
    (travel,) = [form for form in forms(client) if form["verb"] == "travel"]
    for _ in range(3):
        answer = client.post(reverse("technician-taps"), travel, follow=True)
        assert answer.redirect_chain == [(reverse("technician"), 302)]
        assert "You are on the way: Boiler service." in answer.content.decode()
    assert visit.changes.filter(verb="travel").count() == Tap.objects.count() == 1


def test_each_rendering_has_taps_of_its_own(omar: Resource, visit: Booking) -> None:
    client = of(omar)
    first, second = ({form["id"] for form in forms(client)} for _ in range(2))
    assert len(first) == 6
    assert not first & second


def test_a_script_gets_what_came_of_it_and_when(omar: Resource, visit: Booking) -> None:
    made = timezone.now() - dt.timedelta(minutes=1)
    Booking.objects.get(pk=visit.pk).changes.update(at=made - dt.timedelta(hours=1))
    said = press(of(omar), visit, "travel", json=True, made_at=made.isoformat().replace("+00:00", "Z")).json()
    assert (said["outcome"], said["answer"]) == ("done", "You are on the way: Boiler service.")
    assert dt.datetime.fromisoformat(said["at"]) > made
    assert Booking.objects.get(pk=visit.pk).set_off_at == made


def test_what_is_refused_is_said_in_words_both_ways(omar: Resource, visit: Booking) -> None:
    Booking.objects.get(pk=visit.pk).cancel()
    client = of(omar)
    said = press(client, visit, "travel", json=True).json()
    assert said["outcome"] == "refused"
    assert "This visit is Canceled" in said["answer"]
    press(client, visit, "travel")
    assert "This visit is Canceled" in day(client)


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "none"},
        {"booking": "none"},
        {"verb": "cancel"},
        {"verb": "late"},
        {"verb": "late", "minutes": "14"},
        {"verb": "late", "minutes": "-15"},
        {"made_at": "yesterday"},
    ],
)
def test_what_no_page_of_ours_sends_is_refused_and_stored_nowhere(
    omar: Resource, visit: Booking, fields: dict[str, Any]
) -> None:
    data = {"id": uuid.uuid4(), "booking": visit.pk, "verb": "travel"} | fields
    answer = of(omar).post(reverse("technician-taps"), data, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["outcome"]) == (400, "refused")
    assert not Tap.objects.exists()


@pytest.mark.parametrize("made_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_clock_at_the_ends_of_time_is_no_error(omar: Resource, visit: Booking, made_at: str) -> None:
    assert press(of(omar), visit, "travel", json=True, made_at=made_at).status_code == 200
    sent_at = "2026-11-24T10:00:00Z"
    assert press(of(omar), visit, "start", json=True, made_at=made_at, sent_at=sent_at).status_code == 200
    assert press(of(omar), visit, "complete", json=True, made_at=sent_at, sent_at=made_at).status_code == 200


@pytest.mark.parametrize("wrong_by", [dt.timedelta(hours=-5), dt.timedelta(), dt.timedelta(days=400)])
def test_a_phone_whose_clock_is_wrong_says_how_long_ago_it_was(
    omar: Resource, visit: Booking, wrong_by: dt.timedelta
) -> None:
    Booking.objects.get(pk=visit.pk).changes.update(at=timezone.now() - dt.timedelta(hours=2))
    sent, ago = timezone.now() + wrong_by, dt.timedelta(minutes=40)
    press(of(omar), visit, "travel", made_at=(sent - ago).isoformat(), sent_at=sent.isoformat())
    counted = Booking.objects.get(pk=visit.pk).set_off_at
    assert counted is not None
    assert abs(timezone.now() - ago - counted) < dt.timedelta(seconds=20)


@pytest.mark.parametrize("verb", ["travel", "start", "complete", "late"])
def test_minutes_are_kept_only_where_they_mean_something(omar: Resource, visit: Booking, verb: str) -> None:
    press(of(omar), visit, verb, minutes="30")
    assert Tap.objects.get().minutes == (30 if verb == "late" else None)


# --- Asked first, and taken back --------------------------------------------------------------------------------------
def test_a_script_is_answered_with_the_question_and_nothing_is_done_or_stored(omar: Resource) -> None:
    far = stop(omar, hours=72)
    said = press(of(omar), far, "travel", json=True, sure="").json()
    assert (said["outcome"], said["answer"].startswith("This visit is on ")) == ("ask", True)
    assert not Tap.objects.exists()
    assert Booking.objects.get(pk=far.pk).status == S.SCHEDULED


def test_a_script_of_the_release_before_shows_the_question_as_a_refusal(omar: Resource) -> None:
    data = {"id": uuid.uuid4(), "booking": stop(omar, hours=72).pk, "verb": "travel"}
    said = of(omar).post(reverse("technician-taps"), data, headers={"accept": "application/json"}).json()
    assert (said["outcome"], said["answer"].endswith("Set off now?")) == ("refused", True)
    assert not Tap.objects.exists()


def test_without_scripts_a_page_asks_and_its_button_is_the_same_tap(omar: Resource, visit: Booking) -> None:
    client = of(omar)
    (complete,) = [form for form in forms(client) if form["verb"] == "complete"]
    page = client.post(reverse("technician-taps"), complete)
    assert page.status_code == 200
    words = page.content.decode()
    assert "Work on this visit has not been started. Complete it all the same?" in words
    assert f'href="{reverse("technician")}"' in words
    asked = dict(re.findall(r'name="(\w+)" value="([^"]*)"', words[words.index('id="ask"') :]))
    assert asked["id"] == complete["id"]
    for _ in range(2):
        assert client.post(reverse("technician-taps"), asked).status_code == 302
    assert str(Tap.objects.get().pk) == complete["id"]
    assert list(visit.changes.values_list("verb", flat=True)) == ["complete", "schedule"]


def test_what_the_technician_just_completed_can_be_undone_from_the_page(omar: Resource, visit: Booking) -> None:
    client = of(omar)
    press(client, visit, "complete")
    assert "Done: Boiler service." in day(client)
    (undo,) = [form for form in forms(client) if form["verb"] == "reopen"]
    client.post(reverse("technician-taps"), undo)
    assert "Undone: Boiler service." in day(client)
    assert Booking.objects.get(pk=visit.pk).status == S.SCHEDULED
    assert "reopen" not in offered(client)


def test_it_is_not_offered_for_what_others_closed_nor_after_ten_minutes(omar: Resource, visit: Booking) -> None:
    client = of(omar)
    press(client, visit, "complete")
    visit.changes.filter(verb="complete").update(at=timezone.now() - dt.timedelta(minutes=11))
    assert "reopen" not in offered(client)
    other = stop(omar, "Leak repair")
    other.cancel()
    assert "reopen" not in offered(client)
    assert "That was all for today" in day(client)


def test_a_visit_of_another_day_that_was_just_completed_can_be_undone_too(omar: Resource) -> None:
    old = stop(omar, hours=-240)
    press(of(omar), old, "complete")
    assert offered(of(omar)) == ["reopen"]


def test_what_somebody_changed_since_is_not_the_technicians_to_undo(omar: Resource, visit: Booking) -> None:
    client = of(omar)
    press(client, visit, "complete")
    Booking.objects.get(pk=visit.pk).reopen()
    assert "stop-over" not in day(client)
    assert "reopen" not in offered(client)
