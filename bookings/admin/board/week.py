"""The week: seven days of each technician, with their visits in short.

Which visits there are is read in one narrow statement; only those that are drawn are read in full.
"""

import datetime as dt
import uuid
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from bookings.admin.board import lanes
from bookings.admin.board.lanes import AwayOnBoard, Found
from bookings.admin.board.query import BoardQuery
from bookings.admin.board.visits import BoardVisit
from bookings.models import Booking, Resource
from fsportal.settings_area.company_zone import midnight

#: The most visits that a cell shows, and all cells together: beyond, each shows fewer, but always one.
IN_A_CELL = 8
DRAWN = 500
#: A technician's day.
CellKey = tuple[uuid.UUID, dt.date]


@dataclass(frozen=True)
class WeekCell:
    """A day of a technician. `number` are all of its visits; `visits` those that are drawn."""

    day: dt.date
    visits: Sequence[BoardVisit]
    number: int
    away: Sequence[AwayOnBoard]
    works: bool

    @property
    def rest(self) -> int:
        return self.number - len(self.visits)


@dataclass(frozen=True)
class WeekLane:
    """A technician, with a cell for each day."""

    resource: Resource
    cells: Sequence[WeekCell]

    @property
    def number(self) -> int:
        return sum(cell.number for cell in self.cells)


@dataclass(frozen=True)
class BoardWeek:
    days: Sequence[dt.date]
    lanes: Sequence[WeekLane]
    more: int = 0

    @property
    def number(self) -> int:
        return sum(lane.number for lane in self.lanes)


def week(query: BoardQuery, now: dt.datetime) -> BoardWeek:
    resources, more = lanes.technicians(query)
    days = query.days
    begins = [midnight(day) for day in days]
    keys = _keys(query.bookings(now).filter(resource__in=resources), days, begins)
    most = most_in_a_cell(map(len, keys.values()))
    drawn = {pk for cell in keys.values() for pk in cell[:most]}
    found = Found(query, resources, Booking.objects.filter(pk__in=drawn), now)
    visits = {day: found.visits(day) for day in days}
    spans = list(zip(days, begins, [*begins[1:], query.ends[1]], strict=True))

    def cell(resource: Resource, day: dt.date, first: dt.datetime, last: dt.datetime) -> WeekCell:
        # One that is drawn on the day before may be beyond what this day has room for.
        shown = visits[day].get(resource.pk, [])[:most]
        works, away = found.works(resource, first, last), found.away(resource, day)
        return WeekCell(day, shown, len(keys[resource.pk, day]), away, works)

    return BoardWeek(days, [WeekLane(one, [cell(one, *span) for span in spans]) for one in resources], more)


def most_in_a_cell(numbers: Iterable[int]) -> int:
    """Return how many visits each cell may draw, given how many each has."""
    each = list(numbers)
    return next((most for most in range(IN_A_CELL, 1, -1) if sum(min(most, one) for one in each) <= DRAWN), 1)


def _keys(
    bookings: QuerySet[Booking], days: Sequence[dt.date], begins: Sequence[dt.datetime]
) -> defaultdict[CellKey, list[uuid.UUID]]:
    """Return the visits of each technician on each day that they touch, in order; one statement."""
    found: defaultdict[CellKey, list[uuid.UUID]] = defaultdict(list)
    rows = bookings.order_by("start", "pk").values_list("pk", "resource_id", "start", "end")
    for pk, resource, start, end in rows:
        for day in days[max(bisect_right(begins, start) - 1, 0) : bisect_left(begins, end)]:
            found[resource, day].append(pk)
    return found
