"""A cache that fails open, for django-allauth's limits: without it nobody could sign in while the cache is down.

django-allauth takes Django's cache by its module's name and lets its errors through. Ours stands in that place, as the
portal's own throttle does for itself (fsportal/lib/throttle.py).
"""

import logging
from collections.abc import Callable
from typing import Any

from allauth.core.internal import ratelimit
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache

logger = logging.getLogger(__name__)


class ForgivingCache:
    """Django's cache; when it does not answer, nothing is counted and nothing is locked."""

    def add(self, key: str, value: Any, timeout: float | None = None) -> bool:
        """Add a value unless there is one; True when the cache does not answer."""
        return bool(self._try(lambda: cache.add(key, value, timeout), instead=True))

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, or the default when there is none or the cache does not answer."""
        return self._try(lambda: cache.get(key, default), instead=default)

    def set(self, key: str, value: Any, timeout: float | None = None) -> None:
        """Keep a value."""
        self._try(lambda: cache.set(key, value, timeout), instead=None)

    def delete(self, key: str) -> bool:
        """Let go of a value."""
        return bool(self._try(lambda: cache.delete(key), instead=False))

    def _try(self, act: Callable[[], Any], *, instead: Any) -> Any:
        try:
            return act()
        except Exception:
            # Each cache backend raises its own errors; none of them may close the door.
            logger.exception("The cache does not answer; sign-in is not throttled")
            return instead


def install() -> None:
    """Put ours in the place of Django's for sign-in; harmless when repeated."""
    for module in (ratelimit, totp):
        module.cache = ForgivingCache()
