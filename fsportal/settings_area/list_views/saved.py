"""Saved views of a list and its columns, as one user has chosen them."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR, SEARCH_VAR
from django.http import HttpRequest, QueryDict

from fsportal.lib.text import one_line
from fsportal.models import SavedView

#: The view that is open, in the address; STANDARD is the list without one, where another opens by itself.
VIEW, STANDARD = "view", "standard"
#: What belongs to a moment and not to a view.
PASSING = (VIEW, PAGE_VAR, ERROR_FLAG, IS_POPUP_VAR, TO_FIELD_VAR)


def label_of(model: Any) -> str:
    return str(model._meta.label_lower)


class ListViews:
    """The saved views of one user and list. They are read once per request."""

    def __init__(self, request: HttpRequest, model: Any) -> None:
        self._request, self._model = request, model

    @classmethod
    def of(cls, request: HttpRequest, model: Any) -> "ListViews":
        kept: dict[Any, ListViews] = request.__dict__.setdefault("list_views", {})
        return kept.setdefault(model, cls(request, model))

    @cached_property
    def _rows(self) -> list[SavedView]:
        return list(SavedView.objects.filter(user=self._request.user.pk, of_list=label_of(self._model)))

    @cached_property
    def named(self) -> list[SavedView]:
        return [row for row in self._rows if row.name]

    @property
    def current(self) -> SavedView | None:
        wanted = self._request.GET.get(VIEW, "")
        return next((row for row in self.named if str(row.pk) == wanted), None)

    @property
    def default(self) -> SavedView | None:
        return next((row for row in self.named if row.is_default), None)

    def columns(self, offered: Sequence[str], usual: Sequence[str]) -> list[str]:
        """Return the columns to show: those of the view, or else those chosen for the list. The first one stays."""
        row = self.current or next((row for row in self._rows if not row.name), None)
        wanted = set(row.columns) if row else set()
        return [name for name in offered if name in wanted or name == usual[0]] if wanted else list(usual)

    def tabs(self) -> list[dict[str, Any]]:
        """Return the views as links, with the one that is open; nothing if there are none."""
        current = self.current
        return [{"name": row.name, "url": address(row), "is_open": row == current, "row": row} for row in self.named]

    def has_changed(self, columns: Sequence[str], usual: Sequence[str]) -> bool:
        """Tell whether the open view shows something else than it was saved with."""
        row = self.current
        if row is None:
            return False
        query, search = parts_of(self._request.GET)
        return (query, search) != (row.query, row.search) or set(columns) != set(row.columns or usual)


def address(view: SavedView) -> str:
    """Return the part of a list's address that opens a view."""
    searched = [(SEARCH_VAR, view.search)] if view.search else []
    return f"?{'&'.join(part for part in (view.query, urlencode([*searched, (VIEW, view.pk)])) if part)}"


def parts_of(params: QueryDict) -> tuple[str, str]:
    """Return what a view keeps of an address: filters and order as a query, and the search."""
    pairs = [(name, value) for name, values in params.lists() for value in values if name not in (*PASSING, SEARCH_VAR)]
    return urlencode(sorted(pairs)), one_line(params.get(SEARCH_VAR, ""))
