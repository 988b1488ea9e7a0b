"""Reopening: what was completed or canceled by mistake goes on, by whom, for how long, and where it goes back to."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from bookings.availability.conflicts import ConflictKind, Proposal, conflicts
from bookings.models import (
    Booking,
    BookingNotificationCode,
    BookingStatus,
    Change,
    NotAllowed,
    StaleBooking,
    TapOutcome,
    TapVerb,
    Verb,
    Via,
)
from fsportal.models import User
from notifications.models import AppNotification
from tests.bookings.models.test_taps import tap
from tests.factories import BookingFactory, UserFactory

pytestmark = pytest.mark.django_db
S = BookingStatus
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visit(technician: User) -> Booking:
    """Return a visit of the technician's that begins in half an hour."""
    made: Booking = BookingFactory(resource=technician.resource, start=NOW + HOUR / 2)
    return made


def after(booking: Booking, *verbs: str) -> Booking:
    for verb in verbs:
        getattr(booking, verb)()
    return Booking.objects.get(pk=booking.pk)


# --- Where it goes back to --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("verbs", "status"),
    [
        (["cancel"], S.SCHEDULED),
        (["travel", "cancel"], S.SCHEDULED),
        (["start_work", "cancel"], S.SCHEDULED),
        (["complete"], S.SCHEDULED),
        (["travel", "complete"], S.SCHEDULED),
        (["travel", "pause", "complete"], S.SCHEDULED),
        (["start_work", "complete"], S.IN_PROGRESS),
        (["travel", "start_work", "pause", "complete"], S.IN_PROGRESS),
        (["start_work", "complete", "reopen", "complete"], S.IN_PROGRESS),
        (["start_work", "complete", "reopen", "cancel", "reopen", "complete"], S.SCHEDULED),
    ],
)
def test_a_visit_goes_back_to_where_it_was(visit: Booking, verbs: list[str], status: int) -> None:
    booking = after(visit, *verbs)
    assert booking.reopen() is True
    fresh = Booking.objects.get(pk=booking.pk)
    assert (fresh.status, fresh.completed_at, fresh.revision) == (status, None, len(verbs) + 2)


def test_nothing_is_left_of_an_arrival_and_somebody_can_set_off_again(visit: Booking) -> None:
    booking = after(visit, "travel")
    assert booking.arrival_earliest is not None
    booking.run_late(30)
    booking = after(booking, "cancel", "reopen")
    passing = ("set_off_at", "expected_start", "completed_at", "late_alert_at", "arrival_unsaid", "arrival_metres")
    columns = (*passing, "arrival_earliest", "arrival_latest", "arrival_at")
    assert [getattr(booking, name) for name in columns] == [None] * len(columns)
    assert (booking.arrival_source, booking.arrival_due) == ("", False)
    assert booking.travel() is True


def test_work_that_goes_on_still_knows_when_somebody_set_off(visit: Booking) -> None:
    booking = after(visit, "travel", "start_work", "complete", "reopen")
    assert booking.set_off_at == NOW
    assert booking.pause() is True


def test_the_history_says_who_why_and_from_where(visit: Booking, dispatcher: User) -> None:
    booking = after(visit, "cancel")
    booking.reopen(Change(by=dispatcher, via=Via.ADMIN, why="Wrong visit"))
    row = booking.changes.get(revision=3)
    assert (row.verb, row.by, row.via, row.why) == (Verb.REOPEN, dispatcher, Via.ADMIN, "Wrong visit")
    assert (row.old_status, row.new_status) == (S.CANCELED, S.SCHEDULED)


def test_what_is_open_already_stays_as_it_is(visit: Booking) -> None:
    booking = after(visit, "cancel")
    twice = Booking.objects.get(pk=booking.pk)
    assert booking.reopen() is True
    assert twice.reopen() is False
    assert after(twice, "start_work").reopen() is False
    assert list(visit.changes.order_by("revision").values_list("verb", flat=True)) == [
        "schedule",
        "cancel",
        "reopen",
        "start",
    ]


def test_who_looked_before_somebody_closed_it_again_is_told_so(visit: Booking) -> None:
    mine = after(visit, "cancel")
    after(mine, "reopen", "complete")
    stale = Booking.objects.get(pk=mine.pk)
    stale.revision = 2
    with pytest.raises(StaleBooking, match="in the meantime"):
        stale.reopen()
    assert Booking.objects.get(pk=mine.pk).status == S.COMPLETED


def test_a_file_reopens_nothing(visit: Booking) -> None:
    booking = after(visit, "cancel")
    with pytest.raises(NotAllowed):
        booking.reopen(Change(via=Via.IMPORT))


def test_the_time_is_taken_again_and_the_link_still_opens(visit: Booking, client: Client) -> None:
    contact = visit.reported_by
    assert contact is not None
    code = BookingNotificationCode.issue(visit, contact)
    booking = after(visit, "complete")
    again = Proposal(booking.resource, booking.work_order, booking.start, booking.end)
    assert conflicts(again) == []
    booking.reopen()
    assert [(one.kind, one.other) for one in conflicts(again)] == [(ConflictKind.OVERLAP, booking)]
    assert BookingNotificationCode.find(code.code, NOW) == code
    page = client.get(f"/visit/{code.code}/", follow=True)
    assert page.status_code == 200
    assert "Thank you for having us" not in page.content.decode()


# --- By the technician ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["complete", "cancel"])
def test_a_technician_takes_back_for_ten_minutes_what_they_did(
    visit: Booking, technician: User, clock: time_machine.Coordinates, verb: str
) -> None:
    getattr(visit, verb)(Change(by=technician, via=Via.TECHNICIAN))
    clock.shift(10 * MINUTE)
    assert tap(visit, TapVerb.REOPEN, NOW + 10 * MINUTE).make().outcome == TapOutcome.DONE
    assert Booking.objects.get(pk=visit.pk).status == S.SCHEDULED


def test_after_ten_minutes_it_is_the_dispatchers_to_reopen(
    visit: Booking, technician: User, clock: time_machine.Coordinates
) -> None:
    visit.complete(Change(by=technician, via=Via.TECHNICIAN))
    clock.shift(10 * MINUTE + dt.timedelta(seconds=1))
    refused = tap(visit, TapVerb.REOPEN, NOW + HOUR).make()
    assert (refused.outcome, "only a dispatcher" in refused.answer) == (TapOutcome.REFUSED, True)
    assert Booking.objects.get(pk=visit.pk).status == S.COMPLETED


def test_what_somebody_else_closed_is_not_the_technicians_to_reopen(visit: Booking, dispatcher: User) -> None:
    visit.cancel(Change(by=dispatcher, via=Via.ADMIN))
    assert tap(visit, TapVerb.REOPEN).make().outcome == TapOutcome.REFUSED
    assert Booking.objects.get(pk=visit.pk).status == S.CANCELED


def test_completed_and_undone_without_a_connection_counts_by_the_times_of_the_taps(
    visit: Booking, clock: time_machine.Coordinates
) -> None:
    clock.shift(2 * HOUR)
    assert tap(visit, TapVerb.COMPLETE, NOW + MINUTE).make().outcome == TapOutcome.DONE
    assert tap(visit, TapVerb.REOPEN, NOW + 4 * MINUTE).make().outcome == TapOutcome.DONE
    assert list(visit.changes.order_by("revision").values_list("verb", "at"))[1:] == [
        ("complete", NOW + MINUTE),
        ("reopen", NOW + 4 * MINUTE),
    ]


# --- Who hears of it --------------------------------------------------------------------------------------------------
def test_the_technician_hears_that_it_is_on_again_and_no_more_that_it_is_off(
    visit: Booking, technician: User, dispatcher: User
) -> None:
    visit.cancel(Change(by=dispatcher, via=Via.ADMIN))
    assert list(AppNotification.objects.live(NOW).values_list("kind", flat=True)) == ["booking_off"]
    visit.reopen(Change(by=dispatcher, via=Via.ADMIN))
    (card,) = AppNotification.objects.live(NOW)
    assert (card.owner, card.kind, card.title.partition(":")[0]) == (technician, "booking_assigned", "Open again")


def test_a_technician_hears_of_a_visit_of_yesterday_that_is_open_again_but_not_of_their_own_undo(
    technician: User, clock: time_machine.Coordinates
) -> None:
    old = BookingFactory(resource=technician.resource, start=NOW - DAY)
    old.start_work()
    mine = Change(by=technician, via=Via.TECHNICIAN)
    old.complete(mine)
    old.reopen(mine)
    assert not AppNotification.objects.live(NOW).exists()
    old.complete(mine)
    old.reopen(Change(by=UserFactory(), via=Via.ADMIN))
    assert AppNotification.objects.live(NOW).get().title.startswith("Open again: ")
