"""Fills the database of a started product: `python -m tests.faults.company 60` makes 60 visits with their reminders."""

import datetime as dt
import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402

from bookings.messages import reminders  # noqa: E402
from bookings.models import Booking, Resource, WorkOrder  # noqa: E402
from fsportal.models import Account, Contact  # noqa: E402
from tests.factories import (  # noqa: E402
    DRAMA_NUMBER,
    AccountFactory,
    IncidentTypeFactory,
    ResourceFactory,
    let_texts_go,
    name_company,
)


def contact(account: Account, number: int) -> Contact:
    """Return a contact, not saved, with an email address of its own and one of the thousand drama numbers."""
    mobile = DRAMA_NUMBER.format(60000 + number % 1000)
    return Contact(
        account=account, name=f"Contact {number}", email=f"c{number}@example.com", mobile_phone=mobile, language="en"
    )


def visits(number: int, *, first: int = 0) -> list[Booking]:
    """Make so many visits within the next day, each of a contact of its own; no message is queued."""
    name_company()
    let_texts_go()
    account, resource = AccountFactory(), ResourceFactory(name=f"Technician {first}")
    kind = IncidentTypeFactory(name=f"Service {first}")
    assert isinstance(resource, Resource)
    numbers = range(first, first + number)
    contacts = Contact.objects.bulk_create([contact(account, each) for each in numbers])
    orders = WorkOrder.objects.bulk_create(
        WorkOrder(number=f"F-{each}", account=account, incident_type=kind, reported_by=one)
        for each, one in zip(numbers, contacts, strict=True)
    )
    soon = timezone.now().replace(microsecond=0) + dt.timedelta(hours=20)
    return Booking.objects.bulk_create(
        Booking(work_order=order, resource=resource, start=soon, end=soon + dt.timedelta(hours=1)) for order in orders
    )


def remind(number: int, *, first: int = 0) -> None:
    """Make so many visits, and queue the reminders of each on both channels."""
    visits(number, first=first)
    reminders.sweep(timezone.now())


if __name__ == "__main__":
    remind(int(sys.argv[1]), first=int(sys.argv[2]) if len(sys.argv) > 2 else 0)
