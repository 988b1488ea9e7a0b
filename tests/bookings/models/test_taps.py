"""Taps: each counts once, at the time it was made, in whatever order and however often the phone sends it."""

import datetime as dt
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection

from bookings.messages.told import COMPLETED, DELAYED, TRAVELING
from bookings.models import AskFirst, Booking, BookingStatus, Tap, TapOutcome, TapVerb, Via
from fsportal.models import User
from notifications.customers import delivery
from notifications.models import CustomerNotification, State
from tests.factories import BookingFactory, ResourceFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
S = BookingStatus


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW - 2 * HOUR, tick=False) as traveller:
        yield traveller


@pytest.fixture
def booking(clock: time_machine.Coordinates, technician: User) -> Booking:
    """Return a visit of the technician's, made two hours ago, that begins in half an hour."""
    made: Booking = BookingFactory(resource=technician.resource, start=NOW + HOUR / 2)
    clock.move_to(NOW)
    return made


def tap(booking: Booking, verb: TapVerb, made_at: dt.datetime = NOW, **more: Any) -> Tap:
    """Return a tap of somebody who was asked, and means it, unless it is `sure=False`."""
    user, is_sure = more.pop("user", booking.resource.user), more.pop("sure", True)
    made = Tap(id=more.pop("id", uuid.uuid4()), user=user, booking=booking, verb=verb, made_at=made_at, **more)
    made.is_sure = is_sure
    return made


def story(booking: Booking) -> list[tuple[str, dt.datetime]]:
    return [(change.verb, change.at) for change in booking.changes.order_by("revision")][1:]


def messages(booking: Booking) -> dict[str, set[str]]:
    rows = CustomerNotification.objects.regarding(booking)
    return {event: {row.state for row in rows.filter(event=event)} for event in rows.values_list("event", flat=True)}


# --- Once -----------------------------------------------------------------------------------------------------------
def test_a_tap_sent_five_times_is_done_once_and_answers_the_same_each_time(booking: Booking) -> None:
    first = tap(booking, TapVerb.LATE, minutes=15)
    answers = [tap(booking, TapVerb.LATE, minutes=15, id=first.pk).make().outcome for _ in range(5)]
    assert answers == [TapOutcome.DONE] * 5
    assert Tap.objects.count() == 1
    assert [verb for verb, _at in story(booking)] == ["run_late"]


def test_what_is_so_already_is_no_second_change(booking: Booking) -> None:
    assert tap(booking, TapVerb.TRAVEL).make().outcome == TapOutcome.DONE
    assert tap(booking, TapVerb.TRAVEL).make().outcome == TapOutcome.SAME
    assert len(story(booking)) == 1


def test_a_tap_whose_answer_got_lost_is_answered_when_the_visit_is_somebody_elses_by_then(booking: Booking) -> None:
    first = tap(booking, TapVerb.TRAVEL)
    first.make()
    Booking.objects.get(pk=booking.pk).assign(ResourceFactory())
    assert tap(booking, TapVerb.TRAVEL, id=first.pk).make().outcome == TapOutcome.DONE


def test_an_id_that_another_tap_has_is_refused_and_says_nothing_of_that_one(booking: Booking, stranger: User) -> None:
    first = tap(booking, TapVerb.TRAVEL).make()
    other = BookingFactory(resource=booking.resource)
    for same_id in (
        tap(other, TapVerb.TRAVEL, id=first.pk),
        tap(booking, TapVerb.TRAVEL, id=first.pk, user=stranger),
    ):
        with pytest.raises(LookupError):
            same_id.make()
    assert Booking.objects.get(pk=other.pk).status == S.SCHEDULED


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("verb", "minutes"), [(TapVerb.TRAVEL, None), (TapVerb.LATE, 30)])
def test_a_tap_sent_eight_times_at_once_is_done_once(technician: User, verb: TapVerb, minutes: int | None) -> None:
    booking = BookingFactory(resource=technician.resource)
    same, made_at, gate = uuid.uuid4(), booking.changes.get().at, Barrier(8)

    def send(_number: int) -> str:
        try:
            gate.wait(timeout=20)
            mine = Booking.objects.get(pk=booking.pk)
            return tap(mine, verb, made_at, id=same, minutes=minutes, user=technician).make().outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = set(pool.map(send, range(8)))
    assert outcomes == {TapOutcome.DONE}
    assert (Tap.objects.count(), len(story(booking))) == (1, 1)
    event = DELAYED if verb == TapVerb.LATE else TRAVELING
    assert CustomerNotification.objects.regarding(booking).filter(event=event, channel="email").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_different_taps_at_once_leave_a_history_without_holes(technician: User) -> None:
    booking, gate = BookingFactory(resource=technician.resource), Barrier(8)
    verbs = [TapVerb.TRAVEL, TapVerb.START, TapVerb.PAUSE, TapVerb.COMPLETE] * 2

    def send(verb: TapVerb) -> None:
        try:
            gate.wait(timeout=20)
            mine = Booking.objects.get(pk=booking.pk)
            tap(mine, verb, booking.changes.get(revision=1).at, user=technician).make()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, verbs))
    assert Tap.objects.count() == 8
    changes = list(booking.changes.order_by("revision"))
    assert [change.revision for change in changes] == list(range(1, len(changes) + 1))
    assert Tap.objects.filter(outcome=TapOutcome.DONE).count() == len(changes) - 1


# --- When -----------------------------------------------------------------------------------------------------------
def test_three_taps_without_a_connection_count_in_order_at_the_times_they_were_made(booking: Booking) -> None:
    times = [NOW - 50 * MINUTE, NOW - 30 * MINUTE, NOW - 5 * MINUTE]
    for verb, at in zip([TapVerb.TRAVEL, TapVerb.START, TapVerb.COMPLETE], times, strict=True):
        assert tap(booking, verb, at).make().outcome == TapOutcome.DONE
    assert story(booking) == list(zip(["travel", "start", "complete"], times, strict=True))
    fresh = Booking.objects.get(pk=booking.pk)
    assert (fresh.set_off_at, fresh.completed_at) == (times[0], times[2])
    assert {change.via for change in fresh.changes.filter(revision__gt=1)} == {Via.TECHNICIAN}


@pytest.mark.parametrize(
    ("made_at", "counts"),
    [(NOW + HOUR, NOW), (NOW - HOUR, NOW - HOUR), (NOW - 3 * HOUR, NOW - 2 * HOUR), (NOW - 24 * HOUR, NOW - 2 * HOUR)],
    ids=["ahead of us", "an hour ago", "before the visit was made", "a day ago to the second"],
)
def test_a_wrong_clock_makes_no_time_that_cannot_be(
    booking: Booking, made_at: dt.datetime, counts: dt.datetime
) -> None:
    tap(booking, TapVerb.TRAVEL, made_at).make()
    assert story(booking) == [("travel", counts)]


def test_what_was_tapped_more_than_a_day_ago_does_not_count_any_more(booking: Booking) -> None:
    late = tap(booking, TapVerb.COMPLETE, NOW - 24 * HOUR - MINUTE).make()
    assert (late.outcome, "more than a day ago" in late.answer) == (TapOutcome.REFUSED, True)
    assert story(booking) == []


# --- Refused --------------------------------------------------------------------------------------------------------
def test_a_visit_that_was_canceled_meanwhile_is_refused_in_words_and_stays_refused(booking: Booking) -> None:
    Booking.objects.get(pk=booking.pk).cancel()
    refused = tap(booking, TapVerb.TRAVEL).make()
    assert refused.outcome == TapOutcome.REFUSED
    assert "Canceled" in refused.answer
    assert tap(booking, TapVerb.TRAVEL, id=refused.pk).make().answer == refused.answer
    assert Booking.objects.get(pk=booking.pk).status == S.CANCELED


@pytest.mark.parametrize("minutes", [None, 0, 14, 61, 30000])
def test_only_the_minutes_that_are_offered_count(booking: Booking, minutes: int | None) -> None:
    assert tap(booking, TapVerb.LATE, minutes=minutes).make().outcome == TapOutcome.REFUSED
    assert story(booking) == []


@pytest.mark.parametrize("whose", ["another technician's", "of a former technician"])
def test_a_visit_of_somebody_else_is_not_there_and_nothing_is_stored(
    booking: Booking, technician: User, whose: str
) -> None:
    resource = booking.resource
    if whose == "another technician's":
        booking = BookingFactory()
    else:
        resource.is_active = False
        resource.save()
    with pytest.raises(Booking.DoesNotExist):
        tap(booking, TapVerb.TRAVEL, user=technician).make()
    assert not Tap.objects.exists()
    assert story(booking) == []


# --- Told -----------------------------------------------------------------------------------------------------------
def test_customers_are_told_at_once_of_what_is_tapped_with_a_connection(booking: Booking) -> None:
    tap(booking, TapVerb.TRAVEL).make()
    delivery.drain()
    assert messages(booking) == {TRAVELING: {State.SIMULATED}}


@pytest.mark.parametrize("verb", [TapVerb.TRAVEL, TapVerb.LATE])
def test_what_was_tapped_without_a_connection_waits_for_what_was_tapped_after_it(
    booking: Booking, clock: time_machine.Coordinates, verb: TapVerb
) -> None:
    event = DELAYED if verb == TapVerb.LATE else TRAVELING
    tap(booking, verb, NOW - 10 * MINUTE, minutes=30 if verb == TapVerb.LATE else None).make()
    delivery.drain()
    assert messages(booking) == {event: {State.QUEUED}}
    tap(booking, TapVerb.START, NOW - 5 * MINUTE).make()
    tap(booking, TapVerb.COMPLETE, NOW - MINUTE).make()
    clock.move_to(NOW + 21 * MINUTE / 60)
    delivery.drain()
    assert messages(booking) == {event: {State.SUPERSEDED}, COMPLETED: {State.SIMULATED}}


def test_where_nothing_follows_the_customer_is_told_twenty_seconds_later(
    booking: Booking, clock: time_machine.Coordinates
) -> None:
    tap(booking, TapVerb.TRAVEL, NOW - 3 * MINUTE).make()
    delivery.drain()
    clock.move_to(NOW + 21 * MINUTE / 60)
    delivery.drain()
    assert messages(booking) == {TRAVELING: {State.SIMULATED}}


# --- Asked first ----------------------------------------------------------------------------------------------------
def test_setting_off_to_a_visit_of_another_day_is_asked_about_and_the_same_tap_then_counts(technician: User) -> None:
    far = BookingFactory(resource=technician.resource, start=dt.datetime.now(dt.UTC) + 3 * 24 * HOUR)
    now = dt.datetime.now(dt.UTC)
    first = tap(far, TapVerb.TRAVEL, now, sure=False)
    with pytest.raises(AskFirst, match=r"This visit is on .*\. Set off now\?"):
        first.make()
    assert not Tap.objects.exists()
    assert story(far) == []
    assert tap(far, TapVerb.TRAVEL, now, id=first.pk).make().outcome == TapOutcome.DONE
    assert Booking.objects.get(pk=far.pk).status == S.TRAVELING


@pytest.mark.parametrize(
    ("hours", "asks"),
    [(11.9, ""), (-11.9, ""), (12.1, "This visit is on Tue 24 Nov, 22:06"), (-12.1, "This visit was to be on Mon 23")],
)
def test_who_sets_off_near_the_start_is_not_asked(booking: Booking, hours: float, asks: str) -> None:
    start = NOW + hours * HOUR
    Booking.objects.filter(pk=booking.pk).update(start=start, end=start + HOUR)
    one = tap(booking, TapVerb.TRAVEL, sure=False)
    if asks:
        with pytest.raises(AskFirst, match=asks):
            one.make()
    else:
        assert one.make().outcome == TapOutcome.DONE


@pytest.mark.parametrize(
    ("verbs", "asks"),
    [
        ([], True),
        (["travel"], True),
        (["travel", "pause"], True),
        (["start_work"], False),
        (["travel", "start_work", "pause"], False),
    ],
)
def test_completing_what_was_never_started_is_asked_about(booking: Booking, verbs: list[str], asks: bool) -> None:
    for verb in verbs:
        getattr(booking, verb)()
    one = tap(booking, TapVerb.COMPLETE, sure=False)
    if asks:
        with pytest.raises(AskFirst, match="has not been started"):
            one.make()
        assert not Tap.objects.exists()
    else:
        assert one.make().outcome == TapOutcome.DONE


@pytest.mark.parametrize("verb", [TapVerb.TRAVEL, TapVerb.COMPLETE])
def test_nobody_is_asked_about_what_is_not_possible_anyway(booking: Booking, verb: TapVerb) -> None:
    Booking.objects.filter(pk=booking.pk).update(start=NOW + 48 * HOUR, end=NOW + 49 * HOUR, status=S.CANCELED)
    assert tap(booking, verb, sure=False).make().outcome == TapOutcome.REFUSED
    Booking.objects.filter(pk=booking.pk).update(status=S.TRAVELING if verb == TapVerb.TRAVEL else S.COMPLETED)
    assert tap(booking, verb, sure=False).make().outcome == TapOutcome.SAME


def test_it_is_judged_by_when_it_was_tapped(booking: Booking, clock: time_machine.Coordinates) -> None:
    clock.move_to(NOW + 20 * HOUR)
    assert tap(booking, TapVerb.TRAVEL, NOW, sure=False).make().outcome == TapOutcome.DONE
