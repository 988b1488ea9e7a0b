"""What an audit entry keeps of a change: {field: [before, after]}, of bounded size and without secrets."""

import datetime as dt
import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from fsportal.lib import phones
from fsportal.lib.logs import PHONE

Changes = dict[str, list[Any]]

#: Stands for a value that is not kept: a secret, a picture, a long text.
HIDDEN = "•••"
MASKED = [HIDDEN, HIDDEN]
#: Fields of an entry, letters of a value, members of a list, and letters of the whole as JSON.
MOST_FIELDS, MOST_LETTERS, MOST_MEMBERS, LARGEST = 60, 200, 30, 8000
#: What is never written down, whichever form asks for it.
SECRET = re.compile(r"password|passphrase|secret|token|digest|(?:^|_)(?:code|key|otp|pin)(?:$|_|\d)", re.IGNORECASE)


def bounded(changes: Mapping[str, Iterable[Any]] | None) -> Changes:
    """Return `changes` as they are stored: plain values, secrets hidden, phone numbers masked, no more than fits."""
    kept: Changes = {}
    for name, pair in list((changes or {}).items())[:MOST_FIELDS]:
        before, after = pair
        kept[name[:MOST_LETTERS]] = MASKED if is_secret(name) else [plain(before), plain(after)]
    if len(json.dumps(kept)) > LARGEST:
        return {name: pair if len(json.dumps(pair)) < MOST_LETTERS else list(MASKED) for name, pair in kept.items()}
    return kept


def is_secret(name: str) -> bool:
    """Tell whether a field's name says that its value is a secret. The postal code is none."""
    return bool(SECRET.search(name.rpartition(": ")[2])) and not name.endswith("postal_code")


def plain(value: Any) -> Any:
    """Return a value as JSON keeps it, or HIDDEN for what is too long or no text."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return _members(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return HIDDEN
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
    return HIDDEN if len(text) > MOST_LETTERS else _without_phones(text)


def _members(values: Collection[Any]) -> list[Any]:
    more = [f"+ {len(values) - MOST_MEMBERS}"] if len(values) > MOST_MEMBERS else []
    return [plain(one) for one in list(values)[:MOST_MEMBERS]] + more


def _without_phones(text: str) -> str:
    return PHONE.sub(lambda found: phones.masked(found[0]), text).replace("\0", "")
