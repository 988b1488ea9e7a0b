"""Lines of Arabic and Hebrew that begin with something else."""

import pytest

from fsportal.lib.text_direction import LRM, RLM, as_rtl, starts_rightwards, value_in_rtl


@pytest.mark.parametrize(
    ("text", "expected"),
    [("היי", True), ("مرحبا", True), ("10:20 היי", True), ("Omar בדרך", False), ("020 7946", False), ("", False)],
)
def test_the_first_letter_decides_and_digits_do_not(text: str, expected: bool) -> None:
    assert starts_rightwards(text) is expected


def test_only_a_line_that_begins_with_a_latin_name_needs_a_mark() -> None:
    text = "Omar בדרך הנה\nبيت Omar\nhttps://example.com/a\n+44 20 7946\n"
    assert as_rtl(text) == f"{RLM}Omar בדרך הנה\nبيت Omar\nhttps://example.com/a\n+44 20 7946\n"


def test_a_street_number_stays_in_front_of_its_street() -> None:
    assert value_in_rtl("12 Rose Lane") == f"{LRM}12 Rose Lane"
    assert value_in_rtl("שדרות רוטשילד 12") == "שדרות רוטשילד 12"
