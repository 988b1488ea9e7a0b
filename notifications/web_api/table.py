"""What can be asked of an entity set, of a row, and of a property, by method."""

import uuid
from typing import Any

from notifications.web_api import bulk, reading, writing
from notifications.web_api.call import Call, ODataResponse
from notifications.web_api.columns import Table
from notifications.web_api.errors import DUPLICATE_RECORD, ODataError, bad_payload, no_resource
from notifications.web_api.rows import address


def of_set(call: Call, table: Table, segment: str) -> ODataResponse:
    """Answer for the whole set: its rows, how many they are, a new one, several at once."""
    if segment == "$count":
        call.need_method("GET")
        return reading.count(call, table)
    if segment:
        return bulk.action(call, table, segment)
    call.need_method(*(("GET", "POST") if table.writable else ("GET",)))
    if call.method != "POST":
        return reading.read_many(call, table)
    call.allow_options("$select", "$expand")
    return _created(call, table, writing.create(call.user, call.json()))


def of_row(call: Call, table: Table, key: uuid.UUID, segments: list[str]) -> ODataResponse:
    """Answer for one row, or one property of it."""
    if segments:
        return _of_property(call, table, key, segments)
    call.need_method(*(("GET", "PATCH", "DELETE") if table.writable else ("GET",)))
    if call.method == "PATCH":
        return _patched(call, table, key)
    if call.method == "DELETE":
        writing.delete(call.user, key, if_match=call.headers.get("if-match", ""))
        return ODataResponse(204)
    return reading.read_one(call, table, key)


# --- Writing --------------------------------------------------------------------------------------------------------


def _patched(call: Call, table: Table, key: uuid.UUID) -> ODataResponse:
    """Update; create where the client asked for no more than that (`If-None-Match: *`), or named an owner (upsert)."""
    call.allow_options("$select", "$expand")
    body, if_match = call.json(), call.headers.get("if-match", "")
    is_there = writing.exists(call.user, key)
    if call.headers.get("if-none-match", "").strip() == "*":
        if is_there:
            raise ODataError(412, DUPLICATE_RECORD, "A record with matching key values already exists.")
        return _created(call, table, writing.create(call.user, body, key))
    if not is_there and not if_match and f"ownerid{writing.BIND}" in body:
        try:
            return _created(call, table, writing.create(call.user, body, key))
        except ODataError as error:
            # Somebody else made it in between: then this changes it.
            if error.code != DUPLICATE_RECORD or not writing.exists(call.user, key):
                raise
    writing.update(call.user, key, body, if_match=if_match)
    return _changed(call, table, key, 200)


def _created(call: Call, table: Table, key: uuid.UUID) -> ODataResponse:
    answer = _changed(call, table, key, 201)
    here = address(call, table, key)
    answer.headers |= {"OData-EntityId": here, "Location": here}
    return answer


def _changed(call: Call, table: Table, key: uuid.UUID, status: int) -> ODataResponse:
    """Answer with the row when the client prefers that and may read it, else with nothing but where it is."""
    if call.preferences.representation:
        try:
            answer = reading.read_one(call, table, key)
        except ODataError as error:
            if error.status != 404:
                raise
        else:
            answer.status = status
            return answer
    return ODataResponse(204, headers={"OData-EntityId": address(call, table, key)})


def _of_property(call: Call, table: Table, key: uuid.UUID, segments: list[str]) -> ODataResponse:
    name, *rest = segments
    column = table.by_name.get(name)
    if column is not None and name == column.lookup:
        call.need_method("GET")
        return reading.read_related(call, table, key, column, rest)
    if column is None or rest not in ([], ["$value"]):
        raise no_resource(segments[-1])
    allowed = ("GET", "PUT", "DELETE") if table.writable and column.writable and not rest else ("GET",)
    call.need_method(*allowed)
    if call.method in ("GET", "HEAD"):
        return reading.read_property(call, table, key, name, raw=bool(rest))
    value = _property_value(call) if call.method == "PUT" else None
    writing.update(call.user, key, {name: value}, if_match=call.headers.get("if-match", ""))
    return ODataResponse(204)


def _property_value(call: Call) -> Any:
    body = call.json()
    if "value" not in body:
        raise bad_payload("The body takes an object with the property 'value'.")
    return body["value"]
