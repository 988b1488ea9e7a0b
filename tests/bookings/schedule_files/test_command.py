"""`import_bookings FILE`: what it prints, and its exit code."""

import datetime as dt
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bookings.models import Booking
from notifications.models import CustomerNotification
from tests.bookings.schedule_files.files import DATA, csv_of, numbered, xlsx_of

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_bookings", *map(str, arguments), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def run_and_fail(*arguments: object) -> str:
    """Return what goes to standard error, with the last word of a command that ends with 1."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_bookings", *map(str, arguments), stdout=out, stderr=err)
    assert refused.value.returncode == 1
    return out.getvalue() + err.getvalue() + str(refused.value)


def test_a_good_file_is_imported_with_a_summary_and_again_with_nothing() -> None:
    out, err = run(DATA / "schedule.csv")
    assert "180  bookings new" in out
    assert "112  accounts made" in out

    out, err = run(DATA / "schedule.csv")
    assert "Nothing has changed: all 180 bookings" in out
    assert not err


def test_a_faulty_file_ends_with_one_and_a_table() -> None:
    err = run_and_fail(DATA / "schedule-faulty.csv")

    assert "row  column         reason" in err
    assert "    22  start          “2026-13-45 25:61”" in err
    assert "9 errors. Nothing was imported" in err
    assert not Booking.objects.exists()


def test_a_dry_run_says_what_would_happen() -> None:
    out, _err = run(DATA / "schedule.csv", "--dry-run")

    assert "nothing was changed" in out
    assert "180  bookings new" in out
    assert not Booking.objects.exists()


def test_the_format_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(xlsx_of(numbered(1)))
    (tmp_path / "b").write_bytes(csv_of(numbered(2), delimiter=";"))

    assert "1  bookings new" in run(tmp_path / "a", "--format", "xlsx")[0]
    assert "1  bookings new" in run(tmp_path / "b", "--format", "csv")[0]
    assert "1 error" in run_and_fail(tmp_path / "b", "--format", "xlsx")


def test_a_file_that_is_not_there_is_told_plainly() -> None:
    assert "cannot be read" in run_and_fail("/nowhere/schedule.csv")


def test_no_phone_number_is_printed() -> None:
    printed = run_and_fail(DATA / "schedule-faulty.csv")

    assert "7946" not in printed
    assert "+44" not in printed


def test_customers_are_told_nothing_of_a_file_that_comes_quietly(tmp_path: Path) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    times = {"start": f"{soon:%Y-%m-%d} 10:00", "end": f"{soon:%Y-%m-%d} 11:00"}
    (tmp_path / "quiet.csv").write_bytes(csv_of(numbered(1, **times)))
    (tmp_path / "told.csv").write_bytes(csv_of(numbered(2, **times)))
    run(tmp_path / "quiet.csv", "--quiet")
    assert Booking.objects.get().is_quiet
    assert not CustomerNotification.objects.exists()
    run(tmp_path / "told.csv")
    assert set(CustomerNotification.objects.values_list("event", flat=True)) == {"booked"}
