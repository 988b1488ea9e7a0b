"""Many messages in one row, on their way into the outbox."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MessageBundle(models.Model):
    """Messages that were queued together and are not in the outbox yet (notifications/customers/bundles.py).

    `content` is compressed JSON, written and read by one release: a bundle lives for seconds.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("message bundle")
        verbose_name_plural = _("message bundles")
        ordering = ["made_at"]

    def __str__(self) -> str:
        return str(self.pk)
