"""From bytes to rows: delimiters, encodings, workbooks, and files that are refused."""

import io
import zipfile

import openpyxl
import pytest

from bookings.schedule_files import reading
from bookings.schedule_files.columns import FileRefused
from bookings.schedule_files.reading import format_of, read_sheet
from tests.bookings.schedule_files.files import ROW, csv_of, numbered, row, xlsx_of


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_delimiter_encoding_and_line_ends_are_recognised(delimiter: str, encoding: str, eol: str) -> None:
    one = row(notes='Says "hello";\nring, twice\t!', account="李 小龍; Ltd")

    sheet = read_sheet(csv_of(one, delimiter=delimiter, encoding=encoding, eol=eol), "csv")

    assert sheet.heading == list(ROW)
    assert [raw.cells for raw in sheet.rows] == [list(one.values())]


def test_headings_may_have_capitals_and_spaces() -> None:
    content = csv_of({name.replace("_", " ").title(): value for name, value in ROW.items()})

    assert read_sheet(content, "csv").heading == list(ROW)


def test_rows_are_counted_as_a_spreadsheet_shows_them() -> None:
    content = csv_of(numbered(1, notes="one\ntwo\nthree"), numbered(2))
    head, _break, rest = content.partition(b"\r\n")
    with_blank = head + b"\r\n\r\n" + rest

    assert [raw.number for raw in read_sheet(content, "csv").rows] == [2, 3]
    assert [raw.number for raw in read_sheet(with_blank, "csv").rows] == [3, 4]


def test_blank_rows_of_a_workbook_are_counted_and_left_out() -> None:
    blank = dict.fromkeys(ROW)

    sheet = read_sheet(xlsx_of(numbered(1), blank, numbered(2)), "xlsx")

    assert [raw.number for raw in sheet.rows] == [2, 4]


def test_text_that_looks_like_a_formula_is_text_and_a_formula_counts_as_what_it_showed() -> None:
    content = xlsx_of(row(account="=SUM(A1:A9) Ltd", notes="=1+1"))
    shown = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(shown, "w") as new:
        for part in old.namelist():
            # What Excel keeps beside a formula.
            new.writestr(part, old.read(part).replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"))

    cells = read_sheet(shown.getvalue(), "xlsx").rows[0].cells

    assert cells[list(ROW).index("account")] == "=SUM(A1:A9) Ltd"
    assert cells[list(ROW).index("notes")] == 2


def test_the_format_is_what_the_file_is_not_what_it_is_called() -> None:
    assert format_of("schedule.csv", xlsx_of(ROW)) == "xlsx"
    assert format_of("schedule.dat", csv_of(ROW)) == "csv"


@pytest.mark.parametrize(
    ("content", "file_format", "words"),
    [
        (b"", "csv", "first row is empty"),
        (csv_of(ROW).replace(b"London", b"M\xfcnchen"), "csv", "CSV UTF-8"),
        (b'a,b\r\n"open', "csv", "Row 2"),
        (b"PK\x03\x04 not a zip", "xlsx", "no XLSX"),
        (b"not a zip", "xlsx", "no XLSX"),
        (b"x" * (10 * 1024 * 1024 + 1), "csv", "larger than 10 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(content: bytes, file_format: str, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        read_sheet(content, file_format)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 2)

    assert len(read_sheet(csv_of(*(numbered(n) for n in range(2))), "csv").rows) == 2
    with pytest.raises(FileRefused, match="more than"):
        read_sheet(csv_of(*(numbered(n) for n in range(3))), "csv")


def test_a_workbook_that_would_unpack_to_a_flood_is_refused_unread() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 160 * 1024 * 1024)

    with pytest.raises(FileRefused, match="150 MB"):
        read_sheet(bomb.getvalue(), "xlsx")


def test_a_workbook_with_entities_is_refused() -> None:
    stream = io.BytesIO()
    entities = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with zipfile.ZipFile(io.BytesIO(xlsx_of(ROW))) as old, zipfile.ZipFile(stream, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            new.writestr(part, entities + content if part.startswith("xl/worksheets/") else content)

    with pytest.raises(FileRefused, match="damaged or protected"):
        read_sheet(stream.getvalue(), "xlsx")


def test_a_cell_far_out_does_not_widen_every_row() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(list(ROW))
    book.worksheets[0].append(list(ROW.values()))
    book.worksheets[0]["XFD2"] = "far out"
    stream = io.BytesIO()
    book.save(stream)

    assert len(read_sheet(stream.getvalue(), "xlsx").rows[0].cells) <= len(ROW) + 1
