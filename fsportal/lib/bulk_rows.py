"""Many rows written by one statement each, prepared before the transaction that runs them.

`bulk_create` converts values while the transaction is open. On SQLite everybody else waits for that.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with the values for each row."""

    sql: str
    rows: list[tuple[Any, ...]]

    def run(self) -> None:
        if self.rows:
            with connection.cursor() as cursor:
                cursor.executemany(self.sql, self.rows)


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
    columns = ", ".join(_quoted(field) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    ending = " ON CONFLICT DO NOTHING" if skip_existing else ""
    table = connection.ops.quote_name(meta.db_table)
    return Statement(f"INSERT INTO {table} ({columns}) VALUES ({marks}){ending}", rows)  # noqa: S608 - our own names


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
    return Statement(f"UPDATE {table} SET {sets} WHERE {_quoted(meta.pk)} = %s", rows)  # noqa: S608 - our own names


def _is_left_out(field: Any, record: models.Model) -> bool:
    value = getattr(record, field.attname)
    return isinstance(value, DatabaseDefault) or (field.primary_key and value is None)


def _value(field: Any, record: models.Model, *, new: bool = False) -> Any:
    return field.get_db_prep_save(field.pre_save(record, new), connection)


def _quoted(field: Any) -> str:
    return connection.ops.quote_name(field.column)
