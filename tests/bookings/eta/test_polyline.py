"""Lines as Google and Valhalla encode them."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.eta.base import Point, RoutingError, distance_km
from bookings.eta.polyline import decoded, thinned
from tests.cpu import least_cpu_seconds
from tests.routing_servers import encoded

points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


def test_the_example_of_the_manual() -> None:
    line = decoded("_p~iF~ps|U_ulLnnqC_mqNvxq`@", decimals=5)
    assert line == ((38.5, -120.2), (40.7, -120.95), (43.252, -126.453))


@given(st.lists(points), st.sampled_from([5, 6]))
def test_every_line_comes_back_as_it_was(line: list[Point], decimals: int) -> None:
    back = decoded(encoded(line, decimals), decimals)
    assert len(back) == len(line)
    assert all(there == pytest.approx(here, abs=10**-decimals) for there, here in zip(back, line, strict=True))


@pytest.mark.parametrize(
    "text", ["_p~iF", "_p~iF~ps|U_", "\x00", "é", "~" * 4_000_000, "_p~iF~ps|U ulL", "??" * 500_000]
)
def test_what_is_no_line_is_refused_at_once(text: str) -> None:
    def read() -> None:
        with pytest.raises(RoutingError) as refused:
            decoded(text, decimals=5)
        assert refused.value.retry_after == 0

    assert least_cpu_seconds(read, enough=0.2) < 0.2


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    try:
        decoded(text, decimals=6)
    except RoutingError:
        pass


def test_a_straight_road_needs_two_points_and_a_corner_one_more() -> None:
    north = [(47 + step / 10_000, 9.5) for step in range(101)]
    east = [(47.01, 9.5 + step / 10_000) for step in range(1, 101)]
    assert thinned(tuple(north)) == ((47.0, 9.5), (47.01, 9.5))
    assert thinned((*north, *east)) == ((47.0, 9.5), (47.01, 9.5), (47.01, 9.51))
    assert thinned(()) == ()


def test_a_bend_stays_a_bend() -> None:
    bend = [(47 + math.sin(angle / 100) / 1000, 9.5 + math.cos(angle / 100) / 1000) for angle in range(314)]
    kept = thinned(tuple(bend))
    assert 6 < len(kept) < 40
    # Every point that was left out is near the line that is left.
    for point in bend:
        assert min(distance_km(point, other) for other in between(kept)) < 0.01


def between(line: tuple[Point, ...]) -> list[Point]:
    return [
        (a[0] + (b[0] - a[0]) * step / 20, a[1] + (b[1] - a[1]) * step / 20)
        for a, b in pairwise(line)
        for step in range(21)
    ]
