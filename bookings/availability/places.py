"""How far technicians go, and how long it takes them from one visit to the next."""

import datetime as dt
from dataclasses import dataclass

from bookings.eta.base import Point, distance_km
from bookings.eta.estimate import between_visits
from bookings.models import Resource
from bookings.models.work import MOST_BUFFER_MINUTES
from fsportal.lib import zones
from fsportal.models import Address, PortalSettings
from fsportal.models.portal_settings import DistanceUnit

#: Nobody is kept free longer for a drive, nor by a buffer.
LONGEST_DRIVE = dt.timedelta(hours=4)
LONGEST_BUFFER = dt.timedelta(minutes=MOST_BUFFER_MINUTES)
#: So far before and after a visit others can be in its way: by the drive, and by the buffers of both.
REACH = LONGEST_DRIVE + 2 * LONGEST_BUFFER
KM = {DistanceUnit.KM: 1.0, DistanceUnit.MILES: 1.609344}


@dataclass(frozen=True)
class Radius:
    """How far technicians go from their start places: as the settings say, unless a technician's own radius does."""

    usual: int
    unit: DistanceUnit

    @classmethod
    def of(cls, portal_settings: PortalSettings) -> "Radius":
        return cls(portal_settings.travel_radius, DistanceUnit(portal_settings.travel_radius_unit))

    def number(self, resource: Resource) -> int:
        return self.usual if resource.travel_radius is None else resource.travel_radius

    def km(self, resource: Resource) -> float:
        return self.number(resource) * KM[self.unit]


def distance(site: Address, resource: Resource) -> float | None:
    """Return the kilometres from the technician's start to a place as the crow flies; None if either is unknown."""
    here, there = resource.start_place, site.coordinates
    return distance_km(here, there) if here and there else None


def is_in_their_country(site: Address, zone_name: str, resource: Resource) -> bool:
    """Tell whether a place without coordinates, in the zone `zone_name`, is in the country where the technician works.

    That is all that is known of it. A zone outside all countries, such as UTC, is a country of its own.
    """
    theirs = zones.country_of(resource.time_zone)
    country = site.country.upper() or zones.country_of(zone_name)
    return zone_name == resource.time_zone or (bool(theirs) and country == theirs)


def drive(here: Point | None, there: Point | None) -> dt.timedelta:
    """Return the estimated time from one visit to another; zero if a place is unknown."""
    return min(between_visits(here, there), LONGEST_DRIVE)


def buffer(minutes: int) -> dt.timedelta:
    return min(dt.timedelta(minutes=minutes), LONGEST_BUFFER)
