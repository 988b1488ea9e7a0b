"""What staff write to customers in their own words: an answer, or one message to many."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StaffMessage(models.Model):
    """One text by one person; each message of the outbox that says it points here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("author")
    )
    written_at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("message by staff")
        verbose_name_plural = _("messages by staff")
        ordering = ["-written_at"]

    def __str__(self) -> str:
        return self.subject or str(self._meta.verbose_name)
