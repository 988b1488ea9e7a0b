"""The columns of a schedule file; docs/import.md shows the same table to people."""

import difflib
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from fsportal.lib.text import one_line


class FileRefused(Exception):
    """The file as a whole cannot be read; the message says what to do instead."""


class CellError(ValueError):
    """One cell cannot be read; the message says what to write instead."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """An error or a warning at one row and column. The row is numbered as in a spreadsheet."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileColumn:
    """One column: its name, whether it is required, and how many characters it takes."""

    name: str
    limit: int
    required: bool = False


COLUMNS = [
    FileColumn("external_id", 100, required=True),
    FileColumn("work_order", 50, required=True),
    FileColumn("account", 200, required=True),
    FileColumn("account_external_id", 100),
    FileColumn("address", 200),
    FileColumn("city", 100),
    FileColumn("postal_code", 20),
    FileColumn("country", 60),
    FileColumn("latitude", 40),
    FileColumn("longitude", 40),
    FileColumn("time_zone", 64),
    FileColumn("contact_name", 200),
    FileColumn("contact_email", 254),
    FileColumn("contact_phone", 40),
    FileColumn("language", 16),
    FileColumn("incident_type", 100, required=True),
    FileColumn("work_order_type", 100),
    FileColumn("resource", 100, required=True),
    FileColumn("start", 40, required=True),
    FileColumn("end", 40),
    FileColumn("window_start", 40),
    FileColumn("window_end", 40),
    FileColumn("status", 40),
    FileColumn("notes", 10_000),
]
BY_NAME = {column.name: column for column in COLUMNS}
NAMES = [column.name for column in COLUMNS]
REQUIRED = [column.name for column in COLUMNS if column.required]


def column_name(heading: Any) -> str:
    """Return a heading as the import knows it: "External ID" is `external_id`. Unknown headings stay readable."""
    return "_".join(one_line(str(heading if heading is not None else ""), 60).casefold().split())


def check_heading(headings: list[str]) -> tuple[list[Problem], list[Problem]]:
    """Return errors (missing or doubled columns) and warnings (unknown ones) about a heading row, as row 1."""
    errors = [Problem(1, name, _missing(name, headings)) for name in REQUIRED if name not in headings]
    doubled = sorted({name for name in headings if name and headings.count(name) > 1})
    errors += [Problem(1, name, _("This column is there twice. Remove one of them.")) for name in doubled]
    unknown = [name for name in dict.fromkeys(headings) if name and name not in BY_NAME]
    return errors, [Problem(1, name, _unknown(name)) for name in unknown]


def _missing(name: str, headings: list[str]) -> str:
    close = difflib.get_close_matches(name, [other for other in headings if other not in BY_NAME], n=1)
    if close:
        return _("This column is missing. Is it the one that is headed “%(close)s”? Then rename that.") % {
            "close": close[0]
        }
    return _("This column is missing. Add it, with a value in every row.")


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name, NAMES, n=1)
    if close:
        return _("Nothing reads this column. Did you mean “%(close)s”?") % {"close": close[0]}
    return _("Nothing reads this column; it was left out.")
