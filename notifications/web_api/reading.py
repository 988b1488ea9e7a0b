"""Reads of rows: a page with query options, a count, one row, one property, a related row."""

import uuid
from typing import Any
from urllib.parse import quote, urlencode

from django.db.models import QuerySet

from notifications.web_api.errors import bad_query, no_resource, no_row
from notifications.web_api.filter_conditions import as_q
from notifications.web_api.filter_parser import parse
from notifications.web_api.headers import matches
from notifications.web_api.paging import OrderBy, SkipToken
from notifications.web_api.representation import TARGETS, Representation, address, etag_of, selected, wire
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse
from notifications.web_api.tables import NAMESPACE, TABLES, Table, TableColumn

OPTIONS = ("$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken")
#: Options of Dataverse that this service lacks: ignoring one would answer another question.
UNSUPPORTED = ("fetchXml", "savedQuery", "userQuery", "sql")

#: Dataverse counts standard tables to here and no further (its documentation, "Count rows using OData").
MOST_COUNTED = 5000


def read_many(request: ODataRequest, table: Table) -> ODataResponse:
    _check_options(request, *OPTIONS)
    shape = Representation(
        request, table, selected(table, request.options.get("$select", "")), request.options.get("$expand", "")
    )
    order = OrderBy.parse(table, request.options.get("$orderby", ""))
    rows = _filtered(request, table)
    token = request.options.get("$skiptoken")
    position = SkipToken.parse(request, order, token) if token else SkipToken.start(request, _top(request))
    made = request.context(shape.fragment(single=False))
    if _boolean(request, "$count"):
        made |= _counted(request, rows)
    page, next_link = _page(
        request, order, position, rows, [*shape.paths, *(column.path for column, _ in order.columns)]
    )
    made["value"] = shape.all(page)
    if next_link:
        made["@odata.nextLink"] = next_link
    return ODataResponse(json=made, headers=_applied(request.preferences.applied(page=True)))


def count(request: ODataRequest, table: Table) -> ODataResponse:
    """Respond with the number of rows, MOST_COUNTED at most, as plain text."""
    _check_options(request, "$filter")
    number = min(_capped(_filtered(request, table)), MOST_COUNTED)
    return ODataResponse(text=str(number), content_type="text/plain")


def read_one(request: ODataRequest, table: Table, key: uuid.UUID) -> ODataResponse:
    """Respond with one row, or 304 if the client has this version of it."""
    _check_options(request, "$select", "$expand")
    shape = Representation(
        request, table, selected(table, request.options.get("$select", "")), request.options.get("$expand", "")
    )
    row = table.rows(request.user).filter(pk=key).values(*shape.paths).first()
    if row is None:
        raise no_row(table.logical_name, key)
    headers = _applied(request.preferences.applied(representation=True))
    if table.version_path:
        headers["ETag"] = etag_of(row[table.version_path])
        known = request.headers.get("if-none-match")
        if known and request.method in ("GET", "HEAD") and matches(known, headers["ETag"]):
            return ODataResponse(304, headers=headers)
    return ODataResponse(json=request.context(shape.fragment(single=True)) | shape.all([row])[0], headers=headers)


def read_property(request: ODataRequest, table: Table, key: uuid.UUID, name: str, *, raw: bool) -> ODataResponse:
    """Respond with one property of one row; `raw` as plain text."""
    _check_options(request)
    column = selected(table, name)[0]
    value = wire(column, _held(request, table, key, column))
    if value is None:
        return ODataResponse(204)
    if raw:
        return ODataResponse(text=str(value), content_type="text/plain")
    context = request.context(f"#{table.entity_set_name}({key})/{column.name}")
    return ODataResponse(json=context | {"value": value})


def read_related(
    request: ODataRequest, table: Table, key: uuid.UUID, column: TableColumn, segments: list[str]
) -> ODataResponse:
    """Respond with the row that a navigation property leads to, or with its address only (`$ref`)."""
    target = TABLES.get(f"{TARGETS[column.navigation_property][0]}s")
    if target is None or segments not in ([], ["$ref"]):
        raise no_resource(segments[-1] if segments else column.navigation_property)
    held = _held(request, table, key, column)
    if held is None:
        return ODataResponse(204)
    if not segments:
        return read_one(request, target, held)
    _check_options(request)
    return ODataResponse(json=request.context("#$ref") | {"@odata.id": address(request, target, held)})


# --- Parts ----------------------------------------------------------------------------------------------------------


def _check_options(request: ODataRequest, *allowed: str) -> None:
    for name in UNSUPPORTED:
        if name in request.options:
            raise bad_query(f"The query option '{name}' is not supported; $filter and $orderby are.")
    if "$skip" in request.options:
        raise bad_query("$skip is not supported; page with odata.maxpagesize and follow @odata.nextLink.")
    request.allow_options(*allowed)


def _held(request: ODataRequest, table: Table, key: uuid.UUID, column: TableColumn) -> Any:
    row = table.rows(request.user).filter(pk=key).values(column.path).first()
    if row is None:
        raise no_row(table.logical_name, key)
    return row[column.path]


def _filtered(request: ODataRequest, table: Table) -> QuerySet[Any]:
    rows = table.rows(request.user)
    text = request.options.get("$filter")
    if text is None:
        return rows
    aliases = {name: value for name, value in request.options.items() if name.startswith("@")}
    return rows.filter(as_q(parse(text, table.by_name, aliases)))


def _counted(request: ODataRequest, rows: QuerySet[Any]) -> dict[str, Any]:
    """Return the count and, if the client wants them, Dataverse's annotations on whether there are more."""
    found = _capped(rows)
    number, asked = min(found, MOST_COUNTED), request.preferences.wants
    annotations = {"totalrecordcount": number, "totalrecordcountlimitexceeded": found > MOST_COUNTED}
    wanted = {f"@{NAMESPACE}.{name}": value for name, value in annotations.items() if asked(f"{NAMESPACE}.{name}")}
    return {"@odata.count": number} | wanted


def _capped(rows: QuerySet[Any]) -> int:
    """Count the rows up to one beyond MOST_COUNTED, so that a large table costs no more."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def _page(
    request: ODataRequest, order: OrderBy, position: SkipToken, rows: QuerySet[Any], paths: list[str]
) -> tuple[list[dict[str, Any]], str]:
    size = position.size if position.left is None else min(position.size, position.left)
    if size == 0:
        return [], ""
    rest = rows.filter(order.after(position.after)) if position.after else rows
    # One row more than the page holds tells whether another page follows.
    found = list(rest.order_by(*order.paths).values(*dict.fromkeys(paths))[: size + 1])
    page = found[:size]
    ended = len(found) <= size or size == position.left
    return page, "" if ended else _next_link(request, position.following(request, order, page[-1], len(page)))


def _next_link(request: ODataRequest, token: str) -> str:
    query = {name: value for name, value in request.options.items() if name != "$skiptoken"} | {"$skiptoken": token}
    return f"{request.root}{request.path}?{urlencode(query, safe='$,()@', quote_via=quote)}"


def _top(request: ODataRequest) -> int | None:
    text = request.options.get("$top")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise bad_query(f"$top takes a whole number from 0 on; it got '{text[:20]}'.")
    return int(text)


def _boolean(request: ODataRequest, name: str) -> bool:
    text = request.options.get(name, "false").lower()
    if text not in ("true", "false"):
        raise bad_query(f"{name} takes true or false; it got '{text[:20]}'.")
    return text == "true"


def _applied(preference: str) -> dict[str, str]:
    return {"Preference-Applied": preference} if preference else {}
