"""Lines as Google and Valhalla encode them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.eta.base import Point, RoutingError
from bookings.eta.polyline import decoded
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


@pytest.mark.parametrize("text", ["_p~iF", "_p~iF~ps|U_", "\x00", "é", "~" * 4_000_000, "_p~iF~ps|U ulL"])
def test_what_is_no_line_is_refused_at_once(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(RoutingError) as refused:
        decoded(text, decimals=5)
    assert refused.value.retry_after == 0
    assert time.process_time() - begun < 0.1


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    try:
        decoded(text, decimals=6)
    except RoutingError:
        pass
