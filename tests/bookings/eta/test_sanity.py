"""What cannot be true is refused, and what is only unusual is not."""

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.eta.base import Point, RoutingError, Trip, distance_km
from bookings.eta.polyline import MOST_POINTS
from bookings.eta.sanity import checked

VADUZ, BENDERN = (47.1410, 9.5209), (47.2186, 9.5103)
NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def check(seconds: Any, metres: Any, *line: Point, to: Point = BENDERN) -> float:
    trip = Trip(VADUZ, to, NOON, "Europe/Vaduz")
    return checked("test", trip, seconds, metres, line or (VADUZ, to)).seconds


@pytest.mark.parametrize(
    ("seconds", "metres", "to"),
    [
        (0, 0, VADUZ),  # there already
        (3000, 300, VADUZ),  # round the block, in a jam
        (600, 8_600, BENDERN),  # straight on; the engines' globes differ a little
        (7_200, 50_000, BENDERN),  # over the pass, for the bridge is closed
        (3_600, 9_400, BENDERN),  # the worst jam of the year
        (80_000, 2_000_000, (60.0, 25.0)),  # whether three days of driving are sensible is not for us to judge
    ],
)
def test_what_is_only_unusual_is_believed(seconds: int, metres: int, to: Point) -> None:
    assert check(seconds, metres, to=to) == seconds


@pytest.mark.parametrize(
    ("seconds", "metres"),
    [
        (0, 9_400),
        (200, 9_400),  # 169 km/h
        (-1, 9_400),
        ("600", 9_400),
        (None, 9_400),
        (math.nan, 9_400),
        (math.inf, 9_400),
        (600, math.nan),
        (600, -9_400),
        (600, 8_000),
        (20_000, 9_400),  # slower than on foot, for hours
        (600, 10**400),
        (14_400, 200_000),
    ],
)
def test_what_cannot_be_true_is_refused_and_is_the_fault_of_the_trip(seconds: Any, metres: Any) -> None:
    with pytest.raises(RoutingError) as refused:
        check(seconds, metres)
    assert refused.value.retry_after == 0


def test_yes_is_no_number() -> None:
    with pytest.raises(RoutingError):
        check(True, 0, to=VADUZ)


@pytest.mark.parametrize(
    "line",
    [
        (VADUZ,),
        (VADUZ, (math.nan, 9.5), BENDERN),
        (VADUZ, (47.2, 200.0), BENDERN),
        (VADUZ, *[(47.2, 9.52)] * MOST_POINTS, BENDERN),
        (BENDERN, VADUZ),
        ((47.16, 9.5209), BENDERN),
        (VADUZ, (47.2, 9.5103)),
    ],
)
def test_a_line_that_is_not_of_this_trip_is_refused(line: tuple[Point, ...]) -> None:
    with pytest.raises(RoutingError):
        check(900, 9_400, *line)


places = st.tuples(st.floats(-85, 85), st.floats(-180, 180))


@given(places, st.floats(0.9, 1.6), st.floats(20, 130))
def test_an_ordinary_drive_anywhere_is_believed(start: Point, circuity: float, speed_kmh: float) -> None:
    end = (start[0] + 0.2, start[1])
    metres = 1000 * distance_km(start, end) * max(circuity, 1)
    trip = Trip(start, end, NOON, "UTC")
    assert checked("test", trip, metres * 3.6 / speed_kmh, metres, (start, end)).metres == metres
