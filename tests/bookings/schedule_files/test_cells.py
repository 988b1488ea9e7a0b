"""One cell at a time: what is understood, and what to write instead of what is not."""

import contextlib
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bookings.models import BookingStatus
from bookings.schedule_files import cells
from bookings.schedule_files.columns import BY_NAME, CellError, FileColumn

ANY = FileColumn("any", 500)
AT_TEN = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("value", "zone", "instant"),
    [
        ("2026-11-24 10:00", "Europe/London", AT_TEN),
        ("2026-11-24T10:00", "Europe/London", AT_TEN),
        ("2026-11-24 11:00:00", "Europe/Berlin", AT_TEN),
        ("2026-11-24T10:00:00Z", "Asia/Tokyo", AT_TEN),
        ("2026-11-24T15:45:00+05:45", "Europe/London", AT_TEN),
        ("2026-11-24 06:30 -03:30", "Europe/London", AT_TEN),
        (dt.datetime(2026, 11, 24, 11, 0), "Europe/Berlin", AT_TEN),
        # A spreadsheet's ten o'clock.
        (dt.datetime(2026, 11, 24, 9, 59, 59, 999_997), "Europe/London", AT_TEN),
        # The hour that comes twice means its first time.
        ("2026-10-25 01:30", "Europe/London", utc(2026, 10, 25, 0, 30)),
        ("2026-11-01 01:30", "America/New_York", utc(2026, 11, 1, 5, 30)),
        # Lord Howe goes back by half an hour.
        ("2027-04-04 01:45", "Australia/Lord_Howe", utc(2027, 4, 3, 14, 45)),
        ("2027-04-04 02:15", "Australia/Lord_Howe", utc(2027, 4, 3, 15, 45)),
    ],
)
def test_a_time_is_read_as_the_sites_wall_time_or_with_its_own_offset(
    value: Any, zone: str, instant: dt.datetime
) -> None:
    assert cells.moment(value, zone) == instant


@pytest.mark.parametrize(
    ("value", "zone", "words"),
    [
        ("2027-03-28 01:30", "Europe/London", "clocks go forward"),
        ("2027-03-14 02:30", "America/New_York", "clocks go forward"),
        ("2026-10-04 02:15", "Australia/Lord_Howe", "clocks go forward"),
        ("2026-13-45 25:61", "Europe/London", "calendar"),
        ("2026-02-29 10:00", "Europe/London", "calendar"),
        ("2026-11-24", "Europe/London", "Write it like"),
        ("24/11/2026 10:00", "Europe/London", "Write it like"),
        ("2026-11-24 10:00+25:00", "Europe/London", "no place has"),
        ("0001-01-01 00:00", "Europe/London", "between 2000 and 2100"),
        (dt.time(10), "Europe/London", "Write it like"),
        (dt.datetime(9999, 12, 31, 23, 59, 59, 999_999), "America/New_York", "between 2000 and 2100"),
        (46350, "Europe/London", "Write it like"),
    ],
)
def test_a_time_that_is_none_is_refused_with_what_to_write(value: Any, zone: str, words: str) -> None:
    with pytest.raises(CellError, match=words):
        cells.moment(value, zone)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Scheduled", BookingStatus.SCHEDULED),
        ("in progress", BookingStatus.IN_PROGRESS),
        ("ON_BREAK", BookingStatus.ON_BREAK),
        ("690970005", BookingStatus.CANCELED),
        ("Cancelled", BookingStatus.CANCELED),
        ("", None),
    ],
)
def test_a_status_goes_by_label_name_or_value_in_any_case(text: str, status: BookingStatus | None) -> None:
    assert cells.status(text) == status


def test_a_status_that_is_none_is_refused_with_the_close_one_and_all() -> None:
    with pytest.raises(CellError, match=r"Did you mean Canceled.*Scheduled, Traveling, On Break"):
        cells.status("Cancld")


@pytest.mark.parametrize(("text", "degrees"), [("51.5014", 51.5014), ("-0,25", -0.25), ("", None), ("90", 90.0)])
def test_degrees_take_a_point_or_a_comma(text: str, degrees: float | None) -> None:
    assert cells.degrees(text, 90) == degrees


@pytest.mark.parametrize("text", ["90.1", "-91", "north", "nan", "inf", "1e999", "51,5,1"])
def test_degrees_off_the_globe_or_not_a_number_are_refused(text: str) -> None:
    with pytest.raises(CellError):
        cells.degrees(text, 90)


@pytest.mark.parametrize(("text", "words"), [("UK", "GB"), ("Germany", "DE"), ("XX", "two letters"), ("EU", "two")])
def test_a_country_is_two_letters_and_a_name_is_answered_with_them(text: str, words: str) -> None:
    assert cells.country("gb") == "GB"
    with pytest.raises(CellError, match=words):
        cells.country(text)


@pytest.mark.parametrize(("text", "tag"), [("DE", "de"), ("pt_br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("", "")])
def test_a_language_tag_gets_its_usual_form(text: str, tag: str) -> None:
    assert cells.language(text) == tag


def test_a_zone_that_is_none_is_answered_with_close_ones() -> None:
    with pytest.raises(CellError, match="Europe/London"):
        cells.zone("europe/londn")


def test_control_characters_go_and_the_rest_stays() -> None:
    assert cells.line("Litware\tLabs\x00\x1b[31m\u202e", ANY) == "Litware Labs[31m"
    assert cells.paragraph("Dog in the yard;\r\nring\x07 twice", ANY) == "Dog in the yard;\nring twice"
    assert cells.line("Robert'); DROP TABLE bookings;-- <b>&amp;</b>", ANY).endswith("<b>&amp;</b>")


def test_a_cell_that_is_too_long_is_refused_with_its_limit() -> None:
    with pytest.raises(CellError, match="101 characters; write at most 100"):
        cells.line("x" * 101, BY_NAME["external_id"])


@given(st.text())
@example("=1+1")
@example("'=1+1")
@example("''@x")
@example("'plain")
@example(" =1+1")
@example("\t=x")
def test_protected_text_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    protected = cells.protect(text)

    assert protected.lstrip(" ")[:1] not in tuple("=+-@\t\r")
    assert cells.unprotect(protected) == text


WILD = st.one_of(
    st.none(),
    st.text(),
    st.text(alphabet="0123456789-:T Z+.,/"),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
)


@given(WILD, st.sampled_from(["Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]))
@example("2026-11-24 10:00 +9999", "UTC")
@example("٢٠٢٦-11-24 10:00", "UTC")
def test_no_cell_makes_a_parser_raise_anything_but_its_own_error(value: Any, zone: str) -> None:
    parsers: list[Callable[[], object]] = [
        lambda: cells.line(value, ANY),
        lambda: cells.paragraph(value, ANY),
        lambda: cells.moment(value, zone),
        lambda: cells.country(cells.line(value, ANY)),
        lambda: cells.degrees(cells.line(value, ANY), 180),
        lambda: cells.zone(cells.line(value, ANY)),
        lambda: cells.email(cells.line(value, ANY)),
        lambda: cells.phone(cells.line(value, ANY), "GB"),
        lambda: cells.phone(cells.line(value, ANY), ""),
        lambda: cells.language(cells.line(value, ANY)),
        lambda: cells.status(cells.line(value, ANY)),
    ]
    for parse in parsers:
        with contextlib.suppress(CellError):
            parse()
