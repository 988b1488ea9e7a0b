"""Bulk operations: CreateMultiple, UpdateMultiple, UpsertMultiple, BulkDelete. Client libraries use them for lists."""

import re
import uuid
from typing import Any

from django.db import transaction

from notifications.web_api import writing
from notifications.web_api.errors import OBJECT_DOES_NOT_EXIST, ODataError, invalid, no_resource
from notifications.web_api.representation import type_name
from notifications.web_api.request import ODataRequest, guid_of
from notifications.web_api.response import ODataResponse
from notifications.web_api.tables import APP_NOTIFICATIONS, NAMESPACE, Table

#: Rows in one request; Dataverse advises 100 to 1,000.
MOST_TARGETS = 1000
_ROW = re.compile(r"/?(\w+)\((?:(\w+)=)?'?([0-9a-fA-F-]{36})'?\)")


def action(request: ODataRequest, table: Table, segment: str) -> ODataResponse:
    """Respond to an action on an entity set; it writes all its rows or none."""
    doing = {
        "CreateMultiple": _create_multiple,
        "UpdateMultiple": _update_multiple,
        "UpsertMultiple": _upsert_multiple,
    }.get(segment.removeprefix(f"{NAMESPACE}."))
    if doing is None or not table.writable:
        raise no_resource(segment)
    request.need_method("POST")
    request.allow_options()
    with transaction.atomic():
        return doing(request, table, _targets(request, table))


def _targets(request: ODataRequest, table: Table) -> list[dict[str, Any]]:
    rows = request.json().get("Targets")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise invalid("The parameter 'Targets' takes a list of rows.")
    if not 0 < len(rows) <= MOST_TARGETS:
        raise invalid(f"The parameter 'Targets' allows 1 to {MOST_TARGETS} rows; it got {len(rows)}.")
    for row in rows:
        if str(row.get("@odata.type", type_name(table))).removeprefix("#") != type_name(table):
            raise invalid(f"The parameter 'Targets' takes rows of the type '{type_name(table)}'.")
    return rows


def _create_multiple(request: ODataRequest, table: Table, rows: list[dict[str, Any]]) -> ODataResponse:
    made = [str(writing.create(request.user, row)) for row in rows]
    return _result(request, "CreateMultipleResponse", {"Ids": made})


def _update_multiple(request: ODataRequest, table: Table, rows: list[dict[str, Any]]) -> ODataResponse:
    for row in rows:
        writing.update(request.user, _key(table, row), row)
    return ODataResponse(204)


def _upsert_multiple(request: ODataRequest, table: Table, rows: list[dict[str, Any]]) -> ODataResponse:
    for row in rows:
        key = _key(table, row)
        if writing.exists(request.user, key):
            writing.update(request.user, key, row)
        else:
            writing.create(request.user, row, key)
    return ODataResponse(204)


def _key(table: Table, row: dict[str, Any]) -> uuid.UUID:
    """Return the key in a row, or in its `@odata.id`; raises 400."""
    match = _ROW.fullmatch(str(row.get("@odata.id", "")))
    if match and match[1] == table.entity_set_name and match[2] in (None, table.key.name):
        return guid_of(match[3], table.key.name)
    key = row.get(table.key.name)
    return guid_of(key if isinstance(key, str) else "", table.key.name)


# --- BulkDelete -----------------------------------------------------------------------------------------------------
def bulk_delete(request: ODataRequest) -> ODataResponse:
    """Delete rows by their keys, at once; rows that are already gone are skipped.

    In Dataverse this starts a job. Here the JobId in the response refers to nothing.
    """
    request.need_method("POST")
    request.allow_options()
    keys = _keys(request.json().get("QuerySet"))
    with transaction.atomic():
        for key in dict.fromkeys(keys):
            try:
                writing.delete(request.user, key)
            except ODataError as error:
                if error.code != OBJECT_DOES_NOT_EXIST:
                    raise
    return _result(request, "BulkDeleteResponse", {"JobId": str(uuid.uuid4())})


def _keys(queries: Any) -> list[uuid.UUID]:
    """Return the keys that a QuerySet names; raises 400 for any other query rather than take it for one of all rows."""
    name = APP_NOTIFICATIONS.key.name
    try:
        values = _values(queries)
    except (TypeError, ValueError, KeyError, AttributeError):
        values = None
    if values is None:
        raise invalid(
            f"The parameter 'QuerySet' takes one query of '{APP_NOTIFICATIONS.logical_name}' with one condition: "
            f"'{name}', 'In' and a list of GUIDs."
        )
    if not 0 < len(values) <= MOST_TARGETS:
        raise invalid(f"The parameter 'QuerySet' allows 1 to {MOST_TARGETS} GUIDs; it got {len(values)}.")
    return [guid_of(str(value), name) for value in values]


def _values(queries: Any) -> list[Any] | None:
    """Return the values of the one condition, None for another query; raises what its shape causes."""
    (query,) = queries
    (condition,) = query["Criteria"]["Conditions"]
    is_by_key = (query["EntityName"], condition["AttributeName"], condition["Operator"]) in (
        (APP_NOTIFICATIONS.logical_name, APP_NOTIFICATIONS.key.name, "In"),
        (APP_NOTIFICATIONS.logical_name, APP_NOTIFICATIONS.key.name, "Equal"),
    )
    narrows = query["Criteria"].get("Filters") or query.get("LinkEntities") or query.get("TopCount")
    if narrows or not is_by_key:
        return None
    return [value["Value"] if isinstance(value, dict) else value for value in condition["Values"]]


def _result(request: ODataRequest, kind: str, values: dict[str, Any]) -> ODataResponse:
    return ODataResponse(json=request.context(f"#{NAMESPACE}.{kind}") | values)
