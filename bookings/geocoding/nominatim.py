"""Nominatim: GET /search. Its data are OpenStreetMap's (ODbL), and answers may be kept.

Manual: https://nominatim.org/release-docs/latest/api/Search/
Policy of the public one: https://operations.osmfoundation.org/policies/nominatim/ (one request a second, a User-Agent
that says who asks, results cached).
"""

import datetime as dt
from urllib.parse import urlsplit

from django.conf import settings

from bookings.eta import http
from bookings.eta.base import RoutingError
from bookings.eta.http import dig, text
from bookings.geocoding.base import AskedAddress, FoundPlace, Precision, checked

PUBLIC = "nominatim.openstreetmap.org"
#: Ranks of the manual (https://nominatim.org/release-docs/latest/customize/Ranking/): houses have 28 and more,
#: streets 26 and 27, everything larger less.
HOUSE, STREET = 28, 26


def user_agent() -> str:
    return f"FieldServicePortal (+{settings.SITE_URL})"


class Nominatim:
    name = "nominatim"
    keeps: dt.timedelta | None = None

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/search"
        self.pause = 1.0 if urlsplit(base_url).hostname == PUBLIC else 0.0

    def find(self, asked: AskedAddress, within: float) -> FoundPlace | None:
        params = {
            "street": asked.street,
            "city": asked.city,
            "postalcode": asked.postal_code,
            "countrycodes": asked.country.lower(),
            "format": "geojson",
            "addressdetails": "1",
            "limit": "1",
        }
        filled = {name: value for name, value in params.items() if value}
        reply = http.ask(http.Question(self._url, filled, headers={"User-Agent": user_agent()}), within)
        if reply.status != 200:
            raise RoutingError(f"answered {reply.status}")
        features = dig(reply.data, "features")
        if not isinstance(features, list):
            raise RoutingError("sent no features", retry_after=0)
        return self._place(asked, features[0]) if features else None

    def _place(self, asked: AskedAddress, feature: object) -> FoundPlace:
        longitude, latitude = point_of(feature)
        rank = dig(feature, "properties", "place_rank")
        rank = rank if isinstance(rank, int) else 0
        precision = Precision.HOUSE if rank >= HOUSE else Precision.STREET if rank >= STREET else Precision.TOWN
        country = text(dig(feature, "properties", "address"), "country_code")
        return checked(self.name, asked, latitude, longitude, precision, country)


def point_of(feature: object) -> tuple[object, object]:
    """Return longitude and latitude of a GeoJSON point (RFC 7946: in this order), or two times None."""
    found = dig(feature, "geometry", "coordinates")
    return (found[0], found[1]) if isinstance(found, list) and len(found) >= 2 else (None, None)
