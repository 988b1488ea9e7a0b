"""Valhalla, one's own routing engine over OpenStreetMap: POST /route.

Manual: https://valhalla.github.io/valhalla/api/turn-by-turn/api-reference/
Speeds: https://valhalla.github.io/valhalla/mjolnir/historical_traffic/ (live, predicted, constrained, free flow)
"""

import datetime as dt

from bookings.eta import http
from bookings.eta.base import Drive, Point, RoutingError, Slack, Trip
from bookings.eta.http import dig, text
from bookings.eta.polyline import decoded
from bookings.eta.sanity import checked
from fsportal.lib.zones import zone

#: What traffic the tiles know; what they do not know is the limit of the road.
SPEEDS = ["freeflow", "constrained", "predicted", "current"]


class Valhalla:
    """Asks a Valhalla at `base_url`; `login` is `user:password` if a proxy in front of it wants one."""

    name = "valhalla"
    #: It knows the roads and the usual speeds of the hour, but rarely today's jam.
    slack = Slack(0.15, dt.timedelta(minutes=3))

    def __init__(self, base_url: str, login: str = "") -> None:
        self._url = f"{base_url}/route"
        user, _colon, password = login.partition(":")
        self._login = (user, password) if login else None

    def drive(self, trip: Trip, within: float) -> Drive:
        """Return the drive; raises RoutingError (without rest when no road goes there)."""
        reply = http.ask(http.Question(self._url, body=question(trip), login=self._login), within)
        if reply.status != 200:
            # {"error_code": 442, "error": "No path could be found for input", …}: 1xx and 4xx are about the places.
            about_the_trip = reply.status == 400 and "error_code" in reply.data
            raise RoutingError(_refusal(reply), retry_after=0 if about_the_trip else None)
        summary = dig(reply.data, "trip", "summary")
        kilometres = dig(summary, "length")
        metres = kilometres * 1000 if isinstance(kilometres, int | float) else None
        return checked(self.name, trip, dig(summary, "time"), metres, _line(reply))


def question(trip: Trip) -> dict[str, object]:
    """Return the body of the request. The departure is written in the local time of the place, without a zone."""
    departs_at = trip.departs_at.astimezone(zone(trip.zone_name))
    return {
        "locations": [_place(trip.origin), _place(trip.destination)],
        "costing": "auto",
        "costing_options": {"auto": {"speed_types": SPEEDS}},
        "date_time": {"type": 1, "value": departs_at.strftime("%Y-%m-%dT%H:%M")},
        "units": "kilometers",
        "directions_type": "none",  # nobody reads the turns out
    }


def _place(point: Point) -> dict[str, float]:
    return {"lat": point[0], "lon": point[1]}


def _line(reply: http.Reply) -> tuple[Point, ...]:
    legs = dig(reply.data, "trip", "legs")
    shapes = [text(leg, "shape") for leg in legs] if isinstance(legs, list) else []
    return tuple(point for shape in shapes for point in decoded(shape, decimals=6))


def _refusal(reply: http.Reply) -> str:
    code = dig(reply.data, "error_code")
    return f"found no way (error {code})" if isinstance(code, int) else f"answered {reply.status}"
