"""An import decides first and writes later: what others do in between is noticed."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from bookings.messages import reminders
from bookings.models import Booking, WorkOrder
from bookings.schedule_files import ImportReport
from bookings.schedule_files.importing import Around, _Import
from fsportal.models import Account
from notifications.models import CustomerNotification
from tests.bookings.schedule_files.files import NOW, bring, contents, numbered
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
MOVED = {"start": "2026-11-24 15:00", "end": "2026-11-24 16:00"}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def meanwhile(do: Callable[[], object]) -> Around:
    """Do something once, as if it had been committed between the reading and the writing."""
    left = [do]

    @contextmanager
    def around(_report: ImportReport) -> Iterator[None]:
        if left:
            left.pop()()
        yield

    return around


def test_a_preview_only_reads() -> None:
    bring(numbered(1), numbered(2))
    with CaptureQueriesContext(connection) as asked:
        report = bring(numbered(1, **MOVED), numbered(2, status="Canceled"), numbered(3), dry_run=True)
    assert report.counts["bookings_moved"] == report.counts["bookings_canceled"] == report.counts["bookings_new"] == 1
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []


def test_an_import_takes_as_many_statements_for_many_rows_as_for_few() -> None:
    counts = []
    bring(numbered(1000))  # content types are looked up once
    for rows in (5, 50):
        Booking.objects.all().delete()
        WorkOrder.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            bring(*(numbered(n) for n in range(rows)))
            bring(*(numbered(n, **MOVED) for n in range(rows)))
        # `executemany` counts its rows in the text of one entry.
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_visit_that_somebody_moves_meanwhile_is_decided_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bring(numbered(1))

    def move() -> None:
        Booking.objects.get().reschedule(NOW + dt.timedelta(days=3))

    keep = _Import.keep

    def keep_later(self: _Import, around: Around) -> bool:
        monkeypatch.setattr(_Import, "keep", keep)
        move()
        return False

    monkeypatch.setattr(_Import, "keep", keep_later)
    report = bring(numbered(1, **MOVED))
    booking = Booking.objects.get()
    assert (report.counts["bookings_moved"], booking.revision) == (1, 3)
    assert [change.via for change in booking.changes.order_by("pk")] == ["import", "system", "import"]


def test_what_was_read_is_read_again() -> None:
    bring(numbered(1))
    changes: list[Callable[[], object]] = [
        lambda: Booking.objects.update(revision=7),
        lambda: WorkOrder.objects.update(city="Leeds"),
        lambda: Account.objects.update(name="Contoso"),
    ]
    for change in changes:
        before = contents()
        report = bring(numbered(1, **MOVED), around=always(change))
        assert report.is_busy
        assert contents() == before


def always(do: Callable[[], object]) -> Around:
    @contextmanager
    def around(_report: ImportReport) -> Iterator[None]:
        do()
        yield

    return around


def test_a_record_that_somebody_makes_meanwhile_is_found_by_the_next_try() -> None:
    report = bring(numbered(1), around=always(lambda: AccountFactory(external_id="ACC-1")))
    assert report.is_busy
    assert not Booking.objects.exists()


def test_a_customer_who_is_reminded_meanwhile_hears_that_the_visit_moves() -> None:
    bring(numbered(1))

    def remind() -> None:
        reminders.sweep()
        told = CustomerNotification.objects.filter(event="upcoming")
        told.update(told_at=NOW, named_time=Booking.objects.get().start, state="sent")

    bring(numbered(1, **MOVED), around=meanwhile(remind))
    assert CustomerNotification.objects.filter(event="rescheduled").exists()


def test_a_value_that_may_not_be_is_no_conflict() -> None:
    nameless: dict[str, Any] = {"name": None, "time_zone": "UTC"}
    with pytest.raises(IntegrityError):
        bring(numbered(1), around=always(lambda: Account.objects.create(**nameless)))
