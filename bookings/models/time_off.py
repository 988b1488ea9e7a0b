"""When technicians do not work although they usually would, and when they do although they usually would not."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.resources import Resource
from fsportal.lib.text import validate_no_control
from fsportal.lib.zones import YEARS


class AbsenceKind(models.TextChoices):
    ILL = "ill", _("Ill")
    HOLIDAY = "holiday", _("Holiday")
    TRAINING = "training", _("Training")
    OTHER = "other", _("Other")


class Absence(models.Model):
    """A technician is away from start to end (UTC). Whole days begin and end at midnight in the technician's zone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="absences", verbose_name=_("technician"))
    kind = models.CharField(_("kind"), max_length=10, choices=AbsenceKind.choices, default=AbsenceKind.ILL)
    start = models.DateTimeField(_("from"))
    end = models.DateTimeField(_("until"))
    note = models.CharField(_("note"), max_length=200, blank=True, validators=[validate_no_control])
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-start"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__gt=models.F("start")),
                name="absence_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            )
        ]
        indexes = [models.Index(fields=["resource", "end"], name="absence_of_resource_ending")]

    def __str__(self) -> str:
        return f"{self.resource}: {self.get_kind_display()}"


class SpecialDay(models.Model):
    """Other working hours on one day, by the technician's clock, whatever the weekday or a public holiday says.

    `hours` are intervals of wall times, [["09:00", "12:00"], …]; an empty list is a day off.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="special_days", verbose_name=_("technician"))
    day = models.DateField(_("day"))
    hours = models.JSONField(_("working hours"), default=list, blank=True)

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["resource", "day"], name="one_special_day_per_date")]

    def __str__(self) -> str:
        return f"{self.resource}, {self.day}"

    def clean(self) -> None:
        if self.day and self.day.year not in YEARS:
            raise ValidationError({"day": _("Choose a day between the years 2000 and 2100.")})
