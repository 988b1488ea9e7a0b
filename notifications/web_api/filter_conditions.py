"""Evaluates a $filter: as a condition of the ORM on rows, and in memory on definitions.

Nothing that the client wrote becomes SQL: columns are ours, values are parameters.

- Comparing texts ignores case, as in Dataverse. An empty text equals null.
- Times are compared to the second, as they are shown, so that `createdon gt <what was read>` excludes what was read.
- Logic has two values: `ne` and `not` include rows where the column is null.
"""

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from django.db.models import Q

from notifications.web_api.filter_parser import AndOr, Comparison, Expression, InList, Negation, TextFunction
from notifications.web_api.tables import EdmType, TableColumn

NOTHING = Q(pk__in=[])
SECOND = dt.timedelta(seconds=1)
_FUNCTIONS = {"contains": "icontains", "startswith": "istartswith", "endswith": "iendswith"}


def as_q(expression: Expression) -> Q:
    """Return the condition as the ORM takes it."""
    match expression:
        case AndOr(connector, operands):
            return Q(*[as_q(one) for one in operands], _connector=connector.upper())
        case Negation(operand):
            return ~as_q(operand)
        case TextFunction(function, column, value):
            return Q(**{f"{column.path}__{_FUNCTIONS[function]}": value})
        case InList(column, values):
            return (
                reduce(operator.or_, (_compare(column, "eq", value) for value in values), NOTHING)
                if (column.edm_type in (EdmType.STRING, EdmType.DATE_TIME_OFFSET) or None in values)
                else Q(**{f"{column.path}__in": values})
            )
        case Comparison(column, op, value):
            return ~_compare(column, "eq", value) if op == "ne" else _compare(column, op, value)


def _compare(column: TableColumn, op: str, value: Any) -> Q:
    if column.edm_type is EdmType.STRING:
        return _text(column, op, value or "")
    if value is None:
        return Q(**{f"{column.path}__isnull": True}) if column.nullable else NOTHING
    if column.edm_type is EdmType.DATE_TIME_OFFSET:
        return _date(column, op, value)
    lookup = {"eq": "exact", "ge": "gte", "le": "lte"}.get(op, op)
    return Q(**{f"{column.path}__{lookup}": value})


def _text(column: TableColumn, op: str, value: str) -> Q:
    if op == "eq":
        return Q(**{f"{column.path}__iexact" if value else column.path: value})
    return Q(**{f"{column.path}__{ {'ge': 'gte', 'le': 'lte'}.get(op, op) }": value})


def _date(column: TableColumn, op: str, value: dt.datetime) -> Q:
    """Compare a row's time, cut to the second as clients read it, with a moment that may be finer."""
    floor = value.replace(microsecond=0)
    ceiling = floor if floor == value else floor + SECOND
    if op == "eq":
        is_whole = floor == value
        return Q(**{f"{column.path}__gte": floor, f"{column.path}__lt": floor + SECOND}) if is_whole else NOTHING
    lookup, bound = {
        "gt": ("gte", floor + SECOND),
        "ge": ("gte", ceiling),
        "lt": ("lt", ceiling),
        "le": ("lt", floor + SECOND),
    }[op]
    return Q(**{f"{column.path}__{lookup}": bound})


# --- In memory ------------------------------------------------------------------------------------------------------

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TEXTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda held, value: value in held,
    "startswith": lambda held, value: held.startswith(value),
    "endswith": lambda held, value: held.endswith(value),
}


def holds(expression: Expression, row: Mapping[str, Any]) -> bool:
    """Tell whether a row in memory meets the condition."""
    match expression:
        case AndOr(connector, operands):
            return (all if connector == "and" else any)(holds(one, row) for one in operands)
        case Negation(operand):
            return not holds(operand, row)
        case TextFunction(function, column, value):
            return _TEXTS[function](_held(column, row) or "", _folded(value))
        case InList(column, values):
            return _held(column, row) in [_folded(value) for value in values]
        case Comparison(column, op, value):
            held = _held(column, row)
            if held is None and op not in ("eq", "ne"):
                return False
            return _OPERATORS[op](held, _folded(value))


def _held(column: TableColumn, row: Mapping[str, Any]) -> Any:
    return _folded(row[column.name])


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
