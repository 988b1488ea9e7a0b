"""Leaves the outbox as it was when the worker stopped a day ago: `python -m tests.faults.yesterday`."""

import datetime as dt

import django

django.setup()

import time_machine  # noqa: E402
from django.utils import timezone  # noqa: E402

from bookings.messages import reminders  # noqa: E402
from bookings.models import Booking  # noqa: E402
from fsportal.models import PortalSettings  # noqa: E402
from tests.factories import BookingFactory, ContactFactory, WorkOrderFactory, name_company  # noqa: E402

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def visit(name: str, start: dt.datetime) -> Booking:
    """Return a visit of a contact whose address begins with `name`."""
    contact = ContactFactory(name=name, email=f"{name}@example.com")
    order = WorkOrderFactory(account=contact.account, reported_by=contact)
    made: Booking = BookingFactory(work_order=order, start=start, end=start + HOUR)
    return made


def leave_behind() -> None:
    """Queue what was to be sent a day ago, and set nothing off since."""
    name_company()
    now = timezone.now().replace(microsecond=0)
    lead = dt.timedelta(days=PortalSettings.load().reminder_lead_days)
    visit("ahead", now + DAY + 10 * HOUR)
    visit("begun", now + 3 * HOUR)
    canceled = visit("canceled", now + DAY + 10 * HOUR)
    reminders.look(now)
    canceled.cancel()
    visit("on-the-way", now + HOUR).travel()
    done = visit("done", now - HOUR)
    done.travel()
    done.start_work()
    done.complete()
    # Too far ahead for the sweep of that day; near enough for the one that was missed.
    visit("near-by-now", now + lead + 12 * HOUR)


if __name__ == "__main__":
    with time_machine.travel(timezone.now() - DAY):
        leave_behind()
