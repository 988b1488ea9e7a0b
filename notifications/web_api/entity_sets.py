"""Entity sets, rows and their properties: which method does what."""

import uuid
from typing import Any

from notifications.web_api import bulk, reading, writing
from notifications.web_api.errors import DUPLICATE_RECORD, ODataError, bad_payload, no_resource
from notifications.web_api.representation import address
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse
from notifications.web_api.tables import Table


def of_set(request: ODataRequest, table: Table, segment: str) -> ODataResponse:
    """Respond for an entity set: its rows, their number, a new row, a bulk operation."""
    if segment == "$count":
        request.need_method("GET")
        return reading.count(request, table)
    if segment:
        return bulk.action(request, table, segment)
    request.need_method(*(("GET", "POST") if table.writable else ("GET",)))
    if request.method != "POST":
        return reading.read_many(request, table)
    request.allow_options("$select", "$expand")
    return _created(request, table, writing.create(request.user, request.json()))


def of_row(request: ODataRequest, table: Table, key: uuid.UUID, segments: list[str]) -> ODataResponse:
    """Respond for one row, or a property of it."""
    if segments:
        return _of_property(request, table, key, segments)
    request.need_method(*(("GET", "PATCH", "DELETE") if table.writable else ("GET",)))
    if request.method == "PATCH":
        return _patched(request, table, key)
    if request.method == "DELETE":
        writing.delete(request.user, key, if_match=request.headers.get("if-match", ""))
        return ODataResponse(204)
    return reading.read_one(request, table, key)


# --- Writing --------------------------------------------------------------------------------------------------------


def _patched(request: ODataRequest, table: Table, key: uuid.UUID) -> ODataResponse:
    """Update the row. Create it if the client allows only that (`If-None-Match: *`) or names an owner (upsert)."""
    request.allow_options("$select", "$expand")
    body, if_match = request.json(), request.headers.get("if-match", "")
    is_there = writing.exists(request.user, key)
    if request.headers.get("if-none-match", "").strip() == "*":
        if is_there:
            raise ODataError(412, DUPLICATE_RECORD, "A record with matching key values already exists.")
        return _created(request, table, writing.create(request.user, body, key))
    if not is_there and not if_match and f"ownerid{writing.BIND}" in body:
        try:
            return _created(request, table, writing.create(request.user, body, key))
        except ODataError as error:
            # Another request created it in between; this one updates it.
            if error.code != DUPLICATE_RECORD or not writing.exists(request.user, key):
                raise
    writing.update(request.user, key, body, if_match=if_match)
    return _changed(request, table, key, 200)


def _created(request: ODataRequest, table: Table, key: uuid.UUID) -> ODataResponse:
    response = _changed(request, table, key, 201)
    here = address(request, table, key)
    response.headers |= {"OData-EntityId": here, "Location": here}
    return response


def _changed(request: ODataRequest, table: Table, key: uuid.UUID, status: int) -> ODataResponse:
    """Respond with the row if the client prefers that and may read it, otherwise with its address only."""
    if request.preferences.representation:
        try:
            response = reading.read_one(request, table, key)
        except ODataError as error:
            if error.status != 404:
                raise
        else:
            response.status = status
            return response
    return ODataResponse(204, headers={"OData-EntityId": address(request, table, key)})


def _of_property(request: ODataRequest, table: Table, key: uuid.UUID, segments: list[str]) -> ODataResponse:
    name, *rest = segments
    column = table.by_name.get(name)
    if column is not None and name == column.navigation_property:
        request.need_method("GET")
        return reading.read_related(request, table, key, column, rest)
    if column is None or rest not in ([], ["$value"]):
        raise no_resource(segments[-1])
    allowed = ("GET", "PUT", "DELETE") if table.writable and column.writable and not rest else ("GET",)
    request.need_method(*allowed)
    if request.method in ("GET", "HEAD"):
        return reading.read_property(request, table, key, name, raw=bool(rest))
    value = _property_value(request) if request.method == "PUT" else None
    writing.update(request.user, key, {name: value}, if_match=request.headers.get("if-match", ""))
    return ODataResponse(204)


def _property_value(request: ODataRequest) -> Any:
    body = request.json()
    if "value" not in body:
        raise bad_payload("The body takes an object with the property 'value'.")
    return body["value"]
