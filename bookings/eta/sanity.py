"""Whether an answer can be true. Engines have bugs, and proxies answer with pages of their own."""

import datetime as dt
import math
from dataclasses import replace
from typing import Any

from django.utils import timezone

from bookings.eta.base import Drive, Point, RoutingError, Trip, distance_km
from bookings.eta.polyline import MOST_POINTS, thinned

#: Averages over a whole drive, from door to door.
FASTEST_KMH, SLOWEST_KMH = 160.0, 2.0
#: Shorter drives may be slow: a car park, a level crossing.
SLOW_IS_FINE = dt.timedelta(hours=1)
LONGEST = dt.timedelta(hours=48)
#: How far from a place the road may begin or end: at least, as a share of the way, at most (kilometres).
NEAR_KM, NEAR_SHARE, NEAR_MOST_KM = 1.0, 0.1, 5.0
#: A way round a fjord is long; one this many times as long as the crow flies, and this many kilometres more, is wrong.
DETOUR, DETOUR_KM = 10.0, 50.0


def checked(source: str, trip: Trip, seconds: Any, metres: Any, line: tuple[Point, ...]) -> Drive:
    """Return the drive that a provider answered; raises RoutingError (without rest) if it cannot be true.

    `seconds` and `metres` are the values in the answer, of whatever type.
    """
    drive = Drive(_number(seconds, "time"), _number(metres, "distance"), line, source, timezone.now())
    _refuse_line(drive, trip)
    _refuse_distance(drive)
    _refuse_time(drive)
    return replace(drive, line=thinned(line))


def _number(value: Any, what: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # NaN fails every comparison, and a huge whole number does not fit into a float.
    if not is_number or not 0 <= value < 1e12:
        raise _wrong(f"sent no {what}" if value is None else f"sent an impossible {what}")
    return float(value)


def _refuse_line(drive: Drive, trip: Trip) -> None:
    if not drive.line:
        raise _wrong("sent no line")
    if len(drive.line) > MOST_POINTS:
        raise _wrong("sent a line without end")
    if not all(_is_place(point) for point in drive.line):
        raise _wrong("sent a line that leaves the globe")
    near = max(NEAR_KM, min(NEAR_MOST_KM, NEAR_SHARE * distance_km(trip.origin, trip.destination)))
    if distance_km(drive.line[0], trip.origin) > near or distance_km(drive.line[-1], trip.destination) > near:
        raise _wrong("sent the way of another trip")


def _is_place(point: Point) -> bool:
    latitude, longitude = point
    return math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180


def _refuse_distance(drive: Drive) -> None:
    crow, road = distance_km(drive.line[0], drive.line[-1]), drive.metres / 1000
    # The engines' globes differ by half a per cent, and some round to a hundred metres.
    if road < 0.99 * crow - 0.1 or road > DETOUR * crow + DETOUR_KM:
        raise _wrong("sent an impossible distance")


def _refuse_time(drive: Drive) -> None:
    fastest = 3.6 * drive.metres / FASTEST_KMH
    slowest = max(SLOW_IS_FINE.total_seconds(), 3.6 * drive.metres / SLOWEST_KMH)
    if not fastest <= drive.seconds <= min(slowest, LONGEST.total_seconds()):
        raise _wrong("sent an impossible time")


def _wrong(reason: str) -> RoutingError:
    return RoutingError(reason, retry_after=0)
