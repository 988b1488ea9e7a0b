"""Asks one geocoder after another, each address once, within a time that somebody on the phone can wait."""

import datetime as dt
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.utils import timezone

from bookings.eta.base import RoutingError
from bookings.geocoding.base import AskedAddress, FoundPlace, Geocoder, Precision
from bookings.geocoding.google import Google
from bookings.geocoding.nominatim import Nominatim
from bookings.geocoding.photon import Photon
from bookings.models import GeocodedAddress
from fsportal.conf.geocoders import GeocoderConfig

logger = logging.getLogger(__name__)

#: All geocoders together.
TOTAL_SECONDS = 2.5
#: How long one that failed is left alone if it does not say for how long, and at most if it does.
REST_SECONDS, LONGEST_REST = 60.0, 3600.0
#: How long an answer is believed that may be kept for ever, and one that there is nothing.
BELIEVED, UNKNOWN_FOR = dt.timedelta(days=365), dt.timedelta(days=30)
RESTING = "rests after a failure"
BUSY = "was asked a moment ago"


@dataclass(frozen=True)
class LookUp:
    """What came of it. `is_final`: it is known now; otherwise it is worth asking again later."""

    place: FoundPlace | None
    is_final: bool
    #: Until when its licence lets us keep the place; None for ever.
    until: dt.datetime | None = None


def provider_for(config: GeocoderConfig) -> Geocoder:
    """Return the geocoder of a configuration (which has refused unknown kinds)."""
    if config.kind == "google":
        return Google(config.key, config.base_url)
    return Photon(config.base_url) if config.kind == "photon" else Nominatim(config.base_url)


def look_up(asked: AskedAddress, *, patience: float = TOTAL_SECONDS, afresh: bool = False) -> LookUp:
    """Return where an address is; it takes `patience` seconds at most and never raises.

    It uses the network: never call it inside a transaction. An answer that is only a town is returned as well, for
    people to read; nobody is sent there. `afresh` asks whatever was answered before.
    """
    if not asked.can_be_asked:
        return LookUp(None, is_final=True)
    now = timezone.now()
    known = None if afresh else GeocodedAddress.objects.filter(key=asked.key, until__gt=now).first()
    if known is not None:
        return _known(known)
    if not settings.GEOCODERS:
        return LookUp(None, is_final=False)
    found = ask_each([provider_for(one) for one in settings.GEOCODERS], asked, patience=patience)
    if found.is_final:
        _keep(asked, found, now)
    return found


def _known(row: GeocodedAddress) -> LookUp:
    if row.latitude is None or row.longitude is None:
        return LookUp(None, is_final=True)
    until = row.until if row.source == Google.name else None
    return LookUp(FoundPlace(row.latitude, row.longitude, Precision(row.precision), row.source), True, until)


def ask_each(providers: Sequence[Geocoder], asked: AskedAddress, *, patience: float) -> LookUp:
    """Ask these in turn until one knows house or street; otherwise the best answer of all."""
    ends_at = time.monotonic() + patience
    failures: list[str] = []
    best: tuple[FoundPlace, Geocoder] | None = None
    for number, provider in enumerate(providers):
        within = (ends_at - time.monotonic()) / (len(providers) - number)
        answer = _answer(provider, number, asked, within)
        if isinstance(answer, str):
            failures.append(f"{provider.name} {answer}")
        elif answer is not None and (best is None or answer.is_precise):
            best = (answer, provider)
            if answer.is_precise:
                break
    _log(failures)
    if best is None:
        return LookUp(None, is_final=not failures)
    place, provider = best
    until = timezone.now() + provider.keeps if provider.keeps else None
    return LookUp(place, place.is_precise or not failures, until)


def _answer(provider: Geocoder, number: int, asked: AskedAddress, within: float) -> FoundPlace | str | None:
    rest_key = f"geocoder:rest:{number}:{provider.name}"
    if cache.get(rest_key):
        return RESTING
    if provider.pause:
        waited = _its_turn(f"geocoder:turn:{number}:{provider.name}", provider.pause, within)
        if waited is None:
            return BUSY
        within -= waited
    try:
        return provider.find(asked, max(within, 0.1))
    except RoutingError as error:
        _let_rest(rest_key, REST_SECONDS if error.retry_after is None else error.retry_after)
        return error.reason
    except Exception as error:  # noqa: BLE001  (somebody waits, whatever a provider stumbles over)
        # The error's text may hold a key or an address; its type does not.
        _let_rest(rest_key, REST_SECONDS)
        return f"failed ({type(error).__name__})"


def _its_turn(key: str, pause: float, within: float) -> float | None:
    """Wait until nobody, in any process, has asked for `pause` seconds; return how long, None if that is too long."""
    began = time.monotonic()
    # One more: a cache in the database counts whole seconds.
    while not cache.add(key, 1, timeout=math.ceil(pause) + 1):
        if time.monotonic() - began > within / 2:
            return None
        time.sleep(0.05)
    return time.monotonic() - began


def _let_rest(key: str, seconds: float) -> None:
    cache.set(key, 1, timeout=min(seconds, LONGEST_REST))  # 0 keeps nothing


def _keep(asked: AskedAddress, found: LookUp, now: dt.datetime) -> None:
    place = found.place
    values = {
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "precision": place.precision if place else "",
        "source": place.source if place else "",
        "until": found.until or now + (BELIEVED if place else UNKNOWN_FOR),
    }
    try:
        GeocodedAddress.objects.update_or_create(key=asked.key, defaults=values)
    except OperationalError:
        # SQLite was busy: then it is asked again some day.
        logger.info("A geocoder's answer was not kept: the database is busy")


def _log(failures: list[str]) -> None:
    """Log who failed, without the address: as a warning once, more quietly while they rest."""
    if failures:
        quiet = all(words.endswith((RESTING, BUSY)) for words in failures)
        logger.log(logging.INFO if quiet else logging.WARNING, "Geocoding: %s", "; ".join(failures))
