"""Bookings go out in the columns that come in: a file from here changes nothing here."""

import csv
import io

import pytest

from bookings.models import Booking, BookingStatus
from bookings.schedule_files import Origin, import_bookings
from bookings.schedule_files.export import write_csv
from tests.bookings.schedule_files.files import bring, bring_file, contents, numbered
from tests.factories import BookingFactory

pytestmark = pytest.mark.django_db


def exported() -> bytes:
    stream = io.StringIO(newline="")
    write_csv(Booking.objects.order_by("start", "pk"), stream)
    return stream.getvalue().encode()


def test_an_exported_file_comes_in_again_as_unchanged() -> None:
    bring_file("schedule.csv")
    before = contents()

    report = import_bookings(exported(), Origin("export.csv"))

    assert not report.errors
    assert report.changes_nothing
    assert contents() == before


def test_bookings_made_here_go_by_their_own_id() -> None:
    made = BookingFactory(work_order__time_zone="")
    BookingFactory(status=BookingStatus.IN_PROGRESS)

    report = import_bookings(exported(), Origin("export.csv"))

    assert made.external_id is None
    assert (report.errors, report.changes_nothing) == ([], True)


def test_no_cell_begins_a_formula() -> None:
    bring(
        numbered(
            1,
            account="=SUM(A1:A9) Ltd",
            address="@home",
            contact_name="+Plus",
            incident_type="-Minus",
            notes="=cmd|' /C calc'!A0",
            longitude="-0.5",
        )
    )

    content = exported()

    [cells] = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert [name for name, text in cells.items() if text[:1] in "=+-@\t\r" and text] == ["longitude"]
    assert cells["contact_phone"].startswith("'+")
    assert import_bookings(content, Origin("export.csv")).changes_nothing


def test_apostrophes_of_ones_own_come_back(db: None) -> None:
    bring(numbered(1, account="'Quoted'", notes="''=tricky"))

    assert import_bookings(exported(), Origin("export.csv")).changes_nothing
