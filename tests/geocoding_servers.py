"""Real servers on this machine that speak the documented protocols of Nominatim, Photon and Google's Geocoding API.

    with NominatimServer() as nominatim:
        settings.GEOCODERS = geocoders(nominatim.geocoder_url)
        nominatim.places["10 Downing Street"] = (51.5034, -0.1276)
        nominatim.answer = Answer(429, {}, {"Retry-After": "120"})

A question that is not as the manual says is refused. Nothing is known unless it is in `places`; `towns` are known as
towns only.
"""

from typing import Any

from tests.routing_servers import KEY, Question, RoutingServer
from tests.servers import Answer

Point = tuple[Any, Any]


class GeocodingServer(RoutingServer):
    kind = ""

    def __init__(self) -> None:
        super().__init__()
        self.places: dict[str, Point] = {}
        self.towns: dict[str, Point] = {}
        self.country = "gb"

    @property
    def geocoder_url(self) -> str:
        return self.url.replace("http://", f"{self.kind}+http://")

    def _known(self, words: str) -> tuple[Point | None, bool]:
        for known, is_house in ((self.places, True), (self.towns, False)):
            for name, point in known.items():
                if name in words:
                    return point, is_house
        return None, False


class NominatimServer(GeocodingServer):
    """GET /search with structured parameters."""

    kind = "nominatim"

    def _as_engine(self, question: Question) -> Answer:
        params = question.params
        if question.path != "/search" or "q" in params or params.get("format") != "geojson":
            return Answer(400, {"error": {"code": 400, "message": "Structured query parameters cannot be used with q"}})
        if "FieldServicePortal" not in question.headers.get("User-Agent", ""):
            return Answer(403, "<html>Access blocked: see the usage policy</html>")
        point, is_house = self._known(f"{params.get('street', '')} {params.get('city', '')}")
        if point is None:
            return Answer(200, {"type": "FeatureCollection", "licence": "ODbL", "features": []})
        properties = {"place_rank": 30 if is_house else 16, "address": {"country_code": self.country}}
        geometry = {"type": "Point", "coordinates": [point[1], point[0]]}
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        return Answer(200, {"type": "FeatureCollection", "features": [feature]})


class PhotonServer(GeocodingServer):
    """GET /api?q=…"""

    kind = "photon"

    def _as_engine(self, question: Question) -> Answer:
        if question.path != "/api" or not question.params.get("q"):
            return Answer(400, {"message": "missing search term 'q': /?q=berlin"})
        point, is_house = self._known(question.params["q"])
        if point is None:
            return Answer(200, {"type": "FeatureCollection", "features": []})
        properties = {"type": "house" if is_house else "city", "countrycode": self.country.upper()}
        geometry = {"type": "Point", "coordinates": [point[1], point[0]]}
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        return Answer(200, {"type": "FeatureCollection", "features": [feature]})


class GoogleGeocodingServer(GeocodingServer):
    """GET /maps/api/geocode/json; errors are a status in an answer of 200."""

    kind = "google"

    @property
    def geocoder_url(self) -> str:
        return f"google://{KEY}?base_url={self.url}"

    def _as_engine(self, question: Question) -> Answer:
        if question.path != "/maps/api/geocode/json" or not question.params.get("address"):
            return Answer(400, {"status": "INVALID_REQUEST", "results": []})
        if question.params.get("key") != KEY:
            return Answer(200, {"status": "REQUEST_DENIED", "error_message": "The provided API key is invalid."})
        point, is_house = self._known(question.params["address"])
        if point is None:
            return Answer(200, {"status": "ZERO_RESULTS", "results": []})
        result = {
            "types": ["street_address"] if is_house else ["locality", "political"],
            "address_components": [{"short_name": self.country.upper(), "types": ["country", "political"]}],
            "geometry": {
                "location": {"lat": point[0], "lng": point[1]},
                "location_type": "ROOFTOP" if is_house else "APPROXIMATE",
            },
        }
        return Answer(200, {"status": "OK", "results": [result]})
