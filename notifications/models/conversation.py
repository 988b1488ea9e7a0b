"""Conversations: what customers text, and what staff answer."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from fsportal.models import Contact


class Conversation(models.Model):
    """The texts of one contact, or of a number that no contact has; what we sent is in the message log."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.OneToOneField(
        Contact, models.CASCADE, null=True, blank=True, related_name="conversation", verbose_name=_("contact")
    )
    #: E.164, of somebody who is no contact of ours.
    number = models.CharField(_("number"), max_length=32, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    latest_at = models.DateTimeField(_("latest text"), default=timezone.now)
    #: Since when the customer waits for an answer; None if they do not.
    waits_since = models.DateTimeField(_("waits since"), null=True, blank=True)
    seen_to_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

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
        ]

    def __str__(self) -> str:
        return str(self.contact) if self.contact else str(_("unknown number"))
