"""How the database answers what a page asks: which statements read or sort a whole table."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction
from django.test import Client

from fsportal.settings_area.lists import MOST

#: Tables that grow with the years.
BIG = (
    "notifications_customernotification",
    "notifications_notificationattempt",
    "bookings_booking",
    "bookings_bookingchange",
    "bookings_bookingnotificationcode",
    "bookings_workorder",
    "fsportal_auditentry",
    "fsportal_contact",
)
Statement = tuple[str, Any]


def statements(client: Client, address: str) -> list[Statement]:
    """Return what a page asks the database."""
    asked: list[Statement] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = client.get(address)
    assert answer.status_code == 200, address
    return asked


def slow(asked: list[Statement]) -> list[str]:
    """Return the statements that read all rows of a table in BIG, or sort those of a list, each with that step."""
    looks = _slow_on_sqlite if connection.vendor == "sqlite" else _slow_on_postgresql
    about = [(sql, params) for sql, params in asked if sql.startswith("SELECT") and any(name in sql for name in BIG)]
    return [f"{step}: {sql}" for sql, params in about for step in looks(sql, params)]


def _slow_on_sqlite(sql: str, params: Any) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        steps = [row[-1] for row in cursor.fetchall()]
    big = {alias for name in BIG for alias in (name, *re.findall(rf'"{name}" (\w+)', sql))}
    is_list = f"LIMIT {MOST + 1}" in sql
    for step in steps:
        word, _space, rest = step.partition(" ")
        is_big = word == "SCAN" and rest.split()[0] in big
        # Read in the order of an index, and only until there are enough.
        stops = "LIMIT" in sql and "USING" in rest and "FOR ORDER BY" not in " ".join(steps)
        is_of_few = any(f"INDEX {name}" in rest for name in PARTIAL)
        if (is_big and not stops and not is_of_few) or (is_list and step == "USE TEMP B-TREE FOR ORDER BY"):
            yield step


#: Indexes of a few rows of a big table: reading all of one is no scan.
PARTIAL = ("booking_open", "booking_under_way", "booking_scheduled_start", "booking_traveling", "outbox_due")


def _slow_on_postgresql(sql: str, params: Any) -> Iterator[str]:
    """Yield what would be slow if tables were big: with few rows the planner reads a whole one unless kept from it.

    Statements other than a list's may still read a whole index here, because that is the cheapest with few rows.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        for way in ("seqscan", "sort", "bitmapscan", "mergejoin", "hashjoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    is_list = f"LIMIT {MOST + 1}" in sql
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    yield from _slow_nodes(plan, stops=False, is_list=is_list)


def _slow_nodes(node: dict[str, Any], *, stops: bool, is_list: bool) -> Iterator[str]:
    kind, table = node["Node Type"], node.get("Relation Name")
    stops = (stops or kind == "Limit") and kind not in ("Aggregate", "Hash", "Sort")
    whole = kind.startswith("Index") and "Index Cond" not in node and node.get("Index Name") not in PARTIAL
    if table in BIG and (kind == "Seq Scan" or (is_list and whole and not stops)):
        yield f"{kind} of {table}"
    if is_list and kind == "Sort" and _reads_big(node):
        yield f"Sort by {node['Sort Key']}"
    for below in node.get("Plans", []):
        yield from _slow_nodes(below, stops=stops, is_list=is_list)


def _reads_big(node: dict[str, Any]) -> bool:
    return node.get("Relation Name") in BIG or any(_reads_big(below) for below in node.get("Plans", []))
