"""Free times of many technicians over a month against one bare query that reads the same bookings."""

import datetime as dt

from setting import fresh_database, report, seconds  # isort: skip  (sets Django up)

from django.db import connection
from django.utils import timezone

from bookings.availability.conflicts import Proposal, conflicts_of
from bookings.availability.free_times import times_to_book
from bookings.availability.staff_times import staff_search, staff_times
from bookings.models import Booking, BookingStatus, IncidentType, Resource, WorkOrder
from fsportal.models import Account, PortalSettings

TECHNICIANS = 200
#: Of a company whose dispatchers ask for times on the telephone, and the rows of a file that is previewed.
STAFFED = 50
ROWS = 10_000
DAYS = 30
A_DAY = 4
HISTORY = 300
ROUNDS = 5


def bookings(*, all_alike: bool, technicians: int = TECHNICIANS) -> tuple[IncidentType, Account]:
    """Make technicians with A_DAY visits on each of DAYS ahead and of HISTORY past; booked alike is the worst case."""
    service = IncidentType.objects.create(name="Service", is_offered=True)
    account = Account.objects.create(name="A", time_zone="Europe/London", latitude=51.5, longitude=-0.14)
    resources = Resource.objects.bulk_create(
        Resource(name=f"T{n}", time_zone="Europe/London", start_latitude=51.5, start_longitude=-0.1 - n / 1000)
        for n in range(technicians)
    )
    order = WorkOrder.objects.create(number="W", account=account, incident_type=service)
    today = timezone.now().replace(hour=8, minute=0, second=0, microsecond=0)
    visits = []
    for place, resource in enumerate(resources):
        shift = dt.timedelta(minutes=0 if all_alike else 30 * (place % 4))
        for day in range(-HISTORY, DAYS + 1):
            status = BookingStatus.SCHEDULED if day >= 0 else BookingStatus.COMPLETED
            for n in range(A_DAY):
                start = today + shift + dt.timedelta(days=day, hours=2 * n)
                end = start + dt.timedelta(hours=1)
                visits.append(Booking(work_order=order, resource=resource, start=start, end=end, status=status))
    Booking.objects.bulk_create(visits, batch_size=5000)
    return service, account


def measure(*, all_alike: bool) -> None:
    """Print searches per second."""
    fresh_database()
    service, account = bookings(all_alike=all_alike)
    portal_settings, now = PortalSettings.load(), timezone.now()
    ahead = Booking.objects.active().filter(end__gt=now, start__lt=now + dt.timedelta(days=DAYS + 1))
    rows = ahead.values_list("resource_id", "start", "end")
    found = times_to_book(service, account, now, portal_settings=portal_settings)
    assert found
    ours = (
        seconds(lambda: [times_to_book(service, account, now, portal_settings=portal_settings) for _ in range(ROUNDS)])
        / ROUNDS
    )
    bare = seconds(lambda: [list(rows.all()) for _ in range(ROUNDS)]) / ROUNDS
    booked = "all booked alike" if all_alike else "booked as it comes"
    name = f"free times, {TECHNICIANS} technicians, {DAYS} days, {booked} ({connection.vendor})"
    report(name, 1 / ours, f"bare query of the {len(rows):,} visits", 1 / bare, "searches/s")
    print(f"one search: {ours * 1000:.0f} ms, {len(found)} times; the query alone: {bare * 1000:.0f} ms")


def measure_staff() -> None:
    """Print what staff's search takes where all are booked alike, and the conflicts of many proposals."""
    fresh_database()
    service, account = bookings(all_alike=True, technicians=STAFFED)
    search = staff_search(service, account, account.time_zone, timezone.now())
    assert staff_times(search)
    one = seconds(lambda: [staff_times(search) for _ in range(ROUNDS)]) / ROUNDS
    resources, order = list(Resource.objects.all()), WorkOrder.objects.get()
    begins = timezone.now().replace(minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    starts = [begins + dt.timedelta(minutes=30 * n) for n in range(ROWS // STAFFED)]
    rows = [Proposal(who, order, start, start + dt.timedelta(hours=1)) for who in resources for start in starts]
    many = seconds(lambda: conflicts_of(rows))
    print(f"staff's search, {STAFFED} technicians booked alike ({connection.vendor}): {one * 1000:.0f} ms")
    print(
        f"conflicts of {len(rows):,} proposals: {many:.2f} s; of 500: {seconds(lambda: conflicts_of(rows[:500])):.3f} s"
    )


def main() -> None:
    """Measure the usual case and the worst one, in which starts that nobody has free keep the search going."""
    measure(all_alike=False)
    measure(all_alike=True)
    measure_staff()


if __name__ == "__main__":
    main()
