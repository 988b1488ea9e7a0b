"""Email through the outbox (checked, written, noted) against django-post_office, which sends what was written before.

Both on the same database with one process, to a server that answers at once and to one that takes 50 ms. `--messages`
says how many; DATABASE_URL names another database than SQLite, which is emptied. With `--queued 1000 10000 100000` it
says instead what one of our emails costs while that many wait: each queue is worked on for `--seconds`.
"""

import argparse
import datetime as dt
import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from setting import fresh_database, report, sink  # isort: skip  (sets Django up)

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bookings.messages import reminders
from bookings.models import Booking, IncidentType, Resource, WorkOrder
from fsportal.conf.environment import email_config
from fsportal.models import Account, Contact, PortalSettings
from notifications.customers import delivery
from notifications.models import CustomerNotification, State

HERE = Path(__file__).resolve().parent


def bookings(number: int, communication_type: str = "email") -> None:
    """Make as many visits, one message on each channel, and queue the reminders."""
    portal_settings = PortalSettings.load()
    portal_settings.communication_type = communication_type
    portal_settings.company_name = "Contoso"
    portal_settings.sms_from = portal_settings.sms_until = None
    portal_settings.texts_per_day = 0
    portal_settings.save()
    service, resource = IncidentType.objects.create(name="Service"), Resource.objects.create(name="Omar")
    accounts = Account.objects.bulk_create(Account(name=f"A {n}", time_zone="Europe/London") for n in range(number))
    contacts = Contact.objects.bulk_create(
        Contact(account=account, name="A B", email=f"a{n}@example.com", mobile_phone=f"+4420{79460000 + n}")
        for n, account in enumerate(accounts)
    )
    orders = WorkOrder.objects.bulk_create(
        WorkOrder(number=f"W{n}", account=contact.account, incident_type=service, reported_by=contact)
        for n, contact in enumerate(contacts)
    )
    # Some hundred different times, as in the visits of a week.
    starts = [timezone.now() + dt.timedelta(days=1, minutes=5 * (n % 288)) for n in range(number)]
    Booking.objects.bulk_create(
        Booking(work_order=order, resource=resource, start=start, end=start + dt.timedelta(hours=1))
        for order, start in zip(orders, starts, strict=True)
    )
    reminders.sweep()


class Statements:
    """Counts statements, and costs less than Django's log of them."""

    number = 0

    def __call__(self, execute: Callable[..., Any], *what: Any) -> Any:
        self.number += 1
        return execute(*what)


def ours(port: int, number: int, seconds: float | None = None) -> tuple[float, float, float]:
    """Return messages a second, and for each the milliseconds of processor time and the statements.

    With `seconds`, so much of `number` is sent as is possible in that time.
    """
    settings.DELIVERY_MODE, settings.EMAIL = "live", email_config(f"smtp://127.0.0.1:{port}")
    for name, value in settings.EMAIL.settings.items():
        setattr(settings, name, value)
    statements = Statements()
    # As `manage.py start` does before it forks delivery.
    gc.collect()
    gc.freeze()
    began, used = time.perf_counter(), time.process_time()
    with connection.execute_wrapper(statements):
        delivery.drain(*([] if seconds is None else [seconds]))
    took, used = time.perf_counter() - began, time.process_time() - used
    sent = CustomerNotification.objects.filter(state=State.SENT).count()
    assert sent == number or seconds is not None
    return sent / took, used / sent * 1000, statements.number / sent


def peer(port: int, number: int) -> tuple[float, float]:
    """Return messages a second, and for each the milliseconds of processor time."""
    database = [os.environ["DATABASE_URL"]] if "DATABASE_URL" in os.environ else []
    command = [sys.executable, str(HERE / "peer_post_office.py"), str(port), str(number), *database]
    rate, used = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(rate), float(used)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--queued", type=int, nargs="+", default=[])
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    for number in options.queued:
        with sink("smtp", 0) as port:
            fresh_database()
            bookings(number)
            rate, used, statements = ours(port, number, options.seconds)
        print(
            f"{number:7,} queued ({connection.vendor}): {rate:,.0f} messages/s,"
            f" each {used:.2f} ms of processor time, {statements:.2f} statements",
            flush=True,
        )
    number = 0 if options.queued else options.messages
    for milliseconds in (0, 50) if number else ():
        with sink("smtp", milliseconds) as port:
            fresh_database()
            bookings(number)
            rate, used, statements = ours(port, number)
            peer_rate, peer_used = peer(port, number)
        name = f"delivery by SMTP, server takes {milliseconds} ms ({connection.vendor})"
        report(name, rate, "django-post_office", peer_rate, "messages/s")
        print(f"  each {used:.2f} ms of processor time, {statements:.2f} statements; peer {peer_used:.2f} ms")


if __name__ == "__main__":
    main()
