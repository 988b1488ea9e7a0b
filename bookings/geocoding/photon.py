"""Photon: GET /api. Its data are OpenStreetMap's (ODbL), and answers may be kept.

Manual: https://github.com/komoot/photon/blob/master/docs/api-v1.md
"""

import datetime as dt
from urllib.parse import urlsplit

from bookings.eta import http
from bookings.eta.base import RoutingError
from bookings.eta.http import dig, text
from bookings.geocoding.base import AskedAddress, FoundPlace, Precision, checked
from bookings.geocoding.nominatim import point_of, user_agent
from fsportal.lib import countries

PUBLIC = "photon.komoot.io"
PRECISION = {"house": Precision.HOUSE, "street": Precision.STREET}


class Photon:
    name = "photon"
    keeps: dt.timedelta | None = None

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/api"
        self.pause = 1.0 if urlsplit(base_url).hostname == PUBLIC else 0.0

    def find(self, asked: AskedAddress, within: float) -> FoundPlace | None:
        country = countries.name(asked.country, "en") if asked.country else ""
        words = ", ".join(filter(None, (asked.line(), country)))
        question = http.Question(self._url, {"q": words, "limit": "1"}, headers={"User-Agent": user_agent()})
        reply = http.ask(question, within)
        if reply.status != 200:
            raise RoutingError(f"answered {reply.status}")
        features = dig(reply.data, "features")
        if not isinstance(features, list):
            raise RoutingError("sent no features", retry_after=0)
        if not features:
            return None
        longitude, latitude = point_of(features[0])
        found = dig(features[0], "properties")
        precision = PRECISION.get(text(found, "type"), Precision.TOWN)
        return checked(self.name, asked, latitude, longitude, precision, text(found, "countrycode"))
