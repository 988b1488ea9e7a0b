"""Rules across tables that Django's constraints cannot say, kept by triggers in the database.

They are laid anew after every migrate: SQLite rebuilds a table to alter it, and a rebuilt table has lost its triggers.
"""

from django.db import connections


def lay(using: str, *, needs: set[str], sqlite: list[str], postgresql: list[str]) -> None:
    """Run the statements for the database `using` once its tables `needs` are there; they must bear repeating."""
    connection = connections[using]
    # A partial migrate may not have made them yet.
    if not needs <= set(connection.introspection.table_names()):
        return
    statements = {"sqlite": sqlite, "postgresql": postgresql}.get(connection.vendor, [])
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
