"""Fixtures of the Settings area: people with rights by codename, and a visit with its story."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from bookings.models import Booking, IncidentType, Resource, WorkOrder
from fsportal.models import Account, Contact, User
from notifications.models import CustomerNotification, State

READ = [
    "view_account", "view_auditentry", "view_booking", "view_bookingnotificationcode", "view_businessunit",
    "view_contact",
    "view_customernotification", "view_group", "view_incidenttype", "view_portalsettings", "view_resource", "view_user",
    "view_workorder", "view_workordertype", "view_customernote", "view_feedback", "view_series",
]  # fmt: skip
DISPATCH = [*READ, "add_booking", "change_booking", "change_status", "change_bookingnotificationcode",
            "add_bookingnotificationcode", "send_again", "change_account", "change_customernote"]  # fmt: skip


def person(name: str, rights: list[str]) -> User:
    """Return a staff user with these rights."""
    user = User.objects.create_user(name, f"{name}@example.com", "x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ada", "ada@example.com", "x"))
    return client


@pytest.fixture
def dispatcher(db: None) -> Client:
    client = Client()
    client.force_login(person("dora", DISPATCH))
    return client


@pytest.fixture
def reader(db: None) -> Client:
    client = Client()
    client.force_login(person("rita", READ))
    return client


@pytest.fixture
def stranger(db: None) -> Client:
    return Client()


@pytest.fixture
def account(db: None) -> Account:
    return Account.objects.create(name="Smith & Sons", time_zone="America/New_York", street="1 Main St", city="Albany")


@pytest.fixture
def contact(account: Account) -> Contact:
    contact = Contact.objects.create(
        account=account, name="Ann Smith", email="ann@example.com", mobile_phone="+12025550123"
    )
    account.primary_contact = contact
    account.save()
    return contact


@pytest.fixture
def resource(db: None) -> Resource:
    """Return a technician who works day and night: tests run at any hour."""
    return Resource.objects.create(
        name="Omar Haddad",
        main_phone="+12025550199",
        time_zone="America/New_York",
        working_hours={str(day): ["00:00", "00:00"] for day in range(7)},
        start_latitude=42.65,
        start_longitude=-73.75,
    )


@pytest.fixture
def make_booking(contact: Contact, resource: Resource) -> Callable[..., Booking]:
    """Make a booking that starts in so many hours, of a work order of its own."""

    def make(hours: float = 24, number: str = "", reported_by: Contact | None = contact) -> Booking:
        kind, _made = IncidentType.objects.get_or_create(name="Boiler service")
        order = WorkOrder.objects.create(
            number=number or f"WO-{WorkOrder.objects.count() + 1}",
            account=contact.account,
            incident_type=kind,
            reported_by=reported_by,
        )
        start = (timezone.now() + dt.timedelta(hours=hours)).replace(second=0, microsecond=0)
        booking = Booking.schedule(work_order=order, resource=resource, start=start, end=start + dt.timedelta(hours=1))
        # As if it were an old one, of which nobody was told *Booked*.
        CustomerNotification.objects.regarding(booking).delete()
        booking.timed_at = None
        booking.save(update_fields=["timed_at"])
        return booking

    return make


@pytest.fixture
def booking(make_booking: Callable[..., Booking]) -> Booking:
    return make_booking()


@pytest.fixture
def make_message(booking: Booking, contact: Contact) -> Callable[..., CustomerNotification]:
    """Make a message about the booking in some state."""

    def make(state: str = State.SENT, **values: Any) -> CustomerNotification:
        values = {
            "event": "upcoming",
            "channel": "email",
            "contact": contact,
            "to": "ann@example.com",
            "subject": "Your visit",
            "words": "Hello Ann\nSee [link]",
            "regarding_type": ContentType.objects.get_for_model(Booking),
            "regarding_id": booking.pk,
            "dedupe_key": f"test:{CustomerNotification.objects.count()}",
            "finished_at": timezone.now(),
            **values,
        }
        return CustomerNotification.objects.create(state=state, **values)

    return make
