"""The promise of docs/reliability.md, checked against the rows of the outbox and what the servers received."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg

OUTBOX = "notifications_customernotification"
OPEN = {"queued", "sending"}
ARRIVED = {"sent", "delivered"}
#: It may have arrived.
UNKNOWN = {"unknown"}
#: How many emails may be handed over and not yet recorded when a delivery process dies (a group that is recorded
#: together, and one on each connection), and how many texts (one on each connection).
EMAILS_AT_ONCE, TEXTS_AT_ONCE = 40 + 12, 6


@dataclass(frozen=True)
class Row:
    """A row of the outbox."""

    id: UUID
    channel: str
    event: str
    state: str
    reason: str
    to: str


def query(database_url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement on another program's database, and return its rows, if it has any."""
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(sqlite_path(database_url), timeout=30)) as file, file:
            return file.execute(statement).fetchall()
    with psycopg.connect(database_url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def sqlite_path(database_url: str) -> str:
    return urlsplit(database_url).path


def rows(database_url: str) -> list[Row]:
    """Return the whole outbox."""
    columns = '"id", "channel", "event", "state", "reason", "to"'
    return [Row(UUID(str(pk)), *more) for pk, *more in query(database_url, f"SELECT {columns} FROM {OUTBOX}")]


def states(database_url: str) -> Counter[str]:
    return Counter(dict(query(database_url, f"SELECT state, count(*) FROM {OUTBOX} GROUP BY 1")))


def has_ended(database_url: str) -> bool:
    """Tell whether every message has a final state."""
    return not OPEN & set(states(database_url))


def let_leases_lapse(database_url: str) -> None:
    """Age the claims of a dead worker; a test cannot wait for as long as they last."""
    query(database_url, f"UPDATE {OUTBOX} SET lease_until = '2020-01-01 00:00:00+00:00' WHERE state = 'sending'")


def make_due(database_url: str) -> None:
    """Let what waits for its next attempt be due now."""
    query(database_url, f"UPDATE {OUTBOX} SET due_at = '2020-01-01 00:00:00+00:00' WHERE state = 'queued'")


def of_email(mail: EmailMessage) -> UUID:
    """Return the id of the row that an email was made from: it is the local part of the Message-ID."""
    return UUID(str(mail["Message-ID"]).strip("<>").partition("@")[0])


def of_text(form: dict[str, str]) -> UUID:
    """Return the id of the row that a text was made from: the address for its delivery report names it."""
    return UUID(form["StatusCallback"].rstrip("/").rpartition("/")[2])


def check(
    outbox: Collection[Row],
    emails: Iterable[EmailMessage] = (),
    texts: Iterable[dict[str, str]] = (),
    *,
    crashes: int = 0,
    emails_at_once: int = EMAILS_AT_ONCE,
    texts_at_once: int = TEXTS_AT_ONCE,
    never: Collection[str] = (),
) -> None:
    """Assert the promise; `crashes` is how often delivery was cut off in the middle.

    `never` are addresses and numbers that nothing may have reached.
    """
    mails = list(emails)
    mailed, texted = Counter(map(of_email, mails)), Counter(map(of_text, texts))
    received = mailed.keys() | texted.keys()
    assert [row for row in outbox if row.state in OPEN] == [], "a message without an end"
    assert received - {row.id for row in outbox} == set(), "a message that no row knows of"
    assert [pk for pk, times in texted.items() if times > 1] == [], "a text twice"
    copies = mailed.total() - len(mailed)
    assert copies <= crashes * emails_at_once, f"{copies} further copies of emails after {crashes} crashes"
    assert len({(mail["Message-ID"], mail["To"]) for mail in mails}) == len(mailed), "one Message-ID for two people"
    lost = [row for row in outbox if row.state in ARRIVED and row.id not in received]
    assert lost == [], "sent, says the row, but nothing arrived"
    silent = [row for row in outbox if row.state not in ARRIVED | UNKNOWN and row.id in received]
    assert silent == [], "it arrived, but the row says otherwise"
    perhaps = [row for row in outbox if row.state in UNKNOWN]
    assert len(perhaps) <= crashes * texts_at_once, f"{len(perhaps)} perhaps sent after {crashes} crashes"
    reached = {row.to for row in outbox if row.id in received}
    assert reached & set(never) == set(), "sent to somebody who should not hear of it"
