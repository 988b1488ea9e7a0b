"""Who may open the technician's page and press its buttons: over HTTP, by everybody, with every method."""

import json
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking, BookingStatus, Resource, Tap, Tracker
from bookings.technician.access import technician_of
from fsportal.models import AuditEntry, User
from tests.bookings.technician.stage import day, of, press, stop, technician

pytestmark = pytest.mark.django_db

PAGES = ("technician", "technician-tracker")
POSTS = ("technician-taps", "technician-tracker-connect")


@pytest.fixture
def omar() -> Resource:
    return technician()


@pytest.fixture
def visit(omar: Resource) -> Booking:
    return stop(omar)


@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_asked_to_sign_in_and_comes_back(client: Client, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={reverse(name)}"


def test_a_strangers_tap_is_not_made_and_a_script_is_told_so(client: Client, visit: Booking) -> None:
    assert press(client, visit, "travel").status_code == 302
    assert press(client, visit, "travel", json=True).status_code == 401
    assert not Tap.objects.exists()


@pytest.mark.parametrize("who", ["customer", "dispatcher", "admin", "stranger"])
def test_for_whoever_is_no_technician_it_is_not_there(
    client: Client, visit: Booking, who: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    for name in PAGES:
        assert client.get(reverse(name)).status_code == 404
        assert client.head(reverse(name)).status_code == 404
    assert press(client, visit, "travel").status_code == 404
    assert client.post(reverse("technician-tracker-connect")).status_code == 404
    assert not Tap.objects.exists()
    assert not Tracker.objects.exists()


def test_a_technician_who_left_is_none_any_more(omar: Resource, visit: Booking) -> None:
    Resource.objects.update(is_active=False)
    assert of(omar).get(reverse("technician")).status_code == 404
    assert press(of(omar), visit, "travel").status_code == 404
    assert technician_of(AnonymousUser()) is None


def test_staff_who_are_technicians_too_have_the_page(omar: Resource) -> None:
    User.objects.filter(resource=omar).update(is_staff=True)
    assert "No visits today" in day(of(omar))


def test_another_technicians_visit_is_not_there_and_nothing_is_stored(visit: Booking) -> None:
    ann = technician("ann", "Ann Other")
    assert "Boiler service" not in day(of(ann))
    for json_too in (False, True):
        assert press(of(ann), visit, "travel", json=json_too).status_code == 404
    assert not Tap.objects.exists()
    assert Booking.objects.get(pk=visit.pk).status == BookingStatus.SCHEDULED


def test_a_tap_that_somebody_else_made_on_this_phone_is_not_made_for_who_is_signed_in_now(
    omar: Resource, visit: Booking
) -> None:
    answer = press(of(omar), visit, "travel", json=True, user=str(uuid.uuid4()))
    assert (answer.status_code, Tap.objects.count()) == (403, 0)


@pytest.mark.parametrize("name", PAGES)
def test_reading_writes_nothing(omar: Resource, visit: Booking, name: str) -> None:
    client = of(omar)
    for method in (client.get, client.head):
        with CaptureQueriesContext(connection) as caught:
            assert method(reverse(name)).status_code == 200
        assert not [query for query in caught if not query["sql"].lstrip().upper().startswith("SELECT")]
    assert not Tracker.objects.exists()


@pytest.mark.parametrize("name", POSTS)
def test_what_changes_something_is_no_page(omar: Resource, name: str) -> None:
    assert of(omar).get(reverse(name)).status_code == 405
    assert of(omar).head(reverse(name)).status_code == 405


def test_a_form_from_elsewhere_is_refused(omar: Resource, visit: Booking) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert omar.user is not None
    strict.force_login(omar.user)
    assert press(strict, visit, "travel").status_code == 403
    assert not Tap.objects.exists()


def test_no_cache_on_the_way_keeps_a_page(omar: Resource) -> None:
    for name in PAGES:
        answer = of(omar).get(reverse(name))
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Technician"] == str(omar.user_id)


def test_the_worker_serves_below_its_own_address_and_says_nothing_of_anybody(client: Client) -> None:
    answer = client.get(reverse("technician-worker"))
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert reverse("technician-worker") == "/technician/worker.js"
    assert "addEventListener" in answer.content.decode()
    assert "Service-Worker-Allowed" not in answer.headers


def test_a_device_id_is_made_on_request_shown_to_its_owner_only_and_can_be_replaced(omar: Resource) -> None:
    ann, page, connect = technician("ann", "Ann Other"), reverse("technician-tracker"), POSTS[1]
    of(omar).post(reverse(connect))
    first = Tracker.objects.get(resource=omar).device_id
    assert first in of(omar).get(page).content.decode()
    assert first not in of(ann).get(page).content.decode()
    assert first not in day(of(omar))
    of(omar).post(reverse(connect))
    assert Tracker.objects.get(resource=omar).device_id == first
    of(omar).post(reverse(connect), {"new": "1"})
    assert Tracker.find(first) is None
    trail = AuditEntry.objects.values_list("action", "by")
    assert sorted(trail) == [("created", omar.user_id), ("rotated", omar.user_id)]
    assert first not in json.dumps(list(AuditEntry.objects.values("action", "why", "subject_id")))


def test_from_the_notification_center_a_technician_finds_back_to_the_day(omar: Resource) -> None:
    center = reverse("notification-center")
    link = f'href="{reverse("technician")}"'
    assert link in of(omar).get(center).content.decode()
    Resource.objects.update(is_active=False)
    assert link not in of(omar).get(center).content.decode()
