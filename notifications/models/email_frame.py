"""What surrounded the words of an email when it went out, so that the log can show it as the customer saw it."""

from collections.abc import Iterable
from typing import Self

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: The frames that this process knows to be stored.
_stored: set[str] = set()


class EmailFrame(models.Model):
    """The HTML of an email with holes for its words. Many messages share one; it is never changed."""

    digest = models.CharField(primary_key=True, max_length=64)
    html = models.TextField()
    first_used_at = models.DateTimeField(_("first used"), default=timezone.now)

    class Meta:
        verbose_name = _("frame of emails")
        verbose_name_plural = _("frames of emails")

    def __str__(self) -> str:
        return self.digest[:12]

    @classmethod
    def store(cls, frames: Iterable[Self]) -> None:
        """Store those that are not stored yet, in the caller's transaction; mostly there are none."""
        new = {frame.digest: frame for frame in frames if frame.digest not in _stored}
        if new:
            # In order: two workers with the same frames then wait for each other instead of deadlocking.
            cls.objects.bulk_create([new[digest] for digest in sorted(new)], ignore_conflicts=True)
            transaction.on_commit(lambda: _stored.update(new))

    @staticmethod
    def forget_stored() -> None:
        """Look again at the next message: the database may be another one than before."""
        _stored.clear()
