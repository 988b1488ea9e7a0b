"""Rules across tables that Django's constraints cannot say, kept by triggers in the database.

They are laid anew after every migrate, and on SQLite lifted before it: SQLite rebuilds a table to alter it, refuses to
while a trigger names that table, and a rebuilt table has lost its own triggers.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

NAME = re.compile(r"CREATE TRIGGER IF NOT EXISTS (\w+)")


@dataclass(frozen=True)
class Triggers:
    """Statements by kind of database, which must bear repeating, and the tables that they need."""

    needs: frozenset[str]
    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]

    def keep(self, app: Any, name: str) -> None:
        """Lift them before and lay them after every migrate of `app`; `name` tells them from others."""
        pre_migrate.connect(self.lift, sender=app, dispatch_uid=name)
        post_migrate.connect(self.lay, sender=app, dispatch_uid=name)

    def lay(self, using: str = "default", **kwargs: Any) -> None:
        """Lay them into the database `using`; harmless when repeated."""
        connection = connections[using]
        # A partial migrate may not have made every table yet.
        if self.needs <= set(connection.introspection.table_names()):
            statements = {"sqlite": self.sqlite, "postgresql": self.postgresql}.get(connection.vendor, ())
            _run(using, statements)

    def lift(self, using: str = "default", **kwargs: Any) -> None:
        if connections[using].vendor == "sqlite":
            names = [name for statement in self.sqlite for name in NAME.findall(statement)]
            _run(using, tuple(f"DROP TRIGGER IF EXISTS {name}" for name in names))


def _run(using: str, statements: tuple[str, ...]) -> None:
    with connections[using].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
