"""Several rows in one call: CreateMultiple, UpdateMultiple, UpsertMultiple and BulkDelete.

Dataverse's client libraries use these for lists.
"""

import re
import uuid
from typing import Any

from django.db import transaction

from notifications.web_api import writing
from notifications.web_api.call import Call, ODataResponse, guid_of
from notifications.web_api.columns import APP_NOTIFICATIONS, Table
from notifications.web_api.errors import OBJECT_DOES_NOT_EXIST, ODataError, invalid, no_resource, wrong_method
from notifications.web_api.rows import type_name

#: Rows in one call; Dataverse advises 100 to 1,000.
MOST_TARGETS = 1000
ACTIONS = "Microsoft.Dynamics.CRM."
_ROW = re.compile(r"/?(\w+)\((?:(\w+)=)?'?([0-9a-fA-F-]{36})'?\)")


def action(call: Call, table: Table, segment: str) -> ODataResponse:
    """Answer an action on the whole set; all its rows are written or none."""
    doing = {
        "CreateMultiple": _create_multiple,
        "UpdateMultiple": _update_multiple,
        "UpsertMultiple": _upsert_multiple,
    }.get(segment.removeprefix(ACTIONS))
    if doing is None or not table.writable:
        raise no_resource(segment)
    if call.method != "POST":
        raise wrong_method(call.method, ("POST",))
    call.allow_options()
    with transaction.atomic():
        return doing(call, table, _targets(call, table))


def _targets(call: Call, table: Table) -> list[dict[str, Any]]:
    rows = call.json().get("Targets")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise invalid("The parameter 'Targets' takes a list of rows.")
    if not 0 < len(rows) <= MOST_TARGETS:
        raise invalid(f"The parameter 'Targets' allows 1 to {MOST_TARGETS} rows; it got {len(rows)}.")
    for row in rows:
        if str(row.get("@odata.type", type_name(table))).removeprefix("#") != type_name(table):
            raise invalid(f"The parameter 'Targets' takes rows of the type '{type_name(table)}'.")
    return rows


def _create_multiple(call: Call, table: Table, rows: list[dict[str, Any]]) -> ODataResponse:
    made = [str(writing.create(call.user, row)) for row in rows]
    return _told(call, "CreateMultipleResponse", {"Ids": made})


def _update_multiple(call: Call, table: Table, rows: list[dict[str, Any]]) -> ODataResponse:
    for row in rows:
        writing.update(call.user, _key(table, row), row)
    return ODataResponse(204)


def _upsert_multiple(call: Call, table: Table, rows: list[dict[str, Any]]) -> ODataResponse:
    for row in rows:
        key = _key(table, row)
        if writing.exists(call.user, key):
            writing.update(call.user, key, row)
        else:
            writing.create(call.user, row, key)
    return ODataResponse(204)


def _key(table: Table, row: dict[str, Any]) -> uuid.UUID:
    """Return the key that a row holds, or that its `@odata.id` names."""
    match = _ROW.fullmatch(str(row.get("@odata.id", "")))
    if match and match[1] == table.set_name and match[2] in (None, table.key.name):
        return guid_of(match[3], table.key.name)
    key = row.get(table.key.name)
    return guid_of(key if isinstance(key, str) else "", table.key.name)


# --- BulkDelete -----------------------------------------------------------------------------------------------------
def bulk_delete(call: Call) -> ODataResponse:
    """Answer BulkDelete of rows by their keys: done at once, those that are gone already are passed over.

    In Dataverse this starts a job; here the JobId that is told names nothing that could be asked about.
    """
    call.need_method("POST")
    call.allow_options()
    keys = _keys(call.json().get("QuerySet"))
    with transaction.atomic():
        for key in dict.fromkeys(keys):
            try:
                writing.delete(call.user, key)
            except ODataError as error:
                if error.code != OBJECT_DOES_NOT_EXIST:
                    raise
    return _told(call, "BulkDeleteResponse", {"JobId": str(uuid.uuid4())})


def _keys(queries: Any) -> list[uuid.UUID]:
    """Return the keys that a QuerySet names; a query by anything else is refused, not read as a query for all."""
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
    """Return the values of the one condition, None for a query that asks something else; may stumble over its shape."""
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


def _told(call: Call, kind: str, said: dict[str, Any]) -> ODataResponse:
    context = f"{call.root}$metadata#{ACTIONS}{kind}"
    return ODataResponse(json=({} if call.level == "none" else {"@odata.context": context}) | said)
