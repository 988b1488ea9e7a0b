"""Rows of an XLSX file.

Read-only, through defusedxml (openpyxl uses it when it is installed), and never unpacked beyond a limit: a small file
can hold a gigabyte of blanks.
"""

import io
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import openpyxl
from django.utils.translation import gettext as _

from bookings.exchange.problems import FileRefused

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
        # The size that a sheet says it has is whatever its writer put there.
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
