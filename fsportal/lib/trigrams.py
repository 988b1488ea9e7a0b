"""Indexes in which PostgreSQL finds a part of a name. Without them it reads all names, and upper-cases each.

They need pg_trgm, an extension that comes with PostgreSQL and that whoever owns a database may install in it. Where
that is refused everything works as well, slower. SQLite reads all names, which takes it a third of the time.
"""

import logging
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connections, transaction
from django.db.models.signals import post_migrate

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrigramIndexes:
    """Columns by table that `icontains` is asked of, in a hundred thousand rows."""

    columns: dict[str, tuple[str, ...]]

    def keep(self, app: Any, name: str) -> None:
        """Create them after every migrate of `app`, under a `name` of their own."""
        post_migrate.connect(self.create, sender=app, dispatch_uid=name, weak=False)

    def create(self, using: str = "default", **kwargs: Any) -> None:
        """Create what is missing in the database `using`; harmless when repeated."""
        connection = connections[using]
        # After a partial migrate some tables may not exist yet.
        if connection.vendor != "postgresql" or not self.columns.keys() <= set(connection.introspection.table_names()):
            return
        try:
            with transaction.atomic(using=using), connection.cursor() as cursor:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                for table, column in self._each():
                    # As Django asks for `icontains`.
                    cursor.execute(
                        f'CREATE INDEX IF NOT EXISTS "{table}_{column}_parts" ON "{table}"'
                        f' USING gin (UPPER("{column}"::text) gin_trgm_ops)'
                    )
        except DatabaseError as error:
            logger.info("No indexes for parts of names, so searches are slower: %s", str(error).partition("\n")[0])

    def _each(self) -> list[tuple[str, str]]:
        return [(table, column) for table, columns in self.columns.items() for column in columns]
