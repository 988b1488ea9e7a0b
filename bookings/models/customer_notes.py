"""What customers write about a visit: notes, and wishes that somebody has to deal with."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from fsportal.models import AuditEntry, Contact, User


class Wish(models.TextChoices):
    NOTE = "note", _("Note")
    CHANGE = "change", _("Asks for another time")
    CANCEL = "cancel", _("Asks to cancel")


class CustomerNoteQuerySet(models.QuerySet["CustomerNote"]):
    def waiting(self) -> "CustomerNoteQuerySet":
        """Return wishes that nobody has dealt with yet."""
        return self.filter(handled_at=None).exclude(wish=Wish.NOTE)


class CustomerNote(models.Model):
    """What a customer wrote about a visit; after the cut-off a wish that a person decides."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="customer_notes", verbose_name=_("booking"))
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+", verbose_name=_("contact"))
    wish = models.CharField(_("asks for"), max_length=6, choices=Wish.choices, default=Wish.NOTE)
    text = models.TextField(_("text"), max_length=1000)
    written_at = models.DateTimeField(_("written"), default=timezone.now)
    handled_at = models.DateTimeField(_("seen to"), null=True, editable=False)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = CustomerNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer note")
        verbose_name_plural = _("customer notes")
        ordering = ["-written_at"]
        indexes = [
            models.Index(fields=["-written_at"], name="customer_note_newest"),
            models.Index(fields=["written_at"], name="customer_note_waiting", condition=models.Q(handled_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.get_wish_display()}: {self.booking}"

    def see_to(self, *, by: User | None) -> bool:
        """Note that somebody has seen to it; return whether that is new. Harmless when repeated."""
        waiting = type(self).objects.filter(pk=self.pk, handled_at=None)
        if not waiting.update(handled_at=timezone.now(), handled_by=by):
            return False
        AuditEntry.note(self, "seen to", by=by)
        return True
