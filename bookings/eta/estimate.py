"""The default arrival time: distance, a road factor and the time of day. Works offline, asks nobody.

The numbers are rules of thumb: roads are some 1.3 times as long as the crow flies (circuity of road networks lies
between 1.2 and 1.4 in most countries), short trips are slow because they are in town, and rush hours cost a third.
"""

import datetime as dt
import math

from bookings.eta.base import Arrival, Point, Trip
from fsportal.lib.zones import zone

EARTH_RADIUS_KM = 6371.0
ROAD_FACTOR = 1.3
RUSH_HOURS = ((dt.time(7), dt.time(9, 30)), (dt.time(16), dt.time(18, 30)))
RUSH_FACTOR = 1.35
#: How far off the estimate may be on each side, as a share of the drive, and in minutes at least.
SLACK = 0.15
MIN_SLACK = dt.timedelta(minutes=5)
ROUND_TO = dt.timedelta(minutes=5)
#: Parking and finding the door.
ON_FOOT = dt.timedelta(minutes=3)


def distance_km(a: Point, b: Point) -> float:
    """Return the great-circle distance in kilometres (haversine)."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


def speed_kmh(road_km: float) -> float:
    """Return the mean speed of a drive of this length: town streets first, then country roads, then motorways."""
    if road_km < 5:
        return 25.0
    if road_km < 25:
        return 40.0
    return 65.0 if road_km < 80 else 80.0


def is_rush_hour(at: dt.datetime, zone_name: str) -> bool:
    """Tell whether `at` (aware) is in a weekday's rush hour, on the clock of `zone_name`."""
    local = at.astimezone(zone(zone_name))
    return local.weekday() < 5 and any(start <= local.time() < end for start, end in RUSH_HOURS)


def _drive(trip: Trip) -> dt.timedelta:
    road_km = distance_km(trip.origin, trip.destination) * ROAD_FACTOR
    hours = road_km / speed_kmh(road_km)
    factor = RUSH_FACTOR if is_rush_hour(trip.departs_at, trip.zone_name) else 1.0
    return dt.timedelta(hours=hours * factor)


def _rounded(at: dt.datetime, *, up: bool) -> dt.datetime:
    step = ROUND_TO.total_seconds()
    seconds = at.timestamp() / step
    whole = math.ceil(seconds) if up else math.floor(seconds)
    return dt.datetime.fromtimestamp(whole * step, tz=dt.UTC)


class Estimate:
    """Arrival from distance and time of day."""

    name = "estimate"

    def arrival(self, trip: Trip) -> Arrival:
        """Return the range, rounded outwards to five minutes as people speak; never before the departure."""
        drive = _drive(trip)
        slack = max(MIN_SLACK, drive * SLACK)
        there = trip.departs_at + drive + ON_FOOT
        earliest = max(_rounded(there - slack, up=False), _rounded(trip.departs_at, up=True))
        return Arrival(earliest, _rounded(there + slack, up=True), self.name, trip.departs_at)
