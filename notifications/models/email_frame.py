"""What surrounded the words of an email when it went out, so that the log can show it as the customer saw it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


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
