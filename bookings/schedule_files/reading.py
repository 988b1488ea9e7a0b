"""From the bytes of a CSV or XLSX file to rows of raw cells, whatever they mean."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from bookings.schedule_files.columns import BY_NAME, FileRefused, column_name

MAX_UNPACKED = 150 * 1024 * 1024
MAX_COLUMNS = 100
LAST_ROW = 1_048_576
Cell = tuple[Any, str]
NOTHING: Cell = (None, "n")
BLANK: list[Cell] = []


def xlsx_records(content: bytes) -> Iterator[list[Any]]:
    """Yield the rows of the first sheet as lists of values: text, number, datetime, None."""
    _refuse_bombs(content)
    try:
        yield from _records(content)
    except FileRefused:
        raise
    except Exception:  # noqa: BLE001 - openpyxl raises whatever a damaged part leads to: KeyError, ParseError …
        raise FileRefused(
            _("This XLSX file is damaged or protected. Open it, save it again as “Excel workbook”, or save it as CSV.")
        ) from None


def _records(content: bytes) -> Iterator[list[Any]]:
    written = list(_cells(content, values=False))
    if not any(kind == "f" for record in written for _value, kind in record):
        yield from ([value for value, _kind in record] for record in written)
        return
    # A formula counts as what it last showed. Without that it is text which only looks like one: "=SUM(A1:A9) Ltd".
    for record, shown in zip_longest(written, _cells(content, values=True), fillvalue=BLANK):
        yield [_shown(*pair) for pair in zip_longest(record, shown, fillvalue=NOTHING)]


def _shown(written: Cell, shown: Cell) -> Any:
    if written[1] != "f" or shown[0] is None or shown[1] == "e":
        return written[0]
    return shown[0]


def _cells(content: bytes, *, values: bool) -> Iterator[list[Cell]]:
    """Yield rows of (value, kind of cell), a blank row as an empty list."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)
    try:
        sheet: Any = book.worksheets[0]  # a ReadOnlyWorksheet, which the stubs know only half
        # A sheet's stated size is whatever its writer put there.
        sheet.reset_dimensions()
        heading = next(sheet.iter_rows(max_row=1, max_col=MAX_COLUMNS, values_only=True), ())
        width = max((at for at, value in enumerate(heading, start=1) if value is not None), default=1)
        # One column more, so that a value beside the table is noticed.
        for number, cells in enumerate(sheet.iter_rows(max_col=width + 1), start=1):
            if number > LAST_ROW:
                raise FileRefused(_("The sheet has more rows than a spreadsheet can have."))
            filled = any(cell.value is not None for cell in cells)
            yield [(cell.value, cell.data_type) for cell in cells] if filled else []
    finally:
        book.close()


def _refuse_bombs(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        raise FileRefused(_("This is no XLSX file. Save it as “Excel workbook (.xlsx)” or as CSV.")) from None
    if unpacked > MAX_UNPACKED:
        raise FileRefused(_("The XLSX file unpacks to more than 150 MB. Split it, or save it as CSV."))


MAX_BYTES = 10 * 1024 * 1024
MAX_ROWS = 50_000
FORMATS = ("csv", "xlsx")
DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record. `number` is the row as in a spreadsheet: the heading is row 1."""

    number: int
    cells: list[Any]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's heading (names as in columns.py) and its rows that are not blank."""

    heading: list[str]
    rows: list[RawRow]


def read_sheet(content: bytes, file_format: str) -> Sheet:
    """Read a file of at most 10 MB and 50,000 rows. Raises FileRefused with what to do instead."""
    if len(content) > MAX_BYTES:
        raise FileRefused(_("The file is larger than 10 MB. Split it into several files."))
    records = _csv_records(content) if file_format == "csv" else xlsx_records(content)
    numbered = ((number, cells) for number, cells in enumerate(records, start=1))
    first = next(numbered, None)
    if first is None or _is_blank(first[1]):
        raise FileRefused(_("The first row is empty. It must hold the names of the columns."))
    heading = [column_name(cell) for cell in first[1]]
    return Sheet(heading, list(_filled_rows(numbered)))


def format_of(file_name: str, content: bytes) -> str:
    """Return `csv` or `xlsx` by the content: every XLSX file is a zip archive."""
    return "xlsx" if content[:4] == b"PK\x03\x04" or file_name.lower().endswith(".xlsx") else "csv"


def _filled_rows(numbered: Iterable[tuple[int, list[Any]]]) -> Iterator[RawRow]:
    count = 0
    for number, cells in numbered:
        if _is_blank(cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise FileRefused(_("The file has more than 50,000 rows. Split it into several files."))
        yield RawRow(number, cells)


def _is_blank(cells: list[Any]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _csv_records(content: bytes) -> Iterator[list[Any]]:
    text = _decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = 0
    try:
        for record in reader:
            number += 1
            yield list(record)
    except csv.Error:
        raise FileRefused(
            _("Row %(row)s cannot be read: a quotation mark is not closed, or a cell is very long.")
            % {"row": number + 1}
        ) from None


def _decoded(content: bytes) -> str:
    # Excel's "Unicode text" is UTF-16; everything else that this reads is UTF-8.
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(
            _("The file is not in UTF-8. In Excel choose “CSV UTF-8” when you save it, or upload the XLSX file.")
        ) from None


def _delimiter(text: str) -> str:
    """Return the delimiter with which the first line names most of our columns."""
    line = text.lstrip("\r\n").partition("\n")[0]

    def known(delimiter: str) -> int:
        return sum(column_name(part.strip().strip('"')) in BY_NAME for part in line.split(delimiter))

    return max(DELIMITERS, key=known)
