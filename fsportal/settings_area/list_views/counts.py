"""How many rows each choice of a filter has, asked for when its menu is opened. Nothing is counted beyond a limit."""

import copy
from typing import Any

from django.db.models import Count, Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, QueryDict

#: Rows of the list that are looked at, the first by its order.
LOOKED_AT = 1000
#: A filter with more choices is not counted: each row is looked up for each choice.
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
    narrowed = [_narrowed(model_admin, request, choice) for choice in choices]
    return [_in_words(number, has_more=has_more) for number in _numbers(rows.model, looked_at[:LOOKED_AT], narrowed)]


def _unshown(model_admin: Any, request: HttpRequest, params: QueryDict) -> Any:
    """Return the list for these parameters, without reading its rows."""
    asked = copy.copy(request)
    asked.GET = params  # type: ignore[assignment]
    return model_admin.unshown_list(asked)


def _narrowed(model_admin: Any, request: HttpRequest, choice: dict[str, Any]) -> QuerySet[Any]:
    """Return the rows that the list has with a choice."""
    rows: QuerySet[Any] = _unshown(model_admin, request, QueryDict(choice["query_string"][1:])).queryset
    return rows.order_by()


def _numbers(model: type[Model], keys: list[Any], narrowed: list[QuerySet[Any]]) -> list[int]:
    """Return how many of these rows each choice leaves, in one statement.

    Each row is looked up by its key: asked for rows of a state with one of these keys, SQLite reads all of that state.
    """
    of_row = [Exists(rows.filter(pk=OuterRef("pk"))) for rows in narrowed]
    asked = {f"choice_{at}": Count("pk", filter=exists) for at, exists in enumerate(of_row)}
    found = model._default_manager.order_by().filter(pk__in=keys).aggregate(**asked)
    return [found[name] for name in asked]


def _in_words(number: int, *, has_more: bool) -> str:
    return f"{number}+" if has_more and number else "" if has_more else str(number)
