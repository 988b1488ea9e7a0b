"""EntityDefinitions and the like: finds definitions by address and applies $select, $filter and $expand to them."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from notifications.web_api.definitions import Definition, relationships, tables
from notifications.web_api.errors import OBJECT_DOES_NOT_EXIST, ODataError, bad_query, no_resource
from notifications.web_api.filter_conditions import holds
from notifications.web_api.filter_parser import parse
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse
from notifications.web_api.select_expand import names, parse_expand
from notifications.web_api.tables import NAMESPACE, EdmType, TableColumn

#: The sets that an address can begin with. No columns share their choices, so the last one is empty.
DEFINITION_SETS: Mapping[str, Callable[[], list[Definition]]] = {
    "EntityDefinitions": tables,
    "RelationshipDefinitions": relationships,
    "GlobalOptionSetDefinitions": list,
}
_SEGMENT = re.compile(r"([A-Za-z.]+)(?:\((?:(LogicalName|SchemaName|Name)='([^']{1,128})'|([0-9a-fA-F-]{36}))\))?")
#: Shown only when asked for by $expand or by address.
NAVIGATIONS = (
    "Attributes",
    "Keys",
    "ManyToOneRelationships",
    "OneToManyRelationships",
    "ManyToManyRelationships",
    "OptionSet",
    "GlobalOptionSet",
)


def serve(request: ODataRequest, segments: list[str]) -> ODataResponse:
    """Respond to an address that begins with one of DEFINITION_SETS."""
    request.need_method("GET")
    request.allow_options("$select", "$filter", "$expand", "$count", "$top")
    root = segments[0].partition("(")[0]
    found: Any = {root: DEFINITION_SETS[root]()}
    for segment in segments:
        found = _step(found, segment)
    shown = _shown(found, request.options)
    made = request.context(f"#{'/'.join(segments)}")
    if isinstance(shown, list):
        counted = {"@odata.count": len(shown)} if request.options.get("$count") == "true" else {}
        return ODataResponse(json=made | counted | {"value": shown})
    return ODataResponse(json=made | shown)


def _step(here: Any, segment: str) -> Any:
    """Follow one segment: into a property, to the member with a key, or to the members of a type (a type cast)."""
    match = _SEGMENT.fullmatch(segment)
    if not match:
        raise no_resource(segment)
    name, by, value, key = match.groups()
    if name.startswith(f"{NAMESPACE}."):
        return _of_type(here, f"#{name}")
    if not isinstance(here, dict) or name not in (*DEFINITION_SETS, *NAVIGATIONS) or name not in here:
        raise no_resource(segment)
    if by is None and key is None and here[name] is not None:
        return here[name]
    wanted, by = (value, by) if by else (str(key).lower(), "MetadataId")
    members = [one for one in here[name] if one.get(by) == wanted] if isinstance(here[name], list) else []
    if not members:
        raise ODataError(404, OBJECT_DOES_NOT_EXIST, f"Could not find an entity with {by} = {wanted}.")
    return members[0]


def _of_type(here: Any, type_name: str) -> Any:
    if isinstance(here, list):
        return [one for one in here if one.get("@odata.type") == type_name]
    if isinstance(here, dict) and here.get("@odata.type") == type_name:
        return here
    raise no_resource(type_name.removeprefix("#"))


def _shown(found: Any, options: Mapping[str, str]) -> Any:
    """Apply the query options to a definition, a list of them, or None."""
    if found is None:
        return None
    if not isinstance(found, list):
        return _trimmed(found, options)
    if "$filter" in options:
        found = _filtered(found, options["$filter"])
    top = options.get("$top", "")
    if top and not (top.isascii() and top.isdecimal() and len(top) <= 9):
        raise bad_query(f"$top takes a whole number; it got '{top[:20]}'.")
    return [_trimmed(one, options) for one in (found[: int(top)] if top else found)]


def _filtered(members: list[Definition], text: str) -> list[Definition]:
    asked = [one | _values(one) for one in members]
    columns = {
        name: TableColumn(name, kind)
        for one in asked
        for name, value in one.items()
        if (kind := _kind(name, value)) is not None
    }
    if not members:
        return []
    node = parse(text, columns)
    return [
        one
        for one, row in zip(members, asked, strict=True)
        if holds(node, dict.fromkeys(columns) | row | {"MetadataId": uuid.UUID(one["MetadataId"])})
    ]


def _values(one: Definition) -> Definition:
    """Return the values in properties such as RequiredLevel, by the path that clients use in $filter."""
    held = {name: value["Value"] for name, value in one.items() if isinstance(value, dict) and "Value" in value}
    return {f"{name}/Value": value for name, value in held.items()}


def _kind(name: str, value: Any) -> EdmType | None:
    if isinstance(value, bool):
        return EdmType.BOOLEAN
    if isinstance(value, int):
        return EdmType.INT32
    if name == "MetadataId":
        return EdmType.GUID
    is_text = value is None or isinstance(value, str)
    return EdmType.STRING if is_text and not name.startswith("@") and name not in NAVIGATIONS else None


def _trimmed(one: Definition, options: Mapping[str, str]) -> Definition:
    wanted = names(options.get("$select", ""))
    if missing := [name for name in wanted if name not in one]:
        raise bad_query(f"Could not find a property named '{missing[0][:60]}'.")
    expanded = parse_expand(options["$expand"]) if options.get("$expand") else {}
    kept = {
        name: value
        for name, value in one.items()
        if name not in NAVIGATIONS and (not wanted or name in (*wanted, "MetadataId") or name.startswith("@"))
    }
    for name, inner in expanded.items():
        if name not in NAVIGATIONS or name not in one:
            raise bad_query(f"$expand cannot find '{name[:60]}' here.")
        kept[name] = _shown(one[name], inner)
    return kept
