"""A technician with a day in front of them."""

import datetime as dt
import uuid
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, BookingStatus, CustomerNote, Resource
from fsportal.lib import zones
from fsportal.models import User
from notifications.models.preferences import InAppPreferences, ToastTime
from tests.factories import (
    AccountFactory,
    BookingFactory,
    ContactFactory,
    IncidentTypeFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
)

HOUR = dt.timedelta(hours=1)
S = BookingStatus


def where_it_is_noon() -> str:
    """Return a time zone in which the day has a before and an after, and no text waits for the morning."""
    now = timezone.now()
    names = ("Pacific/Honolulu", "America/New_York", "Europe/London", "Asia/Dubai", "Asia/Tokyo", "Pacific/Auckland")
    return min(names, key=lambda name: abs(zones.local(now, name).hour - 12))


def technician(username: str = "omar", name: str = "Omar Haddad", **resource: Any) -> Resource:
    """Return a technician who can sign in and has a bell."""
    user: User = UserFactory(username=username, groups=["technician"])
    made: Resource = ResourceFactory(name=name, user=user, **resource)
    return made


def without_toasts(resource: Resource) -> Resource:
    """Let no toast lie over what a test clicks: on a small screen it may, and it stays while the pointer is on it."""
    InAppPreferences.choose(user_of(resource), toast_time=ToastTime.OFF, unwanted_kinds=())
    return resource


def stop(
    resource: Resource, service: str = "Boiler service", *, hours: float = 1.0, status: int = S.SCHEDULED, **more: Any
) -> Booking:
    """Return a visit of an hour that begins in `hours` from now."""
    there = {"time_zone": resource.time_zone} | more.pop("account", {})
    account = AccountFactory(name=f"House of {service}", street="12 Rose Lane", **there)
    order = WorkOrderFactory(
        account=account,
        incident_type=IncidentTypeFactory(name=service),
        reported_by=ContactFactory(account=account, name="Rosa Rose", mobile_phone="+442079460555"),
        notes="Boiler in the loft; mind the ladder.",
    )
    start = more.pop("start", timezone.now().replace(second=0, microsecond=0) + hours * HOUR)
    made: Booking = BookingFactory(work_order=order, resource=resource, start=start, status=status, **more)
    return made


def wrote(booking: Booking, text: str = "The bell is broken.\nPlease knock.") -> None:
    """Let the customer have left a note."""
    CustomerNote.objects.create(booking=booking, contact=booking.reported_by, text=text)


def user_of(resource: Resource) -> User:
    """Return who signs in as the technician."""
    assert resource.user is not None
    return resource.user


def of(resource: Resource) -> Client:
    """Return the technician's browser."""
    client = Client()
    client.force_login(user_of(resource))
    return client


def day(client: Client) -> str:
    answer = client.get(reverse("technician"))
    assert answer.status_code == 200
    return answer.content.decode()


def press(client: Client, booking: Booking, verb: str, *, json: bool = False, **fields: Any) -> Any:
    """Send a tap as the form does, or as a script does, of somebody who means it (`sure=""`: who was not asked)."""
    data = {"id": uuid.uuid4(), "booking": booking.pk, "verb": verb, "sure": "on"} | fields
    headers = {"accept": "application/json"} if json else {}
    return client.post(reverse("technician-taps"), data, headers=headers)
