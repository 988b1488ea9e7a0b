"""Conversations: what customers text, and what staff answer."""

import datetime as dt
import uuid
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import Contact, User

#: In place of a number, if the sender withheld it.
WITHHELD = "withheld"
NUMBER_LENGTH = 32


class ConversationQuerySet(models.QuerySet["Conversation"]):
    """Reads of conversations."""

    def waiting(self) -> Self:
        """Return those in which a customer waits for an answer."""
        return self.filter(waits_since__isnull=False)


class Conversation(models.Model):
    """The texts of one contact, or of a number that no contact has; what we sent is in the message log."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.OneToOneField(
        Contact, models.CASCADE, null=True, blank=True, related_name="conversation", verbose_name=_("contact")
    )
    #: E.164, of somebody who is no contact of ours.
    number = models.CharField(_("number"), max_length=NUMBER_LENGTH, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    latest_at = models.DateTimeField(_("latest text"), default=timezone.now)
    #: Since when the customer waits for an answer; None if they do not.
    waits_since = models.DateTimeField(_("waits since"), null=True, blank=True)
    seen_to_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-latest_at"]
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="one_conversation_per_number"),
            models.CheckConstraint(
                condition=Q(contact=None, number__gt="") | Q(contact__isnull=False, number=""),
                name="conversation_of_a_contact_or_a_number",
            ),
        ]
        indexes = [
            models.Index(fields=["-latest_at"], name="conversation_latest"),
            models.Index(fields=["waits_since"], name="conversation_waiting", condition=Q(waits_since__isnull=False)),
            # The list: who waits comes first.
            models.Index(IsNull(F("waits_since"), True), F("latest_at").desc(), name="conversation_waiting_first"),
        ]

    def __str__(self) -> str:
        return str(self.contact) if self.contact else str(_("unknown number"))

    @classmethod
    def of(cls, contact: Contact | None, number: str, now: dt.datetime) -> "Conversation":
        """Return the conversation of a contact, or of the number if there is none; made at `now` if it is new."""
        whose: dict[str, object] = {"contact": contact} if contact else {"number": number[:NUMBER_LENGTH] or WITHHELD}
        found, _is_new = cls.objects.get_or_create(**whose, defaults={"started_at": now, "latest_at": now})
        return found

    def hear(self, at: dt.datetime, *, waits: bool) -> None:
        """Note a text that came in at a time (aware), and that its sender `waits` for an answer, in one statement."""
        values: dict[str, object] = {"latest_at": at}
        if waits:
            values |= {"waits_since": Coalesce("waits_since", models.Value(at)), "seen_to_by": None}
        type(self).objects.filter(pk=self.pk).update(**values)

    def wait_again(self, since: dt.datetime) -> None:
        """Note that what was to answer the customer did not reach them."""
        type(self).objects.filter(pk=self.pk, waits_since=None).update(waits_since=since, seen_to_by=None)

    @transaction.atomic
    def see_to(self, by: User | None) -> bool:
        """Note that nobody waits for an answer any more; returns whether somebody did. Harmless if repeated."""
        return bool(type(self).objects.waiting().filter(pk=self.pk).update(waits_since=None, seen_to_by=by))
