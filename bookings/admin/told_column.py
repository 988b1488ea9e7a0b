"""Whether anybody knows when a visit is, as a column of queries."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When

from bookings.messages import told
from bookings.models import Booking
from bookings.models.status import OPEN
from notifications.models import CustomerNotification


def with_told(bookings: QuerySet[Any]) -> QuerySet[Any]:
    """Annotate whether anybody knows the start (`is_told`), and what became of the last reminder.

    Whoever was told since that a visit is off or done does not know that it is open again. Of one that is over it only
    counts that its start was told.
    """
    reminder = _messages_about().filter(event=told.UPCOMING).order_by("-created_at")
    annotated: QuerySet[Any] = bookings.annotate(
        is_told=is_told(),
        reminder_state=Subquery(reminder.values("state")[:1]),
        reminder_reason=Subquery(reminder.values("reason")[:1]),
    )
    return annotated


def is_told() -> Case:
    """Return the annotation `is_told` of `with_told`."""
    naming = naming_start()
    ending = CustomerNotification.objects.filter(
        regarding_id=OuterRef("regarding_id"), event__in=told.NAMES_END, told_at__gte=OuterRef("told_at")
    )
    taken_back = ending.filter(Q(told_at__gt=OuterRef("told_at")) | Q(revision__gt=OuterRef("revision")))
    return Case(
        When(OPEN, then=Exists(naming.exclude(Exists(taken_back)))),
        default=Exists(naming),
    )


def _messages_about() -> QuerySet[CustomerNotification]:
    kind = ContentType.objects.get_for_model(Booking)
    return CustomerNotification.objects.filter(regarding_type=kind, regarding_id=OuterRef("pk"))


def naming_start() -> QuerySet[CustomerNotification]:
    return _messages_about().filter(event__in=told.NAMES_START, told_at__isnull=False)
