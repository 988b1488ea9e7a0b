"""How many rows each choice of a filter has, asked for when its menu is opened. Nothing is counted beyond a limit."""

import copy
from typing import Any

from django.http import HttpRequest, QueryDict

#: Rows of the list that are looked at, the first by its order.
LOOKED_AT = 1000
#: A filter with more choices is not counted: each choice is a statement.
MOST_CHOICES = 30


def counts(model_admin: Any, request: HttpRequest, number: int) -> list[str]:
    """Return the number of rows of each choice of the filter `number`, "" where it is not known.

    If the list has more than LOOKED_AT rows without the filter, there are at least as many as are found among them.
    """
    asked = _unshown(model_admin, request, request.GET)
    if not 0 <= number < len(asked.filter_specs):
        return []
    choices = list(asked.filter_specs[number].choices(asked))
    if len(choices) > MOST_CHOICES:
        return [""] * len(choices)
    # Not even narrowed by what it does without a choice.
    spec = asked.filter_specs[number]
    rows = asked.get_queryset(request, exclude_parameters=spec.expected_parameters())
    looked_at = list(rows.values_list("pk", flat=True)[: LOOKED_AT + 1])
    has_more = len(looked_at) > LOOKED_AT
    return [_count(model_admin, request, choice, looked_at[:LOOKED_AT], has_more=has_more) for choice in choices]


def _unshown(model_admin: Any, request: HttpRequest, params: QueryDict) -> Any:
    """Return the list for these parameters, without reading its rows."""
    asked = copy.copy(request)
    asked.GET = params  # type: ignore[assignment]
    return model_admin.unshown_list(asked)


def _count(model_admin: Any, request: HttpRequest, choice: dict[str, Any], keys: list[Any], *, has_more: bool) -> str:
    rows = _unshown(model_admin, request, QueryDict(choice["query_string"][1:])).queryset.order_by()
    found = rows.filter(pk__in=keys).values("pk").count()
    return f"{found}+" if has_more and found else "" if has_more else str(found)
