"""Writes rows by the million: COPY on PostgreSQL, executemany on SQLite; no signals, no model instances."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

BATCH = 20_000
Row = dict[str, Any]


def write(model: type[models.Model], rows: Iterable[Row]) -> int:
    """Write `rows` ({attname: value}); columns that no row names get the field's default. Returns how many."""
    written, left = 0, iter(rows)
    while some := list(islice(left, BATCH)):
        _write(model, some)
        written += len(some)
    return written


def _write(model: type[models.Model], rows: list[Row]) -> None:
    fields = [field for field in model._meta.concrete_fields if _is_written(field, rows[0])]
    values = [_getter(field, rows[0]) for field in fields]
    tuples = (tuple(value(row) for value in values) for row in rows)
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in tuples:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(tuples))  # noqa: S608


def _is_written(field: Any, row: Row) -> bool:
    """Tell whether the column is given; the database fills in its own defaults and numbers."""
    of_database = isinstance(field, models.AutoField) or field.db_default is not NOT_PROVIDED
    return field.attname in row or not of_database


def _getter(field: Any, first: Row) -> Callable[[Row], Any]:
    name, adapt = field.attname, _adapter(field)
    if name in first:
        return lambda row: adapt(row[name])
    default = adapt(field.get_default())
    return lambda _row: default


def _adapter(field: Any) -> Callable[[Any], Any]:
    """Return what makes the database's own value of a Python value."""
    if connection.vendor == "postgresql":
        return lambda value: value
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.UUIDField):
        return lambda value: value and value.hex
    if isinstance(target, models.DateTimeField):
        return lambda value: value and str(value.replace(tzinfo=None))
    return lambda value: target.get_db_prep_save(value, connection)


@contextmanager
def hurried() -> Iterator[None]:
    """Let SQLite keep more pages in memory for a while: its usual 2 MB are read again for each index."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size = -400000")
        try:
            yield
        finally:
            cursor.execute("PRAGMA cache_size = -2000")
