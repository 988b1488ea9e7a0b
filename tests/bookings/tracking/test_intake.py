"""What becomes of a reported position: whose it is, which are believed, and that nothing is kept without a reason."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.models import BookingStatus, Mark, Position, Resource
from bookings.tracking import intake
from bookings.tracking.report import MOST_METRES, BadPositionReport, PositionReport
from tests.bookings.tracking.stage import HERE, MINUTE, NOW, SECOND, on_the_way, report, rows
from tests.factories import BookingFactory, ResourceFactory

pytestmark = pytest.mark.django_db


def take(booking: Any, *reports: PositionReport, now: dt.datetime = NOW) -> bool:
    return intake.take(booking.resource, reports, now)


# --- Whose it is ----------------------------------------------------------------------------------------------------
def test_a_position_belongs_to_the_visit_that_is_traveled_to() -> None:
    booking = on_the_way()
    assert take(booking, report(speed=12, heading=90))
    row = Position.objects.get()
    assert (row.booking, row.resource, row.mark) == (booking, booking.resource, Mark.GOOD)
    assert (row.latitude, row.longitude, row.accuracy, row.speed, row.heading) == (*HERE, 10, 12, 90)
    assert (row.recorded_at, row.received_at) == (NOW, NOW)
    seen = Resource.objects.get(pk=booking.resource.pk)
    assert (seen.last_latitude, seen.last_longitude, seen.last_accuracy, seen.last_seen_at) == (*HERE, 10, NOW)


@pytest.mark.parametrize("status", [status for status in BookingStatus if status != BookingStatus.TRAVELING])
def test_without_a_visit_that_is_traveled_to_nothing_is_kept(status: BookingStatus) -> None:
    booking = BookingFactory(status=status)
    with CaptureQueriesContext(connection) as caught:
        assert not take(booking, report())
    assert len(caught) == 1, "the visit that is traveled to"
    assert not Position.objects.exists()
    booking.resource.refresh_from_db()
    assert booking.resource.last_seen_at is None


def test_once_work_has_begun_nothing_more_is_kept() -> None:
    booking = on_the_way()
    take(booking, report(0))
    booking.start_work()
    assert not take(booking, report(100, NOW + MINUTE), now=NOW + MINUTE)
    assert rows(booking) == [(0, "")]


def test_with_two_visits_only_the_one_set_off_last_gets_the_position() -> None:
    first = on_the_way(since=NOW - 20 * MINUTE)
    second = on_the_way(first.resource, since=NOW - 5 * MINUTE)
    take(first, report())
    assert [row.booking for row in Position.objects.all()] == [second]


def test_another_technicians_visit_gets_nothing() -> None:
    booking = on_the_way()
    assert not intake.take(ResourceFactory(), [report()], NOW)
    assert rows(booking) == []


def test_where_the_technician_was_before_setting_off_is_not_kept() -> None:
    booking = on_the_way(since=NOW - MINUTE)
    assert take(booking, report(0, NOW - 2 * MINUTE), report(500, NOW - MINUTE))
    assert rows(booking) == [(500, "")]


def test_the_position_at_hand_when_the_technician_taps_is_where_they_set_off() -> None:
    booking = on_the_way(since=NOW - MINUTE)
    assert take(booking, report(0, NOW - MINUTE - 16 * SECOND), report(7, NOW - MINUTE - 14 * SECOND))
    assert rows(booking) == [(7, "")]
    assert Position.objects.last_of(booking) == Position.objects.get()


# --- Which are believed ---------------------------------------------------------------------------------------------
def test_a_drive_is_believed() -> None:
    booking = on_the_way()
    for second in range(0, 60, 10):
        take(booking, report(20 * second, NOW + second * SECOND), now=NOW + second * SECOND)
    assert rows(booking) == [(20 * second, "") for second in range(0, 60, 10)]


def test_zero_zero_is_no_position_and_a_first_one_far_from_the_visit_needs_a_second_that_agrees() -> None:
    booking = on_the_way()
    nowhere = PositionReport(0.0, 0.0, NOW, accuracy=5)
    abroad = [PositionReport(40.4168, -3.7038, NOW + number * SECOND, accuracy=5) for number in (1, 2)]
    assert take(booking, nowhere)
    assert rows(booking) == []
    assert take(booking, abroad[0], report(0, NOW + 10 * SECOND), now=NOW + 10 * SECOND)
    assert [row.mark for row in Position.objects.order_by("recorded_at")] == [Mark.JUMP, Mark.GOOD]
    # Somebody who really comes from there is believed with the second one.
    other = on_the_way()
    assert take(other, *abroad, now=NOW + 10 * SECOND)
    marks = Position.objects.filter(booking=other).order_by("recorded_at").values_list("mark", flat=True)
    assert list(marks) == [Mark.JUMP, Mark.GOOD]


def test_a_jump_is_marked_and_the_next_one_from_the_old_place_is_good() -> None:
    booking = on_the_way()
    take(booking, report(0), report(5000, NOW + 10 * SECOND), report(100, NOW + 20 * SECOND), now=NOW + 20 * SECOND)
    assert rows(booking) == [(0, ""), (5000, "jump"), (100, "")]
    booking.resource.refresh_from_db()
    assert booking.resource.last_seen_at == NOW + 20 * SECOND


def test_two_jumps_that_agree_are_believed_for_the_first_was_the_wrong_one() -> None:
    booking = on_the_way()
    for metres, second in ((0, 0), (50_000, 10), (50_100, 20), (50_200, 30)):
        take(booking, report(metres, NOW + second * SECOND), now=NOW + second * SECOND)
    assert rows(booking) == [(0, ""), (50_000, "jump"), (50_100, ""), (50_200, "")]


def test_two_jumps_that_do_not_agree_are_both_jumps() -> None:
    booking = on_the_way()
    for metres, second in ((0, 0), (50_000, 10), (-50_000, 20)):
        take(booking, report(metres, NOW + second * SECOND), now=NOW + second * SECOND)
    assert [mark for _metres, mark in rows(booking)] == ["", "jump", "jump"]


def test_a_jump_from_before_the_last_good_one_makes_no_other_believed() -> None:
    booking = on_the_way()
    for metres, second in ((0, 0), (50_000, 10), (100, 20), (50_000, 30)):
        take(booking, report(metres, NOW + second * SECOND), now=NOW + second * SECOND)
    assert rows(booking) == [(0, ""), (50_000, "jump"), (100, ""), (50_000, "jump")]


def test_what_is_sent_together_is_judged_as_if_it_came_one_by_one() -> None:
    booking = on_the_way()
    together = [report(metres, NOW - second * SECOND) for metres, second in ((0, 30), (50_000, 20), (50_100, 10))]
    take(booking, *reversed(together))
    assert rows(booking) == [(0, ""), (50_000, "jump"), (50_100, "")]


def test_a_jump_that_is_sent_again_makes_no_other_believed() -> None:
    booking = on_the_way()
    first = [report(metres, NOW - second * SECOND) for metres, second in ((0, 40), (50_000, 30), (100, 20))]
    take(booking, *first)
    take(booking, *first, report(50_100, NOW))
    assert rows(booking) == [(0, ""), (50_000, "jump"), (100, ""), (50_100, "jump")]


def test_the_speed_limit_is_seventy_metres_per_second_and_counts_how_exact_both_are() -> None:
    booking = on_the_way()
    take(booking, report(0, accuracy=0))
    take(booking, report(699, NOW + 10 * SECOND, accuracy=0), now=NOW + 10 * SECOND)
    take(booking, report(699 + 702, NOW + 20 * SECOND, accuracy=0), now=NOW + 20 * SECOND)
    assert [mark for _metres, mark in rows(booking)] == ["", "", "jump"]
    take(booking, report(699 + 1500, NOW + 30 * SECOND, accuracy=200), now=NOW + 30 * SECOND)
    assert rows(booking)[-1] == (2199, "")


@pytest.mark.parametrize(("accuracy", "mark"), [(500, ""), (501, "vague"), (None, ""), (-1, "")])
def test_what_is_too_inexact_is_marked(accuracy: float | None, mark: str) -> None:
    booking = on_the_way()
    take(booking, report(accuracy=accuracy))
    assert rows(booking) == [(0, mark)]


@pytest.mark.parametrize(("age", "mark"), [(5 * MINUTE, ""), (5 * MINUTE + SECOND, "old")])
def test_what_comes_late_is_marked(age: dt.timedelta, mark: str) -> None:
    booking = on_the_way()
    take(booking, report(0, NOW - age))
    assert rows(booking) == [(0, mark)]


def test_what_is_older_than_the_last_good_one_is_marked() -> None:
    booking = on_the_way()
    take(booking, report(200, NOW))
    take(booking, report(100, NOW - 10 * SECOND))
    assert rows(booking) == [(100, "order"), (200, "")]
    booking.resource.refresh_from_db()
    assert booking.resource.last_seen_at == NOW


def test_a_clock_that_is_ahead_counts_as_ours() -> None:
    booking = on_the_way()
    ahead = 7 * MINUTE
    take(booking, report(0, NOW + ahead - 10 * SECOND), report(100, NOW + ahead))
    assert rows(booking) == [(0, ""), (100, "")]
    assert [row.recorded_at for row in Position.objects.order_by("recorded_at")] == [NOW - 10 * SECOND, NOW]


def test_a_repeated_report_is_kept_once() -> None:
    booking = on_the_way()
    for _ in range(3):
        assert take(booking, report(0, NOW - 20 * SECOND), report(0, NOW - 20 * SECOND), report(50, NOW))
    take(booking, report(0, NOW - 20 * SECOND))
    assert rows(booking) == [(0, ""), (50, "")]


def test_only_good_ones_say_where_the_technician_is() -> None:
    booking = on_the_way()
    take(booking, report(0, NOW - MINUTE))
    take(booking, report(90_000, NOW), report(10, NOW, accuracy=900), report(5, NOW - 9 * MINUTE))
    booking.resource.refresh_from_db()
    assert booking.resource.last_seen_at == NOW - MINUTE
    last = Position.objects.last_of(booking)
    assert last is not None
    assert last.recorded_at == NOW - MINUTE


# --- What it costs --------------------------------------------------------------------------------------------------
def test_a_position_takes_few_queries_and_one_transaction() -> None:
    booking = on_the_way()
    take(booking, report(0, NOW - 10 * SECOND))
    with CaptureQueriesContext(connection) as caught:
        take(booking, report(100))
    kinds = [query["sql"].split()[0] for query in caught if "SAVEPOINT" not in query["sql"]]
    # On the way? Inside: the technician's row, the visit again, the positions since the last good one, what is written.
    assert kinds == ["SELECT"] * 4 + ["INSERT", "UPDATE"]


def test_who_is_traveled_to_is_found_by_an_index_however_many_visits_there_were() -> None:
    booking = on_the_way()
    if connection.vendor != "sqlite":
        pytest.skip("the plan of SQLite")
    with CaptureQueriesContext(connection) as caught:
        intake.visit_traveled_to(booking.resource)
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {caught[0]['sql']}")
        plan = str(cursor.fetchall())
    assert "booking_traveling" in plan


# --- What is not a position-------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("nan", 0),
        (0, "inf"),
        (90.1, 0),
        (0, -180.1),
        ("", 0),
        (None, 0),
        ("north", 0),
        (True, 0),
        ([1], 0),
        (10**400, 0),
    ],
)
def test_an_impossible_place_is_refused(latitude: Any, longitude: Any) -> None:
    with pytest.raises(BadPositionReport):
        PositionReport.of(latitude, longitude, NOW)


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"speed": 1e9}, (None, 3.0, 4.0)),
        ({"heading": 361}, (2.0, None, 4.0)),
        ({"accuracy": 1e9}, (2.0, 3.0, MOST_METRES)),
    ],
)
def test_a_speed_or_heading_that_nobody_has_is_unknown_and_the_place_is_kept(
    values: dict[str, Any], kept: tuple[float | None, ...]
) -> None:
    made = PositionReport.of(*HERE, NOW, **({"speed": 2, "heading": 3, "accuracy": 4} | values))
    assert (made.speed, made.heading, made.accuracy) == kept


@pytest.mark.parametrize("values", [{"accuracy": "nan"}, {"accuracy": "good"}])
def test_an_impossible_detail_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(BadPositionReport):
        PositionReport.of(0, 0, NOW, **values)


def test_an_impossible_time_is_refused() -> None:
    for year in (1, 1999, 2100, 9999):
        with pytest.raises(BadPositionReport):
            PositionReport.of(0, 0, dt.datetime(year, 6, 1, tzinfo=dt.UTC))


moments = st.integers(-900, 60).map(lambda seconds: NOW + seconds * SECOND)
reports = st.builds(
    report,
    st.floats(-200_000, 200_000),
    moments,
    accuracy=st.one_of(st.none(), st.floats(0, 2000)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(reports, max_size=4), max_size=6))
def test_whatever_comes_the_good_ones_are_a_way_that_somebody_can_have_gone(
    batches: list[list[PositionReport]],
) -> None:
    booking = on_the_way()
    for batch in batches:
        take(booking, *batch)
    kept = list(Position.objects.filter(booking=booking).order_by("pk"))
    good = [row for row in kept if row.mark == Mark.GOOD]
    times = [row.recorded_at for row in good]
    assert times == sorted(set(times)), "good ones come in order, one at a time"
    assert all(booking.set_off_at <= row.recorded_at <= NOW for row in kept if booking.set_off_at)
    assert all((row.accuracy or 0) <= intake.TOO_VAGUE for row in good)
    booking.resource.refresh_from_db()
    assert booking.resource.last_seen_at == (times[-1] if times else None)
    before = len(kept)
    for batch in batches:
        take(booking, *[one for one in batch if one.recorded_at <= NOW])
    again = Position.objects.filter(booking=booking).count()
    ahead = any(one.recorded_at > NOW for batch in batches for one in batch)
    assert ahead or again == before, "all of it once more changes nothing"


def test_where_somebody_was_before_they_took_over_is_not_kept() -> None:
    booking = on_the_way()
    with time_machine.travel(NOW, tick=False):
        booking.assign(ResourceFactory())
    assert take(booking, report(at=NOW - MINUTE), now=NOW + SECOND)
    assert rows(booking) == []
    assert take(booking, report(at=NOW), now=NOW + SECOND)
    assert rows(booking) == [(0, "")]
