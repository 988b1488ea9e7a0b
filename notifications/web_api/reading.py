"""Reading rows: many with query options and paging, how many, one, and one property of one."""

import uuid
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import QuerySet

from notifications.web_api.call import Call, ODataResponse
from notifications.web_api.columns import TABLES, Table, TableColumn
from notifications.web_api.conditions import as_q
from notifications.web_api.errors import bad_query, no_resource, no_row
from notifications.web_api.filters import parse
from notifications.web_api.headers import matches
from notifications.web_api.paging import Order, PagePosition
from notifications.web_api.rows import TARGETS, Representation, address, etag_of, selected, wire

OPTIONS = ("$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken")
#: Options that Dataverse has and this service has not: to ignore one would answer another question.
ELSEWHERE = ("fetchXml", "savedQuery", "userQuery", "sql")

#: Dataverse counts standard tables to here and no further (its documentation, "Count rows using OData").
MOST_COUNTED = 5000
CRM = "Microsoft.Dynamics.CRM."


def read_many(call: Call, table: Table) -> ODataResponse:
    """Answer with a page of rows."""
    _check_options(call, *OPTIONS)
    shape = Representation(
        call, table, selected(table, call.options.get("$select", "")), call.options.get("$expand", "")
    )
    order = Order.parse(table, call.options.get("$orderby", ""))
    rows = _filtered(call, table)
    token = call.options.get("$skiptoken")
    place = PagePosition.of_token(call, order, token) if token else PagePosition.first(call, _top(call))
    made: dict[str, Any] = {} if call.level == "none" else {"@odata.context": shape.context(single=False)}
    if _boolean(call, "$count"):
        made |= _counted(call, rows)
    page, next_link = _page(call, order, place, rows, [*shape.paths, *(column.path for column, _ in order.columns)])
    made["value"] = shape.all(page)
    if next_link:
        made["@odata.nextLink"] = next_link
    return ODataResponse(json=made, headers=_applied(call.preferences.applied(page=True)))


def count(call: Call, table: Table) -> ODataResponse:
    """Answer with how many rows there are, MOST_COUNTED at most, as plain text."""
    _check_options(call, "$filter")
    number = min(_capped(_filtered(call, table)), MOST_COUNTED)
    return ODataResponse(text=str(number), content_type="text/plain")


def read_one(call: Call, table: Table, key: uuid.UUID) -> ODataResponse:
    """Answer with one row; 304 when the client has this version of it already."""
    _check_options(call, "$select", "$expand")
    shape = Representation(
        call, table, selected(table, call.options.get("$select", "")), call.options.get("$expand", "")
    )
    row = table.rows(call.user).filter(pk=key).values(*shape.paths).first()
    if row is None:
        raise no_row(table.logical_name, key)
    headers = _applied(call.preferences.applied(representation=True))
    if table.version_path:
        headers["ETag"] = etag_of(row[table.version_path])
        known = call.headers.get("if-none-match")
        if known and call.method in ("GET", "HEAD") and matches(known, headers["ETag"]):
            return ODataResponse(304, headers=headers)
    context = {} if call.level == "none" else {"@odata.context": shape.context(single=True)}
    return ODataResponse(json=context | shape.all([row])[0], headers=headers)


def read_property(call: Call, table: Table, key: uuid.UUID, name: str, *, raw: bool) -> ODataResponse:
    """Answer with one property of one row; `raw` as plain text."""
    _check_options(call)
    column = selected(table, name)[0]
    value = wire(column, _held(call, table, key, column))
    if value is None:
        return ODataResponse(204)
    if raw:
        return ODataResponse(text=str(value), content_type="text/plain")
    context = f"{call.root}$metadata#{table.set_name}({key})/{column.name}"
    return ODataResponse(json={"value": value} if call.level == "none" else {"@odata.context": context, "value": value})


def read_related(call: Call, table: Table, key: uuid.UUID, column: TableColumn, segments: list[str]) -> ODataResponse:
    """Answer with the row that a look-up leads to, or with nothing but its address (`$ref`)."""
    target = TABLES.get(f"{TARGETS[column.lookup][0]}s")
    if target is None or segments not in ([], ["$ref"]):
        raise no_resource(segments[-1] if segments else column.lookup)
    held = _held(call, table, key, column)
    if held is None:
        return ODataResponse(204)
    if not segments:
        return read_one(call, target, held)
    _check_options(call)
    context = {} if call.level == "none" else {"@odata.context": f"{call.root}$metadata#$ref"}
    return ODataResponse(json=context | {"@odata.id": address(call, target, held)})


# --- Parts ----------------------------------------------------------------------------------------------------------


def _check_options(call: Call, *allowed: str) -> None:
    for name in ELSEWHERE:
        if name in call.options:
            raise bad_query(f"The query option '{name}' is not supported; $filter and $orderby are.")
    if "$skip" in call.options:
        raise bad_query("$skip is not supported; page with odata.maxpagesize and follow @odata.nextLink.")
    call.allow_options(*allowed)


def _held(call: Call, table: Table, key: uuid.UUID, column: TableColumn) -> Any:
    row = table.rows(call.user).filter(pk=key).values(column.path).first()
    if row is None:
        raise no_row(table.logical_name, key)
    return row[column.path]


def _filtered(call: Call, table: Table) -> QuerySet[Any]:
    rows = table.rows(call.user)
    text = call.options.get("$filter")
    if text is None:
        return rows
    aliases = {name: value for name, value in call.options.items() if name.startswith("@")}
    return rows.filter(as_q(parse(text, table.by_name, aliases)))


def _counted(call: Call, rows: QuerySet[Any]) -> dict[str, Any]:
    """Return the count and, where a client asks for them, Dataverse's annotations that say whether there are more."""
    found = _capped(rows)
    number, asked = min(found, MOST_COUNTED), call.preferences.wants
    annotations = {"totalrecordcount": number, "totalrecordcountlimitexceeded": found > MOST_COUNTED}
    said = {f"{CRM}{name}": value for name, value in annotations.items() if asked(f"{CRM}{name}")}
    return {"@odata.count": number} | {f"@{name}": value for name, value in said.items()}


def _capped(rows: QuerySet[Any]) -> int:
    """Return how many rows there are, counted to one beyond MOST_COUNTED, whatever the size of the table."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def _page(
    call: Call, order: Order, place: PagePosition, rows: QuerySet[Any], paths: list[str]
) -> tuple[list[dict[str, Any]], str]:
    size = place.size if place.left is None else min(place.size, place.left)
    if size == 0:
        return [], ""
    rest = rows.filter(order.after(place.after)) if place.after else rows
    # One more than the page tells whether another one follows.
    found = list(rest.order_by(*order.paths).values(*dict.fromkeys(paths))[: size + 1])
    page = found[:size]
    ended = len(found) <= size or size == place.left
    return page, "" if ended else _next_link(call, place.token_after(call, order, page[-1], len(page)))


def _next_link(call: Call, token: str) -> str:
    query = {name: value for name, value in call.options.items() if name != "$skiptoken"} | {"$skiptoken": token}
    return f"{call.root}{call.path}?{urlencode(query, safe='$,()@', quote_via=quote)}"


def _top(call: Call) -> int | None:
    text = call.options.get("$top")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise bad_query(f"$top takes a whole number from 0 on; it got '{text[:20]}'.")
    return int(text)


def _boolean(call: Call, name: str) -> bool:
    text = call.options.get(name, "false").lower()
    if text not in ("true", "false"):
        raise bad_query(f"{name} takes true or false; it got '{text[:20]}'.")
    return text == "true"


def _applied(preference: str) -> dict[str, str]:
    return {"Preference-Applied": preference} if preference else {}
