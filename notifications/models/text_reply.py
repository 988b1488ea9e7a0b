"""Text replies of customers: when, from whom, what they said and what they meant."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import Contact
from notifications.models.conversation import Conversation

#: The general answer goes out at most once in this time, so that two machines do not go on answering each other.
ANSWER_AGAIN_AFTER = dt.timedelta(days=1)
ID_LENGTH = 64
#: Values of `meaning`, as replies/meaning.py has them.
STOP, START = "stop", "start"


class TextReply(models.Model):
    """One text reply. By the provider's id it counts once, however often it is delivered.

    Its own `id` tells the order in which texts came in.
    """

    provider_id = models.CharField(_("provider's id"), max_length=ID_LENGTH, unique=True)
    received_at = models.DateTimeField(_("received"), default=timezone.now, db_index=True)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+", verbose_name=_("contact"))
    conversation = models.ForeignKey(Conversation, models.CASCADE, null=True, related_name="texts")
    body = models.TextField(_("text"), blank=True, default="", db_default="")
    #: What was answered automatically, at once.
    answer = models.TextField(_("automatic answer"), blank=True, default="", db_default="")
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
    def take(cls, provider_id: str, **values: Any) -> "TextReply | None":
        """Record one; None if it is recorded already."""
        reply, is_new = cls.objects.get_or_create(provider_id=provider_id, defaults=values)
        return reply if is_new else None

    @classmethod
    def stopped_before(cls, contacts: Iterable[Contact]) -> set[uuid.UUID]:
        """Return the contacts whose number said STOP when no contact had it, and START neither then nor since.

        Mostly there are none, and it takes one query.
        """
        by_number: dict[str, set[uuid.UUID]] = {}
        for contact in contacts:
            by_number.setdefault(contact.mobile_phone, set()).add(contact.pk)
        by_number.pop("", None)
        texts = cls.objects.filter(conversation__contact=None, conversation__number__in=by_number)
        stops = dict(
            texts.filter(meaning=STOP).order_by("received_at").values_list("conversation__number", "received_at")
        )
        if not stops:
            return set()
        stopped = {pk: at for number, at in stops.items() for pk in by_number[number]}
        starts = cls.objects.filter(meaning=START)
        for number, at in starts.filter(conversation__number__in=stops).values_list(
            "conversation__number", "received_at"
        ):
            if at >= stops[number]:
                stopped = {pk: since for pk, since in stopped.items() if pk not in by_number[number]}
        for pk, at in starts.filter(contact__in=stopped).values_list("contact", "received_at"):
            if pk in stopped and at >= stopped[pk]:
                del stopped[pk]
        return set(stopped)

    def may_be_answered(self) -> bool:
        """Tell whether the last general answer to the contact was long enough ago."""
        lately = self.received_at - ANSWER_AGAIN_AFTER
        return not TextReply.objects.filter(contact=self.contact, is_answered=True, received_at__gt=lately).exists()

    def note(self, answer: str, *, is_general: bool) -> None:
        """Record what was answered automatically; a general answer is given once a day."""
        self.answer, self.is_answered = answer, is_general
        self.save(update_fields=["answer", "is_answered"])
