"""Django's backend for PostgreSQL with two things less to do per request: health checks, and planning what is prepared.

A kept connection is checked before a request uses it. Django asks `SELECT 1`; here the socket is looked at instead, as
long as the connection was in use a moment ago: a server that ends a connection says so, and then there is something to
read.
"""

import select
import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base, operations

#: Seconds without a request after which the server is asked after all: a network may have dropped an idle connection.
QUIET = 10.0
#: Name of the cursor that asks prepared statements; not a cursor on the server.
PREPARED = object()

#: Some of its names are not in the stubs.
_base: Any = base


class PreparedCursor(_base.ServerBindingCursor):  # type: ignore[misc]
    """Has each statement planned once per connection."""

    def execute(self, query: Any, params: Any = None) -> Any:
        return super().execute(query, params, prepare=True)


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Return a prepared statement with its values, for whoever counts or logs statements."""
        if isinstance(cursor, PreparedCursor):
            return str(self.compose_sql(sql, params))
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    _checked_at = 0.0

    def is_usable(self) -> bool:
        now, before = time.monotonic(), self._checked_at
        self._checked_at = now
        if self.connection is None or self.errors_occurred or now - before > QUIET or _has_news(self.connection):
            return super().is_usable()
        return True

    def prepared_cursor(self) -> Any:
        """Return a cursor for statements that are asked again and again with other values."""
        return self._cursor(PREPARED)  # type: ignore[attr-defined]  # the stubs lack it

    def create_cursor(self, name: Any = None) -> Any:
        if name is not PREPARED:
            return super().create_cursor(name)
        cursor = PreparedCursor(self.connection)
        # As Django does for its own cursors.
        loader = self.connection.adapters.get_loader(_base.TIMESTAMPTZ_OID, psycopg.pq.Format.TEXT)
        if self.timezone != loader.timezone:
            _base.register_tzloader(self.timezone, cursor)
        return cursor


def _has_news(connection: Any) -> bool:
    """Tell whether the server has said something unasked, as it does when it ends a connection."""
    try:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return bool(poll.poll(0))
    except (psycopg.Error, OSError, ValueError):
        return True
