"""Queries that are asked many times a second: their SQL is written once, and then only values are filled in.

To write the SQL of a join costs Django more time than the database takes to answer it. On PostgreSQL the statement is
also prepared: to plan it costs more than to run it. SQLite keeps statements by itself.
"""

import datetime as dt
import inspect
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators  # type: ignore[attr-defined]  # the stubs lack it

M = TypeVar("M", bound=Model)


class QueryParameter(Expression):
    """Stands for a value that is filled in when the query is asked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class PreparedQuery(Generic[M]):
    """A query set with parameters.

    `build` is called once per connection, with a QueryParameter for each of its arguments. They may stand wherever a
    filter takes an expression, not in lists. Values are text, numbers, UUIDs and aware times.
    """

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self._build = build
        # Connections belong to one thread each.
        self._statements: WeakKeyDictionary[BaseDatabaseWrapper, _Statement] = WeakKeyDictionary()

    def first(self, **values: Any) -> M | None:
        """Return the first row, or None; `build` should limit the query to one."""
        return next(self.rows(**values), None)

    def rows(self, **values: Any) -> Iterator[M]:
        """Ask with these values, one for each argument of `build`."""
        statement = self._statement()
        found: Iterator[M] = statement.instances(statement.ask(values))
        return found

    def _statement(self) -> "_Statement":
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._statements.get(connection)
        if statement is None:
            queryset = self._build(*[QueryParameter(name) for name in inspect.signature(self._build).parameters])
            statement = self._statements[connection] = _Statement(queryset, connection)
        return statement


class _Statement:
    """The SQL of a query set on one connection, and how its rows become instances."""

    def __init__(self, queryset: QuerySet[Any], connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        compiler: Any = queryset.query.get_compiler(connection=connection)
        self._compiler = compiler
        self._sql, self._params = compiler.as_sql()
        info, select = compiler.klass_info, compiler.select
        fields = info["select_fields"]
        self._model, self._slice = info["model"], slice(fields[0], fields[-1] + 1)
        self._names = [column[0].target.attname for column in select[self._slice]]
        self._related = get_related_populators(info, select, connection.alias)
        self._extra = compiler.annotation_col_map or {}
        self._converters = compiler.get_converters([column[0] for column in select])

    def ask(self, values: dict[str, Any]) -> list[Any]:
        """Return the rows as the database has them."""
        filled = [
            self._stored(values[part.name]) if isinstance(part, QueryParameter) else part for part in self._params
        ]
        connection: Any = self._connection
        make = connection.prepared_cursor if hasattr(connection, "prepared_cursor") else connection.cursor
        with make() as cursor:
            cursor.execute(self._sql, filled)
            return list(cursor.fetchall())

    def instances(self, rows: list[Any]) -> Iterator[Any]:
        for row in self._compiler.apply_converters(rows, self._converters) if self._converters else rows:
            found = self._model.from_db(self._connection.alias, self._names, row[self._slice])
            for part in self._related:
                part.populate(row, found)
            for name, place in self._extra.items():
                setattr(found, name, row[place])
            yield found

    def _stored(self, value: Any) -> Any:
        if isinstance(value, dt.datetime):
            return self._connection.ops.adapt_datetimefield_value(value)
        if isinstance(value, uuid.UUID) and not self._connection.features.has_native_uuid_field:
            return value.hex
        return value
