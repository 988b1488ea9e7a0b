"""The page of one record in the Settings area: what it shows is declared, not assembled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from fsportal.lib.text import one_line
from fsportal.models import AuditEntry
from fsportal.settings_area.actions import ActionsAdmin
from fsportal.settings_area.story import Source, told_from

Facts = list[tuple[Any, Any]]
#: Entries of the audit trail that a page shows, the newest.
TRAIL = 100
#: Letters of a record's name in its heading.
TITLE_LIMIT = 100
#: The context's key for what the caller of a page gave it.
GIVEN = "given"


@dataclass(frozen=True)
class NextStep:
    """A button that leads to another page."""

    label: Any
    url: str


@dataclass(frozen=True)
class Row:
    """A related record: a link or words, and more about it below."""

    what: Any
    more: Any = ""
    dot: Any = ""


@dataclass(frozen=True)
class Related:
    """Records that belong to the page's, in the column beside its form. `leads_to` are links to all of them."""

    title: Any
    rows: Sequence[Row] = ()
    leads_to: Sequence[Any] = ()
    #: What is said if there are none; without it the part is left out then.
    if_none: Any = ""

    @property
    def has_something(self) -> bool:
        return bool(self.rows or self.leads_to or self.if_none)


class RecordPage(ActionsAdmin):
    """A model admin whose record page shows a state, buttons, facts and the audit trail.

    Pages without an edit form (`may_change = False`) extend admin/record.html; the others add to Django's own form.
    """

    change_form_template = "admin/record.html"
    shows_trail: ClassVar[bool] = False
    #: How many facts the form of an action repeats; None for all of them.
    facts_on_forms: ClassVar[int | None] = None

    def page_title(self, record: Any) -> str:
        """Return the heading, or "" for Django's own."""
        return ""

    def state_dot(self, record: Any) -> Any:
        """Return the state in words, with its colour."""
        return ""

    def facts(self, record: Any) -> Facts:
        """Return labels and values."""
        return []

    def details(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """Return more context for this page's own template."""
        return {}

    def action_facts(self, record: Any) -> Facts:
        return self.facts(record)[: self.facts_on_forms]

    def page_parts(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """Return the context of a record's page."""
        page = {
            "state_dot": self.state_dot(record),
            "buttons": self.buttons(request, record),
            "facts": self.facts(record),
            **self.details(request, record),
        }
        if title := self.page_title(record):
            page |= {"title": title, "subtitle": None, "kind": self.opts.verbose_name}
        if self.shows_trail:
            page["trail"] = AuditEntry.of(record)[:TRAIL]
        return page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Keep what the caller gives apart, as it wins over the page's own parts."""
        given = {**(extra_context or {}), GIVEN: extra_context or {}}
        return super().change_view(request, object_id, form_url, given)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if change and obj is not None:
            # A form that was refused has changed its object: the page is about the record as it is stored.
            record = obj if request.method != "POST" else self.get_object(request, str(obj.pk))
            if record is not None:
                context |= self.page_parts(request, record) | context.pop(GIVEN, {})
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Use the form of the class for adding only, if a record's page has none."""
        if obj is not None and not self.may_change:
            kwargs.setdefault("form", forms.ModelForm)
        return super().get_form(request, obj, change=change, **kwargs)


class RecordWithForm(RecordPage):
    """A record page with its form: key facts and next steps above, related records beside, the story below.

    In a popup only the form is shown: whoever opened it is at work on another record.
    """

    change_form_template = "admin/record_with_form.html"
    #: The heading of the facts.
    facts_title: ClassVar[Any] = gettext_lazy("Facts")

    def page_title(self, record: Any) -> str:
        return one_line(str(record), TITLE_LIMIT)

    def key_facts(self, request: HttpRequest, record: Any) -> Sequence[Any]:
        """Return what is read first, for one line: how to reach them, where it is. Empty ones are left out."""
        return []

    def next_steps(self, request: HttpRequest, record: Any) -> Sequence[NextStep]:
        """Return what is mostly done next, on other pages."""
        return []

    def related(self, request: HttpRequest, record: Any) -> Sequence[Related]:
        """Return what belongs to the record, as far as this person may see it."""
        return []

    def sources(self, request: HttpRequest, record: Any) -> Sequence[Source]:
        """Return where the story comes from, as far as this person may see it."""
        return []

    def page_parts(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        if IS_POPUP_VAR in request.GET or IS_POPUP_VAR in request.POST:
            return {"title": self.page_title(record), "subtitle": None, "kind": self.opts.verbose_name}
        return {
            "facts_title": self.facts_title,
            "key_facts": [fact for fact in self.key_facts(request, record) if fact],
            "next_steps": self.next_steps(request, record),
            "related": [part for part in self.related(request, record) if part.has_something],
            "story": told_from(self.sources(request, record), request),
            **super().page_parts(request, record),
        }
