"""Text replies of customers: when, from whom, what they said and what they meant."""

import datetime as dt

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import Contact
from notifications.models.conversation import Conversation

#: We answer "nobody reads this" at most once in this time, so that two machines do not go on answering each other.
ANSWER_AGAIN_AFTER = dt.timedelta(days=1)


class TextReply(models.Model):
    """One text reply. By the provider's id it counts once, however often it is delivered."""

    provider_id = models.CharField(_("provider's id"), max_length=64, unique=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+", verbose_name=_("contact"))
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="texts")
    body = models.TextField(_("text"), blank=True, db_default="")
    #: The visit that it was about, as far as one can tell.
    regarding_type = models.ForeignKey(ContentType, models.CASCADE, null=True, related_name="+", db_index=False)
    regarding_id = models.UUIDField(null=True)
    regarding = GenericForeignKey("regarding_type", "regarding_id")
    meaning = models.CharField(_("meaning"), max_length=5)
    is_answered = models.BooleanField(_("answered"), default=False)

    class Meta:
        verbose_name = _("text reply")
        verbose_name_plural = _("text replies")
        indexes = [
            models.Index(
                fields=["regarding_id"], name="text_reply_regarding", condition=models.Q(regarding_id__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.meaning

    @classmethod
    def take(cls, provider_id: str, contact: Contact | None, meaning: str, now: dt.datetime) -> "TextReply | None":
        """Record one that came in at `now`; None if it is recorded already."""
        reply, is_new = cls.objects.get_or_create(
            provider_id=provider_id, defaults={"contact": contact, "meaning": meaning, "received_at": now}
        )
        return reply if is_new else None

    def may_be_answered(self) -> bool:
        """Tell whether the last answer "nobody reads this" to the contact was long enough ago."""
        lately = self.received_at - ANSWER_AGAIN_AFTER
        return not TextReply.objects.filter(contact=self.contact, is_answered=True, received_at__gt=lately).exists()

    def answered(self) -> None:
        """Record that this one was answered."""
        self.is_answered = True
        self.save(update_fields=["is_answered"])
