"""The page of one record in the Settings area: what it shows is declared, not assembled."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse

from fsportal.models import AuditEntry
from fsportal.settings_area.actions import ActionsAdmin

Facts = list[tuple[Any, Any]]
#: Entries of the audit trail that a page shows, the newest.
TRAIL = 100


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

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        record = self.get_object(request, object_id)
        if record is None or not self.has_view_or_change_permission(request, record):
            # Django knows how to answer that.
            return super().change_view(request, object_id, form_url, extra_context)
        page = {
            "state_dot": self.state_dot(record),
            "buttons": self.buttons(request, record),
            "facts": self.facts(record),
            **self.details(request, record),
        }
        if title := self.page_title(record):
            page |= {"title": title, "subtitle": None}
        if self.shows_trail:
            page["trail"] = AuditEntry.of(record)[:TRAIL]
        return super().change_view(request, object_id, form_url, page | (extra_context or {}))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Use the form of the class for adding only, if a record's page has none."""
        if obj is not None and not self.may_change:
            kwargs.setdefault("form", forms.ModelForm)
        return super().get_form(request, obj, change=change, **kwargs)
