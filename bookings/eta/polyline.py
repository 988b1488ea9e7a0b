"""Lines on the map as Google, Valhalla and others write them: differences in five bits a letter.

https://developers.google.com/maps/documentation/utilities/polylinealgorithm (five decimals);
https://valhalla.github.io/valhalla/decoding/ (the same with six).
"""

import math
from collections.abc import Iterator
from itertools import pairwise

from bookings.eta.base import Point, RoutingError

#: A difference of 360 degrees with six decimals has 30 bits; longer ones are not coordinates.
MOST_BITS = 35
#: A thousand kilometres of winding road.
MOST_POINTS = 50_000
#: Nobody sees on a map of streets that a line is this far off.
TOLERANCE_METRES = 5.0
METRES_PER_DEGREE = 111_195


def decoded(text: str, decimals: int) -> tuple[Point, ...]:
    """Return the points of an encoded line; raises RoutingError if it cannot be decoded."""
    scale = 10.0**decimals
    latitude = longitude = 0
    points: list[Point] = []
    numbers = _numbers(text)
    for difference in numbers:
        if len(points) == MOST_POINTS:
            raise RoutingError("sent a line without end", retry_after=0)
        latitude += difference
        try:
            longitude += next(numbers)
        except StopIteration:
            raise RoutingError("sent half a point", retry_after=0) from None
        points.append((latitude / scale, longitude / scale))
    return tuple(points)


def _numbers(text: str) -> Iterator[int]:
    value = shift = 0
    for letter in text:
        bits = ord(letter) - 63
        if not 0 <= bits < 64 or shift > MOST_BITS:
            raise RoutingError("sent a line that cannot be read", retry_after=0)
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            yield ~(value >> 1) if value & 1 else value >> 1
            value = shift = 0
    if shift:
        raise RoutingError("sent a line that breaks off", retry_after=0)


def thinned(line: tuple[Point, ...]) -> tuple[Point, ...]:
    """Return the line without the points that nobody would miss: it is stored, and sent to phones.

    A point is left out while the line goes straight on (Reumann and Witkam, 1974): one pass, however long the line.
    """
    if len(line) < 3:
        return line
    kept = [line[0]]
    ahead = line[1]
    for before, point in pairwise(line[1:]):
        if _metres_off(kept[-1], ahead, point) > TOLERANCE_METRES:
            kept.append(before)
            ahead = point
    return (*kept, line[-1])


def _metres_off(start: Point, ahead: Point, point: Point) -> float:
    """Return how far a point lies beside the straight line from `start` through `ahead`, on a flat earth."""
    width = math.cos(math.radians(start[0]))
    ahead_y, ahead_x = ahead[0] - start[0], (ahead[1] - start[1]) * width
    point_y, point_x = point[0] - start[0], (point[1] - start[1]) * width
    length = math.hypot(ahead_y, ahead_x)
    if length == 0:
        return math.hypot(point_y, point_x) * METRES_PER_DEGREE
    return abs(ahead_x * point_y - ahead_y * point_x) / length * METRES_PER_DEGREE
