"""One call of the Web API, as the rooms behind the door see it: a request of its own, or one part of a batch."""

import json
import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.client import responses
from typing import Any
from urllib.parse import parse_qsl

from fsportal.models import User
from notifications.web_api.errors import BAD_PAYLOAD, ODataError, bad_payload, bad_query, invalid, wrong_method
from notifications.web_api.headers import Preferences, content_charset, metadata_level

SAFE = ("GET", "HEAD")
GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)


@dataclass
class Call:
    """Method, path below the service root (decoded, without a slash in front), raw query, headers and body.

    `root` is the address of the service root with a slash at its end. Header names are lower case.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    user: User
    root: str

    @cached_property
    def preferences(self) -> Preferences:
        """Return what the Prefer header asks for."""
        return Preferences.parse(self.headers.get("prefer", ""))

    @cached_property
    def level(self) -> str:
        """Return how much control information JSON answers hold: none, minimal, full; raises 406."""
        return metadata_level(self.options.get("$format") or self.headers.get("accept", ""))

    @property
    def level_or_default(self) -> str:
        """Return the level for an answer that has to be given whatever was asked for: an error."""
        try:
            return self.level
        except ODataError:
            return "minimal"

    @cached_property
    def options(self) -> dict[str, str]:
        """Return the query options by name; raises 400 for one that comes twice and says two things."""
        try:
            pairs = parse_qsl(self.query, keep_blank_values=True, errors="strict", max_num_fields=50)
        except ValueError:
            raise bad_query("The query string cannot be read: it takes at most 50 options in UTF-8.") from None
        found: dict[str, str] = {}
        for name, value in pairs:
            if found.get(name, value) != value:
                raise bad_query(f"The query option '{name[:50]}' comes twice.")
            found[name] = value
        return found

    def json(self) -> dict[str, Any]:
        """Return the body, which must be a JSON object; raises 400 and 415."""
        kind = self.headers.get("content-type", "")
        name = kind.partition(";")[0].strip().lower()
        if name != "application/json" or content_charset(kind) not in ("", "utf-8"):
            shown = f"'{kind[:80]}'" if kind else "none"
            raise ODataError(
                415, BAD_PAYLOAD, f"The Content-Type is {shown}; it allows application/json; charset=utf-8."
            )
        return parse_object(self.body)

    def need_method(self, *allowed: str) -> None:
        """Raise 405 unless the method is one of these; HEAD goes where GET goes."""
        if self.method not in allowed and not (self.method == "HEAD" and "GET" in allowed):
            raise wrong_method(self.method, allowed)

    def allow_options(self, *allowed: str) -> None:
        """Raise 400 for a system query option that means nothing here; others are left alone, as OData says."""
        for name in self.options:
            if name.startswith("$") and name not in (*allowed, "$format"):
                takes = f" It takes {', '.join(allowed)}." if allowed else ""
                raise bad_query(f"The query option '{name[:50]}' is not supported here.{takes}")


@dataclass
class ODataResponse:
    """What goes back: a status, headers, and a JSON value, a text or nothing."""

    status: int = 200
    json: Any = None
    text: str = ""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_error(cls, error: ODataError) -> "ODataResponse":
        """Return the answer that says what was refused."""
        return cls(error.status, error.body, headers=dict(error.headers))

    @property
    def reason(self) -> str:
        """Return the words of the status, for parts of a batch."""
        return responses.get(self.status, "Unknown")


def guid_of(text: str, name: str) -> uuid.UUID:
    """Return a GUID in its usual spelling from an address or a body; raises 400."""
    if not GUID.fullmatch(text):
        raise invalid(f"'{name}' takes a GUID; it got '{text[:60]}'.")
    return uuid.UUID(text)


#: Far more than any content that would be accepted; deeper values are an attack or a mistake.
DEEPEST = 32


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`, which is UTF-8; raises 400 with what is wrong about it."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad_payload("The body is not UTF-8.") from None
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_number)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise bad_payload(f"The body is no valid JSON: {_place(error)}.") from None
    if not isinstance(value, dict):
        raise bad_payload("The body takes a JSON object.")
    _check(value)
    return value


def _place(error: ValueError) -> str:
    """Return where and why, without what stands there: a body may hold what no log should."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "a number has too many digits"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise bad_payload(f"The body is no valid JSON: the name '{key[:60]}' comes twice in one object.")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise bad_payload(f"The body is no valid JSON: {name} is no number in JSON.")


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise bad_payload(f"The body is no valid JSON: {text[:20]} is too large a number.")
    return value


def _check(value: Any) -> None:
    """Look at every level, without recursion: depth, and characters that no database stores."""
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


def body_of(answer: ODataResponse) -> str:
    """Return the text of an answer."""
    if answer.json is not None:
        return json.dumps(answer.json, ensure_ascii=False, separators=(",", ":"))
    return answer.text


def headers_of(answer: ODataResponse, level: str) -> dict[str, str]:
    """Return an answer's headers; `level` is that of the control information in it."""
    made = {"OData-Version": "4.0"}
    if answer.json is not None:
        made["Content-Type"] = f"application/json; odata.metadata={level}; charset=utf-8"
    elif answer.content_type:
        is_mixed = answer.content_type.startswith("multipart/")
        made["Content-Type"] = answer.content_type if is_mixed else f"{answer.content_type}; charset=utf-8"
    return made | answer.headers
