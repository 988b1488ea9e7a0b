"""What the fault suites ask of a running product: its processes, its rows, and messages to deliver."""

import os
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.test_start import Started, descendants

REMINDERS = """
import django
django.setup()
from django.core.management import call_command
from tests.factories import BookingFactory, let_texts_go, name_company
name_company()
let_texts_go()
for _ in range({number}):
    BookingFactory()
call_command("send_due_reminders")
"""
TABLE = "notifications_customernotification"


def execute(database_url: str, statement: str) -> list[Any]:
    """Run one statement beside the product; returns its rows."""
    if database_url.startswith("postgres"):
        with psycopg.connect(database_url, autocommit=True) as server:
            cursor = server.execute(statement)
            return cursor.fetchall() if cursor.description else []
    with closing(sqlite3.connect(urlsplit(database_url).path, timeout=20)) as file, file:
        return file.execute(statement).fetchall()


def states(database_url: str) -> Counter[str]:
    """Return the number of messages in each state."""
    return Counter(dict(execute(database_url, f"SELECT state, count(*) FROM {TABLE} GROUP BY 1")))


def queue_reminders(started: Started, number: int) -> None:
    """Queue a reminder on each channel for so many new visits, all at once."""
    done = started.run("-c", REMINDERS.format(number=number))
    assert done.returncode == 0, done.stderr


def pids(started: Started, words: str) -> list[int]:
    """Return the processes whose command line has these words, the oldest first."""
    return sorted(pid for pid, command in descendants(started.process.pid).items() if words in command)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def answers(started: Started, path: str = "/health/ready") -> tuple[int, str]:
    try:
        return started.get(path)
    except OSError as error:
        return 0, str(error)
