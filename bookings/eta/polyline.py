"""Lines on the map as Google, Valhalla and others write them: differences in five bits a letter.

https://developers.google.com/maps/documentation/utilities/polylinealgorithm (five decimals);
https://valhalla.github.io/valhalla/decoding/ (the same with six).
"""

from collections.abc import Iterator

from bookings.eta.base import Point, RoutingError

#: A difference of 360 degrees with six decimals has 30 bits; longer ones are no places.
MOST_BITS = 35


def decoded(text: str, decimals: int) -> tuple[Point, ...]:
    """Return the points of an encoded line; raises RoutingError when it is none."""
    scale = 10.0**decimals
    latitude = longitude = 0
    points = []
    numbers = _numbers(text)
    for difference in numbers:
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
