"""Staff cards of high priority that nobody opened in time, and of which the people on call were told by mail."""

import uuid

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.models.app_notification import AppNotification


class UnopenedCardQuerySet(models.QuerySet["UnopenedCard"]):
    def forgettable(self) -> "UnopenedCardQuerySet":
        """Return those whose card is in nobody's bell any more."""
        cards = AppNotification.objects.filter(
            kind=models.OuterRef("kind"),
            regarding_type=models.OuterRef("regarding_type"),
            regarding_id=models.OuterRef("regarding_id"),
        )
        return self.exclude(models.Exists(cards))


class UnopenedCard(models.Model):
    """One staff card, named by its kind and record, that was mailed to the people on call: once.

    It outlives the card: one that is renewed later is not mailed again. The daily clean-up deletes it long after
    (fsportal/management/cleaning.py).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=40)
    regarding_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+", db_index=False)
    regarding_id = models.UUIDField()
    regarding = GenericForeignKey("regarding_type", "regarding_id")
    mailed_at = models.DateTimeField(_("mailed"), default=timezone.now)

    objects = UnopenedCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("unopened card")
        verbose_name_plural = _("unopened cards")
        constraints = [
            models.UniqueConstraint(fields=["regarding_id", "kind", "regarding_type"], name="one_mail_per_card")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.regarding or self.regarding_id}"
