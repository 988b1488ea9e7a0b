"""Shared helpers for exporting and erasing personal data.

Each app says in its own `personal_data.py` what it holds about a person; fsportal/management/erasing.py puts them
together (docs/decisions/0017-forgetting-people.md).
"""

import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Model, Q, QuerySet

from fsportal.lib.text import folded

#: Replaces the name of an erased person.
ERASED = "(erased)"


class Refused(Exception):
    """The person cannot be erased yet; the message says what to do first."""


class Disposition(Enum):
    """What an erasure does to records."""

    ERASED = "erased"
    BLANKED = "blanked"
    CLOSED = "closed"
    KEPT = "kept"


@dataclass(frozen=True)
class Line:
    """What an erasure did to some records and, if they were kept, why."""

    action: Disposition
    what: str
    count: int
    why: str = ""

    def __str__(self) -> str:
        because = f" ({self.why})" if self.why else ""
        return f"{self.action.value:<8} {self.count:>5}  {self.what}{because}"


# --- Exporting --------------------------------------------------------------------------------------------------------
def told(rows: Iterable[Model], *names: str) -> list[dict[str, Any]]:
    """Return the named fields of records for an export: choices in words, times as ISO 8601 in UTC.

    A name may follow a relation: `booking__start`.
    """
    return [{name: _plain(row, name) for name in names} for row in rows]


def _plain(row: Model, name: str) -> Any:
    *way, last = name.split("__")
    record: Any = row
    for step in way:
        record = getattr(record, step)
        if record is None:
            return None
    in_words = getattr(record, f"get_{last}_display", None)
    value = in_words() if in_words else getattr(record, last)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value if value is None or isinstance(value, (bool, int, float, str, list, dict)) else str(value)


# --- Erasing ----------------------------------------------------------------------------------------------------------
def erase(what: str, rows: QuerySet[Any], why: str = "") -> Line:
    """Delete records and what depends on them."""
    count = rows.count()
    rows.delete()
    return Line(Disposition.ERASED, what, count, why)


def blank(what: str, rows: QuerySet[Any], **values: Any) -> Line:
    """Overwrite what is personal in records that stay; `rows` are only those that hold something."""
    return Line(Disposition.BLANKED, what, rows.order_by().update(**values))


def kept(what: str, count: int, why: str) -> Line:
    return Line(Disposition.KEPT, what, count, why)


def holding(rows: QuerySet[Any], addresses: Iterable[str], *names: str) -> QuerySet[Any]:
    """Return the records that have one of `addresses` in one of the fields `names`; case does not count.

    A database takes more letters for the same than a mail server does, so its finds are compared again here.
    """
    wanted = {folded(address) for address in addresses}
    near = rows.filter(_any_of(names, wanted, "iexact")).values_list("pk", *names)
    return rows.filter(
        pk__in=[pk for pk, *texts in near if not wanted.isdisjoint(folded(text or "") for text in texts)]
    )


def _any_of(names: Iterable[str], values: Iterable[str], lookup: str) -> Q:
    wanted, found = list(values), Q(pk__in=[])
    for name in names:
        for value in wanted:
            found |= Q(**{f"{name}__{lookup}": value})
    return found


def naming(rows: QuerySet[Any], marks: Iterable[str], *names: str) -> QuerySet[Any]:
    """Return the records that have one of `marks`, as whole words, in one of the text fields `names`.

    The form in which JSON escapes them counts too. This reads the whole table, so use it for rare actions only.
    """
    written = {form for mark in marks for form in (mark, json.dumps(mark)[1:-1])}
    if not written:
        return rows.none()
    as_words = re.compile("|".join(rf"(?<!\w){re.escape(form)}(?!\w)" for form in sorted(written)), re.IGNORECASE)
    near = rows.filter(_any_of(names, written, "icontains")).values_list("pk", *names)
    found = [pk for pk, *texts in near if any(as_words.search(text or "") for text in texts)]
    return rows.filter(pk__in=found)
