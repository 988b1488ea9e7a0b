"""Arrival times, behind one small interface. Routing engines join `provider()` when they come."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from bookings.eta.base import Arrival, ArrivalProvider, Point, Trip
from bookings.eta.estimate import Estimate

__all__ = ["Arrival", "ArrivalProvider", "Point", "Trip", "provider"]


def provider() -> ArrivalProvider:
    """Return the provider that ROUTING_URL names; raises ImproperlyConfigured for one that is not known."""
    scheme = settings.ROUTING_URL.partition("://")[0]
    if scheme == "estimate":
        return Estimate()
    raise ImproperlyConfigured(f"ROUTING_URL begins with {scheme!r}; this version knows estimate://")
