"""Addresses that are asked about, places that are answered, and whether an answer can be true."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any, Protocol, Self

from django.db import models

from bookings.eta.base import RoutingError
from fsportal.lib import countries
from fsportal.models import Address
from fsportal.models.accounts import address_key


class Precision(models.TextChoices):
    """How near an answer comes. A town is no place to send somebody to."""

    HOUSE = "house"
    STREET = "street"
    TOWN = "town"


@dataclass(frozen=True)
class AskedAddress:
    street: str
    postal_code: str
    city: str
    country: str

    @classmethod
    def of(cls, address: Address) -> Self:
        return cls(address.street, address.postal_code, address.city, address.country)

    @property
    def key(self) -> str:
        return address_key(self.street, self.postal_code, self.city, self.country)

    @property
    def can_be_asked(self) -> bool:
        return bool(self.street and (self.city or self.postal_code))

    def line(self) -> str:
        """Return the address in one line as its country writes it, without the country."""
        parts = {"street": self.street, "city": self.city, "postal_code": self.postal_code}
        return ", ".join(countries.address_lines(self.country, parts))


@dataclass(frozen=True)
class FoundPlace:
    """Coordinates (WGS 84 degrees) of an address, and who says so."""

    latitude: float
    longitude: float
    precision: Precision
    source: str

    @property
    def is_precise(self) -> bool:
        return self.precision != Precision.TOWN


class Geocoder(Protocol):
    """Knows where addresses are.

    `keeps` is how long its licence lets us keep an answer, None for ever; `pause` the seconds between two
    questions.
    """

    @property
    def name(self) -> str: ...

    @property
    def keeps(self) -> dt.timedelta | None: ...

    @property
    def pause(self) -> float: ...

    def find(self, asked: AskedAddress, within: float) -> FoundPlace | None:
        """Return the best answer after `within` seconds at most, None if there is none; raises RoutingError."""
        ...


def checked(
    source: str, asked: AskedAddress, latitude: Any, longitude: Any, precision: Precision, country: str
) -> FoundPlace:
    """Return the place that a provider answered; raises RoutingError (without rest) if it cannot be true.

    The values are those of the answer, of whatever type; `country` is empty if the answer has none.
    """
    place = FoundPlace(_degrees(latitude, 90), _degrees(longitude, 180), precision, source)
    if (place.latitude, place.longitude) == (0, 0):
        raise _wrong("sent the point where nothing is")
    if asked.country and country and country.upper() != asked.country:
        raise _wrong("sent a place in another country")
    return place


def _degrees(value: Any, limit: int) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if math.isnan(number) or abs(number) > limit:
        raise _wrong("sent no coordinates" if value is None else "sent impossible coordinates")
    return number


def _wrong(reason: str) -> RoutingError:
    # Without rest: the fault is this address's, and the next one may well be found.
    return RoutingError(reason, retry_after=0)
