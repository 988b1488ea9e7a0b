"""Asks one provider after another, within a time that a customer can wait, and falls back on the estimate."""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.cache import cache
from django.db import connections

from bookings.eta.base import Arrival, Drive, RoutingError, RoutingProvider, Trip, arrival_of
from bookings.eta.estimate import Estimate
from bookings.eta.google_routes import GoogleRoutes
from bookings.eta.tomtom import TomTom
from bookings.eta.valhalla import Valhalla
from fsportal.conf.environment import RoutingEngine


def provider_for(engine: RoutingEngine) -> RoutingProvider:
    """Return the provider of an engine (the environment has refused unknown schemes)."""
    if engine.scheme == "google-routes":
        return GoogleRoutes(engine.key, engine.base_url)
    if engine.scheme == "tomtom":
        return TomTom(engine.key, engine.base_url)
    return Valhalla(engine.base_url, engine.key)


logger = logging.getLogger(__name__)

#: All providers together; what is left of the two seconds is for our own work.
TOTAL_SECONDS = 1.7
#: How long a provider that failed is left alone if it does not say for how long, and at most if it does.
REST_SECONDS, LONGEST_REST = 30.0, 3600.0
#: How many trips of `ask_all` are asked about at the same time.
AT_ONCE = 8
RESTING = "rests after a failure"


def estimate(trip: Trip) -> Arrival:
    """Return the arrival from distance and time of day. Offline, immediate, never raises: safe in a transaction."""
    provider = Estimate()
    return arrival_of(provider.drive(trip), trip, provider.slack)


def ask(trip: Trip) -> Arrival:
    """Return the arrival from the first provider of ROUTING_URL that answers, otherwise the estimate.

    Takes two seconds at most and never raises (if the trip's zone is known). It uses the network: never call it inside
    a transaction. A provider that failed is left alone for a while by all processes (in the cache; without a cache it
    is asked again).
    """
    return ask_each([provider_for(engine) for engine in settings.ROUTING], trip)


def ask_all(trips: Sequence[Trip]) -> list[Arrival]:
    """As `ask`, for many trips, some at a time. The arrivals are in the same order."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="arrivals") as pool:
        return list(pool.map(_ask_in_thread, trips))


def _ask_in_thread(trip: Trip) -> Arrival:
    try:
        return ask(trip)
    finally:
        # The cache may be a table: each thread has a connection of its own, and nobody else would close it.
        connections.close_all()


def ask_each(providers: Sequence[RoutingProvider], trip: Trip) -> Arrival:
    """As `ask`, of these providers."""
    ends_at = time.monotonic() + TOTAL_SECONDS
    failures: list[str] = []
    for position, provider in enumerate(providers):
        # A fair share of what is left: a provider that hangs must not use up the others' time.
        within = (ends_at - time.monotonic()) / (len(providers) - position)
        drive = _drive_or_reason(provider, f"eta:rest:{position}:{provider.name}", trip, within)
        if isinstance(drive, Drive):
            _log(provider.name, failures)
            return arrival_of(drive, trip, provider.slack)
        failures.append(f"{provider.name} {drive}")
    _log(Estimate.name, failures)
    return estimate(trip)


def _drive_or_reason(provider: RoutingProvider, rest_key: str, trip: Trip, within: float) -> Drive | str:
    if cache.get(rest_key):
        return RESTING
    try:
        return provider.drive(trip, within)
    except RoutingError as error:
        _let_rest(rest_key, REST_SECONDS if error.retry_after is None else error.retry_after)
        return error.reason
    except Exception as error:  # noqa: BLE001  (an arrival time is due, whatever a provider stumbles over)
        # The error's text may hold a key or a place; its type does not.
        _let_rest(rest_key, REST_SECONDS)
        return f"failed ({type(error).__name__})"


def _let_rest(key: str, seconds: float) -> None:
    cache.set(key, 1, timeout=min(seconds, LONGEST_REST))  # 0 keeps nothing


def _log(source: str, failures: list[str]) -> None:
    """Log who answered after others failed: as a warning once, more quietly while those rest."""
    if failures:
        level = logging.INFO if all(words.endswith(RESTING) for words in failures) else logging.WARNING
        logger.log(level, "Arrival time from %s: %s", source, "; ".join(failures))
    else:
        logger.debug("Arrival time from %s", source)
