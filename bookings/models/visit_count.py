"""What became of the visits of a day, for the reports. bookings/reports/facts.py says what each number means."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookings.models.resources import Resource
from bookings.models.work import IncidentType
from fsportal.lib import zones
from fsportal.models import CountedDay, CountedSubject, PortalSettings
from fsportal.models.portal_settings import remembered


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

    @staticmethod
    def doubt(starts: Iterable[dt.datetime]) -> None:
        """Let the days of visits with these starts be counted again, as far as they are over by the company's clock.

        Most changes are about today or later, and ask nothing here.
        """
        now = timezone.now()
        if past := [start for start in starts if start < now]:
            zone = zones.shown(remembered.get(PortalSettings.load).time_zone)
            today = zones.local(now, zone).date()
            if days := {zones.local(start, zone).date() for start in past} - {today}:
                CountedDay.mark(CountedSubject.VISITS, days)


#: The names of the numbers.
NUMBERS = tuple(
    field.name for field in VisitCount._meta.concrete_fields if isinstance(field, models.PositiveIntegerField)
)
