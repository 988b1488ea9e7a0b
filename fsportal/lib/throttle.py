"""A fixed-window counter in the shared cache, against guessing from one address.

While the cache is away every count is the first, so nobody is locked out. The database cache may take two simultaneous
counts for one, which such a limit can bear; Redis and Memcached count exactly.
"""

import hashlib
import ipaddress
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True)
class Throttle:
    """At most `limit` counts per client in each window of `seconds`."""

    name: str
    limit: int
    seconds: int

    def count(self, client: str) -> int:
        """Count one more for `client`; return 0, or the seconds to wait if that was one too many."""
        key, left = self._window(client)
        return left if self._increase(key) > self.limit else 0

    def wait_of(self, client: str) -> int:
        """Return the seconds that `client` must wait before the next try, or 0, without counting.

        Check this first where a code could be guessed in the long run: beyond the limit even a right one is refused.
        """
        key, left = self._window(client)
        return left if cache.get(key, 0) >= self.limit else 0

    def _window(self, client: str) -> tuple[str, int]:
        """Return the cache key of `client` in the current window, and the seconds left in it."""
        window, into = divmod(int(time.time()), self.seconds)
        # Hashed, because others may be able to read the cache.
        who = hashlib.sha256(client.encode()).hexdigest()[:32]
        return f"throttle:{self.name}:{window}:{who}", self.seconds - into

    def _increase(self, key: str) -> int:
        try:
            if cache.add(key, 1, timeout=self.seconds):
                return 1
            return cache.incr(key)
        except ValueError:
            return 1  # it lapsed between the two calls: a new window has begun


def address_of(request: HttpRequest) -> str:
    """Return the address that a request came from, as the peer or as our own proxy reports it."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        # Only the last entry is from our proxy; the client can write anything before it.
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    return address


def client_of(request: HttpRequest) -> str:
    """Return the address to count by; for IPv6 its /64, which is one household."""
    address = address_of(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
