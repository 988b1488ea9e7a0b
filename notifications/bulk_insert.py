"""Many rows from one query: an INSERT…SELECT inside the database, no row passing through Python."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models

#: The SQL of a new random UUID, in the form in which Django stores one.
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
    """Insert a row into `model`'s table for each row of `select` (known as `due`); returns how many are new.

    `computed` maps columns to SQL written in our own code (never anything from outside), with `computed_params` for its
    placeholders; `fixed` maps columns to the same value for all. A row that would break the unique constraint on the
    columns `conflict` is there already and left alone.
    """
    inner, inner_params = select.query.sql_with_params()
    quote = connection.ops.quote_name
    names = ", ".join(quote(column) for column in (*computed, *fixed))
    values = ", ".join([*computed.values(), *["%s"] * len(fixed)])
    unique = ", ".join(quote(column) for column in conflict)
    # WHERE TRUE: without it SQLite reads ON CONFLICT as part of the join.
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) SELECT {values} FROM ({inner}) AS due"  # noqa: S608
        f" WHERE TRUE ON CONFLICT ({unique}) DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*computed_params, *fixed.values(), *inner_params])
        return int(cursor.rowcount)
