"""What the database's planner knows of the tables."""

from django.db import connection

#: Rows of each index that SQLite looks at: enough to tell a common value from a rare one, and done in a moment.
LOOKED_AT = 1000


def renew_statistics() -> None:
    """Let SQLite look at its tables again; PostgreSQL does so by itself. Harmless when repeated.

    Not `PRAGMA optimize`: that looks only at tables that this connection has asked much of, and a worker asks little.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
            cursor.execute("ANALYZE")
