"""What an import has read, so that its short transaction can tell whether that is still so."""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.db import connection, models

from bookings.models import Booking, IncidentType, Resource, WorkOrder, WorkOrderType
from fsportal.models import Account, Contact

M = TypeVar("M", bound=models.Model)
CHUNK = 5_000
#: What an import goes by. Anything else about a record may change while it is prepared.
COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Account: ("id", "name", "external_id"),
    Contact: ("id", "account_id", "name", "email", "mobile_phone", "language", "portal_user_id"),
    WorkOrderType: ("id", "name"),
    IncidentType: ("id", "name", "default_work_order_type_id"),
    Resource: ("id", "name", "user_id"),
    WorkOrder: (
        *("id", "number", "account_id", "incident_type_id", "work_order_type_id", "reported_by_id", "notes"),
        *("street", "city", "postal_code", "country", "latitude", "longitude", "time_zone"),
    ),
    Booking: ("id", "external_id", "revision", "work_order_id", "resource_id", "status", "start", "end"),
}


class ReadsChanged(Exception):
    """Somebody else has changed what was read."""


class Reads:
    def __init__(self) -> None:
        self._made: list[tuple[models.QuerySet[Any], set[int]]] = []

    def every(self, queryset: "models.QuerySet[M]") -> list[M]:
        # In this order: a change between the two is noticed as one.
        self._made.append((queryset, _rows(queryset)))
        return list(queryset)

    def fetch(self, queryset: "models.QuerySet[M]", field: str, values: Iterable[object]) -> Iterator[M]:
        """Yield the records whose `field` is one of `values`, in queries short enough for every database."""
        for chunk in in_chunks(values):
            yield from self.every(queryset.filter(**{f"{field}__in": chunk}))

    def check(self) -> None:
        """Raise ReadsChanged unless everything would be read as it was."""
        for queryset, before in self._made:
            if _rows(queryset) != before:
                raise ReadsChanged(queryset.model.__name__)


def _rows(queryset: "models.QuerySet[Any]") -> set[int]:
    """Return hashes of the rows as the database gives them: Django's conversions take most of the time."""
    sql, params = queryset.order_by().values_list(*COLUMNS[queryset.model]).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {hash(row) for row in cursor.fetchall()}


def in_chunks(values: Iterable[object]) -> Iterator[list[object]]:
    wanted = list(dict.fromkeys(values))
    return (wanted[at : at + CHUNK] for at in range(0, len(wanted), CHUNK))
