"""Contrast as WCAG counts it."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from fsportal.lib.colours import contrast, nearest_passing, validate_hex

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("fg", "bg", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#fff", "#FFFFFF", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0f766e", "#ffffff", 5.47),
    ],
)
def test_contrast_is_that_of_wcag(fg: str, bg: str, ratio: float) -> None:
    assert contrast(fg, bg) == pytest.approx(ratio, abs=0.01)
    assert contrast(bg, fg) == contrast(fg, bg)


def test_a_colour_that_passes_stays() -> None:
    assert nearest_passing("#0f766e", "#ffffff") == "#0f766e"


def test_the_nearest_shade_is_offered() -> None:
    assert nearest_passing("#777777", "#ffffff") == "#767676"
    assert nearest_passing("#888888", "#000000", ratio=7.0) == "#959595"


@given(COLOURS, COLOURS)
def test_what_is_offered_always_passes(fg: str, bg: str) -> None:
    assert contrast(nearest_passing(fg, bg), bg) >= 4.5


def test_where_nothing_passes_the_better_extreme_is_offered() -> None:
    assert nearest_passing("#808080", "#777777", ratio=15) == "#000000"


@pytest.mark.parametrize("value", ["", "red", "#12", "#12345", "#gggggg", "#0f766e;", "#0f766e\n", "0f766e"])
def test_what_is_no_colour_is_refused(value: str) -> None:
    validate_hex("#0F766e")
    validate_hex("#abc")
    with pytest.raises(ValidationError):
        validate_hex(value)
    with pytest.raises(ValueError, match="not a colour"):
        contrast(value, "#ffffff")
