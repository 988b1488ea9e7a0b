"""Refusals of the Web API: an HTTP status, one of Dataverse's codes, and a message for the developer."""

from collections.abc import Mapping
from typing import Any

from fsportal.lib.database_away import MESSAGE, RETRY_AFTER

#: Dataverse's own codes, on which some clients rely.
INVALID_ARGUMENT = "0x80040203"
OBJECT_DOES_NOT_EXIST = "0x80040217"
PRIVILEGE_DENIED = "0x80040220"
DUPLICATE_RECORD = "0x80040237"
NOT_SIGNED_IN = "0x80041d03"
UNEXPECTED = "0x80040216"
FEATURE_OFF = "0x80040265"
BAD_QUERY = "0x80060888"
NO_SUCH_RESOURCE = "0x8006088a"
VERSION_MISMATCH = "0x80060882"
BAD_PAYLOAD = "0x80048d19"
TOO_MANY_REQUESTS = "0x80072322"


class ODataError(Exception):
    """A refusal; the message is for whoever wrote the client and never holds a secret."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})
        super().__init__(message)

    @property
    def body(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message}}


def invalid(message: str, code: str = INVALID_ARGUMENT) -> ODataError:
    """Return 400: a parameter, property or value is wrong."""
    return ODataError(400, code, message)


def bad_query(message: str) -> ODataError:
    """Return 400: the address or a query option is wrong."""
    return ODataError(400, BAD_QUERY, message)


def bad_payload(message: str) -> ODataError:
    """Return 400: the body cannot be read."""
    return ODataError(400, BAD_PAYLOAD, message)


def denied(message: str) -> ODataError:
    """Return 403: a privilege is missing."""
    return ODataError(403, PRIVILEGE_DENIED, message)


def no_resource(segment: str) -> ODataError:
    """Return 404: the address names nothing."""
    return ODataError(404, NO_SUCH_RESOURCE, f"Resource not found for the segment '{segment[:100]}'.")


def no_row(logical_name: str, key: object) -> ODataError:
    """Return 404: there is no such row, or the user may not read it."""
    return ODataError(404, OBJECT_DOES_NOT_EXIST, f"{logical_name} With Id = {key} Does Not Exist")


def wrong_method(method: str, allowed: tuple[str, ...]) -> ODataError:
    """Return 405 with the methods that there are."""
    names = ", ".join(allowed)
    return ODataError(405, BAD_QUERY, f"{method[:20]} is not possible here; it allows {names}.", {"Allow": names})


def unavailable() -> ODataError:
    """Return 503: the database does not answer."""
    return ODataError(503, UNEXPECTED, MESSAGE, {"Retry-After": str(RETRY_AFTER)})
