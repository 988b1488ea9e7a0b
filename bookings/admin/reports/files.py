"""The table of a report as a file, CSV or XLSX. Shares are numbers between 0 and 1, as spreadsheets have them."""

import csv
import io
from collections.abc import Callable

import openpyxl
from django.http import HttpResponse

from bookings.admin.reports.table import ReportTable
from bookings.reports.subjects import NUMBER
from bookings.schedule_files.cells import protect
from fsportal.lib.text import csv_cell, one_line
from fsportal.settings_area.list_views.pages import UNSTORED, XLSX

Cell = str | int | float


def lines_of(table: ReportTable, harmless: Callable[[str], str]) -> list[list[Cell]]:
    """Return all rows with the heads above and all together below; text that looks like a formula is made harmless."""
    heads: list[Cell] = [harmless(head) for head in table.heads]
    body: list[list[Cell]] = []
    for row in [*table.rows, table.total]:
        values = table.values(row)
        numbers = ["" if value is None else value if one.kind == NUMBER else round(value, 4) for one, value in values]
        body.append([harmless(one_line(row.name)), *numbers])
    return [heads, *body]


def csv_file(table: ReportTable, name: str) -> HttpResponse:
    """Return a file with a byte order mark, so that spreadsheets read it as UTF-8."""
    stream = io.StringIO()
    stream.write("\ufeff")
    csv.writer(stream, lineterminator="\r\n").writerows(lines_of(table, csv_cell))
    return _answer(stream.getvalue().encode(), "text/csv; charset=utf-8", f"{name}.csv")


def xlsx_file(table: ReportTable, name: str) -> HttpResponse:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(str(table.query.report.label)[:31])
    for line in lines_of(table, protect):
        sheet.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return _answer(stream.getvalue(), XLSX, f"{name}.xlsx")


def _answer(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} | UNSTORED
    return HttpResponse(content, content_type=kind, headers=headers)


FILES = {"csv": csv_file, "xlsx": xlsx_file}
