"""Drives and arrival times, whoever computed them."""

import datetime as dt
import math
from dataclasses import dataclass
from typing import Protocol

from fsportal.lib.rounding import rounded_down, rounded_up

Point = tuple[float, float]
EARTH_RADIUS_KM = 6371.0
#: Parking and finding the door.
ON_FOOT = dt.timedelta(minutes=3)


@dataclass(frozen=True)
class Trip:
    """One drive: from and to (latitude, longitude in degrees), the departure (aware), the zone of the destination."""

    origin: Point
    destination: Point
    departs_at: dt.datetime
    zone_name: str


@dataclass(frozen=True)
class Drive:
    """How long a trip takes: seconds including traffic, metres of road, and the line on the map.

    The line goes from origin to destination in (latitude, longitude), and is empty if the roads are not known.
    """

    seconds: float
    metres: float
    line: tuple[Point, ...]
    source: str
    computed_at: dt.datetime


@dataclass(frozen=True)
class Slack:
    """How far off a provider may be on each side: a share of the drive, but at least a minimum."""

    share: float
    least: dt.timedelta


@dataclass(frozen=True)
class Arrival:
    """An arrival time as an honest range (aware times, UTC), with its source and when it was computed.

    `expected` lies in the range and is for comparing, not for showing. `metres` and `line` are the drive's.
    """

    earliest: dt.datetime
    latest: dt.datetime
    expected: dt.datetime
    metres: float
    line: tuple[Point, ...]
    source: str
    computed_at: dt.datetime


class RoutingError(Exception):
    """A provider gave no usable answer. `reason` is for the log: a few words, without a key and without a place.

    `retry_after` is how many seconds the provider should be left alone: None for the usual time, 0 if the fault is
    the trip's (no road goes there) and the next trip may well succeed.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class RoutingProvider(Protocol):
    """Something that knows how long a drive takes. `name` is what `Arrival.source` says (at most 20 letters)."""

    @property
    def name(self) -> str: ...

    @property
    def slack(self) -> Slack: ...

    def drive(self, trip: Trip, within: float) -> Drive:
        """Return the drive after `within` seconds at most; raises RoutingError."""
        ...


def distance_km(a: Point, b: Point) -> float:
    """Return the great-circle distance in kilometres (haversine)."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, h)))


def arrival_of(drive: Drive, trip: Trip, slack: Slack) -> Arrival:
    """Return the range in which the drive ends, rounded outwards to five minutes as people speak.

    It never begins before the departure, even if that is past the five-minute mark.
    """
    expected = trip.departs_at + dt.timedelta(seconds=drive.seconds) + ON_FOOT
    off = max(slack.least, slack.share * dt.timedelta(seconds=drive.seconds))
    earliest = max(rounded_down(expected - off), trip.departs_at)
    latest = rounded_up(expected + off)
    return Arrival(earliest, latest, expected, drive.metres, drive.line, drive.source, drive.computed_at)
