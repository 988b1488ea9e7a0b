"""Visits in every state, made as they come about, for the tests of what a customer sees."""

import datetime as dt
import io
import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth import SESSION_KEY
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from bookings.models import (
    Booking,
    BookingChange,
    BookingNotificationCode,
    BookingStatus,
    IncidentType,
    Resource,
    Verb,
    WorkOrder,
)
from fsportal.models import Contact, PortalSettings, User
from portal.models import WebRole
from tests.factories import (
    AccountFactory,
    BookingFactory,
    CodeFactory,
    ContactFactory,
    IncidentTypeFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
)

#: Tuesday 24 November 2026, 10:00 in London.
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
TECHNICIAN = "Omar Haddad"
TECHNICIAN_PHONE = "+442079460123"
STATES = [
    "scheduled",
    "due",
    "missed",
    "traveling",
    "traveling_break",
    "working",
    "working_break",
    "completed",
    "canceled",
]
HOUR = dt.timedelta(hours=1)


def company(**changes: Any) -> PortalSettings:
    """Return the settings record of a company that can be asked."""
    portal_settings = PortalSettings.load()
    values = {
        "company_name": "Brightside Plumbing",
        "contact_phone": "020 7946 0999",
        "contact_email": "hello@brightside.example",
        "page_footer": "Brightside Plumbing Ltd, 4 Mill Lane, London",
        "survey_url": "https://survey.example/s/1",
    }
    for name, value in (values | changes).items():
        setattr(portal_settings, name, value)
    portal_settings.save()
    return portal_settings


def picture(colour: str = "#c9a27e") -> "ContentFile[bytes]":
    """Return a small PNG."""
    content = io.BytesIO()
    Image.new("RGB", (128, 128), colour).save(content, "PNG")
    return ContentFile(content.getvalue(), name="face.png")


def visit(state: str = "scheduled", *, now: dt.datetime = NOW, **contact: Any) -> BookingNotificationCode:
    """Return the code of a visit that is in `state` (one of STATES) at `now`."""
    account = AccountFactory(street="12 Rose Lane", city="London", postal_code="E1 6AN")
    order = WorkOrderFactory(
        account=account,
        number="WO-10042",
        incident_type=IncidentTypeFactory(name="Boiler service"),
        reported_by=ContactFactory(account=account, **contact),
    )
    resource = ResourceFactory(name=TECHNICIAN, main_phone=TECHNICIAN_PHONE, photo=picture())
    offset = {"scheduled": 24 * HOUR, "due": -HOUR / 4, "missed": -3 * HOUR, "canceled": 24 * HOUR}.get(state, HOUR / 3)
    start = now.replace(microsecond=0) + offset
    booking = BookingFactory(work_order=order, resource=resource, start=start, end=start + HOUR)
    _bring_to(booking, state, now)
    code: BookingNotificationCode = CodeFactory(booking=booking)
    return code


def _bring_to(booking: Booking, state: str, now: dt.datetime) -> None:
    way = {
        "traveling": [BookingStatus.TRAVELING],
        "traveling_break": [BookingStatus.TRAVELING, BookingStatus.ON_BREAK],
        "working": [BookingStatus.TRAVELING, BookingStatus.IN_PROGRESS],
        "working_break": [BookingStatus.TRAVELING, BookingStatus.IN_PROGRESS, BookingStatus.ON_BREAK],
        "completed": [BookingStatus.TRAVELING, BookingStatus.IN_PROGRESS, BookingStatus.COMPLETED],
        "canceled": [BookingStatus.CANCELED],
    }
    for status in way.get(state, []):
        old, booking.status = booking.status, status
        booking.revision += 1
        BookingChange.objects.create(
            booking=booking,
            verb=Verb.PAUSE,
            revision=booking.revision,
            old_status=old,
            new_status=status,
            new_start=booking.start,
        )
    if state.startswith(("traveling", "working", "completed")):
        booking.arrival_earliest, booking.arrival_latest = now + HOUR / 3, now + HOUR * 2 / 3
    if state == "completed":
        booking.completed_at = now - HOUR / 12
    booking.save()


def open_link(client: Client, code: BookingNotificationCode) -> Any:
    """Follow the link as a customer does; returns the page's answer."""
    return client.get(f"/visit/{code.code}/", follow=True)


def customer_of(*contacts: Contact, **user: Any) -> User:
    """Return a user who is these contacts and may use the portal as each of them."""
    made: User = UserFactory(**user)
    for contact in contacts:
        contact.portal_user = made
        contact.save(update_fields=["portal_user"])
        WebRole.web_api_users().give(contact, by=None)
    return made


def visit_of(contact: Contact, status: BookingStatus = BookingStatus.SCHEDULED, **booking: Any) -> Booking:
    """Return a visit that `contact` reported, in a status at once."""
    order = booking.pop("work_order", None) or WorkOrderFactory(account=contact.account, reported_by=contact)
    made: Booking = BookingFactory(work_order=order, status=status, **booking)
    return made


def clean_address(code: BookingNotificationCode) -> str:
    """Return the address of the page once the code is swapped for the cookie."""
    return reverse("visit", args=[code.public_id])


def wipe() -> None:
    """Make room for another visit of the same cast: names of services, orders and technicians are unique."""
    Booking.objects.all().delete()
    for model in (WorkOrder, IncidentType, Resource):
        model._default_manager.all().delete()


def give_password(client: Client, at: float | None = None) -> None:
    """Let this browser have given the password at a time, or just now."""
    session = client.session
    # django-allauth's own name for it is private.
    session["account_authentication_methods_user"] = session[SESSION_KEY]
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() if at is None else at}]
    session.save()
