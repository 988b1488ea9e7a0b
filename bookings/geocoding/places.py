"""Coordinates for what was saved with an address and without them: the worker asks, not the request.

What a person or a file set is never changed. A place whose licence ends is asked for again, and forgotten if nobody
answers by then.
"""

import datetime as dt
import time
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from bookings.geocoding.base import AskedAddress
from bookings.geocoding.chain import LookUp, look_up
from bookings.models import WorkOrder
from fsportal.models import Account, Address, Site
from fsportal.models.accounts import UNPLACED

#: The task runs every minute, and leaves room for others.
SECONDS_PER_RUN = 40.0
MOST_PER_RUN = 300
#: How long before its licence ends a place is asked for again.
AHEAD = dt.timedelta(days=2)
MODELS: tuple[type[Any], ...] = (Account, Site, WorkOrder)
#: An address that changes meanwhile keeps what its new coordinates will be.
SAME = ("street", "postal_code", "city", "country", "latitude", "longitude", "place_key")


def find_places() -> int:
    """Ask for every address that waits, newest first, for as long as a run may take; return how many were found."""
    _forget_expired(timezone.now())
    if not settings.GEOCODERS:
        return 0
    ends_at, found = time.monotonic() + SECONDS_PER_RUN, 0
    for model in MODELS:
        for record in _waiting(model):
            if time.monotonic() > ends_at:
                return found
            result = look_up(AskedAddress.of(record), afresh=record.place_until is not None)
            if result.is_final:
                found += _store(record, result)
    return found


def _waiting(model: type[Any]) -> list[Any]:
    newest = "id" if model is Site else "-created_at"
    soon = Q(place_until__lte=timezone.now() + AHEAD)
    expiring = list(model.objects.filter(soon).order_by("place_until")[:MOST_PER_RUN])
    return [*expiring, *model.objects.filter(UNPLACED).order_by(newest)[:MOST_PER_RUN]]


def _store(record: Address, result: LookUp) -> int:
    """Write what was found, unless the address or its coordinates were changed in the meantime."""
    place = result.place if result.place and result.place.is_precise else None
    as_asked = Q(pk=record.pk)
    for name in SAME:
        value = getattr(record, name)
        as_asked &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    values: dict[str, Any] = {"place_key": record.address_key(), "place_until": result.until if place else None}
    if place is not None:
        values |= {"latitude": place.latitude, "longitude": place.longitude, "place_source": place.source}
    elif record.place_source:
        values |= {"latitude": None, "longitude": None, "place_source": ""}
    changed = type(record)._default_manager.filter(as_asked).update(**values)
    return changed if place else 0


def _forget_expired(now: dt.datetime) -> None:
    for model in MODELS:
        model.objects.filter(place_until__lte=now).exclude(place_source="").update(
            latitude=None, longitude=None, place_key="", place_source="", place_until=None
        )
