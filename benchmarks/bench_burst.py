"""A burst of reminders, half emails and half texts, while customers look at their visits, on the product as started.

7,500 messages to providers that take 50 ms each, beside 45 requests a second. DATABASE_URL names another database than
SQLite, which is emptied. `--messages` says how many.
"""

import argparse
import os
import time
from concurrent.futures import ThreadPoolExecutor

from setting import fresh_database, sink  # isort: skip  (sets Django up)

import bench_live
from bench_delivery import bookings
from django.db import connection
from django.db.models import Max, Min

from bookings.models import Booking, BookingNotificationCode
from notifications.models import CustomerNotification, State

MILLISECONDS, REQUESTS_A_SECOND = 50, 45
GIVE_UP_AFTER = 600.0  # seconds


def lookers() -> list[dict[str, object]]:
    """Return people who look at their visit, for open_loop.py."""
    visits = Booking.objects.select_related("work_order__reported_by")[: 10 * REQUESTS_A_SECOND]
    pairs = [(visit, visit.reported_by) for visit in visits if visit.reported_by is not None]
    codes = BookingNotificationCode.issue_each(pairs).values()
    host = f"Host: 127.0.0.1:{os.environ['PORT']}\r\n"
    return [
        {
            "kind": "visit page",
            "every": len(codes) / REQUESTS_A_SECOND,
            "head": f"GET /visit/see/{code.public_id}/ HTTP/1.1\r\n{host}{bench_live.key_of(code)}\r\n",
        }
        for code in codes
    ]


def wait_until_all_are_out() -> None:
    deadline = time.monotonic() + GIVE_UP_AFTER
    while CustomerNotification.objects.filter(state__in=State.open()).exists():
        if time.monotonic() > deadline:
            raise SystemExit("Messages are still waiting.")
        time.sleep(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=7500)
    parser.add_argument("--seconds", type=int, default=60, help="how long people look at their visits")
    asked = parser.parse_args()
    fresh_database()
    bookings(asked.messages // 2, "both")
    who = lookers()
    with sink("smtp", MILLISECONDS) as smtp, sink("twilio", MILLISECONDS) as twilio:
        os.environ |= {
            "DELIVERY_MODE": "live",
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
            "SMS_URL": f"twilio://AC1:token@%2B15550100000?base_url=http://127.0.0.1:{twilio}",
        }
        with bench_live.product() as pids, ThreadPoolExecutor(1) as pool:
            found = pool.submit(bench_live.load, who, asked.seconds)
            wait_until_all_are_out()
            pages = found.result()["kinds"]["visit page"]
            used = bench_live.cpu_seconds(pids["worker"])
    sent = CustomerNotification.objects.filter(state=State.SENT)
    span = sent.aggregate(first=Min("attempts__started_at"), last=Max("finished_at"))
    took = (span["last"] - span["first"]).total_seconds()
    print(f"burst of {sent.count():,} messages at {MILLISECONDS} ms ({connection.vendor}): {took:.0f} s")
    print(f"  worker: {used / max(sent.count(), 1) * 1000:.1f} ms of processor time for each")
    bench_live.say("visit page", pages, REQUESTS_A_SECOND)


if __name__ == "__main__":
    main()
