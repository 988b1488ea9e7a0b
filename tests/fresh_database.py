"""Gives a transactional test's database back as the migrations made it.

Django's flush empties it and makes every content type and permission anew, which takes longer than most tests do, and
it loses what migrations wrote.
"""

from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase


class FreshDatabase:
    """The rows that a migrated database begins with."""

    def __init__(self) -> None:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self.rows = {table: _rows(table) for table in sorted(tables)}

    def restore(self) -> None:
        """Put every table back that has other rows by now. Sequences go on."""
        # Constraints between the tables are looked at when all is done: Django makes them deferred.
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                if _rows(table) != rows:
                    name = connection.ops.quote_name(table)
                    cursor.execute(f"DELETE FROM {name}")
                    if rows:
                        places = ", ".join(["%s"] * len(rows[0]))
                        cursor.executemany(f"INSERT INTO {name} VALUES ({places})", rows)


def _rows(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def restore_instead_of_flush(monkeypatch: Any) -> None:
    """Let transactional tests end with `restore`."""
    fresh = FreshDatabase()
    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: fresh.restore())
