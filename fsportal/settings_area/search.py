"""Search of lists: each related table is asked by itself, so that no search joins a million rows."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.admin.utils import get_fields_from_path
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.utils.text import smart_split, unescape_string_literal

LOOKUPS = {"^": "istartswith", "=": "iexact"}


def words_of(text: str) -> list[str]:
    """Return the words that must all be found; quotation marks keep several together."""
    bits = smart_split(text)
    return [unescape_string_literal(bit) if bit[:1] in "\"'" and bit[0] == bit[-1] else bit for bit in bits]


def arms(model: type[models.Model], paths: Iterable[str], word: str) -> list[QuerySet[Any]]:
    """Return queries of the primary keys of records in which `word` is found by `paths` (as in `search_fields`).

    There is one per table, to be united: joined by OR instead, neither database uses an index.
    """
    own, related = _sorted_out(paths)
    found = [_keys(model, Q.create([(field, word) for field in own], connector=Q.OR))] if own else []
    return found + [_of_related(model, relation, rest, word) for relation, rest in related.items()]


def _sorted_out(paths: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the look-ups on the table itself, and the paths that go on from each of its relations."""
    own, related = [], defaultdict(list)
    for path in paths:
        mark = path[0] if path[0] in LOOKUPS else ""
        relation, goes_on, rest = path.removeprefix(mark).partition(LOOKUP_SEP)
        if goes_on:
            related[relation].append(mark + rest)
        else:
            own.append(f"{relation}{LOOKUP_SEP}{LOOKUPS.get(mark, 'icontains')}")
    return own, related


def _of_related(model: type[models.Model], relation: str, paths: list[str], word: str) -> QuerySet[Any]:
    other = get_fields_from_path(model, relation)[-1].related_model
    first, *others = arms(other, paths, word)
    return _keys(model, Q((f"{relation}__in", first.union(*others) if others else first)))


def _keys(model: type[models.Model], condition: Q) -> QuerySet[Any]:
    return model._default_manager.filter(condition).order_by().values("pk")
