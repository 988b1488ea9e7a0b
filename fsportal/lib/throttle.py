"""Limits per client against guessing, and the client's address.

Counted in a table that nothing culls (fsportal/lib/tallies.py), so a limit holds whatever becomes of the cache.
"""

import ipaddress
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from fsportal.lib import tallies


@dataclass(frozen=True)
class Throttle:
    """At most `limit` counts per client in `seconds`, which begin with the first count."""

    name: str
    limit: int
    seconds: int

    def count(self, client: str) -> int:
        """Count one more for `client`; return 0, or the seconds to wait if that was one too many."""
        return tallies.take(self.name, client, most=self.limit, seconds=self.seconds)

    def wait_of(self, client: str) -> int:
        """Return the seconds that `client` must wait before the next try, or 0, without counting."""
        return tallies.wait(self.name, client, most=self.limit)

    def give_back(self, client: str) -> None:
        """Take one count back, because what was tried was right.

        Where a code could be guessed in the long run, count before you look, and give the count of a right one back:
        beyond the limit even a right one is refused, and many at once have no more tries than one after the other.
        """
        tallies.give_back(self.name, client)


def address_of(request: HttpRequest) -> str:
    """Return the address that a request came from, as the peer or as our own proxy reports it."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER:
        # Only the last entry is from our proxy; the client can write anything before it.
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    return _without_mapping(address)


def _without_mapping(address: str) -> str:
    """Return an IPv4 address that a socket for both kinds writes as ::ffff:…: all of IPv4 is in one /64 of these."""
    try:
        mapped = ipaddress.IPv6Address(address).ipv4_mapped if address.startswith("::") else None
    except ValueError:
        return address
    return str(mapped) if mapped else address


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
