"""An uploaded schedule file, kept from the preview to the import and as a trace afterwards."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class BookingImport(models.Model):
    """One schedule file: previewed first, then imported as a whole or not at all."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file_name = models.CharField(_("file"), max_length=200)
    content = models.BinaryField(blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    imported_at = models.DateTimeField(_("imported"), null=True)
    #: Before the import its preview (bookings/admin/import_preview.py), afterwards only what was counted.
    summary = models.JSONField(_("summary"), default=dict)

    #: How long a file that nobody imported is kept: it and its preview hold names and addresses.
    KEPT_FOR = dt.timedelta(days=7)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.file_name

    @classmethod
    def forget_old(cls, now: dt.datetime) -> int:
        """Empty the files that nobody imported in time, with their previews; return how many."""
        old = cls.objects.filter(imported_at=None, uploaded_at__lt=now - cls.KEPT_FOR)
        return old.exclude(content=b"", summary={}).update(content=b"", summary={})
