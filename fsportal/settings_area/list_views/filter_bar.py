"""The filters of a list as a bar: each says what it is set to, and the active ones can be taken off by one click."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.contrib.admin.views.main import IGNORED_PARAMS
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fsportal.settings_area.list_views.date_range import DateRange, parameters
from fsportal.settings_area.list_views.saved import VIEW

#: From so many choices on, a menu gets a box to look for one.
MANY = 12


@dataclass(frozen=True)
class FilterChoice:
    label: Any
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class FilterControl:
    """One filter: its name, what it is set to, and the choices of its menu.

    `number` is its place among the list's filters, by which the counts of its choices are asked for.
    """

    title: str
    value: Any
    is_active: bool
    #: The address of the list without it.
    without: str
    choices: list[FilterChoice] = field(default_factory=list)
    number: int = -1

    @property
    def says_value(self) -> bool:
        """Tell whether the value is worth a word: a list may be narrowed without a choice, too."""
        return self.is_active or str(self.value) != _("All")

    @property
    def has_many(self) -> bool:
        return len(self.choices) > MANY


@dataclass(frozen=True)
class DatesControl:
    """The filter of dates: a range in two fields, ranges as links, and the steps from years to days."""

    title: str
    value: str
    is_active: bool
    without: str
    first: str
    last: str
    names: tuple[str, str]
    wrong: str
    spans: list[FilterChoice]
    #: What the form passes on: the other filters.
    others: list[tuple[str, str]]


class FilterBar:
    """What the bar shows of a list that has been asked for."""

    def __init__(self, changelist: Any, request: HttpRequest) -> None:
        self._changelist, self._request = changelist, request
        self.controls = [_control(number, spec, changelist) for number, spec in enumerate(changelist.filter_specs)]
        self.dates = self._dates(changelist.date_range) if changelist.date_range else None
        #: Conditions of the address that no filter offers: a link from another page led here.
        self.others = list(self._others())

    @property
    def has_active(self) -> bool:
        has_dates = self.dates is not None and self.dates.is_active
        return has_dates or bool(self.others) or any(control.is_active for control in self.controls)

    @property
    def clear_all(self) -> str:
        """Return the address of the list with its search and view, and without filters."""
        kept = {name: value for name, value in self._changelist.params.items() if name in (*IGNORED_PARAMS, VIEW)}
        return str(self._changelist.get_query_string(kept, [""]))

    def _dates(self, asked: DateRange) -> DatesControl:
        changelist, name = self._changelist, asked.field.name
        beginning = f"{name}__"
        steps = [step for step in ("year", "month", "day") if f"{beginning}{step}" in changelist.params]
        value = asked.words() or "-".join(str(changelist.params[f"{beginning}{step}"]).zfill(2) for step in steps)
        return DatesControl(
            title=capfirst(str(asked.field.verbose_name)),
            value=value or _("All"),
            is_active=bool(value),
            without=changelist.get_query_string(remove=[beginning]),
            first=asked.first.isoformat() if asked.first else "",
            last=asked.last.isoformat() if asked.last else "",
            names=parameters(name),
            wrong=asked.wrong,
            spans=[
                FilterChoice(label, changelist.get_query_string(span, [beginning]), _is_set(changelist, span))
                for label, span in asked.spans()
            ],
            others=[
                (key, value)
                for key, values in changelist.filter_params.items()
                if not key.startswith(beginning)
                for value in values
            ],
        )

    def _others(self) -> Iterator[FilterControl]:
        changelist = self._changelist
        known = {name for spec in changelist.filter_specs for name in spec.expected_parameters() if name}
        dates = f"{changelist.date_hierarchy}__" if changelist.date_hierarchy else None
        for key, value in changelist.params.items():
            if key in known or key in (*IGNORED_PARAMS, VIEW) or (dates and key.startswith(dates)):
                continue
            title, words = _in_words(changelist.model, key, value, self._request)
            without = changelist.get_query_string({key: None})
            yield FilterControl(title, words, is_active=True, without=without)


def _is_set(changelist: Any, wanted: dict[str, str]) -> bool:
    return all(changelist.params.get(name) == value for name, value in wanted.items())


def _control(number: int, spec: Any, changelist: Any) -> FilterControl:
    choices = [FilterChoice(one["display"], one["query_string"], one["selected"]) for one in spec.choices(changelist)]
    chosen = next((place for place, one in enumerate(choices) if one.is_chosen), 0)
    # The first choice is what the list shows without the filter.
    value = choices[chosen].label if choices else ""
    return FilterControl(
        capfirst(str(spec.title)), value, chosen > 0, choices[0].url if choices else "?", choices, number
    )


def _in_words(model: type[models.Model], key: str, value: str, request: HttpRequest) -> tuple[str, str]:
    """Return the name and the value of a condition such as `account__id__exact`, as far as this user may see it."""
    parts = key.split("__")
    while parts:
        try:
            fields = get_fields_from_path(model, "__".join(parts))
        except (FieldDoesNotExist, NotRelationField):
            parts.pop()
            continue
        related = next((one for one in reversed(fields) if one.is_relation), None)
        if related is None:
            return capfirst(str(fields[-1].verbose_name)), value
        return _record_in_words(related, value, request)
    return key, value


def _record_in_words(related: Any, value: str, request: HttpRequest) -> tuple[str, str]:
    other = related.related_model
    title = capfirst(str(getattr(related, "verbose_name", "") or other._meta.verbose_name))
    if not request.user.has_perm(f"{other._meta.app_label}.view_{other._meta.model_name}"):
        return title, "…"
    try:
        record = other._default_manager.filter(pk=value).first()
    except (ValueError, ValidationError):
        record = None
    return title, str(record) if record else value
