"""TomTom's Routing API: GET /routing/1/calculateRoute/{from}:{to}/json.

Manual: https://developer.tomtom.com/routing-api/documentation/tomtom-maps/calculate-route
Errors: https://developer.tomtom.com/routing-api/documentation/tomtom-maps/common-routing-parameters
"""

import datetime as dt
import re

from django.utils import timezone

from bookings.eta import http
from bookings.eta.base import Drive, Point, RoutingError, Slack, Trip
from bookings.eta.http import dig, text
from bookings.eta.sanity import checked

#: A departure in the past is refused, and "now" has passed when the question arrives.
SOON = dt.timedelta(minutes=1)
#: The codes of `detailedError` that are about the two places; the next trip may well succeed.
ABOUT_THE_TRIP = ("NO_ROUTE_FOUND", "MAP_MATCHING_FAILURE", "CANNOT_RESTORE_BASEROUTE", "NO_RANGE_FOUND")


class TomTom:
    """Asks TomTom with an API key. The key is in the address, as the manual wants it: addresses are never logged."""

    name = "tomtom"
    #: Live traffic of today's jam; what is left are lights, parking and the driver.
    slack = Slack(0.1, dt.timedelta(minutes=2))

    def __init__(self, key: str, base_url: str = "https://api.tomtom.com") -> None:
        self._base, self._key = f"{base_url}/routing/1/calculateRoute", key

    def drive(self, trip: Trip, within: float) -> Drive:
        """Return the drive; raises RoutingError (without rest when no road goes there)."""
        places = ":".join(f"{latitude:.6f},{longitude:.6f}" for latitude, longitude in (trip.origin, trip.destination))
        url = f"{self._base}/{places}/json"
        reply = http.ask(http.Question(url, params=self._params(trip)), within)
        if reply.status != 200:
            code = _code(reply)
            raise RoutingError(f"answered {reply.status} ({code})", retry_after=0 if code in ABOUT_THE_TRIP else None)
        routes = dig(reply.data, "routes")
        if not isinstance(routes, list) or not routes:
            raise RoutingError("found no way", retry_after=0)
        summary = dig(routes[0], "summary")
        seconds, metres = dig(summary, "travelTimeInSeconds"), dig(summary, "lengthInMeters")
        return checked(self.name, trip, seconds, metres, _line(routes[0]))

    def _params(self, trip: Trip) -> dict[str, str]:
        later = trip.departs_at > timezone.now() + SOON
        departs_at = trip.departs_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if later else "now"
        return {"key": self._key, "traffic": "true", "travelMode": "car", "departAt": departs_at}


def _line(route: object) -> tuple[Point, ...]:
    legs = dig(route, "legs")
    lists = [dig(leg, "points") for leg in legs] if isinstance(legs, list) else []
    points = [point for part in lists if isinstance(part, list) for point in part]
    return tuple((_degrees(point, "latitude"), _degrees(point, "longitude")) for point in points)


def _degrees(point: object, name: str) -> float:
    value = dig(point, name)
    if not isinstance(value, int | float) or not -180 <= value <= 180:
        raise RoutingError("sent a line that cannot be read", retry_after=0)
    return float(value)


def _code(reply: http.Reply) -> str:
    """Return TomTom's name for an error: its message may hold what we sent."""
    code = text(dig(reply.data, "detailedError"), "code")
    return code if re.fullmatch(r"[A-Za-z_]{1,40}", code) else "no reason given"
