"""Technicians who report where they are, and open visit pages that ask for it, on the product as it is started.

500 technicians report every 10 seconds and 2,000 pages ask every 15, on gunicorn and with the worker beside it, after a
bare Django view has been asked at the same rate. Loopback only. `--seconds 60` for the full minute; DATABASE_URL names
another database than SQLite, which is emptied.
"""

import argparse
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setting import fresh_database  # isort: skip  (sets Django up)

from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from bookings.models import (
    Booking,
    BookingNotificationCode,
    BookingStatus,
    IncidentType,
    Position,
    Resource,
    Route,
    Tracker,
    WorkOrder,
)
from fsportal.models import Account, Contact
from portal.visit.access import remember_visit

HERE = Path(__file__).resolve().parent
MANAGE = HERE.parent / "manage.py"
REPORT_EVERY, ASK_EVERY = 10, 15
#: Where everybody goes, and how far away they begin: about 30 km in steps of 120 m.
SITE, STEP, STEPS = (51.5014, -0.1419), 0.0011, 250
WARM_UP = 5


def company(technicians: int, pages: int) -> tuple[list[Tracker], list[BookingNotificationCode]]:
    """Make technicians on the way to a visit each, and the links of as many people as have a page open."""
    now = timezone.now()
    service = IncidentType.objects.create(name="Service")
    account = Account.objects.create(name="A", time_zone="Europe/London", latitude=SITE[0], longitude=SITE[1])
    people = Contact.objects.bulk_create(
        Contact(account=account, name=f"Contact {n}") for n in range(-(-pages // technicians))
    )
    resources = Resource.objects.bulk_create(
        Resource(name=f"T{n}", time_zone="Europe/London", last_seen_at=now, **_place(n)) for n in range(technicians)
    )
    trackers = Tracker.objects.bulk_create(Tracker(resource=resource) for resource in resources)
    orders = WorkOrder.objects.bulk_create(
        WorkOrder(number=f"W{n}", account=account, incident_type=service, reported_by=people[0])
        for n in range(technicians)
    )
    pairs = zip(orders, resources, strict=True)
    visits = Booking.objects.bulk_create(_on_the_way(order, resource, now) for order, resource in pairs)
    Position.objects.bulk_create(_seen(visit, now) for visit in visits)
    Route.objects.bulk_create(Route(booking=visit, line=_way(visit), computed_at=now) for visit in visits)
    links = [(visit, person) for person in people for visit in visits][:pages]
    codes = BookingNotificationCode.objects.bulk_create(
        BookingNotificationCode(booking=visit, contact=person) for visit, person in links
    )
    return trackers, codes


def _place(number: int) -> dict[str, float]:
    return {"last_latitude": SITE[0] + STEP * STEPS, "last_longitude": SITE[1] + number / 10_000}


def _on_the_way(order: WorkOrder, resource: Resource, now: dt.datetime) -> Booking:
    start = now + dt.timedelta(minutes=60)
    return Booking(
        work_order=order,
        resource=resource,
        start=start,
        end=start + dt.timedelta(hours=1),
        status=BookingStatus.TRAVELING,
        set_off_at=now - dt.timedelta(minutes=1),
        arrival_earliest=now + dt.timedelta(minutes=40),
        arrival_latest=now + dt.timedelta(minutes=55),
        arrival_source="estimate",
        arrival_metres=30_000,
        arrival_at=now,
    )


def _seen(visit: Booking, now: dt.datetime) -> Position:
    place = visit.resource
    return Position(
        booking=visit,
        resource=place,
        latitude=place.last_latitude or 0.0,
        longitude=place.last_longitude or 0.0,
        recorded_at=now,
    )


def _way(visit: Booking) -> list[list[float]]:
    longitude = visit.resource.last_longitude or 0.0
    return [[SITE[0] + STEP * (STEPS - n), longitude] for n in range(STEPS)]


def clients(trackers: list[Tracker], codes: list[BookingNotificationCode]) -> list[dict[str, Any]]:
    """Return who asks for what, for open_loop.py."""
    common = f"Host: 127.0.0.1:{settings.PORT}\r\n"
    reports = [
        {
            "kind": "report",
            "every": REPORT_EVERY,
            "head": f"POST /track/ HTTP/1.1\r\n{common}",
            "body": f"id={tracker.device_id}",
            "route": [[latitude, longitude] for latitude, longitude in _drive(tracker.resource)],
        }
        for tracker in trackers
    ]
    pages = [
        {
            "kind": "page",
            "every": ASK_EVERY,
            "head": f"GET /visit/see/{code.public_id}/live?line={{line}} HTTP/1.1\r\n{common}{key_of(code)}\r\n",
        }
        for code in codes
    ]
    return reports + pages


def _drive(resource: Resource) -> Iterator[tuple[float, float]]:
    for step in range(1, STEPS):
        yield SITE[0] + STEP * (STEPS - step), resource.last_longitude or 0.0


def key_of(code: BookingNotificationCode) -> str:
    answer = HttpResponse()
    remember_visit(answer, code)
    return "".join(f"Cookie: {name}={morsel.coded_value}\r\n" for name, morsel in answer.cookies.items())


def bare_clients(seconds_between: float) -> list[dict[str, Any]]:
    """Return one who asks for the bare view at the rate of all the others together."""
    head = f"GET /bare HTTP/1.1\r\nHost: 127.0.0.1:{settings.PORT}\r\n\r\n"
    return [{"kind": "bare", "every": seconds_between * 100, "head": head} for _number in range(100)]


# --- The product, and what asks it ----------------------------------------------------------------------------------
@contextmanager
def product() -> Iterator[dict[str, int]]:
    """Run web and worker as shipped, with one address more; gives their process ids by name and stops them."""
    python_path = os.pathsep.join([str(HERE), str(HERE.parent)])
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "bare_settings", "PYTHONPATH": python_path, "DEMO": "0"}
    started: dict[str, subprocess.Popen[bytes]] = {}
    with (Path(settings.DATA_DIR) / "bench_live.log").open("ab") as log:
        try:
            for name in ("web", "worker"):
                command = [sys.executable, str(MANAGE), "start", f"--{name}"]
                started[name] = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
                if name == "web":
                    _wait_until_it_answers(started[name])
            yield {name: process.pid for name, process in started.items()}
        finally:
            for process in started.values():
                process.send_signal(signal.SIGTERM)
            for process in started.values():
                process.wait(30)


def _wait_until_it_answers(web: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while not _answers():
        if time.monotonic() > deadline or web.poll() is not None:
            raise SystemExit(f"The web server does not come up; see {settings.DATA_DIR}/bench_live.log")
        time.sleep(0.2)


def _answers() -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{settings.PORT}/bare", timeout=5).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def load(who: list[dict[str, Any]], seconds: int) -> dict[str, Any]:
    """Let them all ask for so long, in a process of its own."""
    plan = {"port": settings.PORT, "seconds": seconds, "warm_up": WARM_UP, "clients": who}
    command = [sys.executable, str(HERE / "open_loop.py")]
    done = subprocess.run(command, input=json.dumps(plan).encode(), stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def cpu_seconds(root: int) -> float:
    """Return the processor time that a process and all below it have used, also those that have ended."""
    parents: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parents.setdefault(int(fields[1]), []).append(pid)
        used[pid] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    family = [root]
    for pid in family:
        family += parents.get(pid, [])
    return sum(used.get(pid, 0.0) for pid in family)


def database_bytes() -> int:
    """Return how big the positions are in the database, with their indexes."""
    question = "SELECT pg_total_relation_size('bookings_position')"
    if connection.vendor == "sqlite":
        parts = "SELECT name FROM sqlite_master WHERE tbl_name = 'bookings_position'"
        question = f"SELECT sum(pgsize) FROM dbstat WHERE name IN ({parts})"
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


# --- What came of it ------------------------------------------------------------------------------------------------
def say(kind: str, found: dict[str, Any], wanted: float) -> None:
    """Print one line of a kind."""
    wrong = sum(found["wrong"].values())
    what = f" {found['wrong']}" if wrong else ""
    print(
        f"{kind}: {found['rate']:.1f} of {wanted:.1f} requests/s answered, errors {wrong} of {found['asked']}"
        f" ({100 * wrong / max(found['asked'], 1):.2f} %){what}; p50 {found['p50']:.0f} ms, p95 {found['p95']:.0f} ms,"
        f" p99 {found['p99']:.0f} ms, longest {found['most']:.0f} ms"
    )


def main() -> None:
    """Measure a bare view at the same rate, then all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--technicians", type=int, default=500)
    parser.add_argument("--pages", type=int, default=2000)
    asked = parser.parse_args()
    fresh_database()
    trackers, codes = company(asked.technicians, asked.pages)
    rates = {"report": asked.technicians / REPORT_EVERY, "page": asked.pages / ASK_EVERY}
    everybody = clients(trackers, codes)
    with product() as pids:
        bare = load(bare_clients(1 / sum(rates.values())), max(asked.seconds // 3, 5))
        rows, size = Position.objects.count(), database_bytes()
        cpu = {name: cpu_seconds(pid) for name, pid in pids.items()}
        began = time.monotonic()
        found = load(everybody, asked.seconds)
        whole = time.monotonic() - began
        used = {name: cpu_seconds(pid) - cpu[name] for name, pid in pids.items()}
        rows, size = Position.objects.count() - rows, database_bytes() - size
    print(f"{asked.technicians} technicians, {asked.pages:,} open pages, {asked.seconds} s ({connection.vendor})")
    say("bare view", bare["kinds"]["bare"], sum(rates.values()))
    for kind, name in (("report", "positions"), ("page", "live maps")):
        say(name, found["kinds"][kind], rates[kind])
        ratios = [f"{part} {found['kinds'][kind][part] / bare['kinds']['bare'][part]:.1f}" for part in ("p50", "p95")]
        print(f"  waits to those of the bare view: ratio {', '.join(ratios)}")
        print(f"  p95 of each 10 s: {', '.join(f'{wait:.0f}' for wait in found['kinds'][kind]['slices'])} ms")
    shares = ", ".join(f"{name} {seconds / whole:.2f}" for name, seconds in used.items())
    print(f"processors busy: {shares}, load generator {found['cpu'] / whole:.2f} of {os.cpu_count()}")
    connections = f"{found['opened']} connections, {found['again']} requests sent again on a new one"
    print(f"sent late by at most {1000 * found['late']:.0f} ms; {connections}")
    hourly = size * 3600 / whole / 1e6
    each = size / max(rows, 1)
    print(f"database: {rows:,} positions, {size:,} bytes more; {each:.0f} a position, {hourly:.0f} MB an hour")


if __name__ == "__main__":
    main()
