"""Search of lists: each related table is asked by itself, so that no search joins a million rows."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.utils.text import smart_split, unescape_string_literal

#: Look-ups by the mark before a path; all but "#" are Django's. "#" is for numbers such as WO-0001: a word with a digit
#: is looked for anywhere in one, any other at its beginning only, where PostgreSQL has an index.
LOOKUPS = {"^": "istartswith", "=": "exact", "#": "startswith"}


def words_of(text: str) -> list[str]:
    """Return the words that must all be found; quotation marks keep several together."""
    bits = smart_split(text)
    return [unescape_string_literal(bit) if bit[:1] in "\"'" and bit[0] == bit[-1] else bit for bit in bits]


def arms(model: type[models.Model], paths: Iterable[str], word: str) -> list[QuerySet[Any]]:
    """Return queries of the primary keys of records in which `word` is found by `paths` (as in `search_fields`).

    There is one per table, to be united: joined by OR instead, neither database uses an index.
    """
    own, related = _sorted_out(paths, has_digit=any(letter.isdigit() for letter in word))
    found = [_keys(model, Q(*(pair for field in own for pair in _asked(field, word)), _connector=Q.OR))] if own else []
    return found + [_of_related(model, relation, rest, word) for relation, rest in related.items()]


def narrowed(rows: QuerySet[Any], paths: Iterable[str], words: Iterable[str]) -> QuerySet[Any]:
    """Return those of `rows` in which each of `words` is found; none is doubled.

    Only the longest is looked for everywhere, by `arms`, as it finds the fewest. The others are looked for in what it
    found: for some records it is cheaper to join the tables than to read them from end to end.
    """
    paths = list(paths)
    longest, *others = sorted(words, key=len, reverse=True)
    first, *more = arms(rows.model, paths, longest)
    keys = first.union(*more) if more else first
    rows = rows.filter(pk__in=keys)
    if others and any(_has_many(rows.model, path) for path in paths):
        # Joined here, a row would be doubled by each record of the other table.
        every = rows.model._default_manager.filter(pk__in=keys)
        return rows.filter(pk__in=_with_each(every, paths, others).order_by().values("pk"))
    # Joined here, only rows that the list's filters leave are joined.
    return _with_each(rows, paths, others)


def _with_each(rows: QuerySet[Any], paths: Iterable[str], words: Iterable[str]) -> QuerySet[Any]:
    """Return those rows in which each word is found, with the tables joined."""
    for word in words:
        has_digit = any(letter.isdigit() for letter in word)
        asked = [pair for path in paths for pair in _asked(_lookup(path, has_digit=has_digit), word)]
        rows = rows.filter(Q(*asked, _connector=Q.OR))
    return rows


def _has_many(model: type[models.Model], path: str) -> bool:
    """Tell whether a path leads to many records of another table."""
    relation, goes_on, rest = path.removeprefix(_mark(path)).partition(LOOKUP_SEP)
    if not goes_on:
        return False
    field: Any = model._meta.get_field(relation)
    return field.one_to_many or field.many_to_many or _has_many(field.related_model, rest)


def _asked(lookup: str, word: str) -> list[tuple[str, str]]:
    """Return what to ask; where case counts for the index, for the word in two spellings."""
    in_case = lookup.endswith((f"{LOOKUP_SEP}exact", f"{LOOKUP_SEP}startswith"))
    return [(lookup, one) for one in dict.fromkeys([word, word.upper()])] if in_case else [(lookup, word)]


def _sorted_out(paths: Iterable[str], *, has_digit: bool) -> tuple[list[str], dict[str, list[str]]]:
    """Return the look-ups on the table itself, and the paths that go on from each of its relations."""
    own, related = [], defaultdict(list)
    for path in paths:
        mark = _mark(path)
        relation, goes_on, rest = path.removeprefix(mark).partition(LOOKUP_SEP)
        if goes_on:
            related[relation].append(mark + rest)
        else:
            own.append(_lookup(path, has_digit=has_digit))
    return own, related


def _mark(path: str) -> str:
    return path[0] if path[0] in LOOKUPS else ""


def _lookup(path: str, *, has_digit: bool) -> str:
    mark = _mark(path)
    is_part = not mark or (mark == "#" and has_digit)
    return f"{path.removeprefix(mark)}{LOOKUP_SEP}{'icontains' if is_part else LOOKUPS[mark]}"


def _of_related(model: type[models.Model], relation: str, paths: list[str], word: str) -> QuerySet[Any]:
    other = model._meta.get_field(relation).related_model
    assert isinstance(other, type)
    first, *others = arms(other, paths, word)
    return _keys(model, Q((f"{relation}__in", first.union(*others) if others else first)))


def _keys(model: type[models.Model], condition: Q) -> QuerySet[Any]:
    return model._default_manager.filter(condition).order_by().values("pk")
