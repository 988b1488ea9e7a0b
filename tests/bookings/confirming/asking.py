"""A company that asks, a visit that is asked about, and the clock of the tests."""

import datetime as dt
from typing import Any

from django.utils import timezone

from bookings.messages import reminders
from bookings.models import Booking, Resource
from fsportal.models import Contact, PortalSettings
from notifications.customers import delivery
from notifications.customers.replies.handling import IncomingText, handle
from tests.factories import BookingFactory, ResourceFactory
from tests.portal.stage import company

#: Tuesday 24 November 2026, 10:00 in London.
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


def asking(**settings: Any) -> PortalSettings:
    """Return the settings of a company whose first reminder asks, two days before."""
    return company(**{"reminder_asks": True, "reminder_lead_days": 2, **settings})


def visit_in(lead: dt.timedelta, **more: Any) -> Booking:
    made: Booking = BookingFactory(start=NOW + lead, end=NOW + lead + HOUR, **more)
    return made


def asked(lead: dt.timedelta = DAY, **more: Any) -> Booking:
    """Return a visit that begins so long after NOW, and about which the customer is asked now."""
    return send(visit_in(lead, **more))


def send(visit: Booking) -> Booking:
    reminders.sweep(NOW)
    delivery.drain()
    visit.refresh_from_db()
    return visit


def customer_of(visit: Booking) -> Contact:
    assert visit.reported_by is not None
    return visit.reported_by


def somebody() -> Resource:
    made: Resource = ResourceFactory()
    return made


def text(contact: Contact, body: str, number: int = 1) -> str:
    """Return the answer to a text of the contact."""
    return handle(IncomingText(f"SM{number}", contact.mobile_phone, body), timezone.now())
