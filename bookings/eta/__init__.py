"""Arrival times, behind one small interface: `estimate` works offline, `ask` asks the engines of ROUTING_URL.

A provider (base.RoutingProvider) turns a trip into a drive, and `arrival_of` turns that into an honest range.
"""

from bookings.eta.base import Arrival, Drive, Point, RoutingError, RoutingProvider, Slack, Trip
from bookings.eta.chain import ask, ask_all, estimate

__all__ = [
    "Arrival",
    "Drive",
    "Point",
    "RoutingError",
    "RoutingProvider",
    "Slack",
    "Trip",
    "ask",
    "ask_all",
    "estimate",
]
