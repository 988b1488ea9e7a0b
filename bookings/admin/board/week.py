"""The week: seven days of each technician, with their visits in short."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bookings.admin.board import lanes
from bookings.admin.board.lanes import Lane
from bookings.admin.board.query import BoardQuery
from bookings.models import Resource


@dataclass(frozen=True)
class WeekLane:
    """A technician, with a lane for each day."""

    resource: Resource
    days: Sequence[tuple[dt.date, Lane]]

    @property
    def number(self) -> int:
        return sum(len(lane.visits) for _day, lane in self.days)


@dataclass(frozen=True)
class BoardWeek:
    days: Sequence[dt.date]
    lanes: Sequence[WeekLane]
    more: int = 0
    looks_for_conflicts: bool = True

    @property
    def number(self) -> int:
        return sum(lane.number for lane in self.lanes)


def week(query: BoardQuery, now: dt.datetime) -> BoardWeek:
    resources, more = lanes.technicians(query)
    found = lanes.Found(query, resources, now)
    by_day = {day: found.lanes(day) for day in query.days}
    rows = [
        WeekLane(resource, [(day, by_day[day][number]) for day in query.days])
        for number, resource in enumerate(resources)
    ]
    return BoardWeek(query.days, rows, more, found.looks_for_conflicts)
