"""The part of the settings record about asking customers to confirm their visit."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class ConfirmationSettings(models.Model):
    """Fields of the settings record. Further reminders have their own `asks`."""

    reminder_asks = models.BooleanField(
        _("the first reminder asks for confirmation"),
        default=False,
        db_default=False,
        help_text=_("Customers answer YES or NO, or press a button on the page of their visit."),
    )
    unconfirmed_card_hours = models.PositiveSmallIntegerField(
        _("tell dispatchers of visits without an answer, hours before"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(168)],
        help_text=_("0: never."),
    )

    class Meta:
        abstract = True
