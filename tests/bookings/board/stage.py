"""A day on the board."""

import datetime as dt
from typing import Any

from django.test import Client
from django.urls import reverse

from bookings.messages import reminders
from bookings.models import Booking, Resource, WorkOrder
from bookings.models.resources import office_hours
from fsportal.lib import zones
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.customers import delivery
from notifications.models import CustomerNotification
from tests.factories import BookingFactory, ResourceFactory, UserFactory

#: A Tuesday, 7:00 in London.
NOW = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 24)
MINUTE = dt.timedelta(minutes=1)
PART = {"X-Board": "1"}


def company_in_london() -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"time_zone": "Europe/London"})


def of_role(role: str) -> Client:
    client = Client()
    client.force_login(UserFactory(username=f"a-{role}", first_name="Dora", is_staff=True, groups=[role]))
    return client


def at(clock: str, day: dt.date = DAY) -> dt.datetime:
    return zones.local_to_utc(dt.datetime.combine(day, dt.time.fromisoformat(clock)), "Europe/London")


def visit(resource: Resource, clock: str, minutes: int = 60, **values: Any) -> Booking:
    start = at(clock)
    made: Booking = BookingFactory(resource=resource, start=start, end=start + minutes * MINUTE, **values)
    return made


def technician(name: str, **values: Any) -> Resource:
    """Return a technician who works from 8:00 to 17:00."""
    made: Resource = ResourceFactory(name=name, **{"working_hours": office_hours(), **values})
    return made


def address(subject: Booking | WorkOrder) -> str:
    name = "visit" if isinstance(subject, Booking) else "work_order"
    return f"{reverse('admin:board-move')}?{name}={subject.pk}"


def wanted(subject: Booking | WorkOrder, clock: str, resource: Resource, **more: Any) -> dict[str, Any]:
    revision = subject.revision if isinstance(subject, Booking) else ""
    values = {"day": "2026-11-24", "time": clock, "minutes": 60, "resource": resource.pk, "revision": revision}
    return values | more


def drop(client: Client, subject: Booking | WorkOrder, clock: str, resource: Resource, **more: Any) -> Any:
    """Send what the board's scripts send when a visit is dropped."""
    return client.post(address(subject), wanted(subject, clock, resource, **more), headers=PART)


def undo(client: Client, answer: Any) -> Any:
    return client.post(reverse("admin:board-undo"), {"token": answer.context_data["token"]}, headers=PART)


def told(booking: Booking) -> list[str]:
    """Return what the customer was told by email, in order."""
    rows = CustomerNotification.objects.regarding(booking).filter(channel=Channel.EMAIL).exclude(told_at=None)
    return list(rows.order_by("told_at").values_list("event", flat=True))


def reminded(booking: Booking) -> Booking:
    """Return a visit whose customer knows its time."""
    reminders.sweep()
    delivery.drain()
    assert told(booking) == ["upcoming"]
    return booking
