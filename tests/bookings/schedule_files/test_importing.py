"""The schedule files of tests/data/: all good, a day later, and with nine faults."""

import csv
import datetime as dt
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from bookings.models import Booking, BookingStatus
from tests.bookings.schedule_files.files import DATA, NOW, TABLES, bring_file, contents, faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
MADE_HERE = {"id", "created_at", "at"}


@pytest.fixture
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def file_rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def instant(text: str, zone: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(dt.UTC)


def facts() -> list[tuple[Any, ...]]:
    """Return what the bookings say, without ids that are made at random."""
    names = ["external_id", "start", "end", "status", "resource__name"]
    order = ["number", "street", "city", "postal_code", "country", "latitude", "longitude", "time_zone", "notes"]
    order += ["account__name", "account__external_id", "account__street", "account__primary_contact__name"]
    order += ["reported_by__name", "reported_by__email", "reported_by__mobile_phone", "reported_by__language"]
    order += ["incident_type__name", "incident_type__duration_minutes", "work_order_type__name"]
    return list(Booking.objects.order_by("external_id").values_list(*names, *(f"work_order__{name}" for name in order)))


def test_every_row_becomes_a_booking_at_the_instant_that_it_names() -> None:
    report = bring_file("schedule.csv")

    assert not report.errors
    assert report.counts["bookings_new"] == 180
    expected = {
        row["external_id"]: (instant(row["start"], row["time_zone"]), instant(row["end"], row["time_zone"]))
        for row in file_rows("schedule.csv")
    }
    assert {b.external_id: (b.start, b.end) for b in Booking.objects.all()} == expected


def test_cells_are_stored_as_they_are_written() -> None:
    bring_file("schedule.csv")

    by_id = {fact[0]: fact for fact in facts()}
    for row in file_rows("schedule.csv"):
        stored = by_id[row["external_id"]]
        assert " ".join(row["account"].split()) in stored
        assert row["notes"] in stored
        if row["contact_name"]:
            assert row["contact_name"] in stored


def test_the_workbook_brings_the_same_as_the_csv_file() -> None:
    bring_file("schedule.csv")
    from_csv = facts()
    counts = {table: table._default_manager.count() for table in TABLES}
    for table in reversed(TABLES):
        table._default_manager.all().delete()

    bring_file("schedule.xlsx")

    assert facts() == from_csv
    assert {table: table._default_manager.count() for table in TABLES} == counts


@pytest.mark.parametrize("again", ["schedule.csv", "schedule.xlsx"])
def test_the_same_file_again_changes_nothing_and_says_so(again: str) -> None:
    bring_file("schedule.csv")
    before = contents()

    report = bring_file(again)

    assert report.changes_nothing
    assert contents() == before


def test_a_repeated_import_costs_a_few_queries_however_many_rows(django_assert_max_num_queries: Any) -> None:
    bring_file("schedule.csv")

    # Decided without a transaction, then compared within one: accounts by id and of orders; contacts; resources, types,
    # incident types; orders; bookings, twice over.
    with django_assert_max_num_queries(20):
        bring_file("schedule.csv")


def test_nine_faults_are_named_by_row_and_column_and_nothing_is_imported() -> None:
    before = contents()

    report = bring_file("schedule-faulty.csv")

    assert faults(report) == [
        (5, "time_zone"),
        (7, "end"),
        (10, "contact_email"),
        (13, "latitude"),
        (16, "status"),
        (19, "external_id"),
        (22, "start"),
        (24, "contact_phone"),
        (27, "account"),
    ]
    assert all(len(error.reason) > 15 for error in report.errors)
    assert contents() == before


def test_a_day_later_exactly_what_was_changed_in_the_file_changes() -> None:
    bring_file("schedule.csv")

    report = bring_file("schedule-next-day.csv")

    expected: Counter[str] = Counter()
    for before, after in zip(file_rows("schedule.csv"), file_rows("schedule-next-day.csv"), strict=True):
        expected["bookings_moved"] += before["start"] != after["start"]
        expected["bookings_assigned"] += before["resource"] != after["resource"]
        expected["bookings_canceled"] += after["status"] == "Canceled"
    assert not report.errors
    assert {name: report.counts[name] for name in expected} == expected
    assert report.counts["bookings_new"] == 0
    for row in file_rows("schedule-next-day.csv"):
        booking = Booking.objects.select_related("resource").get(external_id=row["external_id"])
        assert booking.start == instant(row["start"], row["time_zone"])
        assert booking.resource.name == row["resource"]
        assert booking.get_status_display() == row["status"]


def test_the_day_before_again_leaves_canceled_visits_canceled_and_says_so() -> None:
    bring_file("schedule.csv")
    bring_file("schedule-next-day.csv")
    canceled = Booking.objects.filter(status=BookingStatus.CANCELED).count()

    report = bring_file("schedule.csv")

    assert not report.errors
    assert Booking.objects.filter(status=BookingStatus.CANCELED).count() == canceled
    assert sum("Canceled here" in note.reason for note in report.notes()) == canceled


def test_a_dry_run_says_the_same_and_changes_nothing() -> None:
    before = contents()

    dry = bring_file("schedule.csv", dry_run=True)
    assert contents() == before

    assert dry.fingerprint() == bring_file("schedule.csv").fingerprint()
