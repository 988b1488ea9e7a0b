"""Splits a $filter into tokens, and reads literals as values of a column's type."""

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from notifications.web_api.errors import ODataError, bad_query
from notifications.web_api.tables import EdmType, TableColumn

_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^']|'')*')
    |(?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
    |(?P<date>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|z|[+\- ]\d\d:\d\d)?)?)
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<choice>[A-Za-z_]\w*(?:\.\w+)+'(?:[^']|'')*')
    |(?P<name>[A-Za-z_][\w./]*)
    |(?P<alias>@\w+)
    |(?P<mark>[(),=\[\]])
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A piece of the text; `at` counts characters from 1."""

    kind: str
    text: str
    at: int


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text, the last one of the kind `end`; raises 400."""
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if not match or not match.lastgroup:
            raise bad_query(f"$filter cannot read '{text[at : at + 20].strip()}' at character {at + 1}.")
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1))
        at = match.end()
    return [*found, Token("end", "", at + 1)]


def problem(message: str, token: Token) -> ODataError:
    """Return 400 with what is wrong, the token and its position."""
    got = f"'{token.text[:40]}'" if token.text else "the end"
    return bad_query(f"$filter {message}; it got {got} at character {token.at}.")


def literal(column: TableColumn, token: Token) -> Any:
    """Return the token as a value of the column's type, None for null; raises 400 for another type."""
    if token.kind == "name" and token.text == "null":
        return None
    if token.kind == "choice" and not column.path:
        # Definitions also qualify their choices by type: Microsoft.Dynamics.CRM.AttributeTypeCode'Picklist'.
        token = replace(token, kind="text", text=token.text[token.text.index("'") :])
    value = _READERS[column.edm_type](token)
    if value is None:
        what = {EdmType.STRING: "a text in single quotes", EdmType.INT32: "a whole number"}.get(
            column.edm_type, column.edm_type.value
        )
        raise problem(f"takes {what} for '{column.name}'", token)
    return value


def _text(token: Token) -> str | None:
    return checked(token.text[1:-1].replace("''", "'"), token) if token.kind == "text" else None


def checked(text: str, token: Token) -> str:
    """Return the text if a database can store it; raises 400 otherwise."""
    if "\x00" in text:
        raise problem("allows no character U+0000", token)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise problem("allows no half of a surrogate pair", token)
    return text


def unquoted(token: Token) -> str:
    """Return the text between single quotes (OData) or double quotes (JSON); raises 400."""
    if token.kind == "text":
        return checked(token.text[1:-1].replace("''", "'"), token)
    try:
        text: str = json.loads(token.text)
    except ValueError:
        raise problem("takes a JSON text in double quotes", token) from None
    # Microsoft's Python client doubles single quotes here as well.
    return checked(text.replace("''", "'"), token)


def _guid(token: Token) -> uuid.UUID | None:
    # Dataverse's clients write ids with and without quotes.
    text = token.text.strip("'") if token.kind in ("guid", "text") else ""
    return uuid.UUID(text) if _GUID.fullmatch(text) else None


def _int(token: Token) -> int | None:
    # 5.0 is 5: what a client holds as a floating-point number.
    whole, _, rest = token.text.partition(".")
    if token.kind != "number" or rest.strip("0") or not whole.lstrip("-").isdecimal() or len(whole) > 11:
        return None
    value = int(whole)
    return value if -(2**31) <= value < 2**31 else None


def _bool(token: Token) -> bool | None:
    return {"true": True, "false": False}.get(token.text) if token.kind == "name" else None


def _date(token: Token) -> dt.datetime | None:
    if token.kind != "date":
        return None
    # In a query string an unescaped + means a space.
    text = token.text.replace(" ", "+").replace("z", "Z")
    whole, dot, rest = text.partition(".")
    digits = rest.rstrip("Z").partition("+")[0].partition("-")[0]
    zone = rest[len(digits) :] if dot else ""
    try:
        moment = dt.datetime.fromisoformat(whole + zone)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    # Clamped beyond any row's time, so that sums do not overflow; .NET's smallest and largest dates mean "ever".
    if moment.year < 1753 or moment.year > 9000:
        return dt.datetime(1753 if moment.year < 1753 else 9000, 1, 1, tzinfo=dt.UTC)
    # A fraction finer than a microsecond still counts as a fraction.
    micro = max(int(digits[:6].ljust(6, "0") or 0), int(bool(digits.strip("0"))))
    return moment.astimezone(dt.UTC) + dt.timedelta(microseconds=micro)


_READERS: Mapping[EdmType, Any] = {
    EdmType.STRING: _text,
    EdmType.GUID: _guid,
    EdmType.INT32: _int,
    EdmType.BOOLEAN: _bool,
    EdmType.DATE_TIME_OFFSET: _date,
}
