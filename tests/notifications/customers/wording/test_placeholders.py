"""Placeholders are names in square brackets; everything else is text."""

import pytest

from notifications.customers.wording.placeholders import Placeholder, fill, names_in, unknown_in


def test_names_stand_for_their_values() -> None:
    assert fill("[company] comes on [when].", {"company": "Acme", "when": "Tue"}) == "Acme comes on Tue."
    assert names_in("[when] and [company] and [when]") == ["when", "company"]
    assert unknown_in("[when] [wen]", [Placeholder("when", "")]) == ["wen"]


def test_a_line_without_its_value_is_left_out_and_leaves_no_gap() -> None:
    text = "Hello.\n\n[technician] will come.\n\nBye."
    assert fill(text, {"technician": ""}) == "Hello.\n\nBye."
    assert fill(text, {}) == "Hello.\n\nBye."
    assert fill(text, {"technician": "Omar"}) == "Hello.\n\nOmar will come.\n\nBye."


@pytest.mark.parametrize(
    "text",
    [
        *("{{ company }}", "{% load x %}", "{company.__class__}", "%(company)s", "$company", "<b>bold</b>"),
        *("[COMPANY]", "[ company ]", "[company", "company]", "[com pany]", "[]"),
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert fill(text, {"company": "Acme"}) == text


def test_a_value_is_never_read_again_and_a_bracket_can_be_written() -> None:
    assert fill("[company]", {"company": "[when]", "when": "Tue"}) == "[when]"
    assert fill("[[when] is [when]", {"when": "Tue"}) == "[when] is Tue"
