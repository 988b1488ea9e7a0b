"""A fixed-window counter over the shared cache, against guessing from one address.

While the cache is away each count is the first, so that nobody is locked out. Over the database cache two simultaneous
counts may be taken for one, which a limit of this kind can bear; Redis and Memcached count exactly.
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
    """At most `limit` counts of one client in each window of `seconds`."""

    name: str
    limit: int
    seconds: int

    def count(self, client: str) -> int:
        """Count one more for `client`; return 0, or the seconds to wait when that was one too many."""
        key, left = self._window(client)
        return left if self._increase(key) > self.limit else 0

    def wait_of(self, client: str) -> int:
        """Return the seconds that `client` has to wait before the next try, or 0; counts nothing.

        For what can be guessed in the long run: there a right answer beyond the limit must be refused, too.
        """
        key, left = self._window(client)
        return left if cache.get(key, 0) >= self.limit else 0

    def _window(self, client: str) -> tuple[str, int]:
        """Return the cache's key for `client` in the present window, and how many seconds the window still has."""
        window, into = divmod(int(time.time()), self.seconds)
        # Hashed: addresses of people are nothing for a cache that others may read.
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
    """Return the address that a request came from: the peer, or what our own proxy saw."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        # Only the last entry is our proxy's word; those before it are whatever the client wrote.
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    return address


def client_of(request: HttpRequest) -> str:
    """Return the address to count by. IPv6 counts by its /64, one household."""
    address = address_of(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False))
