"""Filters of lists that offer a few named choices."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

Narrowing = Q | Callable[[Any, HttpRequest], QuerySet[Any]]
Choices = Mapping[str, tuple[Any, Narrowing]]


class ChoiceFilter(admin.SimpleListFilter):
    """Base of the filters that choice_filter makes; Django wants a class for each."""

    @staticmethod
    def offered() -> Choices:
        return {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, (label, _narrowing) in self.offered().items() if value]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        label, _narrowing = self.offered().get("", (first["display"], Q()))
        yield {**first, "display": label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        _label, narrowing = self.offered().get(self.value() or "", ("", Q()))
        return narrowing(queryset, request) if callable(narrowing) else queryset.filter(narrowing)


def choice_filter(title: Any, parameter: str, choices: Choices | Callable[[], Choices]) -> type[ChoiceFilter]:
    """Return a filter for `list_filter`: {value in the address: (label, Q or a function of queryset and request)}.

    The value "" is what the list shows without a choice, in place of everything. Choices that are known only when the
    page is asked for come from a function.
    """
    offered = choices if callable(choices) else lambda: choices
    own = {"title": title, "parameter_name": parameter, "offered": staticmethod(offered)}
    return type("ChoiceFilter", (ChoiceFilter,), own)
