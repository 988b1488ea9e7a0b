"""What words are for: an event in a language, and perhaps a type of service, whose part of the words it then is."""

import uuid
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from fsportal.lib.text_direction import RIGHT_TO_LEFT
from notifications.customers import kinds
from notifications.customers.kinds import MessageKind
from notifications.customers.wording.common import IN_TEXT
from notifications.models import MessageTemplate, TemplateVersion
from notifications.models.message_template import FIELDS

#: Stands in addresses for "whatever the service".
ALL = "all"


@dataclass(frozen=True)
class EditedTemplate:
    kind: MessageKind
    language: str
    service: uuid.UUID | None = None
    service_name: str = ""

    @classmethod
    def of(cls, event: str, language: str, service: str) -> "EditedTemplate":
        """Return what an address names; raises Http404."""
        kind = next((kind for kind in kinds.of_customers() if kind.event == event), None)
        if kind is None or language not in dict(settings.LANGUAGES):
            raise Http404
        if service == ALL:
            return cls(kind, language)
        name = {str(pk): name for pk, name in kind.services()}.get(service)
        if name is None:
            raise Http404
        return cls(kind, language, uuid.UUID(service), name)

    @classmethod
    def of_template(cls, template: MessageTemplate) -> "EditedTemplate":
        """Return what a stored template is for; raises Http404 if that is no more."""
        return cls.of(template.event, template.language, str(template.service) if template.service else ALL)

    @property
    def key(self) -> tuple[str, str, uuid.UUID | None]:
        return self.kind.event, self.language, self.service

    @property
    def label(self) -> str:
        words = f"{self.kind.label}, {self.language_name}"
        return f"{words}, {self.service_name}" if self.service else words

    @property
    def language_name(self) -> str:
        return str(get_language_info(self.language)["name_translated"])

    @property
    def direction(self) -> str:
        return "rtl" if self.language in RIGHT_TO_LEFT else "ltr"

    @property
    def fields(self) -> list[str]:
        """Return the fields in which this message has words. Only what has a link has a button."""
        mine = [name for name in FIELDS if ("sms" if name == "sms" else "email") in self.kind.channels]
        if self.service:
            return [name for name in mine if name in IN_TEXT]
        has_link = any(one.name == "link" for one in self.kind.placeholders)
        return mine if has_link else [name for name in mine if name != "button"]

    @cached_property
    def template(self) -> MessageTemplate | None:
        found = MessageTemplate.objects.select_related("current__author")
        return found.filter(event=self.kind.event, language=self.language, service=self.service).first()

    @property
    def current(self) -> TemplateVersion | None:
        return self.template.current if self.template else None

    def url(self, view: str = "words") -> str:
        service = str(self.service or ALL)
        return reverse(f"admin:message-{view}", args=[self.kind.event, self.language, service])

    @property
    def preview_url(self) -> str:
        return self.url("preview")

    @property
    def history_url(self) -> str:
        return self.url("history")

    @property
    def restore_url(self) -> str:
        return self.url("restore")

    @property
    def built_in_url(self) -> str:
        return self.url("built-in")


def version_link(version: TemplateVersion) -> SafeString:
    """Return "your own, version 3" with a link to it, without one if its event or service is no more."""
    words = _("your own, version %(number)d") % {"number": version.number}
    try:
        address = EditedTemplate.of_template(version.template).url("history")
    except Http404:
        return format_html("{}", words)
    return format_html('<a href="{}?from={}&amp;to={}">{}</a>', address, version.number - 1, version.number, words)
