"""RetrieveMetadataChanges: the definitions of tables and columns in one request, for typed clients.

Tables do not change here: the answer is everything that fits the query, and nothing was ever deleted.
"""

import json
from typing import Any

from notifications.web_api.definitions import Definition, tables
from notifications.web_api.errors import bad_query
from notifications.web_api.json_body import parse_object
from notifications.web_api.request import ODataRequest
from notifications.web_api.response import ODataResponse
from notifications.web_api.tables import NAMESPACE

PATH = "RetrieveMetadataChanges"
#: Nothing changes, so neither does the stamp that a client would send back.
STAMP = "1!00000000"
_OPERATORS = ("Equals", "NotEquals", "In", "NotIn")


def serve(request: ODataRequest) -> ODataResponse:
    """Respond to `RetrieveMetadataChanges(Query=@p1)` with the tables that meet the query; raises 400."""
    request.need_method("GET")
    query = _query(request)
    columns = query.get("AttributeQuery") or {}
    _need_object(columns, "AttributeQuery")
    found = [
        _shown(table, query) | ({"Attributes": _fitting(table["Attributes"], columns)} if _wants(query) else {})
        for table in tables()
        if _fits(table, query)
    ]
    context = request.context(f"#{NAMESPACE}.{PATH}Response")
    return ODataResponse(json=context | {"EntityMetadata": found, "ServerVersionStamp": STAMP, "DeletedMetadata": None})


def _query(request: ODataRequest) -> Definition:
    """Return the parameter Query, which stands behind a parameter alias."""
    request.allow_options()
    alias = request.path.partition("Query=")[2].partition(",")[0].rstrip(")")
    text = request.options.get(alias) if alias.startswith("@") else None
    if text is None:
        raise bad_query(f"{PATH} takes (Query=@p1) and @p1 with an EntityQueryExpression in JSON.")
    return parse_object(text.encode())


def _wants(query: Definition) -> bool:
    named = _names(query)
    return named is None or "Attributes" in named


def _fitting(members: list[Definition], query: Definition) -> list[Definition]:
    return [_shown(one, query) for one in members if _fits(one, query)]


def _shown(one: Definition, query: Definition) -> Definition:
    """Return the properties that the query names, and those that identify the definition."""
    named = _names(query)
    kept = named if named is None else {*named, "MetadataId", "LogicalName", "@odata.type"}
    return {
        name: value
        for name, value in one.items()
        if (kept is None or name in kept) and not name.endswith(("Attributes", "Relationships", "Keys"))
    }


def _names(query: Definition) -> list[str] | None:
    """Return the names of the wanted properties, None for all."""
    wanted = query.get("Properties")
    if wanted is None:
        return []
    _need_object(wanted, "Properties")
    named = wanted.get("PropertyNames") or []
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise bad_query("PropertyNames takes a list of names.")
    return None if wanted.get("AllProperties") is True else named


# --- Criteria -------------------------------------------------------------------------------------------------------
def _fits(one: Definition, query: Definition) -> bool:
    criteria = query.get("Criteria")
    return criteria is None or _meets(one, criteria)


def _meets(one: Definition, criteria: Any) -> bool:
    """Tell whether a definition meets a MetadataFilterExpression; parse_object has limited how deep that nests."""
    _need_object(criteria, "Criteria")
    conditions, filters = criteria.get("Conditions") or [], criteria.get("Filters") or []
    if not isinstance(conditions, list) or not isinstance(filters, list):
        raise bad_query("Criteria take lists of Conditions and Filters.")
    held = [_holds(one, condition) for condition in conditions] + [_meets(one, inner) for inner in filters]
    return any(held) if criteria.get("FilterOperator") == "Or" and held else all(held)


def _holds(one: Definition, condition: Any) -> bool:
    _need_object(condition, "Conditions")
    name, operator = condition.get("PropertyName"), condition.get("ConditionOperator")
    if operator not in _OPERATORS or not isinstance(name, str) or name not in one:
        raise bad_query(f"Conditions take a property that there is and one of {', '.join(_OPERATORS)}.")
    wanted = _value(condition.get("Value"))
    values = wanted if isinstance(wanted, list) else [wanted]
    held = one[name]
    return (str(held).lower() in [str(value).lower() for value in values]) is not operator.startswith("Not")


def _value(value: Any) -> Any:
    """Return the value in {"Type": "System.String", "Value": …}; a list may also come as JSON in a text."""
    held = value.get("Value") if isinstance(value, dict) else value
    if isinstance(value, dict) and str(value.get("Type", "")).endswith("[]") and isinstance(held, str):
        try:
            return json.loads(held)
        except (ValueError, RecursionError):
            raise bad_query("A Value of a list type takes a list in JSON.") from None
    return held


def _need_object(value: Any, name: str) -> None:
    if not isinstance(value, dict):
        raise bad_query(f"{name} takes an object.")
