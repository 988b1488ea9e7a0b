"""The default arrival time: distance, a road factor and the time of day. Works offline, asks nobody.

The numbers are rules of thumb: roads are some 1.3 times as long as the crow flies (circuity of road networks lies
between 1.2 and 1.4 in most countries), short trips are slow because they are in town, and rush hours cost a third.
"""

import datetime as dt

from django.utils import timezone

from bookings.eta.base import Drive, Slack, Trip, distance_km
from fsportal.lib.zones import zone

ROAD_FACTOR = 1.3
RUSH_HOURS = ((dt.time(7), dt.time(9, 30)), (dt.time(16), dt.time(18, 30)))
RUSH_FACTOR = 1.35


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


class Estimate:
    """The drive from distance and time of day. Its range is the widest: it knows neither the roads nor the traffic."""

    name = "estimate"
    slack = Slack(0.15, dt.timedelta(minutes=5))

    def drive(self, trip: Trip, within: float = 0) -> Drive:
        """Return the drive at once, without a line: nobody knows the roads. Never raises."""
        road_km = distance_km(trip.origin, trip.destination) * ROAD_FACTOR
        factor = RUSH_FACTOR if is_rush_hour(trip.departs_at, trip.zone_name) else 1.0
        seconds = 3600 * factor * road_km / speed_kmh(road_km)
        return Drive(seconds, road_km * 1000, (), self.name, timezone.now())
