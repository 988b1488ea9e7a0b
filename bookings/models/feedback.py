"""How customers found a visit."""

import datetime as dt
import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.models.status import BookingStatus
from fsportal.models import AuditEntry, Contact, User


class Feedback(models.Model):
    """How a contact found a visit that is done: 1 (poor) to 5 (very good), and a comment. One per visit and contact."""

    #: Up to this rating somebody should call the customer.
    LOW = 2
    #: After that nobody remembers the visit well enough to put anything right.
    OPEN_FOR = dt.timedelta(days=60)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="feedback", verbose_name=_("booking"))
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+", verbose_name=_("contact"))
    rating = models.PositiveSmallIntegerField(_("rating"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    given_at = models.DateTimeField(_("given"), default=timezone.now)
    handled_at = models.DateTimeField(_("seen to"), null=True, editable=False)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        ordering = ["-given_at"]
        indexes = [models.Index(fields=["-given_at"], name="feedback_newest")]
        constraints = [
            models.UniqueConstraint(fields=["booking", "contact"], name="one_feedback_per_booking_and_contact"),
            models.CheckConstraint(condition=models.Q(rating__range=(1, 5)), name="feedback_rating_from_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.rating}/5: {self.booking}"

    @property
    def is_low(self) -> bool:
        return self.rating <= self.LOW

    def see_to(self, *, by: User | None) -> bool:
        """Note that somebody has seen to it; return whether that is new. Harmless when repeated."""
        waiting = type(self).objects.filter(pk=self.pk, handled_at=None)
        if not waiting.update(handled_at=timezone.now(), handled_by=by):
            return False
        AuditEntry.note(self, "seen to", by=by)
        return True

    @classmethod
    def is_open(cls, booking: Booking, now: dt.datetime) -> bool:
        """Tell whether a customer can rate this visit at `now`: it was completed, and not long ago."""
        done = booking.completed_at or booking.end
        return booking.status == BookingStatus.COMPLETED and now < done + cls.OPEN_FOR
