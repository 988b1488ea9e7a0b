"""The default arrival time: distance, a road factor and the time of day. Works offline, asks nobody.

The numbers are rules of thumb: roads are some 1.3 times as long as the crow flies (circuity of road networks lies
between 1.2 and 1.4 in most countries), short trips are slow because they are in town, and rush hours cost a third.
"""

import datetime as dt
import math
from functools import lru_cache

from django.utils import timezone

from bookings.eta.base import ON_FOOT, Drive, Point, Slack, Trip, distance_km
from fsportal.lib.zones import zone

ROAD_FACTOR = 1.3
#: To a place that is nearer than this nobody drives.
NEXT_DOOR_KM = 0.2
RUSH_HOURS = ((dt.time(7), dt.time(9, 30)), (dt.time(16), dt.time(18, 30)))
RUSH_FACTOR = 1.35
#: Sections of a drive: up to which kilometre, at how many kilometres per hour. So a nearer place never takes longer.
SPEEDS = ((3.0, 25.0), (25.0, 45.0), (80.0, 75.0), (math.inf, 100.0))


def hours_of(road_km: float) -> float:
    """Return the hours that this drive takes: town streets first, then country roads, then motorways."""
    hours = begins = 0.0
    for ends, speed_kmh in SPEEDS:
        hours += max(0.0, min(road_km, ends) - begins) / speed_kmh
        begins = ends
    return hours


def is_rush_hour(at: dt.datetime, zone_name: str) -> bool:
    """Tell whether `at` (aware) is in a weekday's rush hour, on the clock of `zone_name`."""
    local = at.astimezone(zone(zone_name))
    return local.weekday() < 5 and any(start <= local.time() < end for start, end in RUSH_HOURS)


# A schedule board asks for the same few thousand drives every few seconds.
@lru_cache(maxsize=16_384)
def between_visits(here: Point | None, there: Point | None) -> dt.timedelta:
    """Return roughly how long it takes from one visit to another at any hour; zero if a place is unknown."""
    km = distance_km(here, there) if here and there else 0.0
    return ON_FOOT + dt.timedelta(hours=hours_of(km * ROAD_FACTOR)) if km > NEXT_DOOR_KM else dt.timedelta()


class Estimate:
    """The drive from distance and time of day, with the widest range: it knows neither roads nor traffic."""

    name = "estimate"
    slack = Slack(0.25, dt.timedelta(minutes=5))

    def drive(self, trip: Trip, within: float = 0) -> Drive:
        """Return the drive at once, without a line. Never raises."""
        road_km = distance_km(trip.origin, trip.destination) * ROAD_FACTOR
        factor = RUSH_FACTOR if is_rush_hour(trip.departs_at, trip.zone_name) else 1.0
        seconds = 3600 * factor * hours_of(road_km)
        return Drive(seconds, road_km * 1000, (), self.name, timezone.now())
