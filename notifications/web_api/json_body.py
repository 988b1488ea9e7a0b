"""The JSON object in a body, read strictly: a client learns what is wrong with it, and nothing odd is let through."""

import json
import math
from typing import Any

from notifications.web_api.errors import ODataError, bad_payload

#: Far more than any content that would be accepted; deeper values are an attack or a mistake.
DEEPEST = 32


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`; raises 400 with what is wrong."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad_payload("The body is not UTF-8.") from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_number)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise bad_payload(f"The body is not valid JSON: {_place(error)}.") from None
    if not isinstance(value, dict):
        raise bad_payload("The body takes a JSON object.")
    _check(value)
    return value


def _place(error: ValueError) -> str:
    """Return where and why, but not the text itself: a body may hold what no log should."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "a number has too many digits"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise bad_payload(f"The body is not valid JSON: the name '{key[:60]}' comes twice in one object.")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise bad_payload(f"The body is not valid JSON: {name} is not a number in JSON.")


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise bad_payload(f"The body is not valid JSON: {text[:20]} is too large a number.")
    return value


def _check(value: Any) -> None:
    """Check the depth, and for characters that no database stores; without recursion. Raises 400."""
    level = [value]
    for _depth in range(DEEPEST):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += [*one.keys(), *one.values()]
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str):
                _check_text(one)
        if not below:
            return
        level = below
    raise _too_deep()


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise bad_payload("The body holds the character U+0000, which no text may hold.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_payload("The body holds half of a surrogate pair, which no text may hold.") from None


def _too_deep() -> ODataError:
    return bad_payload(f"The body is nested deeper than {DEEPEST} levels.")
