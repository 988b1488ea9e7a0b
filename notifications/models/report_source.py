"""Where delivery reports come from, and when the last one came: what Health and `doctor` tell."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReportSource(models.Model):
    """One source of reports. It holds nothing about a person, and nothing secret."""

    class Kind(models.TextChoices):
        TEXTS = "texts", _("Reports on text messages")
        EMAIL = "email", _("Reports of the mail provider")
        MAILBOX = "mailbox", _("Mailbox for email that comes back")

    #: A report writes this row at most once in so long.
    WORTH_NOTING = dt.timedelta(minutes=1)

    kind = models.CharField(_("kind"), max_length=10, primary_key=True, choices=Kind.choices)
    heard_at = models.DateTimeField(_("last report"), null=True)
    #: Of the mailbox: when it was last opened, why it was not, and up to which message it is read.
    looked_at = models.DateTimeField(_("last looked"), null=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    #: The UIDs in it count for this mailbox only (a digest of its address and UIDVALIDITY, RFC 9051, 2.3.1.1).
    read_of = models.CharField(max_length=64, blank=True)
    read_to = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("source of delivery reports")
        verbose_name_plural = _("sources of delivery reports")

    def __str__(self) -> str:
        return str(self.get_kind_display())

    @classmethod
    def heard(cls, kind: str, now: dt.datetime) -> None:
        """Note that a report has come. Costs one read while they come often."""
        # A time ahead of us was written before the clock was set back.
        recent = Q(heard_at__gt=now - cls.WORTH_NOTING, heard_at__lte=now)
        if not cls.objects.filter(recent, kind=kind).exists():
            cls.objects.update_or_create(kind=kind, defaults={"heard_at": now})

    @classmethod
    def last_heard(cls, kind: str) -> dt.datetime | None:
        return cls.objects.filter(kind=kind).values_list("heard_at", flat=True).first()
