"""The company's own words for messages to customers, in versions that stay."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MessageTemplate(models.Model):
    """The company's own words for one event in one language.

    With `service`, the part that only messages about one type of service have. Without a current version the built-in
    words go out.
    """

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
