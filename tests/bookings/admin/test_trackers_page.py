"""Trackers and positions in the Settings area: connected once, the device id for few, renewed after asking."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, Position, Resource, Tracker
from fsportal.models import AuditEntry
from tests.admin_cast import DISPATCH, person

ADD, LIST = "admin:bookings_tracker_add", "admin:bookings_tracker_changelist"


@pytest.fixture
def tracker(booking: Booking) -> Tracker:
    return Tracker.connect(booking.resource, by=None)


def page(tracker: Tracker) -> str:
    return reverse("admin:bookings_tracker_change", args=[tracker.pk])


def rotate(tracker: Tracker) -> str:
    return reverse("admin:bookings_tracker_action", args=[tracker.pk, "rotate"])


def test_a_technician_is_connected_and_the_page_says_what_to_write_into_the_app(
    admin: Client, booking: Booking
) -> None:
    answer = admin.post(reverse(ADD), {"resource": str(booking.resource.pk), "_continue": "1"}, follow=True)
    made = Tracker.objects.get()
    words = answer.content.decode()
    assert made.resource == booking.resource
    assert made.device_id in words
    assert "/track/" in words
    assert [entry.action for entry in AuditEntry.of(made)] == ["created"]


def test_a_technician_has_one_tracker(admin: Client, tracker: Tracker) -> None:
    answer = admin.post(reverse(ADD), {"resource": str(tracker.resource.pk)})
    assert answer.status_code == 200
    assert Tracker.objects.count() == 1


def test_the_device_id_is_renewed_after_asking(admin: Client, tracker: Tracker) -> None:
    before = tracker.device_id
    assert "is not heard any more" in admin.get(rotate(tracker)).content.decode()
    assert Tracker.find(before)
    admin.post(rotate(tracker))
    assert Tracker.find(before) is None
    tracker.refresh_from_db()
    assert tracker.device_id in admin.get(page(tracker)).content.decode()
    assert [entry.action for entry in AuditEntry.of(tracker)] == ["rotated", "created"]


def test_who_may_only_look_sees_no_device_id(tracker: Tracker) -> None:
    client = Client()
    client.force_login(person("lena", [*DISPATCH, "view_tracker"]))
    words = client.get(page(tracker)).content.decode()
    assert tracker.device_id not in words
    assert client.post(rotate(tracker)).status_code == 403
    assert tracker.device_id not in client.get(reverse(LIST)).content.decode()


@pytest.mark.parametrize("may", [False, True])
def test_positions_are_for_who_may_know_where_somebody_is(booking: Booking, may: bool) -> None:
    now = timezone.now()
    place = {"latitude": 51.53511, "longitude": -0.07777, "recorded_at": now, "mark": "jump"}
    row = Position.objects.create(resource=booking.resource, booking=booking, **place)
    client = Client()
    client.force_login(person("lena", [*DISPATCH, *(["view_position"] if may else [])]))
    for address in (
        reverse("admin:bookings_position_changelist"),
        reverse("admin:bookings_position_change", args=[row.pk]),
    ):
        answer = client.get(address)
        assert answer.status_code == (200 if may else 403)
        assert ("51.53511" in answer.content.decode()) is (may and address.endswith("change/"))


def test_positions_that_came_one_after_the_other_are_told_apart(admin: Client, booking: Booking) -> None:
    noon = dt.datetime(2026, 7, 1, 12, 0, 5, tzinfo=dt.UTC)
    for at in (noon, noon + dt.timedelta(seconds=10)):
        place = {"latitude": 51.5, "longitude": -0.1, "recorded_at": at, "received_at": at}
        Position.objects.create(resource=booking.resource, booking=booking, **place)
    words = admin.get(reverse("admin:bookings_position_changelist")).content.decode()
    assert "12:00:05" in words
    assert "12:00:15" in words


def test_without_the_right_the_technicians_own_page_says_nothing_of_a_place(booking: Booking) -> None:
    Resource.objects.filter(pk=booking.resource_id).update(
        last_latitude=51.53511, last_longitude=-0.07777, last_seen_at=timezone.now()
    )
    client = Client()
    client.force_login(person("lena", DISPATCH))
    words = client.get(reverse("admin:bookings_resource_change", args=[booking.resource_id])).content.decode()
    assert "51.53511" not in words


@pytest.mark.parametrize(
    "query",
    [
        "last_latitude__gt=51",
        "last_longitude__lt=0",
        "last_seen_at__gt=2000-01-01T00:00Z",
        "last_accuracy__isnull=True",
        "positions__latitude__gt=51",
        "tracker__last_heard_at__isnull=True",
    ],
)
@pytest.mark.parametrize("may", [True, False])
def test_without_the_right_no_list_can_be_asked_who_is_where(booking: Booking, query: str, may: bool) -> None:
    Resource.objects.filter(pk=booking.resource_id).update(
        last_latitude=51.53511, last_longitude=-0.07777, last_seen_at=timezone.now()
    )
    client = Client()
    client.force_login(person("lena", [*DISPATCH, *(["view_position"] if may else [])]))
    answer = client.get(f"{reverse('admin:bookings_resource_changelist')}?{query}")
    is_foreign = query.startswith(("positions", "tracker"))
    # Django leads away from what it does not list by.
    assert (answer.status_code == 200) is (may and not is_foreign)


@pytest.mark.parametrize("may", [True, False])
def test_without_the_right_no_list_can_be_asked_how_far_away_somebody_is(booking: Booking, may: bool) -> None:
    client = Client()
    client.force_login(person("lena", [*DISPATCH, *(["view_position"] if may else [])]))
    answer = client.get(f"{reverse('admin:bookings_booking_changelist')}?arrival_metres__lt=500")
    assert (answer.status_code == 200) is may


@pytest.mark.parametrize("may", [True, False])
def test_today_leads_to_the_map_only_those_who_may_know_positions(booking: Booking, may: bool) -> None:
    client = Client()
    client.force_login(person("lena", [*DISPATCH, *(["view_position"] if may else [])]))
    assert (reverse("admin:day-map") in client.get(reverse("admin:today")).content.decode()) is may
