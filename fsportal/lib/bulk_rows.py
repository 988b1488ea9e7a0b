"""Many rows written by one statement each, prepared before the transaction that runs them.

`bulk_create` converts values while the transaction is open. On SQLite everybody else waits for that, and even for the
handing over of each row, so `at_hand` brings the rows into the database before.
"""

import logging
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import OperationalError, connection, models
from django.db.models.expressions import DatabaseDefault

logger = logging.getLogger(__name__)
_numbers = count()


@dataclass(slots=True)
class Statement:
    """One statement with the values for each row, and the same for rows of a table (`{table}`), if there is one."""

    sql: str
    rows: list[tuple[Any, ...]]
    from_table: str = ""
    #: The temporary table in which the rows are, while they are.
    table: str = ""
    #: The fields of the values in each row.
    names: tuple[str, ...] = ()

    def run(self) -> None:
        if not self.rows:
            return
        with connection.cursor() as cursor:
            if self.table:
                cursor.execute(self.from_table.format(table=self.table))
            else:
                cursor.executemany(self.sql, self.rows)


@contextmanager
def at_hand(statements: Iterable[Statement]) -> Iterator[None]:
    """Have the rows in temporary tables on SQLite, which lie in a file of their own: filling them locks nobody out.

    If that file has no room, the rows stay where they are, and everybody else waits longer.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with ExitStack() as tables:
        for statement in statements:
            if statement.rows and statement.from_table:
                table = f"temp.rows_at_hand_{next(_numbers)}"
                tables.callback(_drop, statement, table)
                try:
                    _fill(table, statement.rows)
                except OperationalError:
                    logger.warning("SQLite's temporary file has no room for %s rows", len(statement.rows))
                else:
                    statement.table = table
        yield


def _fill(table: str, rows: list[tuple[Any, ...]]) -> None:
    columns = [f"c{n}" for n in range(len(rows[0]))]
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        # Otherwise each row would be a transaction. One of Django's would lock the database.
        cursor.execute("SAVEPOINT at_hand")
        try:
            cursor.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
        except OperationalError:
            # A full file may have ended the transaction already.
            with suppress(OperationalError):
                cursor.execute("ROLLBACK TO at_hand")
                cursor.execute("RELEASE at_hand")
            raise
        cursor.execute("RELEASE at_hand")


def _drop(statement: Statement, table: str) -> None:
    statement.table = ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")


def insert(records: Sequence[models.Model], *, skip_existing: bool = False) -> Statement:
    """Prepare the insertion of new records of one model; a key that the database makes is not read back."""
    if not records:
        return Statement("", [])
    meta = records[0]._meta
    # What the database fills in is the same for all records.
    fields = [f for f in meta.concrete_fields if not _is_left_out(f, records[0])]
    rows = [tuple(_value(field, record, new=True) for field in fields) for record in records]
    if meta.pk in fields:
        # Rows in the order of their keys touch each page of the index once.
        at = fields.index(meta.pk)
        rows.sort(key=lambda row: str(row[at]))
    return insert_values(type(records[0]), [field.name for field in fields], rows, skip_existing=skip_existing)


def insert_values(
    model: type[models.Model], names: Sequence[str], rows: list[tuple[Any, ...]], *, skip_existing: bool = False
) -> Statement:
    """Prepare the insertion of rows that `insert` made, or that are made of their values."""
    columns = ", ".join(_quoted(model._meta.get_field(name)) for name in names)
    marks = ", ".join(["%s"] * len(names))
    ending = " ON CONFLICT DO NOTHING" if skip_existing else ""
    table = connection.ops.quote_name(model._meta.db_table)
    into = f"INSERT INTO {table} ({columns})"
    # Without WHERE, SQLite would take ON CONFLICT for a join.
    select = f"SELECT * FROM {{table}} WHERE true ORDER BY rowid{ending}"  # noqa: S608 - our own names
    return Statement(f"{into} VALUES ({marks}){ending}", rows, f"{into} {select}", names=tuple(names))


def updates(changed: Iterable[tuple[models.Model, Iterable[str]]]) -> list[Statement]:
    """Prepare the update of the named fields of each record; records with the same fields share a statement."""
    groups: defaultdict[tuple[type[models.Model], tuple[str, ...]], list[models.Model]] = defaultdict(list)
    for record, names in changed:
        groups[type(record), tuple(sorted(names))].append(record)
    return [_update(model, names, records) for (model, names), records in groups.items() if names]


def _update(model: type[models.Model], names: tuple[str, ...], records: list[models.Model]) -> Statement:
    meta = model._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    rows = [tuple(_value(field, record) for field in (*fields, meta.pk)) for record in records]
    sets = ", ".join(f"{_quoted(field)} = %s" for field in fields)
    table = connection.ops.quote_name(meta.db_table)
    sql = f"UPDATE {table} SET {sets} WHERE {_quoted(meta.pk)} = %s"  # noqa: S608 - our own names
    taken = ", ".join(f"{_quoted(field)} = at_hand.c{number}" for number, field in enumerate(fields))
    key = f"{table}.{_quoted(meta.pk)} = at_hand.c{len(fields)}"
    from_table = f"UPDATE {table} SET {taken} FROM {{table}} AS at_hand WHERE {key}"  # noqa: S608 - our own names
    return Statement(sql, rows, from_table if _updates_from_tables() else "")


def _updates_from_tables() -> bool:
    return connection.vendor == "sqlite" and sqlite3.sqlite_version_info >= (3, 33)


def _is_left_out(field: Any, record: models.Model) -> bool:
    value = getattr(record, field.attname)
    return isinstance(value, DatabaseDefault) or (field.primary_key and value is None)


def _value(field: Any, record: models.Model, *, new: bool = False) -> Any:
    return field.get_db_prep_save(field.pre_save(record, new), connection)


def _quoted(field: Any) -> str:
    return connection.ops.quote_name(field.column)
