"""Addresses of schedule files: zones that follow from them, and coordinates that a geocoder has found since."""

from typing import Any

import pytest
import time_machine

from bookings.models import WorkOrder
from tests.bookings.schedule_files.files import NOW, bring, row

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
UNPLACED = {"latitude": "", "longitude": ""}


@pytest.fixture
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def order() -> WorkOrder:
    return WorkOrder.objects.select_related("account").get()


def place_found() -> None:
    """Let the worker have found the work order's address."""
    WorkOrder.objects.update(latitude=51.5, longitude=-0.14, place_source="nominatim", place_key=order().address_key())


@pytest.mark.parametrize(
    ("cells", "zone"),
    [
        ({"country": "GB", **UNPLACED}, "Europe/London"),
        ({"country": "US", "latitude": "34.05", "longitude": "-118.24"}, "America/Los_Angeles"),
    ],
)
def test_an_empty_zone_follows_from_coordinates_or_country(cells: dict[str, str], zone: str) -> None:
    assert not bring(row(time_zone="", contact_phone="", **cells)).errors
    assert order().account.time_zone == zone


def test_an_empty_zone_that_nothing_says_is_a_fault() -> None:
    report = bring(row(time_zone="", country="US", contact_phone="", **UNPLACED))
    assert [(fault.column, fault.reason[:18]) for fault in report.errors] == [("time_zone", "This cell is empty")]


def test_coordinates_that_were_found_stay_when_the_same_file_comes_again() -> None:
    bring(row(**UNPLACED))
    place_found()
    again = bring(row(**UNPLACED))
    assert (again.counts["work_orders_changed"], order().coordinates) == (0, (51.5, -0.14))


def test_another_address_is_looked_for_again_and_a_files_own_coordinates_count() -> None:
    bring(row(**UNPLACED))
    place_found()
    bring(row(address="2 High Street", **UNPLACED))
    assert (order().coordinates, order().place_key) == (None, "")
    place_found()
    bring(row(address="2 High Street", latitude="51.6", longitude="-0.2"))
    assert (order().coordinates, order().place_source) == ((51.6, -0.2), "")
