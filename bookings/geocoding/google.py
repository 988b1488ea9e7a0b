"""Google's Geocoding API: GET /maps/api/geocode/json.

Manual: https://developers.google.com/maps/documentation/geocoding/requests-geocoding
What may be kept: coordinates for 30 days at most (https://cloud.google.com/maps-platform/terms/maps-service-terms).
"""

import datetime as dt
import re

from bookings.eta import http
from bookings.eta.base import RoutingError
from bookings.eta.http import dig, text
from bookings.geocoding.base import AskedAddress, FoundPlace, Precision, checked

#: Types of results that stand for a house; a route is a street, everything else is larger.
HOUSES = {"street_address", "premise", "subpremise", "establishment", "point_of_interest"}
#: Everybody else's quota is not our fault either, but asking on would only make it worse.
REST_OVER_QUOTA = 600.0


class Google:
    name = "google"
    keeps: dt.timedelta | None = dt.timedelta(days=29)
    pause = 0.0

    def __init__(self, key: str, base_url: str) -> None:
        self._url, self._key = f"{base_url}/maps/api/geocode/json", key

    def find(self, asked: AskedAddress, within: float) -> FoundPlace | None:
        params = {"address": asked.line(), "key": self._key}
        if asked.country:
            params["components"] = f"country:{asked.country}"
        reply = http.ask(http.Question(self._url, params), within)
        status = text(reply.data, "status")
        if status == "ZERO_RESULTS":
            return None
        if status in ("OVER_QUERY_LIMIT", "OVER_DAILY_LIMIT"):
            raise RoutingError(f"is over its quota ({status})", retry_after=REST_OVER_QUOTA)
        if reply.status != 200 or status != "OK":
            known = status if re.fullmatch(r"[A-Z_]{1,40}", status) else "no reason given"
            raise RoutingError(f"answered {reply.status} ({known})")
        results = dig(reply.data, "results")
        if not isinstance(results, list) or not results:
            raise RoutingError("sent no results", retry_after=0)
        return self._place(asked, results[0])

    def _place(self, asked: AskedAddress, result: object) -> FoundPlace:
        location = dig(result, "geometry", "location")
        return checked(
            self.name, asked, dig(location, "lat"), dig(location, "lng"), _precision(result), _country(result)
        )


def _precision(result: object) -> Precision:
    types = set(_texts(dig(result, "types")))
    if text(dig(result, "geometry"), "location_type") == "APPROXIMATE":
        return Precision.TOWN
    if types & HOUSES:
        return Precision.HOUSE
    return Precision.STREET if "route" in types or "intersection" in types else Precision.TOWN


def _country(result: object) -> str:
    parts = dig(result, "address_components")
    for part in parts if isinstance(parts, list) else []:
        if "country" in _texts(dig(part, "types")):
            return text(part, "short_name")
    return ""


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
