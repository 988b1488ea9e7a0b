"""Find anything: groups of hits, of which everybody sees what they may see. Each floor says what it has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from fsportal.settings_area.parts import change_url

#: Hits that a group shows; its list has the others.
MOST = 5


@dataclass(frozen=True)
class Hit:
    name: str
    url: str
    about: str = ""


@dataclass(frozen=True)
class FoundGroup:
    """The hits of one group. `more` is the address of the list that has the others, if there are."""

    slug: str
    label: Any
    hits: list[Hit]
    more: str = ""


@dataclass(frozen=True)
class FindGroup:
    """A group of things to find: records of one model, or what `find` returns."""

    slug: str
    label: Any
    find: Callable[[HttpRequest, str], list[Hit]]
    #: "app_model" of the list with the same search, if there is one.
    of_list: str = ""
    permission: str = ""

    def found(self, request: HttpRequest, text: str) -> FoundGroup:
        """Return at most MOST hits; `find` returns one more if there are more."""
        if self.permission and not request.user.has_perm(self.permission):
            return FoundGroup(self.slug, self.label, [])
        hits = self.find(request, text)
        more = ""
        if len(hits) > MOST and self.of_list:
            more = f"{reverse(f'admin:{self.of_list}_changelist')}?{urlencode({'q': text})}"
        return FoundGroup(self.slug, self.label, hits[:MOST], more)


@dataclass(frozen=True)
class InList:
    """Finds what the search of a model's own list finds, if one may see that list."""

    model: type[Model]
    hit: Callable[[Any], Hit]
    rows: Callable[[QuerySet[Any]], QuerySet[Any]] = field(default=lambda rows: rows)

    def __call__(self, request: HttpRequest, text: str) -> list[Hit]:
        its_admin: Any = admin.site._registry[self.model]
        if not its_admin.has_view_permission(request):
            return []
        found, _doubled = its_admin.get_search_results(request, self.model._default_manager.all(), text)
        return [self.hit(row) for row in self.rows(found)[: MOST + 1]]


def hit_of(record: Model, name: object, *about: object) -> Hit:
    return Hit(str(name), change_url(record), ", ".join(str(part) for part in about if part))


def matches(text: str, *names: object) -> bool:
    """Tell whether each word of a text is somewhere in these names."""
    there = " ".join(str(name) for name in names).casefold()
    return all(word in there for word in text.casefold().split())
