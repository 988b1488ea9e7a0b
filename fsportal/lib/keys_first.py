"""Rows with many joins: which they are is asked first, and then for those few with all that they name."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def keys_first(rows: "QuerySet[Row, Any]") -> list[Row]:
    """Return rows in their order, with what `select_related` names; annotations are left out.

    PostgreSQL orders eight tables at most by their cost. With more it may join all visits there are before it looks
    which few are asked for: with 100,000 that took more than a second.
    """
    keys = list(rows.values_list("pk", flat=True))
    every = rows.model._default_manager.order_by()
    every.query.select_related = rows.query.select_related
    found = every.in_bulk(keys) if keys else {}
    return [found[key] for key in keys if key in found]
