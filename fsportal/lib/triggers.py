"""Database triggers for rules across tables, which Django's constraints cannot express.

They are created again after every migrate, and on SQLite dropped before it: SQLite rebuilds a table to alter it, which
fails while a trigger names that table, and a rebuilt table has lost its own triggers.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

NAME = re.compile(r"CREATE TRIGGER IF NOT EXISTS (\w+)")


@dataclass(frozen=True)
class Triggers:
    """Statements per database engine, harmless when repeated, and the tables they need."""

    needs: frozenset[str]
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]

    def keep(self, app: Any, name: str) -> None:
        """Drop and create them around every migrate of `app`, under a `name` of their own."""
        pre_migrate.connect(self.drop, sender=app, dispatch_uid=name)
        post_migrate.connect(self.create, sender=app, dispatch_uid=name)

    def create(self, using: str = "default", **kwargs: Any) -> None:
        """Create them in the database `using`; harmless when repeated."""
        connection = connections[using]
        # After a partial migrate some tables may not exist yet.
        if self.needs <= set(connection.introspection.table_names()):
            statements = {"sqlite": self.sqlite, "postgresql": self.postgresql}.get(connection.vendor, ())
            _run(using, statements)

    def drop(self, using: str = "default", **kwargs: Any) -> None:
        if connections[using].vendor == "sqlite":
            names = [name for statement in self.sqlite for name in NAME.findall(statement)]
            _run(using, tuple(f"DROP TRIGGER IF EXISTS {name}" for name in names))


def _run(using: str, statements: tuple[str, ...]) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
