"""The schedule board with 50 technicians and 500 visits: its page, its refresh, and a drop, against what they need.

Prints milliseconds of this process (the clock, and processor time: a busy machine slows the one and not the other),
statements, and the ratio to one bare query that reads the same visits. HISTORY visits of other days are beside them.
With `BROWSER=1` also how long a browser takes until a visit can be picked up.
"""

import datetime as dt
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from setting import fresh_database  # isort: skip  (sets Django up)

from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, BookingStatus, IncidentType, Resource, WorkOrder
from fsportal.lib import zones
from fsportal.models import Account, Contact, PortalSettings, User
from notifications.customers.outbox import row_of
from notifications.models import CustomerNotification, State

TECHNICIANS = 50
A_DAY = 10
HISTORY = int(os.environ.get("HISTORY", "60"))  # days
WAITING = 200
ROUNDS = 15
ZONE = "Europe/London"


def company() -> dt.date:
    """Make the technicians, their visits of many days, and the messages about those; return the day that is shown."""
    PortalSettings.objects.filter(pk=1).update(time_zone=ZONE)
    service = IncidentType.objects.create(name="Service", duration_minutes=40)
    accounts = Account.objects.bulk_create(
        Account(
            name=f"Customer {n:03}", city="London", time_zone=ZONE, latitude=51.5 + n / 900, longitude=-0.1 - n / 900
        )
        for n in range(100)
    )
    contacts = Contact.objects.bulk_create(
        Contact(account=account, name=f"Ann {account.name}", email=f"c{n}@example.com")
        for n, account in enumerate(accounts)
    )
    hours = {str(day): ["08:00", "18:00"] for day in range(7)}
    resources = Resource.objects.bulk_create(
        Resource(name=f"T{n:02}", time_zone=ZONE, start_latitude=51.5, start_longitude=-0.1, working_hours=hours)
        for n in range(TECHNICIANS)
    )
    orders = WorkOrder.objects.bulk_create(
        WorkOrder(
            number=f"W{n:05}",
            account=accounts[n % 100],
            incident_type=service,
            reported_by=contacts[n % 100],
            waits_since=timezone.now() if n < WAITING else None,
        )
        for n in range(1000)
    )
    shown = timezone.localdate() + dt.timedelta(days=2)
    visits = []
    for day in range(-HISTORY, 5):
        first = zones.midnight(shown + dt.timedelta(days=day), ZONE) + dt.timedelta(hours=8)
        for place, resource in enumerate(resources):
            for n in range(A_DAY):
                start = first + dt.timedelta(minutes=55 * n)
                visits.append(
                    Booking(
                        work_order=orders[(place * A_DAY + n + day) % 800 + WAITING],
                        resource=resource,
                        start=start,
                        end=start + dt.timedelta(minutes=40),
                        status=BookingStatus.SCHEDULED if start > timezone.now() else BookingStatus.COMPLETED,
                    )
                )
    Booking.objects.bulk_create(visits, batch_size=2000)
    rows = []
    for visit in visits:
        for channel in ("email", "sms"):
            row = row_of("upcoming", channel, visit.work_order.reported_by, visit)
            row.state, row.told_at, row.named_time = State.SENT, timezone.now(), visit.start
            rows.append(row)
    CustomerNotification.objects.bulk_create(rows, batch_size=2000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    print(f"{len(visits):,} visits, {len(rows):,} messages ({connection.vendor})")
    return shown


def measured(name: str, work: Callable[[], object]) -> float:
    """Print the median of the clock and of processor time; return the first in milliseconds."""
    work()
    walls, processor = [], []
    for _round in range(ROUNDS):
        began, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - began) * 1000)
        processor.append((time.process_time() - cpu) * 1000)
    with CaptureQueriesContext(connection) as asked:
        work()
    wall = statistics.median(walls)
    print(f"{name}: {wall:.0f} ms (processor {statistics.median(processor):.0f} ms), {len(asked)} statements")
    return wall


def main() -> None:
    fresh_database()
    call_command("collectstatic", interactive=False, verbosity=0)
    shown = company()
    user = User.objects.create_superuser("ada", "ada@example.com", "x")
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    day = {"day": str(shown)}
    page = measured("page", lambda: client.get(reverse("admin:board"), day))
    measured("week", lambda: client.get(reverse("admin:board"), day | {"view": "week"}))
    measured("refresh", lambda: client.get(reverse("admin:board-now"), day))
    tag = client.get(reverse("admin:board-now"), day)["ETag"]
    headers = {"If-None-Match": tag}
    measured("refresh without news", lambda: client.get(reverse("admin:board-now"), day, headers=headers))
    first, last = zones.midnight(shown, ZONE), zones.midnight(shown + dt.timedelta(days=1), ZONE)
    rows = Booking.objects.with_visit().filter(start__gte=first, start__lt=last)
    bare = measured("bare query of the visits", lambda: list(rows.all()))
    print(f"page against the bare query: ratio {page / bare:.1f}")
    drops(client, shown)
    if os.environ.get("BROWSER"):
        in_browser(client, shown)


def drops(client: Client, shown: dt.date) -> None:
    """Look at and save drops, each of another visit: to the last hour of the day, where nothing else is."""
    first = zones.midnight(shown, ZONE) + dt.timedelta(hours=8)
    visits = iter(Booking.objects.filter(start=first + dt.timedelta(minutes=55 * 9)).order_by("resource__name"))

    def drop(**more: str) -> None:
        visit = next(visits)
        wanted = {"day": str(shown), "time": "17:15", "minutes": 40, "resource": str(visit.resource_id), "revision": 1}
        address = f"{reverse('admin:board-move')}?visit={visit.pk}"
        accepted = {"all_the_same": "on", "despite": ["drive", "hours", "radius", "place"], "why": "measured"}
        answer = client.post(address, wanted | accepted | more, headers={"X-Board": "1"})
        assert answer.status_code == 200, answer.content

    measured("a look at a drop", lambda: drop(preview="1"))
    measured("a drop", drop)


def in_browser(client: Client, shown: dt.date) -> None:
    """Print how long a browser takes from asking for the page until visits answer to the keyboard."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only here)

    from tests.chromium import chromium  # noqa: PLC0415  (only here)

    port = os.environ["PORT"]
    command = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"]
    connections.close_all()
    with subprocess.Popen(
        command, env=os.environ | {"DEBUG": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            url = f"http://127.0.0.1:{port}"
            context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
            page = context.new_page()
            for _try in range(50):
                try:
                    page.goto(f"{url}/healthz")
                    break
                except Exception:  # noqa: BLE001  (not up yet)
                    time.sleep(0.2)
            times = []
            for _round in range(6):
                page.goto(f"{url}{reverse('admin:board')}?day={shown}")
                page.wait_for_selector(".board-live")
                times.append(
                    page.evaluate("performance.getEntriesByName('board-ready')[0]?.startTime ?? performance.now()")
                )
            best, median = min(times), statistics.median(times)
            print(f"interactive in a browser: {best:.0f} ms at best, {median:.0f} ms in the middle")
            browser.close()
        server.terminate()


if __name__ == "__main__":
    main()
