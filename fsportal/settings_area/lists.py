"""Lists of any size: a page costs what it shows, however many rows there are.

The keys of the first MOST rows are read in one narrow statement, which also counts them; then the rows of the page by
their keys, with everything that the columns name. So no join, annotation or sort is done for rows that are not shown,
and nothing is counted beyond MOST.
"""

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR, IncorrectLookupParameters
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count, ExpressionWrapper, F, OuterRef, QuerySet, Subquery
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from fsportal.lib.changes import is_secret
from fsportal.settings_area.audited import AuditedForms
from fsportal.settings_area.autocomplete import FindsRecords
from fsportal.settings_area.date_steps import date_steps
from fsportal.settings_area.form_errors import SumsUpErrors
from fsportal.settings_area.list_views.date_range import DateRange, parameters
from fsportal.settings_area.list_views.filter_bar import FilterBar
from fsportal.settings_area.list_views.pages import ListPages, shows_no_rows
from fsportal.settings_area.list_views.saved import VIEW
from fsportal.settings_area.search import narrowed, words_of

#: Rows that a list counts and pages through; whoever looks for one further down narrows the list.
MOST = 5000
#: Look-ups that fail for some values, or can be made to take for ever.
UNKIND = {"regex", "iregex", "range"}
#: Rows for which an action is done while somebody waits for the page.
MOST_AT_ONCE = 200

# Generic for the type checker only; Django's own classes take no parameters when they run.
if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
    _Paginator = Paginator[Any]
else:
    _ModelAdmin, _Paginator = admin.ModelAdmin, Paginator


class AtLeast(int):
    """A number that is shown with a plus: there are more."""

    def __str__(self) -> str:
        return f"{int(self)}+"


class BoundedPaginator(_Paginator):
    """Counts and pages through the first MOST rows only."""

    @cached_property
    def keys(self) -> list[Any]:
        """Return the primary keys of the first rows, one more than MOST if there are more.

        They are as the database gives them: to make UUIDs of 5,000 keys, of which a page shows 50, took a tenth of it.
        """
        rows: Any = self.object_list
        raw = ExpressionWrapper(F("pk"), models.TextField())
        return list(rows.annotate(raw_key=raw).values_list("raw_key", flat=True)[: MOST + 1])

    @cached_property
    def count(self) -> int:
        return AtLeast(MOST) if len(self.keys) > MOST else len(self.keys)


class BoundedChangeList(ChangeList):
    dates: dict[str, Any]
    model_admin: Any
    date_range: DateRange | None = None

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Leave out what is no look-up: the view that is open, and the days."""
        own = [VIEW, *(parameters(self.date_hierarchy) if self.date_hierarchy else [])]
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: value for name, value in found.items() if name not in own}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        self.request = request
        # Django resolves the address of each cell to see whether it leads back to the list.
        self._way_back, self.preserved_filters = f"?{way}" if (way := self.preserved_filters) else "", ""
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        if self.date_hierarchy:
            self.date_range = DateRange.asked(self.model, self.date_hierarchy, self.params)
            rows = self.date_range.narrow(rows)
        return rows

    def get_results(self, request: HttpRequest) -> None:
        if shows_no_rows(request):
            return
        super().get_results(request)
        to_python = self.opts.pk.to_python
        keys = self.paginator.keys[: self.result_count]
        self.first_number = 1
        if self.multi_page and not (self.show_all and self.can_show_all):
            bottom = (self.page_num - 1) * self.list_per_page
            keys = keys[bottom : bottom + self.list_per_page]
            self.first_number = bottom + 1
        self.result_list = self.rows_of([to_python(key) for key in keys])
        self.dates = date_steps(self, self.date_hierarchy) if self.date_hierarchy else {}

    @cached_property
    def bar(self) -> FilterBar:
        return FilterBar(self, self.request)

    @property
    def last_number(self) -> int:
        """Return the number of the last row that is shown."""
        return self.first_number + len(self.result_list) - 1

    def url_for_result(self, result: Any) -> str:
        """Return the address of a record with the filters to come back to. Django works both out for each cell."""
        pk = getattr(result, self.pk_attname)
        if not isinstance(pk, (int, uuid.UUID)):
            return super().url_for_result(result) + self._way_back
        begins, ends = self._around_key
        return f"{begins}{quote(pk)}{ends}{self._way_back}"

    @cached_property
    def _around_key(self) -> tuple[str, str]:
        """Return what stands before and after a record's key in its address."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        begins, _key, ends = reverse(name, args=["KEY"], current_app=self.model_admin.admin_site.name).rpartition("KEY")
        return begins, ends

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return None for a column that is not sortable: Django only leaves out its link."""
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None

    def rows_of(self, keys: list[Any]) -> list[Any]:
        """Return the rows with these keys, in their order, with all that the columns name."""
        rows = self.root_queryset.order_by()
        if not rows.query.select_related:
            rows = self.apply_select_related(rows)
        by_key = {row.pk: row for row in rows.filter(pk__in=keys)}
        found = [by_key[key] for key in keys if key in by_key]
        self.model_admin.complete(self.request, found)
        return found


def number_of(related: type[models.Model], key: str) -> Any:
    """Return an annotation that counts the rows of `related` whose foreign key `key` names the record.

    A subquery, so that only the rows of the page are counted; Count() would group the whole table. Of "*", which is
    counted in the index of the key alone.
    """
    mine = related._default_manager.filter(**{key: OuterRef("pk")}).order_by().values(key)
    return Coalesce(Subquery(mine.annotate(number=Count("*")).values("number")), 0)


class BoundedAdmin(ListPages, FindsRecords, AuditedForms, SumsUpErrors):
    """A model admin whose lists and searches stay quick with any number of rows."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    #: Actions that bound themselves, because the worker does them or they write a file.
    takes_many: frozenset[str] = frozenset()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Treat what no database can compare as Django does what it cannot read: show the list without it."""
        if any("\0" in value for values in request.GET.lists() for value in values[1]):
            raise IncorrectLookupParameters
        files = {field.name for field in self.opts.concrete_fields if isinstance(field, models.BinaryField)}
        if any(name.partition("__")[0] in files for name in request.GET):  # no text is a file
            raise IncorrectLookupParameters
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:  # a moment before the year 1
            raise IncorrectLookupParameters from error

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Refuse secrets, which enough look-ups would read letter by letter, and what a database may not understand."""
        name, *steps = lookup.split(LOOKUP_SEP)
        is_odd = not UNKIND.isdisjoint(steps) or name in self._documents
        has_secret = any(is_secret(part) for part in (name, *steps))
        return not (is_odd or has_secret) and super().lookup_allowed(lookup, value, request)

    @cached_property
    def _documents(self) -> set[str]:
        return {field.name for field in self.opts.concrete_fields if isinstance(field, models.JSONField)}

    @admin.display(description=mark_safe('<input type="checkbox" id="action-toggle">'))
    def action_checkbox(self, obj: Any) -> SafeString:
        """Return the box by which a row is chosen: Django's own renders a template for each."""
        says = _("Select this object for an action - {}").format(obj)
        box = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
        return format_html(box, ACTION_CHECKBOX_NAME, obj.pk, says)

    def complete(self, request: HttpRequest, rows: list[Any]) -> None:
        """Add to rows that are shown what their columns need and no join can bring; once for all of them."""

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Refuse more rows than anybody waits for, unless the action leaves them to the worker or to a file."""
        name = request.POST.get("action", "")
        action = self.get_actions(request).get(name)
        if action is None or name in self.takes_many or request.POST.get("select_across", "0") == "0":
            return super().response_action(request, queryset)
        if len(queryset.order_by().values_list("pk", flat=True)[: MOST_AT_ONCE + 1]) <= MOST_AT_ONCE:
            return super().response_action(request, queryset)
        words = _(
            "Nothing was done: at most %(most)d can be done at once. Narrow the list by its filters, or choose page by"
            " page."
        )
        self.message_user(request, words % {"most": MOST_AT_ONCE}, messages.ERROR)
        return None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if opens_with := self.default_view(request):
            return HttpResponseRedirect(opens_with)
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and IS_POPUP_VAR not in request.GET and response.context_data:
            # Forms and pop-ups need Django's other scripts, with jQuery; a list is there sooner without them.
            response.context_data["media"] = forms.Media(js=["admin/js/actions.js"])
        return response

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows in which each word is found; they are never doubled."""
        paths = [str(path) for path in self.get_search_fields(request)]
        words = words_of(search_term) if paths else []
        return (narrowed(queryset, paths, words) if words else queryset), False
