"""A list as a file: the rows that fit its filters, in the columns that are shown, a part at a time.

However many rows there are, only BATCH of them are in memory: keys come from a cursor, rows by their keys.
"""

import csv
import datetime as dt
import html
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any

from django.contrib.admin.utils import display_for_field, label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from fsportal.lib import zones
from fsportal.lib.text import csv_cell, plain
from fsportal.settings_area.company_zone import current_zone

BATCH = 500
#: A workbook is written as a whole before it is sent: of more rows nobody would wait for it.
MOST_IN_WORKBOOK = 10_000
TAG = re.compile(r"<[^>]*>")
#: Not a column: the boxes that choose rows.
BOX = "action_checkbox"


@dataclass(frozen=True)
class ExportColumn:
    """A column of the file. `moment` is the field of a time that is written a second time, for machines."""

    name: str
    label: str
    moment: str = ""


class ListExport:
    """The rows of a list that was asked for (`BoundedAdmin.unshown_list`), as cells."""

    def __init__(self, changelist: Any) -> None:
        self._list, self._admin = changelist, changelist.model_admin
        self.given = 0
        self._columns = list(self._all_columns())
        # What is sent later is made when the page's own zone and language are over.
        self._zone, self._language = timezone.get_current_timezone(), translation.get_language()

    # --- Columns ----------------------------------------------------------------------------------------------------
    def _all_columns(self) -> Iterator[ExportColumn]:
        for name in self._list.list_display:
            if name == BOX:
                continue
            label = capfirst(str(label_for_field(name, self._list.model, model_admin=self._admin)))
            yield ExportColumn(name, label)
            if moment := self._moment_of(name):
                yield ExportColumn(name, f"{label}, {zones.plain_label(current_zone(), 'en')}", moment)

    def _moment_of(self, name: str) -> str:
        """Return the field of the time that a column shows in words, or ""."""
        order = getattr(getattr(self._admin, name, None), "admin_order_field", None)
        try:
            shown = self._list.opts.get_field(order) if isinstance(order, str) else None
        except FieldDoesNotExist:
            return ""
        return str(order) if isinstance(shown, models.DateTimeField) else ""

    @property
    def head(self) -> list[str]:
        return [column.label for column in self._columns]

    # --- Rows -------------------------------------------------------------------------------------------------------
    def rows(self) -> Iterator[list[str]]:
        keys = self._list.queryset.values_list("pk", flat=True).iterator(chunk_size=BATCH)
        for some in _parts(keys):
            with timezone.override(self._zone), translation.override(self._language):
                made = [[self._cell(column, row) for column in self._columns] for row in self._list.rows_of(some)]
            for cells in made:
                self.given += 1
                yield cells

    def _cell(self, column: ExportColumn, row: Any) -> str:
        if column.moment:
            return _machine_time(getattr(row, column.moment))
        try:
            field, _attribute, value = lookup_field(column.name, row, self._admin)
        except ObjectDoesNotExist:
            return ""
        if isinstance(value, bool) and (field is None or isinstance(field, models.BooleanField)):
            return _("Yes") if value else _("No")
        if field is not None and field.is_relation:
            related = getattr(row, field.name)
            return "" if related is None else str(related)
        if isinstance(value, dt.datetime):
            return _machine_time(value)
        shown = display_for_field(value, field, "") if field is not None else value
        if shown is None:
            return ""
        # A text that somebody typed is no markup, even if it has a < in it.
        return words_of_html(str(shown)) if hasattr(shown, "__html__") else str(shown).strip()

    # --- Files ------------------------------------------------------------------------------------------------------
    def csv(self) -> Iterator[bytes]:
        """Yield a CSV file in parts, with a byte order mark, without which Excel does not read UTF-8."""
        yield "\ufeff".encode()
        for some in _parts(chain([self.head], self.rows())):
            part = io.StringIO()
            csv.writer(part, lineterminator="\r\n").writerows([csv_cell(cell) for cell in row] for row in some)
            yield part.getvalue().encode()

    def workbook(self) -> IO[bytes]:
        """Return an XLSX file, written to the disk, with the first MOST_IN_WORKBOOK rows."""
        book = Workbook(write_only=True)
        sheet = book.create_sheet(str(self._list.opts.verbose_name_plural)[:31])
        for row in chain([self.head], islice(self.rows(), MOST_IN_WORKBOOK)):
            sheet.append([_text_cell(sheet, cell) for cell in row])
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        book.save(file)
        file.seek(0)
        return file


def _parts(things: Iterable[Any]) -> Iterator[list[Any]]:
    left = iter(things)
    while part := list(islice(left, BATCH)):
        yield part


def words_of_html(text: str) -> str:
    """Return what a cell of a list says, without its tags; what stands on lines of its own is set apart by a comma."""
    if "<" not in text and "&" not in text:
        return text.strip()
    parts = (html.unescape(part).strip() for part in TAG.split(text))
    return ", ".join(part for part in parts if part)


def _machine_time(moment: dt.datetime | None) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, plain(text)[:32_767])
    # openpyxl takes a text that begins with = for a formula; a spreadsheet, once such a cell is edited.
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
