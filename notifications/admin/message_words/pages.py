"""The list of messages with whose words each has, and the addresses of the pages for one of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext_lazy

from fsportal.settings_area.parts import BaseAdmin, company_moment
from notifications.admin.message_words import editor, history, preview
from notifications.admin.message_words.edited import EditedTemplate
from notifications.customers import kinds
from notifications.customers.kinds import MessageKind
from notifications.models import MessageTemplate, TemplateVersion

View = Callable[[HttpRequest, EditedTemplate, dict[str, Any]], HttpResponse]


@dataclass(frozen=True)
class WordsLink:
    """One template in the list, with whose words it has."""

    edited: EditedTemplate
    current: TemplateVersion | None
    written: str

    @property
    def url(self) -> str:
        return self.edited.url()


@dataclass(frozen=True)
class EventRow:
    """One message: its words in each language, and the parts that services have."""

    kind: MessageKind
    languages: list[WordsLink]
    parts: list[WordsLink]


@admin.register(MessageTemplate)
class MessageTemplateAdmin(BaseAdmin):
    may_add = may_delete = False
    list_title = gettext_lazy("Templates")

    def get_urls(self) -> list[URLResolver | URLPattern]:  # type: ignore[override]
        def at(end: str, name: str, view: View) -> URLPattern:
            address = f"<slug:event>/<slug:language>/<slug:service>/{end}"
            return path(address, self.admin_site.admin_view(self._page(view)), name=f"message-{name}")

        own = [
            at("", "words", editor.page),
            at("preview/", "preview", preview.frame),
            at("history/", "history", history.page),
            at("restore/", "restore", history.restore),
            at("built-in/", "built-in", history.use_built_in),
        ]
        return [*own, *super().get_urls()]

    def _page(self, view: View) -> Callable[..., HttpResponse]:
        def inner(request: HttpRequest, event: str, language: str, service: str) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return view(request, EditedTemplate.of(event, language, service), self._context(request))

        return inner

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "list_title": self.list_title}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the words: the audit trail knows a template by its key."""
        template = self.get_object(request, object_id)
        if template is None or not self.has_view_permission(request, template):
            raise Http404
        return HttpResponseRedirect(EditedTemplate.of_template(template).url())

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = {"title": self.list_title, "rows": _rows()}
        return TemplateResponse(request, "admin/message_words/list.html", self._context(request) | rows)


def _rows() -> list[EventRow]:
    """Return every message with its words, in one statement, and one for the services of each kind that has parts."""
    stored = MessageTemplate.objects.select_related("current__author").exclude(current=None)
    in_use = {(one.event, one.language, one.service): one.current for one in stored}
    return [_row(kind, in_use) for kind in kinds.of_customers()]


def _row(kind: MessageKind, in_use: dict[Any, TemplateVersion | None]) -> EventRow:
    parts = [key for key in in_use if key[0] == kind.event and key[2] is not None]
    names = dict(kind.services()) if parts else {}
    return EventRow(
        kind,
        [_link(EditedTemplate(kind, code), in_use) for code, _name in settings.LANGUAGES],
        [
            _link(EditedTemplate(kind, language, service, names[service]), in_use)
            for _event, language, service in parts
            if service in names
        ],
    )


def _link(edited: EditedTemplate, in_use: dict[Any, TemplateVersion | None]) -> WordsLink:
    current = in_use.get(edited.key)
    return WordsLink(edited, current, company_moment(current.written_at) if current else "")
