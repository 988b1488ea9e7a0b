"""`manage.py demo_drive`: the demo's technician moves, so that the live map does."""

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from bookings.eta.base import distance_km
from bookings.models import Booking, BookingStatus, Position
from fsportal.management.demo import drive
from fsportal.models import User
from tests.module_data import module_data

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo drive")]
NOW = dt.datetime(2026, 7, 1, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def demo(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Load the demo company."""

    def load() -> None:
        folder = tmp_path_factory.mktemp("demo")
        with override_settings(DATA_DIR=folder), time_machine.travel(NOW, tick=False):
            call_command("demo", verbosity=0)

    with module_data(django_db_blocker, load):
        yield


@pytest.fixture
def clock(demo: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Coordinates]:
    """Return a clock that sleeping moves, in a house with the demo company."""
    with time_machine.travel(NOW, tick=False) as moved:
        monkeypatch.setattr(time, "sleep", moved.shift)
        yield moved


def visit() -> Booking:
    found = drive.visit()
    assert found is not None
    return found


def metres_to_go(booking: Booking) -> float:
    last = Position.objects.last_of(booking)
    site = booking.work_order.site.coordinates
    assert last is not None
    assert site is not None
    return 1000 * distance_km((last.latitude, last.longitude), site)


def test_it_drives_to_the_door_by_reports_that_are_all_believed(
    clock: time_machine.Coordinates, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("demo_drive", minutes=5)
    kept = Position.objects.filter(booking=visit()).order_by("recorded_at")
    assert kept.count() == 31
    assert kept.good().count() == 31
    assert kept[30].recorded_at - kept[0].recorded_at == dt.timedelta(minutes=5)
    assert metres_to_go(visit()) < 1
    assert visit().status == BookingStatus.TRAVELING
    assert "At the door." in capsys.readouterr().out


def test_its_customer_sees_the_technician_come_nearer(
    clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, customer, seen = visit(), Client(), []
    customer.force_login(User.objects.get(username="customer"))

    def look(seconds: float) -> None:
        clock.shift(seconds)
        if Position.objects.exists():
            seen.append(customer.get(f"/bookings/{booking.pk}/live").json()["position"]["at"])

    monkeypatch.setattr(time, "sleep", look)
    call_command("demo_drive", minutes=3)
    site = booking.work_order.site.coordinates
    assert site is not None
    far = [distance_km(tuple(at), site) for at in seen]
    assert len(far) > 10
    assert far == sorted(far, reverse=True)


def test_it_stops_when_work_begins(
    clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def arrive_early(seconds: float) -> None:
        clock.shift(seconds)
        if Position.objects.count() == 3:
            visit().start_work()

    monkeypatch.setattr(time, "sleep", arrive_early)
    call_command("demo_drive")
    assert Position.objects.count() == 3
    assert "Stopped on the way." in capsys.readouterr().out


def test_driven_again_it_begins_anew_at_the_start(clock: time_machine.Coordinates) -> None:
    call_command("demo_drive", minutes=5)
    booking = visit()
    again = drive.to(booking, dt.timedelta(minutes=5), timezone.now())
    assert again is not None
    assert again.line[0] == (booking.resource.start_latitude, booking.resource.start_longitude)


def test_stopped_on_the_way_it_goes_on_from_there(
    clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(seconds: float) -> None:
        clock.shift(seconds)
        if Position.objects.count() == 10:
            raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", stop)
    call_command("demo_drive")
    last = Position.objects.last_of(visit())
    again = drive.to(visit(), dt.timedelta(minutes=5), timezone.now())
    assert last is not None
    assert again is not None
    assert again.line[0] == (last.latitude, last.longitude)


def test_without_anybody_on_the_way_it_says_what_to_do(clock: time_machine.Coordinates) -> None:
    visit().start_work()
    with pytest.raises(CommandError, match="press Set off"):
        call_command("demo_drive")


def test_visits_of_real_customers_are_not_driven_to(clock: time_machine.Coordinates) -> None:
    booking = visit()
    account: Any = booking.work_order.account
    account.external_id = "C-1"
    account.save()
    with pytest.raises(CommandError):
        call_command("demo_drive")
    assert not Position.objects.exists()


@pytest.mark.parametrize("minutes", [0, -1, 0.5, float("nan"), float("inf")])
def test_a_drive_that_nobody_can_make_is_refused(clock: time_machine.Coordinates, minutes: float) -> None:
    with pytest.raises(CommandError):
        call_command("demo_drive", minutes=minutes)
    assert not Position.objects.exists()
