"""The demo's technician on the way: an invented line through streets, reported as by any phone."""

import datetime as dt
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from bookings.eta.base import Point, distance_km
from bookings.models import Booking, BookingStatus
from bookings.tracking.intake import TOO_FAST
from bookings.tracking.report import PositionReport
from fsportal.settings_area.demo_marks import PREFIX

#: Between two reports, as a phone sends them at most.
EVERY = dt.timedelta(seconds=10)
#: Blocks between the two ends: nobody drives as the crow flies.
BLOCKS = 7
#: Metres: the error of a phone's receiver under an open sky.
ACCURACY = 10.0
#: Slightly slower than what counts as a jump.
SHARE_OF_TOO_FAST = 0.9
#: Kilometres: nearer than this the technician is there, and the drive begins at their start location again.
THERE = 0.3


@dataclass(frozen=True)
class DemoDrive:
    """A line of points to a visit's site, and how long it takes."""

    line: tuple[Point, ...]
    takes: dt.timedelta

    @property
    def metres(self) -> float:
        return 1000 * sum(itertools.starmap(distance_km, itertools.pairwise(self.line)))

    @property
    def least(self) -> dt.timedelta:
        """Return the shortest time (whole minutes) in which its reports are believable."""
        return dt.timedelta(minutes=math.ceil(self.metres / (SHARE_OF_TOO_FAST * TOO_FAST) / 60))

    def reports(self, since: dt.datetime) -> Iterator[PositionReport]:
        """Yield the reports of a drive that began at `since` (aware), one every EVERY, the last one at the door."""
        count = math.ceil(self.takes / EVERY)
        for number in range(count + 1):
            point = _at(self.line, number / count)
            ahead = _at(self.line, min(1.0, (number + 1) / count))
            yield PositionReport(
                *point,
                recorded_at=since + min(number * EVERY, self.takes),
                accuracy=ACCURACY,
                speed=self.metres / self.takes.total_seconds() if number < count else 0.0,
                heading=_heading(point, ahead),
            )


def visit() -> Booking | None:
    """Return the demo visit that somebody set off for last, or None. Visits of real customers are left alone."""
    ours = Booking.objects.filter(work_order__account__external_id__startswith=PREFIX)
    on_the_way = ours.filter(status=BookingStatus.TRAVELING, set_off_at__isnull=False)
    return on_the_way.with_visit().order_by("-set_off_at", "-pk").first()


def to(booking: Booking, takes: dt.timedelta, now: dt.datetime) -> DemoDrive | None:
    """Return a drive from where the technician is to the site; None if either place is unknown."""
    site, origin = booking.work_order.site.coordinates, booking.origin(now)
    if site is not None and origin is not None and distance_km(origin, site) < THERE:
        origin = booking.resource.start_place
    if site is None or origin is None:
        return None
    return DemoDrive(streets(origin, site), takes)


def streets(origin: Point, goal: Point) -> tuple[Point, ...]:
    """Return a line of right angles between two points, in blocks: now along one street, now along the other."""
    line = [origin]
    for block in range(1, BLOCKS + 1):
        share = block / BLOCKS
        latitude = origin[0] + share * (goal[0] - origin[0])
        longitude = origin[1] + share * (goal[1] - origin[1])
        line += [(line[-1][0], longitude), (latitude, longitude)]
    return (*line[:-1], goal)


def _at(line: tuple[Point, ...], share: float) -> Point:
    legs = list(itertools.pairwise(line))
    left = share * sum(itertools.starmap(distance_km, legs))
    for begin, end in legs:
        length = distance_km(begin, end)
        if left < length:
            part = left / length
            return begin[0] + part * (end[0] - begin[0]), begin[1] + part * (end[1] - begin[1])
        left -= length
    return line[-1]


def _heading(begin: Point, end: Point) -> float | None:
    north = end[0] - begin[0]
    east = (end[1] - begin[1]) * math.cos(math.radians(begin[0]))
    return math.degrees(math.atan2(east, north)) % 360 if (north, east) != (0, 0) else None
