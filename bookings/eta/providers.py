"""Which class asks which engine of ROUTING_URL."""

from bookings.eta.base import RoutingProvider
from bookings.eta.google_routes import GoogleRoutes
from bookings.eta.tomtom import TomTom
from bookings.eta.valhalla import Valhalla
from fsportal.environment import RoutingEngine


def provider_for(engine: RoutingEngine) -> RoutingProvider:
    """Return the provider of an engine (the environment has refused schemes that are not known)."""
    if engine.scheme == "google-routes":
        return GoogleRoutes(engine.key, engine.base_url)
    if engine.scheme == "tomtom":
        return TomTom(engine.key, engine.base_url)
    return Valhalla(engine.base_url, engine.key)
