"""Google's Routes API: POST /directions/v2:computeRoutes.

Manual: https://developers.google.com/maps/documentation/routes/reference/rest/v2/TopLevel/computeRoutes
What traffic costs in time: https://developers.google.com/maps/documentation/routes/config_trade_offs
"""

import datetime as dt
import re

from django.utils import timezone

from bookings.eta import http
from bookings.eta.base import Drive, Point, RoutingError, Slack, Trip
from bookings.eta.http import dig, text
from bookings.eta.polyline import decoded
from bookings.eta.sanity import checked

#: Without a mask the method fails, and with a wide one it is slower and dearer.
FIELDS = "routes.duration,routes.distanceMeters,routes.polyline.encodedPolyline"
#: A departure in the past is refused, and "now" has passed when the question arrives; without one, it is now.
SOON = dt.timedelta(minutes=1)


class GoogleRoutes:
    name = "google-routes"
    #: Live traffic of today's jam; what is left are lights, parking and the driver.
    slack = Slack(0.1, dt.timedelta(minutes=2))

    def __init__(self, key: str, base_url: str = "https://routes.googleapis.com") -> None:
        self._url = f"{base_url}/directions/v2:computeRoutes"
        self._headers = {"X-Goog-Api-Key": key, "X-Goog-FieldMask": FIELDS}

    def drive(self, trip: Trip, within: float) -> Drive:
        """Return the drive; raises RoutingError (without rest when no road goes there)."""
        reply = http.ask(http.Question(self._url, headers=self._headers, body=question(trip)), within)
        if reply.status != 200:
            raise RoutingError(f"answered {reply.status} ({_status(reply)})")
        routes = dig(reply.data, "routes")
        if not isinstance(routes, list) or not routes:
            raise RoutingError("found no way", retry_after=0)  # an empty object, says the manual
        line = decoded(text(dig(routes[0], "polyline"), "encodedPolyline"), decimals=5)
        return checked(self.name, trip, _seconds(routes[0]), _metres(routes[0]), line)


def question(trip: Trip) -> dict[str, object]:
    """Return the body of the request.

    TRAFFIC_AWARE, not TRAFFIC_AWARE_OPTIMAL: both use live traffic, but the second takes seconds that we do not have.
    """
    body: dict[str, object] = {
        "origin": _place(trip.origin),
        "destination": _place(trip.destination),
        "travelMode": "DRIVE",
        "routingPreference": "TRAFFIC_AWARE",
        "polylineQuality": "HIGH_QUALITY",  # the other one leaves the road on a near map
        "polylineEncoding": "ENCODED_POLYLINE",
    }
    if trip.departs_at > timezone.now() + SOON:
        body["departureTime"] = trip.departs_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return body


def _place(point: Point) -> dict[str, object]:
    return {"location": {"latLng": {"latitude": point[0], "longitude": point[1]}}}


def _seconds(route: object) -> float | None:
    """Return the seconds of a protobuf duration in JSON: "123s" or "123.5s"."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", text(route, "duration"), re.ASCII)
    return float(found[1]) if found else None


def _metres(route: object) -> object:
    """Return the distance. In JSON, protobuf leaves out a zero."""
    return route.get("distanceMeters", 0) if isinstance(route, dict) else None


def _status(reply: http.Reply) -> str:
    """Return Google's name for an error, such as PERMISSION_DENIED: its message may hold what we sent."""
    status = text(dig(reply.data, "error"), "status")
    return status if re.fullmatch(r"[A-Z_]{1,40}", status) else "no reason given"
