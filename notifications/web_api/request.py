"""A request to the Web API: one of its own, or one part of a batch."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from fsportal.models import User
from notifications.web_api.errors import BAD_PAYLOAD, ODataError, bad_query, invalid, wrong_method
from notifications.web_api.headers import Preferences, content_charset, metadata_level
from notifications.web_api.json_body import parse_object

SAFE = ("GET", "HEAD")
GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)


@dataclass
class ODataRequest:
    """`path` is below the service root, decoded and without a leading slash; `root` ends with a slash.

    `query` is raw. Header names are in lower case.
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
        return Preferences.parse(self.headers.get("prefer", ""))

    @cached_property
    def level(self) -> str:
        """Return how much control information JSON holds: none, minimal or full; raises 406."""
        return metadata_level(self.options.get("$format") or self.headers.get("accept", ""))

    @property
    def level_or_default(self) -> str:
        """Return the level for an error, which is sent whatever the client accepts."""
        try:
            return self.level
        except ODataError:
            return "minimal"

    @cached_property
    def options(self) -> dict[str, str]:
        """Return the query options by name; raises 400 for one that is given twice with different values."""
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

    def context(self, fragment: str) -> dict[str, Any]:
        """Return the control information that names what describes the response; nothing at level `none`."""
        return {} if self.level == "none" else {"@odata.context": f"{self.root}$metadata{fragment}"}

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
        """Raise 405 unless the method is one of these; GET includes HEAD."""
        if self.method not in allowed and not (self.method == "HEAD" and "GET" in allowed):
            raise wrong_method(self.method, allowed)

    def allow_options(self, *allowed: str) -> None:
        """Raise 400 for a system query option that is not supported here; OData wants custom ones ignored."""
        for name in self.options:
            if name.startswith("$") and name not in (*allowed, "$format"):
                takes = f" It takes {', '.join(allowed)}." if allowed else ""
                raise bad_query(f"The query option '{name[:50]}' is not supported here.{takes}")


def guid_of(text: str, name: str) -> uuid.UUID:
    """Return a GUID in its usual spelling from an address or a body; raises 400."""
    if not GUID.fullmatch(text):
        raise invalid(f"'{name}' takes a GUID; it got '{text[:60]}'.")
    return uuid.UUID(text)
