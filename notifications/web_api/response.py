"""Responses of the Web API: one of its own, or one part of a batch's."""

import json
from dataclasses import dataclass, field
from http.client import responses
from typing import Any

from notifications.web_api.errors import ODataError


@dataclass
class ODataResponse:
    """A status, headers, and a JSON value, a text or nothing."""

    status: int = 200
    json: Any = None
    text: str = ""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_error(cls, error: ODataError) -> "ODataResponse":
        return cls(error.status, error.body, headers=dict(error.headers))

    @property
    def reason(self) -> str:
        """Return the reason phrase of the status, for parts of a batch."""
        return responses.get(self.status, "Unknown")

    @property
    def body(self) -> str:
        if self.json is not None:
            return json.dumps(self.json, ensure_ascii=False, separators=(",", ":"))
        return self.text

    def all_headers(self, level: str) -> dict[str, str]:
        """Return the headers with OData's own; `level` is that of the control information in the body."""
        made = {"OData-Version": "4.0"}
        if self.json is not None:
            made["Content-Type"] = f"application/json; odata.metadata={level}; charset=utf-8"
        elif self.content_type:
            is_mixed = self.content_type.startswith("multipart/")
            made["Content-Type"] = self.content_type if is_mixed else f"{self.content_type}; charset=utf-8"
        return made | self.headers
