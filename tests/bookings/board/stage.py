"""A day on the board."""

import datetime as dt
from typing import Any

from django.test import Client

from bookings.models import Booking, Resource
from bookings.models.resources import office_hours
from fsportal.lib import zones
from fsportal.models import PortalSettings
from tests.factories import BookingFactory, ResourceFactory, UserFactory

#: A Tuesday, 7:00 in London.
NOW = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 24)
MINUTE = dt.timedelta(minutes=1)


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
