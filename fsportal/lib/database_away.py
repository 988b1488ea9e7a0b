"""Tells a database that is away for a moment from a fault in a program."""

from django.db import InterfaceError, OperationalError, connection

#: Seconds after which whoever was refused may ask again.
RETRY_AFTER = 10
MESSAGE = "The database does not answer at the moment; nothing is wrong with the request. Send it again later."
#: Primary result codes (https://www.sqlite.org/rescode.html): busy, locked, input/output, full, cannot be opened.
#: SQLite's OperationalError also stands for faults of ours, such as a table that is missing.
SQLITE_AWAY = {5, 6, 10, 13, 14}
#: Classes of SQLSTATE (PostgreSQL's manual, appendix A): connection, resources such as the disk, intervention by an
#: operator, transactions that have to be tried again.
POSTGRESQL_AWAY = ("08", "53", "57P", "40")


def is_away(error: BaseException) -> bool:
    """Tell whether trying again later can help, because the database is down, locked, full or just restarted."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    if connection.vendor == "sqlite":
        return getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF in SQLITE_AWAY
    state = getattr(error.__cause__, "sqlstate", None)
    # Without an answer from the server there is no state: no connection, or one that broke.
    return state is None or state.startswith(POSTGRESQL_AWAY)
