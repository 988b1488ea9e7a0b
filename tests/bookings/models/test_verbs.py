"""The verbs of a booking: what they change, what they refuse, what they leave behind."""

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from bookings.models import (
    Booking,
    BookingChange,
    BookingError,
    BookingStatus,
    Change,
    NotAllowed,
    StaleBooking,
    Verb,
    Via,
)
from bookings.models.status import MAY_FOLLOW
from tests.factories import BookingFactory, ResourceFactory, UserFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 12, 1, 10, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

VERB_TO = {
    BookingStatus.SCHEDULED: "turn_back",
    BookingStatus.TRAVELING: "travel",
    BookingStatus.ON_BREAK: "pause",
    BookingStatus.IN_PROGRESS: "start_work",
    BookingStatus.COMPLETED: "complete",
    BookingStatus.CANCELED: "cancel",
}


def booking_in(status: int) -> Booking:
    booking = BookingFactory(start=START, end=START + HOUR)
    Booking.objects.filter(pk=booking.pk).update(status=status)
    return Booking.objects.get(pk=booking.pk)


def test_scheduling_writes_the_first_line_of_the_history() -> None:
    user = UserFactory()
    booking = Booking.schedule(
        work_order=WorkOrderFactory(),
        resource=ResourceFactory(),
        start=START,
        end=START + HOUR,
        change=Change(by=user, via=Via.ADMIN, why="asked by phone"),
    )
    change = booking.changes.get()
    assert (change.verb, change.by, change.via, change.why) == (Verb.SCHEDULE, user, Via.ADMIN, "asked by phone")
    assert (change.revision, change.old_status, change.new_status) == (1, None, BookingStatus.SCHEDULED)


def test_a_booking_that_would_end_before_it_starts_is_refused_in_words_and_by_the_database() -> None:
    with pytest.raises(BookingError, match="after the start"):
        Booking.schedule(work_order=WorkOrderFactory(), resource=ResourceFactory(), start=START, end=START)
    booking = BookingFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=booking.pk).update(end=booking.start)


@pytest.mark.parametrize("old", BookingStatus)
@pytest.mark.parametrize("new", BookingStatus)
def test_each_transition_is_allowed_or_refused_as_the_table_says(old: BookingStatus, new: BookingStatus) -> None:
    booking = booking_in(old)
    verb = getattr(booking, VERB_TO[new])
    if new == old:
        assert verb() is False
    elif new in MAY_FOLLOW[old]:
        assert verb() is True
        assert Booking.objects.get(pk=booking.pk).status == new
    else:
        with pytest.raises(NotAllowed, match="not possible"):
            verb()
        assert Booking.objects.get(pk=booking.pk).status == old


def test_what_is_final_in_the_domain_stays_final() -> None:
    assert MAY_FOLLOW[BookingStatus.COMPLETED] == MAY_FOLLOW[BookingStatus.CANCELED] == frozenset()


def test_a_repeated_verb_changes_nothing_and_writes_nothing() -> None:
    booking = BookingFactory()
    assert booking.cancel(Change(why="first")) is True
    before = list(BookingChange.objects.values())
    assert booking.cancel(Change(why="second")) is False
    assert Booking.objects.get(pk=booking.pk).revision == 2
    assert list(BookingChange.objects.values()) == before


def test_the_second_of_two_people_is_told_that_somebody_was_quicker() -> None:
    mine = BookingFactory(start=START, end=START + HOUR)
    theirs = Booking.objects.get(pk=mine.pk)
    theirs.reschedule(START + HOUR)
    with pytest.raises(StaleBooking, match="in the meantime"):
        mine.reschedule(START + 2 * HOUR)
    assert Booking.objects.get(pk=mine.pk).start == START + HOUR


def test_two_people_who_want_the_same_are_both_right() -> None:
    mine = BookingFactory()
    Booking.objects.get(pk=mine.pk).travel()
    assert mine.travel() is False
    assert mine.status == BookingStatus.TRAVELING


def test_rescheduling_keeps_the_length_and_grows_the_revision() -> None:
    booking = BookingFactory(start=START, end=START + 2 * HOUR)
    booking.reschedule(START + HOUR)
    fresh = Booking.objects.get(pk=booking.pk)
    assert (fresh.start, fresh.end, fresh.revision) == (START + HOUR, START + 3 * HOUR, 2)
    change = fresh.changes.first()
    assert change is not None
    assert (change.old_start, change.new_start) == (START, START + HOUR)


@pytest.mark.parametrize("status", [s for s in BookingStatus if s != BookingStatus.SCHEDULED])
def test_only_a_scheduled_visit_can_be_moved(status: BookingStatus) -> None:
    with pytest.raises(NotAllowed):
        booking_in(status).reschedule(START + HOUR)


def test_assigning_notes_both_technicians() -> None:
    booking = BookingFactory()
    old, new = booking.resource, ResourceFactory()
    assert booking.assign(new) is True
    assert booking.assign(new) is False
    change = booking.changes.first()
    assert change is not None
    assert (change.old_resource, change.new_resource) == (old, new)


def test_a_verb_that_fails_half_way_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    booking = BookingFactory()

    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("outbox is broken")

    monkeypatch.setattr("notifications.customers.outbox.queue", broken)
    with pytest.raises(RuntimeError):
        booking.travel()
    fresh = Booking.objects.get(pk=booking.pk)
    assert (fresh.status, fresh.revision, fresh.changes.count()) == (BookingStatus.SCHEDULED, 1, 1)


def test_the_values_are_those_of_dynamics() -> None:
    assert [(s.name, s.value) for s in BookingStatus] == [
        ("SCHEDULED", 690970000),
        ("TRAVELING", 690970001),
        ("ON_BREAK", 690970002),
        ("IN_PROGRESS", 690970003),
        ("COMPLETED", 690970004),
        ("CANCELED", 690970005),
    ]
