"""Which of the company's own words are in use."""

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from notifications.models import MessageTemplate, TemplateVersion


class OwnWords(NamedTuple):
    """The versions in use for one message: the words of its event, and the part of its service. None: built-in."""

    version: TemplateVersion | None = None
    part: TemplateVersion | None = None


#: The event of a message, its language, and the id of its type of service if it has one.
Wanted = tuple[str, str, uuid.UUID | None]


class WordsInUse:
    """The versions in use for many messages, in one statement."""

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        wanted = set(wanted)
        languages = {known for _event, language, _service in wanted for known in _falling_back(language)}
        services = {service for _event, _language, service in wanted if service is not None}
        found = MessageTemplate.objects.filter(
            Q(service=None) | Q(service__in=services),
            event__in={event for event, _language, _service in wanted},
            language__in=languages,
            current__isnull=False,
        )
        self._versions = {
            (template.event, template.language, template.service): template.current
            for template in (found.select_related("current") if wanted else ())
        }

    def of(self, event: str, language: str, service: uuid.UUID | None) -> OwnWords:
        """Return what is in use in exactly this language or its base language, never in another one."""
        return OwnWords(
            self._version(event, language, None),
            self._version(event, language, service) if service is not None else None,
        )

    def _version(self, event: str, language: str, service: uuid.UUID | None) -> TemplateVersion | None:
        found = (self._versions.get((event, known, service)) for known in _falling_back(language))
        return next((version for version in found if version is not None), None)


def _falling_back(language: str) -> list[str]:
    """Return the language and its base language: "pt-br" and "pt"."""
    return list(dict.fromkeys([language, language.partition("-")[0]]))
