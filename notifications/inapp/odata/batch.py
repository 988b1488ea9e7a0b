"""$batch: many calls in one request, change sets among them that succeed together or not at all."""

import re
from collections.abc import Callable
from dataclasses import replace

from django.db import transaction

from notifications.inapp.odata.answers import body_of, headers_of
from notifications.inapp.odata.call import Answer, Call
from notifications.inapp.odata.errors import BAD_QUERY, ODataError, bad_payload, invalid
from notifications.inapp.odata.multipart import ChangeSet, Part, Written, parse, write

MOST_PARTS = 1000
#: Characters of answers that are kept until the last part is done; what would be read beyond is refused.
MOST_ANSWERED = 16 * 1024 * 1024
PATH = "$batch"
_BOUND = re.compile(rb'(@odata\.(?:bind|id)"\s*:\s*)"\$([\w.-]{1,100})"', re.ASCII)

Perform = Callable[[Call], Answer]


def run(call: Call, perform: Perform) -> Answer:
    """Answer a batch. `perform` answers one call and raises nothing.

    It stops at the first error, unless the client prefers odata.continue-on-error; what was done before stays done.
    """
    call.need_method("POST")
    call.allow_options()
    items = parse(call.body, call.headers.get("content-type", ""))
    number = sum(len(item.parts) if isinstance(item, ChangeSet) else 1 for item in items)
    if not 0 < number <= MOST_PARTS:
        raise invalid(f"A batch allows 1 to {MOST_PARTS} requests; it got {number}.")
    return _answered(call, items, perform)


def _answered(call: Call, items: "list[Part | ChangeSet]", perform: Perform) -> Answer:
    written: list[Written | list[Written]] = []
    length = 0
    for item in items:
        if isinstance(item, ChangeSet):
            done = _change_set(call, item, perform)
        else:
            is_too_much = length > MOST_ANSWERED and item.method == "GET"
            done = _one(call, item, {}, _refuse if is_too_much else perform)
        written.append(done)
        length += sum(len(one.body) for one in (done if isinstance(done, list) else [done]))
        has_failed = isinstance(done, Written) and done.status >= 400
        if has_failed and not call.preferences.continue_on_error:
            break
    text, content_type = write(written)
    return Answer(text=text, content_type=content_type)


def _refuse(_call: Call) -> Answer:
    return Answer.of_error(
        ODataError(413, BAD_QUERY, f"The batch's answers allow {MOST_ANSWERED} characters; ask for less or in pages.")
    )


def _change_set(call: Call, change_set: ChangeSet, perform: Perform) -> "Written | list[Written]":
    """Return the answers of a change set, or the one error that undid it."""
    made: dict[str, str] = {}
    written: list[Written] = []
    with transaction.atomic():
        for part in change_set.parts:
            one = _one(call, part, made, perform)
            if one.status >= 400:
                transaction.set_rollback(True)
                return one
            written.append(one)
    return written


def _one(call: Call, part: Part, made: dict[str, str], perform: Perform) -> Written:
    """Do one part; `made` holds the addresses of rows by Content-ID, and learns that of this one."""
    try:
        inner = _inner(call, part, made)
    except ODataError as error:
        answer = Answer.of_error(error)
        inner = call
    else:
        answer = perform(inner)
    if part.content_id and "OData-EntityId" in answer.headers:
        made[part.content_id] = answer.headers["OData-EntityId"].removeprefix(call.root)
    return Written(
        answer.status, answer.reason, headers_of(answer, inner.level_or_default), body_of(answer), part.content_id
    )


def _inner(call: Call, part: Part, made: dict[str, str]) -> Call:
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
    return replace(call, method=part.method, path=path, query=part.query, headers=part.headers, body=body)


def _with_references(body: bytes, made: dict[str, str]) -> bytes:
    """Put addresses in for "$<Content-ID>" where a row is bound; anywhere else it is a text like any other."""

    def bound(match: re.Match[bytes]) -> bytes:
        path = made.get(match[2].decode())
        return match[0] if path is None else match[1] + f'"/{path}"'.encode()

    return _BOUND.sub(bound, body)
