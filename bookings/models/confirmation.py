"""Whether the customer confirms a visit: the fields of a booking, and what they say."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bookings.models.status import BookingStatus


class CustomerAnswer(models.TextChoices):
    """What the customer answered when they were asked whether the visit suits them."""

    YES = "yes", _("Confirmed")
    NO = "no", _("Does not suit")


class AnsweredBy(models.TextChoices):
    TEXT = "text", _("by text message")
    PAGE = "page", _("on the page of the visit")
    STAFF = "staff", _("told staff")


#: Asked, and no answer yet.
UNANSWERED = Q(status=BookingStatus.SCHEDULED, asked_at__isnull=False, answer="")


class Confirmation(models.Model):
    """The fields of a booking. They are about the time that the visit has: another time is asked about afresh."""

    asked_at = models.DateTimeField(_("asked to confirm"), null=True, editable=False)
    answer = models.CharField(
        _("answer"), max_length=3, choices=CustomerAnswer.choices, blank=True, db_default="", editable=False
    )
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    answered_by = models.CharField(
        _("answered"), max_length=5, choices=AnsweredBy.choices, blank=True, db_default="", editable=False
    )

    class Meta:
        abstract = True
