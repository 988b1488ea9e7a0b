"""Filters of lists that offer a few named choices."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest

Narrowing = Q | Callable[[Any, HttpRequest], QuerySet[Any]]
Choices = Mapping[str, tuple[Any, Narrowing]]


class ChoiceFilter(admin.SimpleListFilter):
    """Base of the filters that choice_filter makes; Django wants a class for each."""

    @staticmethod
    def offered() -> Choices:
        return {}

    @cached_property
    def asked_once(self) -> Choices:
        return self.offered()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, (label, _narrowing) in self.asked_once.items() if value]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        label, _narrowing = self.asked_once.get("", (first["display"], Q()))
        yield {**first, "display": label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        _label, narrowing = self.asked_once.get(self.value() or "", ("", Q()))
        return narrowing(queryset, request) if callable(narrowing) else queryset.filter(narrowing)


def choice_filter(title: Any, parameter: str, choices: Choices | Callable[[], Choices]) -> type[ChoiceFilter]:
    """Return a filter for `list_filter`: {value in the address: (label, Q or a function of queryset and request)}.

    The value "" is what the list shows without a choice, in place of everything. Choices that are known only when the
    page is asked for come from a function.
    """
    offered = choices if callable(choices) else lambda: choices
    own = {"title": title, "parameter_name": parameter, "offered": staticmethod(offered)}
    return type("ChoiceFilter", (ChoiceFilter,), own)


#: Rows that are looked at for the values that a filter offers.
LOOKED_AT = 5000


def recent_values(model: type[models.Model], field: str) -> list[str]:
    """Return the values of a column in the first rows of the model's own order, sorted.

    The distinct values of a log of millions would take seconds.
    """
    rows = model._default_manager.values_list(field, flat=True)[:LOOKED_AT]
    return sorted({value for value in rows if value})
