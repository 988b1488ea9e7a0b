"""The clean-up of many old messages at once: how long it takes, and how long nobody else can write.

`MESSAGES=1000000 .venv/bin/python benchmarks/bench_retention.py` for another number.
"""

import datetime as dt
import os
import resource
import time
import uuid
from collections.abc import Iterator

from setting import fresh_database, seconds  # isort: skip  (sets Django up)

from django.db import connection
from django.utils import timezone

from fsportal.management import cleaning
from notifications.models import CustomerNotification, NotificationAttempt

MESSAGES = int(os.environ.get("MESSAGES", "20000"))
BATCH = 5_000


def messages(number: int) -> None:
    old = timezone.now() - dt.timedelta(days=200)
    for start in range(0, number, BATCH):
        rows = list(_rows(start, min(start + BATCH, number), old))
        CustomerNotification.objects.bulk_create(rows, batch_size=500)
        attempts = [NotificationAttempt(notification=row, provider="smtp", detail="250 2.0.0 ok") for row in rows]
        NotificationAttempt.objects.bulk_create(attempts, batch_size=500)


def _rows(start: int, end: int, old: dt.datetime) -> Iterator[CustomerNotification]:
    for number in range(start, end):
        yield CustomerNotification(
            event="upcoming",
            channel="email",
            dedupe_key=f"{number}",
            state="sent",
            regarding_id=uuid.uuid4(),
            to=f"a{number}@example.com",
            subject="Your visit on Monday",
            words="Dear Ann, we are coming on Monday. " * 20,
            created_at=old + dt.timedelta(seconds=number),
        )


class Longest:
    """The longest transaction that writes messages or attempts."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __call__(self, execute: object, sql: str, params: object, many: object, context: object) -> object:
        if sql.startswith("UPDATE") and "attempt" in sql:
            self._began = time.perf_counter()
        result = execute(sql, params, many, context)  # type: ignore[operator]
        if sql.startswith("UPDATE") and "customernotification" in sql:
            self.seconds = max(self.seconds, time.perf_counter() - self._began)
        return result


def main() -> None:
    fresh_database()
    messages(MESSAGES)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    longest, cpu = Longest(), time.process_time()
    with connection.execute_wrapper(longest):
        took = seconds(lambda: cleaning.clean_up(budget=None))
    cpu = time.process_time() - cpu
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    again = seconds(lambda: cleaning.clean_up(budget=None))
    assert not CustomerNotification.objects.exclude(words="").exists()
    print(
        f"words of {MESSAGES:,} messages let go ({connection.vendor}): {took:.1f} s, {cpu:.1f} s of processor time,"
        f" longest transaction {longest.seconds * 1000:.0f} ms, memory grown by {grown:.0f} MB; again: {again:.2f} s"
    )


if __name__ == "__main__":
    main()
