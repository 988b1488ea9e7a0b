"""How often something was done lately, counted in a table of our own: limits, and marks of what works once.

A cache may be emptied, cull what it keeps, or be away, and some count two at once as one. Here each count is one
statement, so of any number at once exactly `most` get through (docs/decisions/0023-limits-in-a-table.md).
"""

import hashlib
import hmac
import time

from django.conf import settings
from django.db import connection

#: The table of fsportal.models.Tally.
TABLE = "fsportal_tally"

#: Seconds by which the clocks of two machines may differ.
SKEW = 60
NEVER = 2**62

# Over, or written before the clock was set back: its end lies further ahead than a new one's would.
_IS_OVER = f"({TABLE}.ends <= %s OR {TABLE}.ends > %s)"
_TAKE = f"""
INSERT INTO {TABLE} (key, number, ends) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    number = CASE WHEN {_IS_OVER} THEN 1 ELSE {TABLE}.number + 1 END,
    ends = CASE WHEN {_IS_OVER} THEN excluded.ends ELSE {TABLE}.ends END
WHERE {TABLE}.number < %s OR {_IS_OVER}
RETURNING number
"""  # noqa: S608 (the name is a constant)
_SECONDS_LEFT = f"SELECT ends FROM {TABLE} WHERE key = %s AND number >= %s AND ends > %s"  # noqa: S608
_GIVE_BACK = f"UPDATE {TABLE} SET number = number - 1 WHERE key = %s AND number > 0"  # noqa: S608
_FORGET = f"DELETE FROM {TABLE} WHERE key = %s"  # noqa: S608


def take(name: str, of: str, *, most: int, seconds: int) -> int:
    """Count one more of `of` under `name`; return 0, or the seconds to wait if `most` are taken.

    The first one starts a window of `seconds`. What is refused is not counted.
    """
    now = int(time.time())
    if _take(_key(name, of), most, now, now + seconds, believable=now + seconds + SKEW):
        return 0
    return max(1, wait(name, of, most=most))


def is_first(name: str, of: str, *, seconds: int) -> bool:
    """Tell whether `of` comes for the first time within `seconds`, and mark it. Of many at once, one is the first.

    The mark outlasts a clock that is set back: what it is about may become valid again.
    """
    now = int(time.time())
    return _take(_key(name, of), 1, now, now + seconds, believable=NEVER)


def _take(key: str, most: int, now: int, ends: int, *, believable: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key, ends, now, believable, now, believable, most, now, believable])
        return cursor.fetchone() is not None


def wait(name: str, of: str, *, most: int) -> int:
    """Return the seconds until one more can be taken, or 0, without counting."""
    now = int(time.time())
    with connection.cursor() as cursor:
        cursor.execute(_SECONDS_LEFT, [_key(name, of), most, now])
        row = cursor.fetchone()
    return row[0] - now if row else 0


def give_back(name: str, of: str) -> None:
    """Undo one `take`: it turned out to be one that does not count."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [_key(name, of)])


def forget(name: str, of: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [_key(name, of)])


def _key(name: str, of: str) -> str:
    # Keyed, because a dump of the database must not tell who tried what from where.
    who = hmac.new(b"fsportal.tally:" + settings.SECRET_KEY.encode(), of.encode(), hashlib.sha256).hexdigest()
    return f"{name}:{who[:40]}"
