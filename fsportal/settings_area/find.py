"""Find anything: groups of hits, of which everybody sees what they may see. Each floor says what it has.

It must answer while somebody types, among a hundred thousand customers. So customers are looked for once, and no
further than to the first SEARCHED; bookings, messages and codes are those of these customers. The lists, to which
*See all of them* leads, look through everything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from fsportal.lib import phones
from fsportal.models import Account, Contact, PortalSettings
from fsportal.settings_area.parts import change_url
from fsportal.settings_area.phones import company_country

#: Hits that a group shows; its list has the others.
MOST = 5
#: Customers whose bookings and messages are looked at.
SEARCHED = 30
#: A phone number without its beginning: the last digits are compared.
FEWEST_DIGITS = 5


@dataclass(frozen=True)
class Hit:
    name: str
    url: str
    about: str = ""


@dataclass(frozen=True)
class HitGroup:
    """The hits of one group. `more` is the address of the list that has the others, if there are."""

    slug: str
    label: Any
    hits: list[Hit]
    more: str = ""


class FindSearch:
    """One text that somebody looks for, and what groups share of the answer."""

    def __init__(self, request: HttpRequest, text: str) -> None:
        self.request, self.text, self.words = request, text, text.split()
        self._kept: dict[str, Any] = {}

    def once(self, name: str, look: Callable[["FindSearch"], Any]) -> Any:
        """Return what `look` finds; groups that ask by the same name share it."""
        if name not in self._kept:
            self._kept[name] = look(self)
        return self._kept[name]

    @property
    def has_digit(self) -> bool:
        return any(mark.isdigit() for mark in self.text)

    @cached_property
    def contacts(self) -> list[Any]:
        """Return the keys of contacts with this phone number, email address or name."""
        rows = Contact.objects.order_by()
        if digits := self.digits:
            return _keys(rows.filter(mobile_phone=self._number)) or _keys(rows.filter(mobile_phone__endswith=digits))
        if "@" in self.text and (same := _keys(rows.filter(email__in={self.text, self.text.lower()}))):
            return same
        return _keys(rows.filter(*(Q(name__icontains=word) | Q(email__icontains=word) for word in self.words)))

    @property
    def digits(self) -> str:
        """Return the digits of a text that may be a phone number, otherwise ""."""
        digits = "".join(mark for mark in self.text if mark.isdigit()).lstrip("0")
        return digits if phones.WRITTEN.fullmatch(self.text) and len(digits) >= FEWEST_DIGITS else ""

    @property
    def _number(self) -> str:
        try:
            return phones.to_e164(self.text, company_country(PortalSettings.of(self.request)))
        except ValueError:
            return "+"

    @cached_property
    def accounts(self) -> list[Any]:
        """Return the keys of accounts with this name or street."""
        if self.digits:
            return []
        rows = Account.objects.order_by()
        return _keys(rows.filter(*(Q(name__icontains=word) | Q(street__icontains=word) for word in self.words)))


def _keys(rows: QuerySet[Any]) -> list[Any]:
    # Without an order, so that the database stops at the last one that is wanted.
    return list(rows.values_list("pk", flat=True)[:SEARCHED])


@dataclass(frozen=True)
class FindGroup:
    """A group of things to find. `find` returns one more than MOST if there are more."""

    slug: str
    label: Any
    find: Callable[[FindSearch], list[Hit]]
    #: "app_model" of the list with the same search, if there is one.
    of_list: str = ""

    def found(self, search: FindSearch) -> HitGroup:
        hits = self.find(search)
        more = ""
        if len(hits) > MOST and self.of_list:
            more = f"{reverse(f'admin:{self.of_list}_changelist')}?{urlencode({'q': search.text})}"
        return HitGroup(self.slug, self.label, hits[:MOST], more)


@dataclass(frozen=True)
class FindRecords:
    """Finds records of a model, for those who may see its list. `rows` returns those that were found, in order."""

    model: type[Model]
    rows: Callable[[FindSearch], QuerySet[Any]]
    hit: Callable[[Any], Hit]

    def __call__(self, search: FindSearch) -> list[Hit]:
        if not admin.site._registry[self.model].has_view_permission(search.request):
            return []
        return [self.hit(row) for row in self.rows(search)[: MOST + 1]]


def hit_of(record: Model, name: object, *about: object) -> Hit:
    return Hit(str(name), change_url(record), ", ".join(str(part) for part in about if part))


def matches(text: str, *names: object) -> bool:
    """Tell whether each word of a text is somewhere in these names."""
    there = " ".join(str(name) for name in names).casefold()
    return all(word in there for word in text.casefold().split())
