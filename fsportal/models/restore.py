"""That an older copy of the database took the place of this one: what was sent meanwhile is not in it."""

import datetime as dt
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Restore(models.Model):
    """One restored backup. Whatever was sent between `backup_at` and `noticed_at` is unknown here."""

    backup_at = models.DateTimeField(_("state of the database"))
    noticed_at = models.DateTimeField(_("noticed"))

    #: The first sweeps after a restore, and files that are imported again, fall into this time.
    HOLDS_FOR = dt.timedelta(days=2)

    class Meta:
        verbose_name = _("restore")
        verbose_name_plural = _("restores")
        ordering = ["-noticed_at"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.backup_at:%Y-%m-%d %H:%M} UTC"

    @classmethod
    def recent(cls, now: dt.datetime) -> Self | None:
        """Return the restore because of which new messages may have gone out before, or None."""
        return cls.objects.filter(noticed_at__gt=now - cls.HOLDS_FOR).first()
