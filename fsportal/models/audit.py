"""The audit trail: who did what to which record, and why."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One entry about one record. Never changed, never holds a secret."""

    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    action = models.CharField(_("action"), max_length=60)
    why = models.CharField(_("why"), max_length=500, blank=True)
    subject_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+", db_index=False)
    subject_id = models.CharField(max_length=36)
    subject = GenericForeignKey("subject_type", "subject_id")

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-at"], name="audit_of_subject"),
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["action", "-at"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return self.action

    @classmethod
    def note(cls, subject: models.Model, action: str, *, by: object = None, why: str = "") -> "AuditEntry":
        """Write one entry; `by` is the user, or None for the system or the customer."""
        kind = ContentType.objects.get_for_model(subject)
        return cls.objects.create(subject_type=kind, subject_id=str(subject.pk), action=action, why=why[:500], by=by)

    @classmethod
    def note_of_list(cls, model: type[models.Model], action: str, *, by: object, why: str) -> "AuditEntry":
        """Write one entry about a list of records, such as that it was exported."""
        kind = ContentType.objects.get_for_model(model)
        return cls.objects.create(subject_type=kind, subject_id="", action=action, why=why[:500], by=by)

    @classmethod
    def note_all(cls, subjects: Sequence[models.Model], action: str) -> None:
        """Write one entry about each of `subjects`, all of one model, for something the system did."""
        if subjects:
            kind = ContentType.objects.get_for_model(subjects[0])
            entries = [AuditEntry(subject_type=kind, subject_id=str(one.pk), action=action) for one in subjects]
            AuditEntry.objects.bulk_create(entries)

    @classmethod
    def of(cls, subject: models.Model) -> models.QuerySet["AuditEntry"]:
        kind = ContentType.objects.get_for_model(subject)
        return cls.objects.filter(subject_type=kind, subject_id=str(subject.pk)).select_related("by")
