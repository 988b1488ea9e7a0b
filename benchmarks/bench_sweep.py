"""The sweep with three reminders, against the plain way (one by one) and one bare INSERT…SELECT of as many rows."""

import datetime as dt
import resource
import uuid

from setting import fresh_database, report, seconds  # isort: skip  (sets Django up)

from django.db import connection, transaction
from django.utils import timezone

from bookings.messages import reminders
from bookings.models import Booking, BookingStatus, IncidentType, Reminder, Resource, WorkOrder
from fsportal.models import Account, Contact, PortalSettings
from notifications.models import CustomerNotification

DUE = 100_000
#: All bookings, with those of long ago.
BOOKINGS = 1_000_000
PLAIN = 2_000
#: Messages: three reminders on two channels, and all of them due.
ROWS = 6 * DUE


def bookings() -> None:
    """Make DUE visits within the lead time, each with a contact."""
    now = timezone.now()
    accounts = [Account(name=f"Account {n}", time_zone="Europe/London") for n in range(DUE)]
    contacts = [Contact(account=account, name="A", email=f"a{n}@example.com") for n, account in enumerate(accounts)]
    service, technician = IncidentType.objects.create(name="Service"), Resource.objects.create(name="Omar")
    orders = [
        WorkOrder(number=f"W{n}", account=contact.account, incident_type=service, reported_by=contact)
        for n, contact in enumerate(contacts)
    ]
    visits = []
    for n, order in enumerate(orders):
        start = now + dt.timedelta(days=1, seconds=n)
        visits.append(Booking(work_order=order, resource=technician, start=start, end=start + dt.timedelta(hours=1)))
    for model, rows in ((Account, accounts), (Contact, contacts), (WorkOrder, orders), (Booking, visits)):
        model.objects.bulk_create(rows, batch_size=1000)  # type: ignore[attr-defined]


def history() -> None:
    """Copy the visits until there are BOOKINGS; those are over."""
    table = Booking._meta.db_table
    columns = [f.column for f in Booking._meta.concrete_fields if f.column not in ("id", "start", "end", "status")]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    new_id = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    for number in range(1, BOOKINGS // DUE):
        start = timezone.now() - dt.timedelta(days=number)
        times = [start, start + dt.timedelta(hours=1)]
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO {table} (id, start, "end", status, {names})'
                f" SELECT {new_id}, %s, %s, %s, {names} FROM {table} WHERE status = %s",
                [
                    *map(connection.ops.adapt_datetimefield_value, times),
                    BookingStatus.COMPLETED,
                    BookingStatus.SCHEDULED,
                ],
            )


def megabytes() -> float:
    """Return the most memory that this process has had (resident)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plain() -> None:
    """Do it one by one, in one transaction."""
    with transaction.atomic():
        for booking in Booking.objects.with_visit()[:PLAIN]:
            CustomerNotification.objects.get_or_create(
                dedupe_key=f"plain:{booking.pk}", defaults={"event": "upcoming", "channel": "email"}
            )


def bare() -> None:
    """Copy as many rows as the sweep makes with one statement and no look at anything else."""
    table = CustomerNotification._meta.db_table
    columns = [f.column for f in CustomerNotification._meta.concrete_fields if f.column not in ("id", "dedupe_key")]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    new_id = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (id, dedupe_key, {names}) SELECT {new_id}, dedupe_key || %s, {names} FROM {table}",
            [str(uuid.uuid4())],
        )


def main() -> None:
    fresh_database()
    PortalSettings.load().save()
    for days in (3, 4):
        Reminder.objects.create(lead_days=days)
    bookings()
    history()
    one_by_one = PLAIN / seconds(plain)
    CustomerNotification.objects.all().delete()
    before = megabytes()
    first = seconds(reminders.sweep)
    ours, grown = ROWS / first, megabytes() - before
    assert CustomerNotification.objects.count() == ROWS
    again = seconds(reminders.sweep)
    copied = ROWS / seconds(bare)
    what = f"sweep of {DUE:,} visits, three reminders, two channels ({connection.vendor})"
    report(what, ours, "one by one", one_by_one, "rows/s")
    report("the same sweep", ours, "bare INSERT…SELECT", copied, "rows/s")
    print(f"among {Booking.objects.count():,} bookings; memory grew by {grown:.1f} MB")
    print(f"the same sweep again, nothing new: {again:.2f} s, {again / first:.2f} of the first")


if __name__ == "__main__":
    main()
