"""Text from strangers in places where some characters do harm."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from fsportal.lib.text import HARMFUL, LINE_BREAKS, csv_cell, initials, one_line, plain, validate_no_control

RLM, ZWJ = "\u200f", "\u200d"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\u2028b\x0bc\x85d\te", "a b c d e"),
        ("  a \n\n  b ", "a b"),
        ("a\x00\x1b[31mb\x7f\x9fc", "a[31mbc"),
        ("\u202eevil\u202c \u2066x\u2069 \u200b\ufeff", "evil x"),
        (f"שלום{RLM} 5", f"שלום{RLM} 5"),
        (f"👩{ZWJ}🔧", f"👩{ZWJ}🔧"),
        ("\ud800x", "x"),
        ("e\u0301", "é"),
    ],
)
def test_one_line_holds_nothing_that_leaks(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("ab cdefg", 4, "ab…"),
        ("xx👩" + ZWJ + "🔧yy", 5, "xx…"),
        ("abx\u0333\u0333c", 5, "ab…"),
        ("abc", 1, "…"),
    ],
)
def test_a_long_line_ends_in_an_ellipsis_within_the_limit(text: str, limit: int, line: str) -> None:
    assert one_line(text, limit) == line


@given(st.text(max_size=60), st.integers(1, 20))
def test_one_line_is_always_one_writable_line(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert one_line(line, limit) == line
    line.encode()


def test_nothing_harmful_is_printable() -> None:
    marks = "".join(map(chr, range(0x110000)))
    harmful = "".join(HARMFUL.findall(marks) + LINE_BREAKS.findall(marks))
    assert len(harmful) > 2000
    assert [mark for mark in harmful if mark.isprintable()] == []


def test_plain_text_keeps_its_lines() -> None:
    assert plain("a\r\nb\rc\u2028d\te\x00\u202e") == "a\nb\nc\nd\te"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d"])
def test_a_cell_that_looks_like_a_formula_is_text(start: str) -> None:
    assert csv_cell(f"{start}cmd|' /C calc'!A0") == f"'{start}cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    ("value", "cell"), [("", ""), (None, ""), ("a=b", "a=b"), (-5, "-5"), (Decimal("-1.50"), "-1.50"), ("  ", "  ")]
)
def test_other_cells_stay(value: object, cell: str) -> None:
    assert csv_cell(value) == cell


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Omar Haddad", "OH"),
        ("Ng, Anna", "AN"),
        ("Anna-Lena von Großmann", "AG"),
        ("נועה כהן", "נכ"),
        ("李 小龍", "李小"),
        ("Cher", "C"),
        ("Mary <b>Bold</b>", "MB"),
        ("'); --", "?"),
        ("", "?"),
        ("élan vital", "ÉV"),
    ],
)
def test_initials_stand_in_for_a_picture(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\x00", "\u202eb", "a\u2028b", "\ud800"])
def test_a_name_with_hidden_characters_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="type it again"):
        validate_no_control(name)


@pytest.mark.parametrize(
    "name", ["Siobhán O\u2019Brien", f"נועה{RLM} כהן", "Robert'); DROP TABLE x;--", "=SUM(A1)", ""]
)
def test_any_other_name_is_a_name(name: str) -> None:
    validate_no_control(name)
