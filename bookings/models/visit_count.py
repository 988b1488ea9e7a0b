"""What became of the visits of a day, for the reports. bookings/reports/facts.py says what each number means."""

from typing import Any

from django.db import models
from django.db.models import Q

from bookings.models.resources import Resource
from bookings.models.work import IncidentType


def _number() -> "models.PositiveIntegerField[Any, Any]":
    return models.PositiveIntegerField(default=0, db_default=0)


class VisitCount(models.Model):
    """The visits that were to begin on one day by the company's clock: all of them, a technician's, or a service's."""

    day = models.DateField()
    resource = models.ForeignKey(Resource, models.CASCADE, null=True, related_name="+", db_index=False)
    incident_type = models.ForeignKey(IncidentType, models.CASCADE, null=True, related_name="+", db_index=False)

    visits = _number()
    took_place = _number()
    canceled = _number()

    on_time = _number()
    late = _number()
    start_unknown = _number()
    late_minutes = _number()
    late_up_to_15 = _number()
    late_up_to_60 = _number()
    late_longer = _number()
    # Why: the first that applies.
    late_moved = _number()
    late_handed_over = _number()
    late_visit_before = _number()
    late_set_off = _number()
    late_on_the_way = _number()
    late_unknown = _number()

    nobody_came = _number()
    canceled_late = _number()
    moved_late = _number()
    canceled_on_the_way = _number()

    asked = _number()
    confirmed = _number()
    declined = _number()

    rated = _number()
    rating_1 = _number()
    rating_2 = _number()
    rating_3 = _number()
    rating_4 = _number()
    rating_5 = _number()

    booked_by_customer = _number()
    moves = _number()
    moves_by_customer = _number()
    canceled_by_customer = _number()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(resource=None) | Q(incident_type=None), name="visit_count_of_one_thing"),
            # They are also what the reports read.
            models.UniqueConstraint(
                fields=["day"],
                condition=Q(resource__isnull=True, incident_type__isnull=True),
                name="one_visit_count_a_day",
            ),
            models.UniqueConstraint(
                fields=["day", "resource"], condition=Q(resource__isnull=False), name="one_visit_count_per_technician"
            ),
            models.UniqueConstraint(
                fields=["day", "incident_type"],
                condition=Q(incident_type__isnull=False),
                name="one_visit_count_per_service",
            ),
        ]

    def __str__(self) -> str:
        return str(self.day)


#: The names of the numbers.
NUMBERS = tuple(
    field.name for field in VisitCount._meta.concrete_fields if isinstance(field, models.PositiveIntegerField)
)
