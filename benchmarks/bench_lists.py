"""Lists, searches and record pages of the Settings area at size: milliseconds, statements, and the slowest statement.

Measures the company that DATABASE_URL or DATA_DIR holds; fills an empty database with the full size times its argument
(`bench_lists.py 1` for 100,000 bookings, 100,000 contacts and 1,000,000 messages; 0.1 without one). Each page is asked
for once to warm up and three times to measure; the best counts. What is over the limit is marked by processor time,
with that of a PostgreSQL server on this machine: by the clock a page also waits for whatever else the machine does.
`AUDIT=1000000` fills the audit trail, `COUNT=1` counts for the reports first; `PLANS=1` adds how the slowest statement
is answered. `AT=2026-11-30T16:00` measures as of then (UTC): the company is made around the moment at which it is made,
and *Today* is empty soon after. Further arguments are parts of the names of pages.
"""

import datetime as dt
import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import setting  # noqa: F401  # isort: skip  (sets Django up)

import time_machine
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, BookingNotificationCode, BookingStatus, BulkChange, BulkVerb, Resource, WorkOrder
from bookings.reports.subjects import MESSAGES, OF_VISITS
from bookings.tasks import count_for_reports
from fsportal.management.big_company.bulk import hurried, write
from fsportal.models import Account, AuditEntry, Contact, User
from notifications.models import CustomerNotification, State
from portal.admin.settings_pages.subjects import SUBJECTS

LIMIT = 300  # milliseconds
TIMES = int(os.environ.get("TIMES", "3"))
EXPORTED = 5000
YEARS = dt.timedelta(days=730)
SERVER: list[int] = []


@dataclass
class Measured:
    wall: float
    processor: float
    statements: list[tuple[float, str, Any]]


def pages() -> Iterator[tuple[str, str]]:
    for name in ("index", "today", "day-map", "day-map-now", "health", "board-now"):
        yield name, reverse(f"admin:{name}")
    for name, query in PAGES:
        yield f"{name} {query}".strip(), reverse(f"admin:{name}") + (f"?{query}" if query else "")
    yield "settings overview", reverse("admin:fsportal_portalsettings_change", args=[1])
    for subject in SUBJECTS:
        yield f"settings {subject.slug}", reverse(f"admin:{subject.url_name}")
    for query in ("q=ann", "q=ann+smith", "q=nobodysname", "q=WO-0001234", "q=2025550100", "q=an"):
        yield f"find {query}", f"{reverse('admin:find')}?{query}&part=yes"
    for name, queries in LISTS.items():
        for query in ("", *queries):
            yield f"{name} {query}".strip(), reverse(f"admin:{name}_changelist") + (f"?{query}" if query else "")
        for number in range(10):
            yield f"{name} counts of filter {number}", f"{reverse(f'admin:{name}_list_counts')}?filter={number}"
    for record in records():
        meta = record._meta
        yield f"one {meta.model_name}", reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


REPORTS = [
    *((report.slug, by) for report in OF_VISITS for by in ("week", "technician", "service")),
    *((MESSAGES.slug, by) for by in ("week", "channel", "provider")),
]
PAGES = (
    ("first-hour", ""),
    ("new-visit", ""),
    ("board", ""),
    ("board", "view=week"),
    *(("reports", f"report={name}&span=52&by={by}") for name, by in REPORTS),
)
#: What is sent to see what saving would do.
CHECKS = {"reminders": {"reminder_lead_days": "1", "reminder_time": "10:00", "repeat_gap_hours": "24",
                        "unconfirmed_card_hours": "0", "check": "1"},
          "messages": {"check": "1"}}  # fmt: skip
#: Bookings of a bulk change whose terms are looked at.
IN_BULK = 2000
LISTS = {
    "bookings_booking": [
        "q=smith", "q=ann+smith", "q=WO-0001234", "q=B-0001234", "q=smith&when=all", "q=nobodysname&when=all",
        "when=late", "when=over", "when=all", "when=all&p=90", "when=all&told=no", "told=no",
        "when=all&start__year=2026", "when=all&start__year=2026&start__month=5", "when=all&o=2", "when=all&o=3",
    ],
    "bookings_workorder": ["q=smith", "q=WO-0001234", "q=nobodysname", "p=90", "o=2", "o=6"],
    "bookings_bookingnotificationcode": ["q=smith", "q=WO-0001234", "q=nobodysname", "state=working", "state=expired",
                                         "state=blocked", "o=3", "o=1"],
    "bookings_resource": ["q=smith"],
    "bookings_customernote": ["q=smith", "waiting=yes"],
    "bookings_feedback": ["q=smith", "rating=1"],
    "bookings_position": [],
    "notifications_customernotification": [
        "q=smith", "q=ann+smith", "q=nobodysname", "q=someone.123@example.com", "attention=yes", "state__exact=failed",
        "state__exact=queued", "state__exact=sending", "channel__exact=sms", "event=delayed", "reason=refused",
        "reason=erased", "p=90", "created_at__year=2026", "created_at__year=2026&created_at__month=5", "o=1",
        "o=2", "o=3",
    ],
    "notifications_appnotification": ["q=moved", "q=nobodysname"],
    "fsportal_contact": ["q=smith", "q=ann+smith", "q=smith.123@example.com", "q=nobodysname", "p=90", "opted_out=yes",
                         "o=2", "o=3"],
    "fsportal_account": ["q=smith", "q=nobodysname", "p=90", "is_excluded__exact=1", "o=2", "o=5"],
    "fsportal_auditentry": ["q=created", "q=nobodysname", "p=90", "action=created"],
    "fsportal_user": ["q=customer0001", "q=nobodysname"],
    "portal_invitation": ["q=smith", "q=nobodysname"],
    "portal_redemption": ["q=smith", "q=nobodysname"],
}  # fmt: skip


def records() -> Iterator[Any]:
    done = Booking.objects.filter(status=BookingStatus.COMPLETED).order_by("pk")[0]
    yield done
    yield done.work_order
    yield done.work_order.account
    yield Contact.objects.get(pk=done.work_order.reported_by_id)
    yield done.resource
    yield done.work_order.incident_type
    yield User.objects.filter(is_staff=True).order_by("pk")[0]
    yield CustomerNotification.objects.filter(state=State.FAILED).order_by("pk")[0]
    yield BookingNotificationCode.objects.order_by("pk")[0]


def bulk_changes() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the terms of bulk changes as they are previewed."""
    user, ahead = User.objects.filter(is_superuser=True)[0], Booking.objects.upcoming(timezone.now())
    chosen, somebody = list(ahead.order_by("start")[:IN_BULK]), Resource.objects.order_by("name")[0]
    for verb, sent in ((BulkVerb.MOVE, {"days": "1"}), (BulkVerb.ASSIGN, {"resource": str(somebody.pk)})):
        change = BulkChange.choose(verb, chosen, by=user)
        address = reverse("admin:bookings_bulkchange_change", args=[change.pk])
        yield f"terms of a bulk change of {len(chosen)}: {verb.value}", address, sent | {"preview": "1"}


def measured(client: Client, address: str, sent: dict[str, str] | None = None) -> Measured:
    statements: list[tuple[float, str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            statements.append((1000 * (time.perf_counter() - began), sql, params))

    connection.ensure_connection()
    began, processor = time.perf_counter(), processor_seconds()
    with connection.execute_wrapper(note):
        answer = client.get(address) if sent is None else client.post(address, sent)
    assert answer.status_code in (200, 302), (address, answer.status_code)
    return Measured(1000 * (time.perf_counter() - began), 1000 * (processor_seconds() - processor), statements)


def processor_seconds() -> float:
    """Return the processor time of this process and, in steps of 10 ms, of its PostgreSQL connection."""
    server = 0.0
    if SERVER:
        words = Path(f"/proc/{SERVER[0]}/stat").read_text().rpartition(")")[2].split()
        server = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return time.process_time() + server


def find_server() -> None:
    """Note the server's process of this connection, and let it do its work alone, so that nothing is left out."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            cursor.execute("SELECT pg_backend_pid()")
            SERVER[:] = [pid for (pid,) in cursor.fetchall() if Path(f"/proc/{pid}/stat").exists()]


def best(client: Client, address: str, sent: dict[str, str] | None = None) -> Measured:
    first = measured(client, address, sent)
    if first.processor > 5 * LIMIT:
        return first
    return min((measured(client, address, sent) for _time in range(TIMES)), key=lambda one: one.processor)


def show(name: str, one: Measured) -> None:
    slowest = max(one.statements, default=(0.0, "", None))
    mark = "!" if one.processor > LIMIT else " "
    print(
        f"{mark} {name:62} {one.wall:7.0f} ms {one.processor:7.0f} ms processor {len(one.statements):3} statements"
        f"  {slowest[0]:6.0f} ms  {slowest[1][: 60 if slowest[0] < LIMIT / 2 else 3000]}",
        flush=True,
    )
    if os.environ.get("PLANS") and slowest[0] > LIMIT / 4:
        word = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        with connection.cursor() as cursor:
            cursor.execute(f"{word} {slowest[1]}", slowest[2])
            print("\n".join(f"      {row[-1]}" for row in cursor.fetchall()))


def fill_audit(number: int) -> None:
    """Let the audit trail have so many entries, about contacts, over two years."""
    missing = number - AuditEntry.objects.count()
    if missing <= 0:
        return
    kind, keys = ContentType.objects.get_for_model(Contact).pk, cycle(Contact.objects.values_list("pk", flat=True))
    actions, began = cycle(("changed", "created", "signed in", "sign-in failed", "exported")), timezone.now()
    with hurried():
        write(AuditEntry, (
            {"at": began - YEARS * at / missing, "action": next(actions), "subject_type_id": kind,
             "subject_id": str(next(keys)), "address": f"198.51.{at % 90}.{at % 250}", "by_name": "", "kind": "people",
             "subject_name": "", "way": "settings", "way_name": "", "number": 1}
            for at in range(missing)
        ))  # fmt: skip


def export_rates(client: Client) -> None:
    """Print what a row of an export costs, of the first EXPORTED rows."""
    for name in ("bookings_booking", "notifications_customernotification", "fsportal_contact"):
        began, rows = time.process_time(), 0
        answer: Any = client.post(reverse(f"admin:{name}_list_export"), {"format": "csv"})
        for part in answer.streaming_content:
            rows += part.count(b"\r\n")
            if rows > EXPORTED:
                break
        print(f"  {name} export: {1000 * (time.process_time() - began) / rows:.2f} ms processor a row, {rows:,} rows")
        answer.close()


def fixed_work() -> str:
    """Return how long this machine takes for a fixed piece of work now: what shares it makes all figures grow alike."""
    began, total = time.process_time(), 0
    for number in range(3_000_000):
        total += number * number
    return f"a fixed piece of work took {1000 * (time.process_time() - began):.0f} ms"


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    given = [word for word in sys.argv[1:] if word.replace(".", "", 1).isdigit()]
    wanted = [word for word in sys.argv[1:] if word not in given]
    if not Account.objects.exists():
        share = float(given[0] if given else 0.1)
        size = {"bookings": 100_000, "contacts": 100_000, "messages": 1_000_000}
        call_command("big_company", **{name: int(number * share) for name, number in size.items()})
    fill_audit(int(os.environ.get("AUDIT", "0")))
    while os.environ.get("COUNT") and count_for_reports() != "all days counted":
        pass
    client = Client(headers={"host": "localhost"})
    client.force_login(User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("lists"))
    print(f"{connection.vendor}: {Booking.objects.count():,} bookings, {WorkOrder.objects.count():,} work orders,"
          f" {Contact.objects.count():,} contacts, {CustomerNotification.objects.count():,} messages")  # fmt: skip
    print(fixed_work())
    find_server()
    gc.collect()
    gc.freeze()  # as in `manage.py start`
    slow = 0
    if "AT" in os.environ:
        time_machine.travel(dt.datetime.fromisoformat(os.environ["AT"]).replace(tzinfo=dt.UTC)).start()
    checks = (
        (f"what saving {name} would do", reverse(f"admin:settings-{name}"), sent) for name, sent in CHECKS.items()
    )
    for name, address, sent in (*((*page, None) for page in pages()), *checks, *bulk_changes()):
        if not wanted or any(word in name for word in wanted):
            one = best(client, address, sent)
            show(name, one)
            slow += one.processor > LIMIT
    if not wanted or "export" in wanted:
        export_rates(client)
    print(f"{slow} pages took more than {LIMIT} ms of processor time; {fixed_work()}")


if __name__ == "__main__":
    main()
