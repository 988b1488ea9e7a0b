"""EntityDefinitions and their like: walking through the descriptions by address, with $select, $filter and $expand."""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from notifications.web_api.attributes import Described, relationships, tables
from notifications.web_api.call import Call, ODataResponse
from notifications.web_api.columns import EdmType, TableColumn
from notifications.web_api.conditions import holds
from notifications.web_api.errors import OBJECT_DOES_NOT_EXIST, ODataError, bad_query, no_resource
from notifications.web_api.filters import parse
from notifications.web_api.rows import names, parse_expand

#: What an address can begin with. No choices are shared between columns, so the last one is empty.
ROOTS: Mapping[str, Callable[[], list[Described]]] = {
    "EntityDefinitions": tables,
    "RelationshipDefinitions": relationships,
    "GlobalOptionSetDefinitions": list,
}
_SEGMENT = re.compile(r"([A-Za-z.]+)(?:\((?:(LogicalName|SchemaName|Name)='([^']{1,128})'|([0-9a-fA-F-]{36}))\))?")
_CAST = "Microsoft.Dynamics.CRM."
#: What is only shown when it is asked for, and where it hangs.
NAVIGATIONS = (
    "Attributes",
    "Keys",
    "ManyToOneRelationships",
    "OneToManyRelationships",
    "ManyToManyRelationships",
    "OptionSet",
    "GlobalOptionSet",
)


def serve(call: Call, segments: list[str]) -> ODataResponse:
    """Answer for an address that begins with one of ROOTS."""
    call.need_method("GET")
    call.allow_options("$select", "$filter", "$expand", "$count", "$top")
    root = segments[0].partition("(")[0]
    found: Any = {root: ROOTS[root]()}
    for segment in segments:
        found = _step(found, segment)
    shown = _shown(found, call.options)
    context = f"{call.root}$metadata#{'/'.join(segments)}"
    made: dict[str, Any] = {} if call.level == "none" else {"@odata.context": context}
    if isinstance(shown, list):
        counted = {"@odata.count": len(shown)} if call.options.get("$count") == "true" else {}
        return ODataResponse(json=made | counted | {"value": shown})
    return ODataResponse(json=made | shown)


def _step(here: Any, segment: str) -> Any:
    """Go one segment further: into a property, to the member with a key, or to those of a type."""
    match = _SEGMENT.fullmatch(segment)
    if not match:
        raise no_resource(segment)
    name, by, value, key = match.groups()
    if name.startswith(_CAST):
        return _of_type(here, f"#{name}")
    if not isinstance(here, dict) or name not in (*ROOTS, *NAVIGATIONS) or name not in here:
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
    """Return what the options leave of a description, of a list of them, or of None for one that there is not."""
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


def _filtered(members: list[Described], text: str) -> list[Described]:
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


def _values(one: Described) -> Described:
    """Return what properties such as RequiredLevel hold, by the path at which clients ask for it."""
    held = {name: value["Value"] for name, value in one.items() if isinstance(value, dict) and "Value" in value}
    return {f"{name}/Value": value for name, value in held.items()}


def _kind(name: str, value: Any) -> EdmType | None:
    if isinstance(value, bool):
        return EdmType.BOOL
    if isinstance(value, int):
        return EdmType.INT
    if name == "MetadataId":
        return EdmType.GUID
    is_text = value is None or isinstance(value, str)
    return EdmType.TEXT if is_text and not name.startswith("@") and name not in NAVIGATIONS else None


def _trimmed(one: Described, options: Mapping[str, str]) -> Described:
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
