"""What technicians are booked for already, and how long before and after it they are not free.

Between two visits there is time for what the first one's service asks for afterwards, for the drive, and for what the
second one's asks for before: the sum of the three. Before the first visit of a day and after the last one the buffers
may lie outside the working hours.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Case, F, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat

from bookings.availability.places import REACH, buffer, drive
from bookings.availability.working_hours import Span
from bookings.eta.base import Point
from bookings.models import Booking, IncidentType, Resource


@dataclass(frozen=True)
class Surroundings:
    """What keeps neighbours at a distance: a visit's place and its service's buffers."""

    place: Point | None
    before: dt.timedelta
    after: dt.timedelta

    @classmethod
    def of(cls, place: Point | None, incident_type: IncidentType) -> "Surroundings":
        before, after = incident_type.buffer_before_minutes, incident_type.buffer_after_minutes
        return cls(place, buffer(before), buffer(after))

    def until(self, following: "Surroundings") -> dt.timedelta:
        """Return the least time from the end of this visit to the start of the following one."""
        return self.after + drive(self.place, following.place) + following.before


def taken(
    around: Surroundings,
    resources: Iterable[Resource],
    first: dt.datetime,
    last: dt.datetime,
    *,
    but: Booking | None = None,
) -> dict[uuid.UUID, list[Span]]:
    """Return when the technicians cannot be at a visit between two moments (UTC) because of others; one statement.

    That is from before those, by what lies between, until after them. `but` does not count.
    """
    found: dict[uuid.UUID, list[Span]] = {resource.pk: [] for resource in resources}
    visits = visits_near(list(found), first, last)
    visits = visits.exclude(pk=but.pk) if but is not None else visits
    of_text = {form: found[pk] for pk in found for form in (pk.hex, str(pk))}  # SQLite has ids without hyphens
    kept: dict[str, tuple[dt.timedelta, dt.timedelta]] = {}  # thousands of visits, but far fewer places
    for start, end, they in visits.values_list("start", "end").annotate(they=_Joined(VISIT)):
        spans: dict[str, Span] = {}
        for one in they.split(";"):
            resource, _bar, where = one.partition("|")
            if where not in spans:
                distance = kept.get(where) or kept.setdefault(where, _distance(around, where))
                spans[where] = (start - distance[0], end + distance[1])
            of_text[resource].append(spans[where])
    return found


def visits_near(resources: list[uuid.UUID], first: dt.datetime, last: dt.datetime) -> QuerySet[Booking]:
    """Return the visits, without an order, that can be in the way of one between two moments (UTC)."""
    visits = Booking.objects.active().filter(resource_id__in=resources, end__gt=first - REACH, start__lt=last + REACH)
    return visits.order_by()


def _distance(around: Surroundings, where: str) -> tuple[dt.timedelta, dt.timedelta]:
    """Return how long before and after a visit its technician cannot be at the one that is searched for."""
    other = surroundings_in(where)
    return around.until(other), other.until(around)


def surroundings_in(text: str) -> Surroundings:
    """Return what SURROUNDINGS says of a visit."""
    latitude, longitude, before, after = text.split("|")
    place = (float(latitude), float(longitude)) if latitude and longitude else None
    return Surroundings(place, buffer(int(before)), buffer(int(after)))


class _Joined(Aggregate):
    """Text of several rows, with semicolons between."""

    function, template = "STRING_AGG", "%(function)s(%(expressions)s, ';')"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, function="GROUP_CONCAT", **context)


def _place(name: str) -> Case:
    """Return a coordinate of a visit's place (WorkOrder.site): the work order's own if it has one, or the account's."""
    order, account = F(f"work_order__{name}"), F(f"work_order__account__{name}")
    has_point = Q(work_order__latitude__isnull=False, work_order__longitude__isnull=False)
    is_elsewhere = ~Q(work_order__street="") | ~Q(work_order__city="")
    return Case(When(has_point, then=order), When(is_elsewhere, then=None), default=account)


def _text(expression: Any) -> Cast:
    return Cast(expression, TextField())


BAR = Value("|", output_field=TextField())
#: A visit's place and buffers as "latitude|longitude|before|after".
SURROUNDINGS = Concat(
    _text(_place("latitude")),
    BAR,
    _text(_place("longitude")),
    BAR,
    _text("work_order__incident_type__buffer_before_minutes"),
    BAR,
    _text("work_order__incident_type__buffer_after_minutes"),
)
#: The same with the technician before it. Technicians are booked at the same times of the day, so a query returns few
#: times with many such texts; to read a row for each visit took most of a search.
VISIT = Concat(_text("resource_id"), BAR, SURROUNDINGS)
