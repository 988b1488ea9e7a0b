"""Inserts many rows from one query, by INSERT…SELECT inside the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

#: SQL for a new random UUID as Django stores it.
NEW_UUID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}


def insert_for_each(
    model: type[models.Model],
    select: models.QuerySet[Any, Any],
    *,
    computed: Mapping[str, str],
    computed_params: Sequence[Any] = (),
    fixed: Mapping[str, Any],
    conflict: Sequence[str],
) -> int:
    """Insert a row into `model`'s table for each row of `select` (its alias is `due`); returns how many are new.

    `computed` maps columns to SQL from our own code (never from outside), with `computed_params` for its placeholders;
    `fixed` maps columns to one value for all rows. Rows that exist by the unique constraint on `conflict` are skipped.
    """
    inner, inner_params = select.query.sql_with_params()
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in (*computed, *fixed))
    values = ", ".join([*computed.values(), *["%s"] * len(fixed)])
    unique = ", ".join(quote(column) for column in conflict)
    # WHERE TRUE, because otherwise SQLite takes ON CONFLICT to be part of the join.
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) SELECT {values} FROM ({inner}) AS due"  # noqa: S608
        f" WHERE TRUE ON CONFLICT ({unique}) DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*computed_params, *fixed.values(), *inner_params])
        return int(cursor.rowcount)


def any_missing(
    model: type[models.Model], select: models.QuerySet[Any, Any], column: str, computed: str, params: Sequence[Any]
) -> bool:
    """Tell whether a row of `select` (its alias is `due`) has no row in `model`'s table with `computed` in `column`.

    To ask first is cheaper than to insert nothing: on SQLite even that takes the write lock.
    """
    inner, inner_params = select.query.sql_with_params()
    quote = connection.ops.quote_name
    there = f"SELECT 1 FROM {quote(model._meta.db_table)} WHERE {quote(column)} = {computed}"  # noqa: S608
    sql = f"SELECT 1 FROM ({inner}) AS due WHERE NOT EXISTS ({there}) LIMIT 1"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, [*inner_params, *params])
        return cursor.fetchone() is not None
