"""Gives a transactional test's database back as the migrations made it.

Django's flush empties it and makes every content type and permission again, which takes longer than most tests do, and
it loses what migrations wrote.
"""

from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase


class FreshDatabase:
    """The rows that a migrated database begins with.

    The copy is the database's own: it does not take every value back as it gave it out.
    """

    def __init__(self) -> None:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self.rows = {table: rows_of(table) for table in sorted(tables)}
        with connection.cursor() as cursor:
            for table in filter(self.rows.get, self.rows):
                cursor.execute(f"DROP TABLE IF EXISTS {_copy(table)}")
                cursor.execute(f"CREATE TABLE {_copy(table)} AS SELECT * FROM {_quoted(table)}")

    def restore(self) -> None:
        """Put every table back that has other rows by now. Sequences go on."""
        # Constraints between the tables are looked at when all is done: Django makes them deferred.
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in self.rows.items():
                if rows_of(table) != rows:
                    cursor.execute(f"DELETE FROM {_quoted(table)}")
                    if rows:
                        cursor.execute(f"INSERT INTO {_quoted(table)} SELECT * FROM {_copy(table)}")


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _copy(table: str) -> str:
    return _quoted(f"fresh_{table}")


def rows_of(table: str) -> list[tuple[Any, ...]]:
    """Return a table's rows, in order."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {_quoted(table)} ORDER BY 1")
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def restore_instead_of_flush(monkeypatch: Any) -> None:
    """Let transactional tests end with `restore`."""
    fresh = FreshDatabase()
    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: fresh.restore())
