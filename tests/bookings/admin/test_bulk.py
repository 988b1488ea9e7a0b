"""One change for many bookings: chosen in the list, looked at, started, watched, stopped; a result for each row."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings import bulk
from bookings.availability.conflicts import ConflictKind
from bookings.models import Booking, BookingStatus, BulkChange, BulkOutcome, BulkVerb, Resource
from fsportal.lib import zones
from fsportal.management.cleaning import clean_up
from fsportal.models import User
from notifications.models import CustomerNotification
from tests.factories import BookingFactory, ResourceFactory

Make = Callable[..., list[Booking]]


@pytest.fixture
def make(db: None) -> Make:
    """Make scheduled visits on the coming days, each with a technician of its own."""

    def visits(count: int) -> list[Booking]:
        first = timezone.now().replace(hour=10, minute=0, second=0, microsecond=0) + dt.timedelta(days=2)
        starts = [first + dt.timedelta(days=number) for number in range(count)]
        return [
            BookingFactory(start=start, end=start + dt.timedelta(hours=1), resource=always_there()) for start in starts
        ]

    return visits


def always_there() -> Resource:
    made: Resource = ResourceFactory(working_hours={str(day): ["00:00", "00:00"] for day in range(7)})
    return made


def chosen(client: Client, verb: str, bookings: list[Booking]) -> BulkChange:
    """Choose bookings in the list."""
    data = {"action": f"bulk_{verb}", ACTION_CHECKBOX_NAME: [str(booking.pk) for booking in bookings]}
    answer = client.post(reverse("admin:bookings_booking_changelist") + "?when=all", data)
    assert answer.status_code == 302
    change = BulkChange.objects.latest("chosen_at")
    assert answer.headers["Location"] == page(change)
    return change


def page(change: BulkChange) -> str:
    return reverse("admin:bookings_bulkchange_change", args=[change.pk])


def words(answer: Any) -> str:
    assert isinstance(answer, HttpResponse)
    return answer.content.decode()


def outcomes(change: BulkChange) -> list[str]:
    return list(change.rows.order_by("number").values_list("outcome", flat=True))


def test_visits_are_moved_by_days_at_the_same_wall_time_and_the_story_says_why(dispatcher: Client, make: Make) -> None:
    bookings = make(3)
    change = chosen(dispatcher, "move", bookings)
    assert "Nothing has been done yet." in words(dispatcher.get(page(change)))
    dispatcher.post(page(change), {"days": "7", "why": "Fair in town"})
    assert outcomes(change) == ["waiting"] * 3
    assert bulk.go_on() == 3
    assert outcomes(change) == ["done"] * 3
    for booking in bookings:
        start = booking.start
        booking.refresh_from_db()
        before, after = (
            zones.local(moment, booking.zone_name).replace(tzinfo=None) for moment in (start, booking.start)
        )
        assert after - before == dt.timedelta(days=7)
        assert booking.changes.get(revision=2).why == "Fair in town"
    shown = words(dispatcher.get(page(change)))
    assert "Finished." in shown
    assert "3 of 3" in shown


@time_machine.travel(dt.datetime(2027, 3, 20, 9, tzinfo=dt.UTC), tick=False)
@pytest.mark.parametrize(
    ("day", "starts"),
    [
        (dt.date(2027, 3, 27), "23:30"),  # its end would be at 01:30, which the clock skips
        (dt.date(2027, 3, 28), "00:30"),  # its end would be at 02:30, only one hour later
    ],
)
def test_a_visit_moved_over_a_change_of_clocks_stays_as_long_as_it_was(make: Make, day: dt.date, starts: str) -> None:
    (booking,) = make(1)
    wall = dt.datetime.combine(day, dt.time.fromisoformat(starts))
    start = zones.local_to_utc(wall - dt.timedelta(days=4), "Europe/London")
    booking.reschedule(start, start + dt.timedelta(hours=2))
    change = BulkChange.choose(BulkVerb.MOVE, [booking], by=None)
    change.start({"days": 4})
    bulk.go_on()
    assert outcomes(change) == ["done"]
    booking.refresh_from_db()
    assert booking.start == zones.local_to_utc(wall, "Europe/London")
    assert booking.end - booking.start == dt.timedelta(hours=2)


def test_nothing_is_done_before_it_is_started_nor_a_second_time(dispatcher: Client, make: Make) -> None:
    bookings = make(2)
    change = chosen(dispatcher, "cancel", bookings)
    assert bulk.go_on() == 0
    assert dispatcher.post(page(change), {"why": ""}).status_code == 400
    assert bulk.go_on() == 0
    for _press in range(2):
        dispatcher.post(page(change), {"why": "Closed on Friday"})
        bulk.go_on()
    assert [booking.changes.count() for booking in bookings] == [2, 2]
    assert set(Booking.objects.values_list("status", flat=True)) == {BookingStatus.CANCELED}


def test_the_preview_says_what_would_be_told_and_what_would_stay_and_changes_nothing(
    dispatcher: Client, make: Make
) -> None:
    *ahead, over = make(3)
    over.complete()
    change = chosen(dispatcher, "move", [*ahead, over])
    rows = CustomerNotification.objects.count()
    shown = words(dispatcher.post(page(change), {"days": "1", "preview": "1"}))
    assert "is Completed" in shown
    assert "<dt>Upcoming booking" in shown or "visits nothing goes" in shown
    assert CustomerNotification.objects.count() == rows
    assert change.rows.filter(outcome=BulkOutcome.WAITING).count() == 3
    assert BulkChange.objects.get().started_at is None


def test_one_row_that_is_refused_stops_no_other_and_says_why(dispatcher: Client, make: Make) -> None:
    first, second, third = make(3)
    change = chosen(dispatcher, "cancel", [first, second, third])
    second.reschedule(second.start + dt.timedelta(hours=1))
    dispatcher.post(page(change), {"why": "Closed"})
    bulk.go_on()
    assert outcomes(change) == ["done", "refused", "done"]
    assert "Somebody changed this visit in the meantime" in change.rows.get(number=2).said
    shown = words(dispatcher.get(page(change)))
    assert shown.index("Somebody changed this visit") < shown.index('<td><span class="state tone-good')


def test_a_conflict_leaves_a_row_unless_it_is_accepted_with_a_reason(dispatcher: Client, make: Make) -> None:
    one, other = make(2)
    busy = BookingFactory(start=one.start, end=one.end, resource=other.resource)
    change = chosen(dispatcher, "assign", [one])
    shown = words(dispatcher.post(page(change), {"resource": str(busy.resource.pk), "preview": "1"}))
    assert str(ConflictKind.OVERLAP.label) in shown
    dispatcher.post(page(change), {"resource": str(busy.resource.pk)})
    bulk.go_on()
    assert outcomes(change) == ["refused"]
    again = chosen(dispatcher, "assign", [one])
    assert dispatcher.post(page(again), {"resource": str(busy.resource.pk), "anyway": "on"}).status_code == 400
    dispatcher.post(page(again), {"resource": str(busy.resource.pk), "anyway": "on", "why": "Two go together"})
    bulk.go_on()
    assert outcomes(again) == ["done"]
    assert ConflictKind.OVERLAP in one.changes.get(revision=2).despite.split()


def test_visits_that_follow_each_other_move_on_together(dispatcher: Client, make: Make) -> None:
    bookings = make(4)
    Booking.objects.update(resource=bookings[0].resource)
    change = chosen(dispatcher, "move", bookings)
    shown = words(dispatcher.post(page(change), {"days": "1", "preview": "1"}))
    assert "What would be left as it is" not in shown
    dispatcher.post(page(change), {"days": "1"})
    bulk.go_on()
    assert outcomes(change) == ["done"] * 4


def test_stopped_rows_are_left_alone_and_what_is_done_stays(
    dispatcher: Client, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookings = make(5)
    change = chosen(dispatcher, "cancel", bookings)
    dispatcher.post(page(change), {"why": "Closed"})
    monkeypatch.setattr(bulk, "BATCH", 2)
    told = bulk.BulkTerms.do

    def stopping(terms: bulk.BulkTerms, booking: Booking) -> bool:
        if booking.pk == bookings[1].pk:
            dispatcher.post(page(change), {"stop": "1"})
        return told(terms, booking)

    monkeypatch.setattr(bulk.BulkTerms, "do", stopping)
    bulk.go_on()
    assert outcomes(change) == ["done", "done", "stopped", "stopped", "stopped"]
    assert "Stopped." in words(dispatcher.get(page(change)))
    assert Booking.objects.filter(status=BookingStatus.CANCELED).count() == 2


def test_a_row_that_fails_unexpectedly_is_named_and_not_tried_for_ever(
    dispatcher: Client, make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = make(2)
    change = chosen(dispatcher, "complete", [first, second])
    dispatcher.post(page(change), {"quiet": "on"})
    done = bulk.BulkTerms.do

    def failing(terms: bulk.BulkTerms, booking: Booking) -> bool:
        if booking.pk == first.pk:
            raise RuntimeError("a fault")
        return done(terms, booking)

    monkeypatch.setattr(bulk.BulkTerms, "do", failing)
    assert bulk.go_on() == 2
    assert outcomes(change) == ["refused", "done"]
    assert bulk.go_on() == 0


def test_completing_is_dated_at_the_visits_end_but_never_ahead(dispatcher: Client, make: Make) -> None:
    (ahead,) = make(1)
    start = timezone.now() - dt.timedelta(days=2)
    past = BookingFactory(start=start, end=start + dt.timedelta(hours=1))
    change = chosen(dispatcher, "complete", [ahead, past])
    dispatcher.post(page(change), {"quiet": "on"})
    bulk.go_on()
    ahead.refresh_from_db()
    past.refresh_from_db()
    assert past.completed_at == past.end
    assert ahead.completed_at is not None
    assert ahead.completed_at < ahead.start


def test_who_may_not_change_bookings_may_look_only(reader: Client, dispatcher: Client, make: Make) -> None:
    bookings = make(1)
    change = chosen(dispatcher, "cancel", bookings)
    data = {"action": "bulk_cancel", ACTION_CHECKBOX_NAME: [str(bookings[0].pk)]}
    assert reader.post(reverse("admin:bookings_booking_changelist"), data).status_code in {200, 403}
    assert BulkChange.objects.count() == 1
    assert reader.post(page(change), {"why": "No"}).status_code == 403
    assert reader.post(page(change), {"stop": "1"}).status_code == 403
    assert dispatcher.get(reverse("admin:bookings_bulkchange_change", args=["nonsense"])).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_each_row_once(django_user_model: type[User]) -> None:
    bookings = [BookingFactory() for _number in range(12)]
    by = django_user_model.objects.create(username="dana")
    change = BulkChange.choose(BulkVerb.CANCEL, bookings, by=by)
    change.start({"why": "Closed"})

    def work(_number: int) -> int:
        try:
            return bulk.go_on()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    bulk.go_on()
    assert outcomes(change) == ["done"] * 12
    assert [booking.changes.count() for booking in bookings] == [2] * 12


def test_old_ones_are_let_go(dispatcher: Client, make: Make) -> None:
    bookings = make(1)
    draft, done = (chosen(dispatcher, "cancel", bookings) for _number in range(2))
    done.start({"why": "x"})
    BulkChange.objects.update(chosen_at=timezone.now() - dt.timedelta(days=2))
    clean_up()
    assert list(BulkChange.objects.values_list("pk", flat=True)) == [done.pk]
    BulkChange.objects.update(chosen_at=timezone.now() - dt.timedelta(days=91))
    clean_up()
    assert not BulkChange.objects.exists()
    assert draft.pk != done.pk
