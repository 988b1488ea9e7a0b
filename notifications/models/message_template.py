"""The company's own words for messages to customers, in versions that stay."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import AuditEntry, AuditKind

#: The fields of a version that hold words.
FIELDS = ("subject", "body", "button", "sms")
BUILT_IN = "built-in words"


class WordsChanged(Exception):
    """Somebody else saved other words since the ones that a page showed."""

    def __init__(self, current: "TemplateVersion | None") -> None:
        self.current = current
        super().__init__()


class MessageTemplate(models.Model):
    """The company's own words for one event in one language.

    With `service`, the part that only messages about one type of service have. Without a current version the built-in
    words go out.
    """

    audit_kind = AuditKind.MESSAGES

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.CharField(_("event"), max_length=30)
    language = models.CharField(_("language"), max_length=16)
    #: The id of an incident type: nothing here knows a model of bookings.
    service = models.UUIDField(_("service"), null=True, blank=True)
    current = models.OneToOneField(
        "TemplateVersion", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("version in use")
    )

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ["event", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "language"], condition=Q(service=None), name="one_template_per_event_and_language"
            ),
            models.UniqueConstraint(
                fields=["event", "language", "service"], name="one_part_per_event_language_and_service"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event}, {self.language}"

    @classmethod
    @transaction.atomic
    def write(
        cls,
        event: str,
        language: str,
        service: uuid.UUID | None,
        words: Mapping[str, str],
        *,
        by: Any,
        based_on: uuid.UUID | None,
    ) -> "tuple[TemplateVersion | None, bool]":
        """Use these words from now on; returns the version in use, None for the built-in words, and whether it is new.

        `based_on` is the version in use that the writer saw; raises WordsChanged if there is another by now. Words that
        are the same as those in use make no version, and without any words the built-in ones are used.
        """
        template = cls._locked(event, language, service, based_on)
        words = {name: words.get(name, "") for name in FIELDS}
        before = template.current
        if words == (before.words if before else dict.fromkeys(FIELDS, "")):
            return before, False
        if not any(words.values()):
            template.use(None, by)
            return None, False
        last = template.versions.aggregate(last=models.Max("number"))["last"] or 0
        version = template.versions.create(number=last + 1, author=by, **words)
        template.use(version, by)
        return version, True

    @classmethod
    @transaction.atomic
    def use_built_in(
        cls, event: str, language: str, service: uuid.UUID | None, *, by: Any, based_on: uuid.UUID | None
    ) -> bool:
        """Use the built-in words from now on; the versions stay. Returns whether that is a change."""
        template = cls._locked(event, language, service, based_on)
        if template.current is None:
            return False
        template.use(None, by)
        return True

    @classmethod
    def _locked(
        cls, event: str, language: str, service: uuid.UUID | None, based_on: uuid.UUID | None
    ) -> "MessageTemplate":
        cls.objects.get_or_create(event=event, language=language, service=service)
        found = cls.objects.select_for_update(of=("self",)).select_related("current")
        template = found.get(event=event, language=language, service=service)
        if template.current_id != based_on:
            raise WordsChanged(template.current)
        return template

    def use(self, version: "TemplateVersion | None", by: Any) -> None:
        """Use a version from now on, or the built-in words. Hold the row's lock."""
        before, after = (f"version {one.number}" if one else BUILT_IN for one in (self.current, version))
        self.current = version
        self.save(update_fields=["current"])
        AuditEntry.note(self, "words changed", by=by, why=f"{self}: {before} → {after}")


class TemplateVersion(models.Model):
    """Words as somebody saved them. Never changed or deleted: messages in the log went out with them.

    In them, names in square brackets are placeholders (notifications/customers/wording/placeholders.py). An empty
    field stands for the built-in words; the part of a service has only `body` and `sms`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(MessageTemplate, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), max_length=5000, blank=True)
    button = models.CharField(_("words on the button"), max_length=60, blank=True)
    sms = models.TextField(_("text message"), max_length=1000, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("version of a message template")
        verbose_name_plural = _("versions of message templates")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["template", "number"], name="one_version_per_number")]

    def __str__(self) -> str:
        return f"{self.template}, {self.number}"

    @property
    def words(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in FIELDS}
