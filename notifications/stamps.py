"""Version stamps: what a poll compares instead of asking the database, in the cache that web and worker share.

A stamp changes with everything that changes what a user's bell or center shows, but for the passing of time. A lost
cache costs one look at the database per user. A change during an outage, of which no stamp could tell, shows when the
ETag is over: it never hides a notification for long.
"""

import secrets
import uuid
from collections.abc import Iterable

from django.core.cache import cache

KEPT_FOR = 24 * 3600
#: More users than this at once are told by the stamp that everybody has in common.
FEW = 100
ALL = "inapp:stamp:all"


def touch(users: Iterable[uuid.UUID]) -> None:
    """Give each user (by id) a new stamp. Call after commit."""
    ids = list(users)
    if len(ids) > FEW:
        cache.set(ALL, _new(), KEPT_FOR)
    elif ids:
        cache.set_many({_key(pk): _new() for pk in ids}, KEPT_FOR)


def touch_all() -> None:
    """Give everybody a new stamp. Call after commit."""
    touch([uuid.UUID(int=0)] * (FEW + 1))


def current(user: uuid.UUID) -> str:
    """Return a user's stamp, making one where there is none; empty while the cache keeps none."""
    keys = [ALL, _key(user)]
    found = cache.get_many(keys)
    for key in keys:
        if key not in found:
            cache.add(key, _new(), KEPT_FOR)
            found[key] = cache.get(key, "")
    # Never half a stamp: it would stay the same whatever happens.
    return f"{found[ALL]}.{found[keys[1]]}" if all(found.values()) else ""


def _key(user: uuid.UUID) -> str:
    return f"inapp:stamp:{user.hex}"


def _new() -> str:
    return secrets.token_hex(6)
