"""Where something stands on the time line of a day, as classes that css/board-times.css turns into positions.

No page may have styles of its own (CSP), and nothing is to jump while scripts load.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from fsportal.lib import zones
from fsportal.settings_area.company_zone import current_zone

#: Minutes; the classes know no smaller ones.
STEP = 5
DAY_MINUTES = 24 * 60
#: The hours that a board shows at least.
HOURS = (8, 18)


@dataclass(frozen=True)
class Place:
    """From and to, in minutes since midnight by the company's clock."""

    begins: int
    ends: int

    @property
    def classes(self) -> str:
        begins = min(self.begins // STEP * STEP, DAY_MINUTES - STEP)
        ends = max(-(-self.ends // STEP) * STEP, begins + STEP)
        return f"from-h{begins // 60} from-m{begins % 60} to-h{ends // 60} to-m{ends % 60}"


def place(start: dt.datetime, end: dt.datetime, day: dt.date, zone: str = "") -> Place | None:
    """Return where a span of time (aware) stands on a day; None if it does not touch it."""
    zone = zone or current_zone()
    begins, ends = _minutes(start, day, zone), _minutes(end, day, zone)
    if ends <= 0 or begins >= DAY_MINUTES:
        return None
    # In the hour that comes twice in autumn an end can be before its start by the clock.
    return Place(max(begins, 0), max(min(ends, DAY_MINUTES), max(begins, 0) + STEP))


def _minutes(moment: dt.datetime, day: dt.date, zone: str) -> int:
    wall = zones.local(moment, zone)
    return (wall.date() - day).days * DAY_MINUTES + wall.hour * 60 + wall.minute


def left_between(places: Iterable[Place]) -> list[Place]:
    """Return what these places leave of the day."""
    left, reached = [], 0
    for one in sorted(places, key=lambda one: one.begins):
        if one.begins > reached:
            left.append(Place(reached, one.begins))
        reached = max(reached, one.ends)
    return [*left, Place(reached, DAY_MINUTES)] if reached < DAY_MINUTES else left


def rows_of(places: Iterable[Place]) -> list[int]:
    """Return the row of each place, in the order of their beginnings, so that none covers another."""
    ends: list[int] = []
    rows = []
    for one in places:
        row = next((number for number, end in enumerate(ends) if end <= one.begins), len(ends))
        ends[row : row + 1] = [one.ends]
        rows.append(row)
    return rows


@dataclass(frozen=True)
class Scale:
    """The hours that are shown: all that is worked or booked, and always those in HOURS."""

    first: int
    last: int

    @classmethod
    def of(cls, places: Iterable[Place]) -> "Scale":
        each = list(places)
        first = min([HOURS[0], *(one.begins // 60 for one in each)])
        last = max([HOURS[1], *(-(-one.ends // 60) for one in each)])
        return cls(first, last)

    @property
    def hours(self) -> range:
        return range(self.first, self.last)

    @property
    def classes(self) -> str:
        return f"first-h{self.first} hours-{self.last - self.first}"
