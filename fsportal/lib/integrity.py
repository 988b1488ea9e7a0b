"""Which rule of the database a write broke."""

from django.db import IntegrityError

#: Unique and foreign key violations (PostgreSQL's SQLSTATE, SQLite's extended result codes).
_CONFLICTS = {"23505", "23503"}
_SQLITE_CONFLICTS = {2067, 1555, 787}


def is_conflict(error: IntegrityError) -> bool:
    """Tell whether somebody else's write may have caused it: a row that exists by now, or that is gone.

    A column that must not be empty and a value that is not allowed are mistakes of ours, whoever else writes.
    """
    cause = error.__cause__
    if getattr(cause, "sqlstate", None) in _CONFLICTS:
        return True
    # SQLite checks deferred keys at the commit, and then knows no more than "FOREIGN KEY constraint failed".
    return getattr(cause, "sqlite_errorcode", None) in _SQLITE_CONFLICTS or "FOREIGN KEY" in str(cause)
