"""From one cell of a file to a value. Raises CellError, with what to write instead, and nothing else."""

import datetime as dt
import difflib
import math
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from bookings.models import BookingStatus
from bookings.schedule_files.columns import CellError, FileColumn
from fsportal.lib import countries, phones, zones
from fsportal.lib.text import FORMULA_STARTS, one_line, plain

#: A cell that a spreadsheet would take for a formula, with any apostrophes already in front of it.
RISKY = re.compile(f"'*[ ]*[{re.escape(FORMULA_STARTS)}]")
LOCAL = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")
OFFSET = re.compile(r"(.+?)\s*(Z|[+-]\d{2}:?\d{2})", re.IGNORECASE)
TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
OTHER_SPELLINGS = {"cancelled": "canceled", "travelling": "traveling", "inprogress": "in progress", "done": "completed"}

_validate_email = EmailValidator()


# --- Text -----------------------------------------------------------------------------------------------------------
def protect(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: an apostrophe goes in front of = + - @."""
    return f"'{text}" if RISKY.match(text) else text


def unprotect(text: str) -> str:
    """Take away the apostrophe that `protect` put in front."""
    return text[1:] if text.startswith("'") and RISKY.match(text) else text


def text_of(value: Any) -> str:
    """Return a cell as the text that a person sees in it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def line(value: Any, column: FileColumn) -> str:
    """Return a cell as one clean line; tabs and line breaks become spaces, invisible characters go."""
    return _fitting(one_line(unprotect(text_of(value).strip())), column)


def paragraph(value: Any, column: FileColumn) -> str:
    return _fitting(plain(unprotect(text_of(value).strip())).replace("\x00", "").strip(), column)


def _fitting(text: str, column: FileColumn) -> str:
    if len(text) > column.limit:
        raise CellError(
            _("This has %(length)s characters; write at most %(limit)s.") % {"length": len(text), "limit": column.limit}
        )
    return text


# --- Places ---------------------------------------------------------------------------------------------------------
def country(text: str) -> str:
    """Return two capital letters of ISO 3166-1, or nothing."""
    code = text.upper()
    if not code or code in countries.codes():
        return code
    found = _country_called(text)
    if found:
        raise CellError(_("Write the country in two letters: %(code)s.") % {"code": found})
    raise CellError(_("“%(text)s” is not a country. Write two letters, for example GB.") % {"text": text[:40]})


def _country_called(text: str) -> str:
    if text.upper() in ("UK", "U.K."):
        return "GB"
    by_name = {name.casefold(): code for code, name in countries.choices("en")} | {"usa": "US"}
    close = difflib.get_close_matches(text.casefold(), by_name, n=1, cutoff=0.85)
    return by_name[close[0]] if close else ""


def degrees(text: str, limit: int) -> float | None:
    """Return degrees between -limit and limit, or None for an empty cell. A decimal comma is accepted."""
    if not text:
        return None
    try:
        value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise CellError(_("“%(text)s” is not a number. Write degrees, for example 51.5014.") % {"text": text[:40]})
    if abs(value) > limit:
        raise CellError(
            _("%(text)s is off the globe. Write degrees between -%(limit)s and %(limit)s.")
            % {"text": text[:40], "limit": limit}
        )
    return value


def zone(text: str) -> str:
    try:
        zones.validate_zone(text)
    except ValidationError as error:
        raise CellError(" ".join(error.messages)) from None
    return text


# --- People ---------------------------------------------------------------------------------------------------------
def email(text: str) -> str:
    if not text:
        return ""
    try:
        _validate_email(text)
    except ValidationError:
        raise CellError(
            _("“%(text)s” is not an email address. Write one such as anna@example.com, or leave the cell empty.")
            % {"text": text[:60]}
        ) from None
    return text


def phone(text: str, country_code: str) -> str:
    """Return a number as E.164, or nothing. Without a calling code it is one of the row's country."""
    if not text:
        return ""
    try:
        return phones.to_e164_of_person(text, country_code)
    except ValueError as error:
        raise CellError(str(error)) from None


def language(text: str) -> str:
    """Return a language tag in its usual form (`de`, `pt-BR`, `zh-Hant`), or nothing."""
    if not text:
        return ""
    if not TAG.fullmatch(text):
        raise CellError(_("“%(text)s” is not a language tag. Write one such as de or pt-BR.") % {"text": text[:20]})
    first, *rest = text.replace("_", "-").split("-")
    forms = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(forms.get(len(part), str.lower)(part) for part in rest)])


# --- The booking ----------------------------------------------------------------------------------------------------
def status(text: str) -> BookingStatus | None:
    """Return a booking status by its label, name or value; None for an empty cell."""
    if not text:
        return None
    wanted = " ".join(text.casefold().replace("_", " ").split())
    found = _statuses().get(OTHER_SPELLINGS.get(wanted, wanted))
    if found is None:
        close = difflib.get_close_matches(wanted, [s.name.replace("_", " ").casefold() for s in BookingStatus], n=1)
        names = {"text": text[:40], "all": ", ".join(str(s.label) for s in BookingStatus)}
        if close:
            names["close"] = str(_statuses()[close[0]].label)
            raise CellError(
                _("“%(text)s” is not a booking status. Did you mean %(close)s? Possible values: %(all)s.") % names
            )
        raise CellError(_("“%(text)s” is not a booking status. Write one of: %(all)s.") % names)
    return found


def _statuses() -> dict[str, BookingStatus]:
    by_name = {member.name.replace("_", " ").casefold(): member for member in BookingStatus}
    by_label = {str(member.label).casefold(): member for member in BookingStatus}
    return by_name | by_label | {str(member.value): member for member in BookingStatus}


def moment(value: Any, zone_name: str) -> dt.datetime:
    """Return the UTC instant of a cell.

    A date cell or `YYYY-MM-DD HH:MM` is wall time in `zone_name`; an offset or a Z overrides that.
    """
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        # Spreadsheets keep times as fractions of a day: 09:59:59.999997 is ten o'clock.
        rounded = (_in_range(value) + dt.timedelta(milliseconds=500)).replace(microsecond=0)
        return _in_range(_from_wall(rounded, zone_name))
    text = one_line(unprotect(text_of(value).strip()))
    with_offset = OFFSET.fullmatch(text)
    wall = _wall(with_offset[1] if with_offset else text, text)
    if with_offset is None:
        return _in_range(_from_wall(wall, zone_name))
    return _in_range((wall - _offset(with_offset[2], text)).replace(tzinfo=dt.UTC))


def _wall(clock: str, text: str) -> dt.datetime:
    parts = LOCAL.fullmatch(clock)
    if parts is None:
        raise CellError(
            _("“%(text)s” is not a day and time. Write it like 2026-11-24 10:20 or 2026-11-24T10:20+01:00")
            % {"text": text[:40]}
        )
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups()[:6])
        microsecond = int((parts[7] or "0").ljust(6, "0"))
        wall = dt.datetime(year, month, day, hour, minute, second, microsecond)  # noqa: DTZ001 - the zone comes later
    except ValueError:
        raise CellError(
            _("“%(text)s” is not in any calendar. Check month, day, hour and minute.") % {"text": text[:40]}
        ) from None
    return _in_range(wall)


def _offset(written: str, text: str) -> dt.timedelta:
    if written.upper() == "Z":
        return dt.timedelta()
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 14 or minutes > 59:
        raise CellError(_("“%(text)s” has an offset that no place has. Write it like +01:00.") % {"text": text[:40]})
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return -offset if written[0] == "-" else offset


def _from_wall(wall: dt.datetime, zone_name: str) -> dt.datetime:
    if not zone_name:
        raise CellError(_("This time cannot be read without a time zone in its row."))
    try:
        return zones.local_to_utc(wall, zone_name)
    except (ValueError, OverflowError) as error:
        raise CellError(str(error)) from None


def _in_range(instant: dt.datetime) -> dt.datetime:
    if instant.year not in zones.YEARS:
        raise CellError(_("The year %(year)s is not between 2000 and 2100.") % {"year": instant.year})
    return instant
