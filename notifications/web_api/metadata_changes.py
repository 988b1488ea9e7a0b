"""RetrieveMetadataChanges: descriptions of tables and columns in one call, as client libraries ask for typed columns.

Tables do not change here, so whoever asks gets everything that fits the query, and nothing was ever deleted.
"""

import json
from typing import Any

from notifications.web_api.attributes import Described, tables
from notifications.web_api.call import Call, ODataResponse, parse_object
from notifications.web_api.errors import bad_query

PATH = "RetrieveMetadataChanges"
#: Nothing changes, so neither does the stamp that a client would send back.
STAMP = "1!00000000"
_OPERATORS = ("Equals", "NotEquals", "In", "NotIn")


def serve(call: Call) -> ODataResponse:
    """Answer `RetrieveMetadataChanges(Query=@p1)` with the tables that fit; raises 400."""
    call.need_method("GET")
    query = _query(call)
    columns = query.get("AttributeQuery") or {}
    _need_object(columns, "AttributeQuery")
    found = [
        _shown(table, query) | ({"Attributes": _fitting(table["Attributes"], columns)} if _wants(query) else {})
        for table in tables()
        if _fits(table, query)
    ]
    context = f"{call.root}$metadata#Microsoft.Dynamics.CRM.{PATH}Response"
    made: dict[str, Any] = {} if call.level == "none" else {"@odata.context": context}
    return ODataResponse(json=made | {"EntityMetadata": found, "ServerVersionStamp": STAMP, "DeletedMetadata": None})


def _query(call: Call) -> Described:
    """Return the parameter Query, which the address gives by an alias."""
    call.allow_options()
    alias = call.path.partition("Query=")[2].partition(",")[0].rstrip(")")
    text = call.options.get(alias) if alias.startswith("@") else None
    if text is None:
        raise bad_query(f"{PATH} takes (Query=@p1) and @p1 with an EntityQueryExpression in JSON.")
    return parse_object(text.encode())


def _wants(query: Described) -> bool:
    named = _names(query)
    return named is None or "Attributes" in named


def _fitting(members: list[Described], query: Described) -> list[Described]:
    return [_shown(one, query) for one in members if _fits(one, query)]


def _shown(one: Described, query: Described) -> Described:
    """Return the properties that the query names, and what says which description this is."""
    named = _names(query)
    kept = named if named is None else {*named, "MetadataId", "LogicalName", "@odata.type"}
    return {
        name: value
        for name, value in one.items()
        if (kept is None or name in kept) and not name.endswith(("Attributes", "Relationships", "Keys"))
    }


def _names(query: Described) -> list[str] | None:
    """Return the names of the properties that are asked for, None for all."""
    wanted = query.get("Properties")
    if wanted is None:
        return []
    _need_object(wanted, "Properties")
    named = wanted.get("PropertyNames") or []
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise bad_query("PropertyNames takes a list of names.")
    return None if wanted.get("AllProperties") is True else named


# --- Criteria -------------------------------------------------------------------------------------------------------
def _fits(one: Described, query: Described) -> bool:
    criteria = query.get("Criteria")
    return criteria is None or _meets(one, criteria)


def _meets(one: Described, criteria: Any) -> bool:
    """Tell whether a description meets a MetadataFilterExpression; how deep it goes, parse_object has limited."""
    _need_object(criteria, "Criteria")
    conditions, filters = criteria.get("Conditions") or [], criteria.get("Filters") or []
    if not isinstance(conditions, list) or not isinstance(filters, list):
        raise bad_query("Criteria take lists of Conditions and Filters.")
    held = [_holds(one, condition) for condition in conditions] + [_meets(one, inner) for inner in filters]
    return any(held) if criteria.get("FilterOperator") == "Or" and held else all(held)


def _holds(one: Described, condition: Any) -> bool:
    _need_object(condition, "Conditions")
    name, operator = condition.get("PropertyName"), condition.get("ConditionOperator")
    if operator not in _OPERATORS or not isinstance(name, str) or name not in one:
        raise bad_query(f"Conditions take a property that there is and one of {', '.join(_OPERATORS)}.")
    wanted = _value(condition.get("Value"))
    values = wanted if isinstance(wanted, list) else [wanted]
    held = one[name]
    return (str(held).lower() in [str(value).lower() for value in values]) is not operator.startswith("Not")


def _value(value: Any) -> Any:
    """Return what {"Type": "System.String", "Value": …} holds; lists come as JSON in a text, too."""
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
