"""Updates many rows in one call to the database driver: Django's bulk_update builds a CASE for every value instead."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


def update_each(rows: Iterable[tuple[models.Model, Mapping[str, Any]]]) -> None:
    """Set each row's values, by field name, on the object and in its table. All rows are of one model."""
    by_names = sorted(((tuple(values), row, values) for row, values in rows), key=lambda item: item[0])
    for names, group in groupby(by_names, key=lambda item: item[0]):
        _update([(row, values) for _names, row, values in group], names)


def _update(rows: list[tuple[models.Model, Mapping[str, Any]]], names: tuple[str, ...]) -> None:
    # The connection itself: its stand-in `django.db.connection` looks it up again for every value.
    connection = connections[DEFAULT_DB_ALIAS]
    meta, quote = rows[0][0]._meta, connection.ops.quote_name
    by_name: dict[str, models.Field[Any, Any]] = {field.name: field for field in meta.concrete_fields}
    fields = [by_name[name] for name in names]
    assert meta.pk is not None
    assignments = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    sql = f"UPDATE {quote(meta.db_table)} SET {assignments} WHERE {quote(str(meta.pk.column))} = %s"  # noqa: S608
    parameters = []
    for row, values in rows:
        for name, value in values.items():
            setattr(row, name, value)
        stored = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
        parameters.append([*stored, meta.pk.get_db_prep_save(row.pk, connection)])
    with connection.cursor() as cursor:
        cursor.executemany(sql, parameters)
