"""$batch: many requests in one, with change sets among them that succeed together or not at all (OData 4.0, 11.7)."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from django.db import transaction

from notifications.web_api.errors import BAD_QUERY, ODataError, bad_payload, invalid
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse

PATH = "$batch"
MOST_REQUESTS = 1000
#: Characters of responses that are kept until the last request is done; what would be read beyond is refused.
MOST_ANSWERED = 16 * 1024 * 1024
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,120})"|([^\s;"]{1,120}))', re.IGNORECASE)
#: Microsoft's own client library leaves the spaces of a $filter as they are.
#: Long queries are put into a batch because an address may have 64 KiB there, as in Dataverse.
_REQUEST_LINE = re.compile(r"(GET|HEAD|POST|PATCH|PUT|DELETE) +(\S.{0,65535}?)(?: HTTP/\d(?:\.\d)?)?", re.ASCII)
_SERVICE = re.compile(r"/?api/data/v9\.[0-2]/")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_BOUND = re.compile(rb'(@odata\.(?:bind|id)"\s*:\s*)"\$([\w.-]{1,100})"', re.ASCII)

Respond = Callable[[ODataRequest], ODataResponse]


@dataclass(frozen=True)
class BatchRequest:
    """One request of a batch: `path` is below the service root, or begins with $ and an earlier Content-ID."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    content_id: str = ""


@dataclass(frozen=True)
class ChangeSet:
    """Requests that succeed together or not at all."""

    parts: tuple[BatchRequest, ...]


@dataclass(frozen=True)
class BatchResponse:
    """One response of a batch, ready to be written."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: str
    content_id: str = ""

    def lines(self) -> list[str]:
        content_id = [f"Content-ID: {self.content_id}"] if self.content_id else []
        head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", *content_id, ""]
        inner = [f"{name}: {value}" for name, value in self.headers.items()]
        return [*head, f"HTTP/1.1 {self.status} {self.reason}", *inner, "", self.body]


def run(request: ODataRequest, respond: Respond) -> ODataResponse:
    """Respond to a batch; `respond` does so to one request, and raises nothing.

    It stops at the first error, unless the client prefers odata.continue-on-error; what was done before stays done.
    """
    request.need_method("POST")
    request.allow_options()
    items = _parse(request.body, request.headers.get("content-type", ""))
    number = sum(len(item.parts) if isinstance(item, ChangeSet) else 1 for item in items)
    if not 0 < number <= MOST_REQUESTS:
        raise invalid(f"A batch allows 1 to {MOST_REQUESTS} requests; it got {number}.")
    return _responses(request, items, respond)


def _responses(request: ODataRequest, items: "list[BatchRequest | ChangeSet]", respond: Respond) -> ODataResponse:
    written: list[BatchResponse | list[BatchResponse]] = []
    length = 0
    for item in items:
        if isinstance(item, ChangeSet):
            done = _change_set(request, item, respond)
        else:
            is_too_much = length > MOST_ANSWERED and item.method == "GET"
            done = _one(request, item, {}, _refuse if is_too_much else respond)
        written.append(done)
        length += sum(len(one.body) for one in (done if isinstance(done, list) else [done]))
        has_failed = isinstance(done, BatchResponse) and done.status >= 400
        if has_failed and not request.preferences.continue_on_error:
            break
    text, content_type = _multipart(written)
    return ODataResponse(text=text, content_type=content_type)


def _refuse(_request: ODataRequest) -> ODataResponse:
    return ODataResponse.of_error(
        ODataError(413, BAD_QUERY, f"The batch's answers allow {MOST_ANSWERED} characters; ask for less or in pages.")
    )


def _change_set(
    request: ODataRequest, change_set: ChangeSet, respond: Respond
) -> "BatchResponse | list[BatchResponse]":
    """Return the responses of a change set, or the one error that undid it."""
    made: dict[str, str] = {}
    written: list[BatchResponse] = []
    with transaction.atomic():
        for part in change_set.parts:
            one = _one(request, part, made, respond)
            if one.status >= 400:
                transaction.set_rollback(True)
                return one
            written.append(one)
    return written


def _one(request: ODataRequest, part: BatchRequest, made: dict[str, str], respond: Respond) -> BatchResponse:
    """Do one request; `made` holds the addresses of new rows by Content-ID, and gains that of this one."""
    try:
        inner = _inner(request, part, made)
    except ODataError as error:
        response = ODataResponse.of_error(error)
        inner = request
    else:
        response = respond(inner)
    if part.content_id and "OData-EntityId" in response.headers:
        made[part.content_id] = response.headers["OData-EntityId"].removeprefix(request.root)
    return BatchResponse(
        response.status,
        response.reason,
        response.all_headers(inner.level_or_default),
        response.body,
        part.content_id,
    )


def _inner(request: ODataRequest, part: BatchRequest, made: dict[str, str]) -> ODataRequest:
    path = part.path
    if path.startswith("$"):
        reference, slash, rest = path[1:].partition("/")
        if reference in made:
            path = f"{made[reference]}{slash}{rest}"
        elif reference == PATH[1:]:
            raise bad_payload("A batch cannot hold another one.")
    body = part.body
    if made and part.method != "GET":
        body = _with_references(body, made)
    return replace(request, method=part.method, path=path, query=part.query, headers=part.headers, body=body)


def _with_references(body: bytes, made: dict[str, str]) -> bytes:
    """Replace "$<Content-ID>" by the row's address where a row is bound; anywhere else it is ordinary text."""

    def bound(match: re.Match[bytes]) -> bytes:
        path = made.get(match[2].decode())
        return match[0] if path is None else match[1] + f'"/{path}"'.encode()

    return _BOUND.sub(bound, body)


# --- The multipart body of a request --------------------------------------------------------------------------------


def _parse(body: bytes, content_type: str) -> "list[BatchRequest | ChangeSet]":
    """Return what a batch asks for, in order; raises 400."""
    return [_item(headers, content) for headers, content in _parts(body, _boundary(content_type))]


def _boundary(content_type: str) -> bytes:
    match = _BOUNDARY.search(content_type)
    if not match:
        raise bad_payload("A batch takes the Content-Type multipart/mixed with a boundary.")
    return (match[1] or match[2]).encode()


def _parts(body: bytes, boundary: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Return headers and content of each part between the boundary's lines."""
    marks = list(re.finditer(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)", body))
    if not marks or marks[-1][1] is None:
        raise bad_payload("The batch does not end with its boundary and two dashes.")
    found = []
    for mark, following in pairwise(marks):
        found.append(_head_and_body(_without_break(body[mark.end() : following.start()])))
        if following[1] is not None:
            break
    return found


def _without_break(content: bytes) -> bytes:
    return content.removeprefix(b"\r").removeprefix(b"\n")


def _head_and_body(content: bytes) -> tuple[dict[str, str], bytes]:
    if content.startswith((b"\n", b"\r\n")):
        return {}, _without_break(content)
    head, *rest = _BLANK_LINE.split(content, maxsplit=1)
    return _headers(head.splitlines()), rest[0] if rest else b""


def _headers(lines: list[bytes]) -> dict[str, str]:
    found = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name.strip():
            raise bad_payload(f"The batch holds a line that is not a header: '{name[:40]}'.")
        found[name.strip().lower()] = value.strip()
    return found


def _item(headers: dict[str, str], content: bytes) -> "BatchRequest | ChangeSet":
    kind = headers.get("content-type", "")
    if kind.lower().startswith("multipart/mixed"):
        inner = _parts(content, _boundary(kind))
        parts = tuple(_request(head, body) for head, body in inner)
        _check_change_set(parts)
        return ChangeSet(parts)
    return _request(headers, content)


def _request(headers: dict[str, str], content: bytes) -> BatchRequest:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/http":
        raise bad_payload(f"A part of a batch takes the Content-Type application/http; it got '{kind[:60]}'.")
    line, _, rest = content.lstrip(b"\r\n").partition(b"\n")
    match = _REQUEST_LINE.fullmatch(line.decode("utf-8", "replace").strip())
    if not match:
        raise bad_payload("A part of a batch begins with a request line such as 'GET appnotifications HTTP/1.1'.")
    head, body = _head_and_body(rest)
    path, query = _address(match[2].rstrip())
    # Clients give the Content-ID to the part or, some of them, to the request inside.
    content_id = headers.get("content-id") or head.get("content-id", "")
    return BatchRequest(match[1], path, query, head, body.strip(b"\r\n"), content_id)


def _address(url: str) -> tuple[str, str]:
    """Return path and query below the service root, from whichever form an address in a batch may have."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise bad_payload(f"A part of a batch has an address that cannot be read: '{url[:60]}'.") from None
    path = unquote(parts.path)
    return _SERVICE.sub("", path, count=1).lstrip("/") if _SERVICE.match(path) else path.lstrip("/"), parts.query


def _check_change_set(parts: tuple[BatchRequest, ...]) -> None:
    ids = [part.content_id for part in parts if part.content_id]
    if len(ids) != len(set(ids)):
        raise bad_payload("A change set gives the same Content-ID twice.")
    if any(part.method in ("GET", "HEAD") for part in parts):
        raise bad_payload("A change set changes; a GET belongs beside it.")


# --- The multipart body of the response -----------------------------------------------------------------------------


def _multipart(items: "list[BatchResponse | list[BatchResponse]]") -> tuple[str, str]:
    """Return body and content type of the response to a batch; a list among `items` is a change set's."""
    boundary = f"batchresponse_{uuid.uuid4()}"
    lines: list[str] = []
    for item in items:
        lines.append(f"--{boundary}")
        if isinstance(item, list):
            inner = f"changesetresponse_{uuid.uuid4()}"
            lines += [f"Content-Type: multipart/mixed; boundary={inner}", ""]
            for one in item:
                lines += [f"--{inner}", *one.lines()]
            lines += [f"--{inner}--", ""]
        else:
            lines += item.lines()
    return "\r\n".join([*lines, f"--{boundary}--", ""]), f"multipart/mixed; boundary={boundary}"
