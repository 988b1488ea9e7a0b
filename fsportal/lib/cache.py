"""A cache backend that fails open: while the configured cache is unreachable, every call is a miss.

No truth is ever kept in a cache (docs/decisions/0018-a-cache-that-may-be-away.md).
"""

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.db import BaseDatabaseCache
from django.db import InterfaceError, OperationalError, ProgrammingError, connections, router, transaction
from django.db.transaction import TransactionManagementError

logger = logging.getLogger(__name__)

#: The alias of the cache that CACHE_URL names, for callers that want to see its errors. Everybody else uses `default`.
CONFIGURED = "configured"
#: Seconds for which a cache that failed is left alone, so that not every call waits until the connection times out.
REST = 5.0
LOG_EVERY = 60.0  # seconds

#: Errors that count as an outage, besides those of the client libraries: a server that is full or read-only is as good
#: as away. With ProgrammingError PostgreSQL says that the table is missing.
OUTAGES = (OSError, OperationalError, InterfaceError, ProgrammingError)
CLIENT_LIBRARIES = {"redis", "pymemcache", "pylibmc", "_pylibmc"}


class _Outage:
    """What this process knows about a failing cache. No lock: a race costs one more call or one more log line."""

    def __init__(self) -> None:
        self._asked_again_at: float | None = None
        self._logged_at = -math.inf

    def is_resting(self) -> bool:
        """Tell whether to go on without the cache. After its rest a single caller tries it again."""
        if self._asked_again_at is None:
            return False
        now = time.monotonic()
        if now < self._asked_again_at:
            return True
        self._asked_again_at = now + REST
        return False

    def note_failure(self, error: Exception) -> None:
        now = time.monotonic()
        self._asked_again_at = now + REST
        if now - self._logged_at >= LOG_EVERY:
            self._logged_at = now
            why = next(iter(str(error).splitlines()), "")
            logger.error("The cache does not answer; we go on without it (%s: %s)", type(error).__name__, why)

    def note_success(self) -> None:
        self._asked_again_at = None


#: By alias, for all threads of this process.
outages: defaultdict[str, _Outage] = defaultdict(_Outage)


class FailOpenCache(BaseCache):
    """Hands everything to the cache whose alias is its LOCATION. Mistakes of the caller still raise; outages do not."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._alias = location

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Add a value unless there is one. True while the cache is away, as for the first caller.

        So callers that use it as a lock go on: a worker is woken once too often. Limits and marks of used codes are not
        in a cache (fsportal/lib/tallies.py).
        """
        return bool(self._ask(True, lambda cache: _add(cache, key, value, timeout, version)))

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(default, lambda cache: cache.get(key, default, version))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._ask(None, lambda cache: cache.set(key, value, timeout, version))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(self._ask(False, lambda cache: cache.touch(key, timeout, version)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask(False, lambda cache: cache.delete(key, version)))

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        keys = list(keys)
        found: dict[Any, Any] = self._ask({}, lambda cache: cache.get_many(keys, version))
        return found

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return bool(self._ask(False, lambda cache: cache.has_key(key, version)))

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Raise ValueError for a key that is missing; when the cache is away, count as from nothing."""
        value: int = self._ask(delta, lambda cache: cache.incr(key, delta, version))
        return value

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        return list(self._ask(list(data), lambda cache: cache.set_many(data, timeout, version)))

    def delete_many(self, keys: Iterable[Any], version: int | None = None) -> None:
        keys = list(keys)
        self._ask(None, lambda cache: cache.delete_many(keys, version))

    def clear(self) -> None:
        self._ask(None, lambda cache: cache.clear())

    def _ask(self, instead: Any, act: Callable[[BaseCache], Any]) -> Any:
        outage, cache = outages[self._alias], caches[self._alias]
        if outage.is_resting():
            return instead
        try:
            with _savepoint_for(cache):
                answer = act(cache)
        except Exception as error:
            if not _is_outage(error):
                raise
            outage.note_failure(error)
            return instead
        outage.note_success()
        return answer


class CannotBeWrittenError(OSError):
    """Django's table of the database says no to every `add` while nothing can be written, for example to a full disk.

    It swallows the error, so that a lock looks taken for ever: whoever signed in was told of too many tries.
    """


def _add(cache: BaseCache, key: Any, value: Any, timeout: Any, version: int | None) -> bool:
    if cache.add(key, value, timeout, version):
        return True
    if not isinstance(cache, BaseDatabaseCache) or cache.has_key(key, version):
        return False
    # It may have lapsed between the two calls.
    if cache.add(key, value, timeout, version):
        return True
    if cache.has_key(key, version):
        return False
    raise CannotBeWrittenError("nothing can be written to its table")


def _is_outage(error: Exception) -> bool:
    if isinstance(error, TransactionManagementError):
        return False  # the caller's transaction was broken before
    return isinstance(error, OUTAGES) or type(error).__module__.partition(".")[0] in CLIENT_LIBRARIES


def _savepoint_for(cache: BaseCache) -> AbstractContextManager[Any]:
    """Keep the caller's transaction whole: on PostgreSQL an error of the cache's table would break it."""
    if isinstance(cache, BaseDatabaseCache):
        alias = router.db_for_write(cache.cache_model_class)
        if connections[alias].in_atomic_block:
            return transaction.atomic(alias)
    return nullcontext()
