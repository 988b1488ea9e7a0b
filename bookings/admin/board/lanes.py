"""The lanes of a day: each technician with visits, the drives between them, and when they do not work."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.admin.board import visits as board_visits
from bookings.admin.board.query import BoardQuery
from bookings.admin.board.spans import DAY_MINUTES, Place, Scale, left_between, place, rows_of
from bookings.admin.board.visits import BoardVisit, Reader
from bookings.availability.calendars import Calendar, calendars
from bookings.eta.estimate import between_visits
from bookings.models import Booking, Resource
from fsportal.lib import durations
from fsportal.settings_area.parts import change_url

#: The page says so when there are more technicians than this.
SHOWN = 100
#: The most visits of a technician's day that the week shows.
IN_A_CELL = 8
#: With more visits nobody is made to wait for their conflicts: the page says so.
MOST_LOOKED_AT = 1000
#: The most visits that are drawn above each other; what is beyond shares the last row.
MOST_ROWS = 12


@dataclass(frozen=True)
class DriveOnBoard:
    """The drive to a visit, drawn before it. It is short when there is less time than it takes."""

    place: Place
    minutes: int
    is_short: bool

    @property
    def words(self) -> str:
        words = ngettext("%(count)d minute drive", "%(count)d minutes drive", self.minutes) % {"count": self.minutes}
        return _("%(drive)s, more than there is time for") % {"drive": words} if self.is_short else words


@dataclass(frozen=True)
class AwayOnBoard:
    """An absence."""

    place: Place
    words: str


@dataclass(frozen=True)
class Lane:
    """A technician on one day."""

    resource: Resource
    visits: Sequence[BoardVisit]
    drives: Sequence[DriveOnBoard] = ()
    off: Sequence[Place] = ()
    away: Sequence[AwayOnBoard] = ()

    @property
    def rows(self) -> int:
        return max([visit.row for visit in self.visits], default=0) + 1

    @property
    def first(self) -> Sequence[BoardVisit]:
        """Return those that a cell of the week has room for."""
        return self.visits[:IN_A_CELL]

    @property
    def rest(self) -> int:
        return len(self.visits) - len(self.first)

    @property
    def url(self) -> str:
        return change_url(self.resource)

    @property
    def summary(self) -> str:
        """Return how much there is to do: number and length of the visits that are not canceled."""
        number = len(self.visits)
        if not number:
            return _("Nothing planned")
        taken = sum((visit.booking.end - visit.booking.start for visit in self.visits), dt.timedelta())
        words = ngettext("%(count)d visit, %(length)s", "%(count)d visits, %(length)s", number)
        return words % {"count": number, "length": durations.length(taken)}

    @property
    def works(self) -> bool:
        return sum(one.ends - one.begins for one in self.off) < DAY_MINUTES

    def places(self) -> Iterator[Place]:
        """Return what has to be seen: visits, and the hours of work."""
        yield from (visit.place for visit in self.visits)
        if self.works:
            yield from left_between(self.off)


@dataclass(frozen=True)
class BoardDay:
    day: dt.date
    lanes: Sequence[Lane]
    scale: Scale
    #: Technicians that are not shown.
    more: int = 0

    @property
    def visits(self) -> Iterator[BoardVisit]:
        return (visit for lane in self.lanes for visit in lane.visits)

    @property
    def number(self) -> int:
        return sum(1 for _visit in self.visits)

    @property
    def late(self) -> int:
        return sum(visit.is_late for visit in self.visits)

    @property
    def against(self) -> int:
        return sum(bool(visit.conflicts) for visit in self.visits)

    @property
    def asks(self) -> int:
        return sum(bool(visit.wishes) for visit in self.visits)

    @property
    def untold(self) -> int:
        """Return of how many visits to come nobody knows the time."""
        return sum(not visit.is_over and not visit.booking.is_told for visit in self.visits)


def technicians(query: BoardQuery) -> tuple[list[Resource], int]:
    """Return those who are shown, and how many more there are."""
    found = list(query.resources().select_related("team")[: SHOWN + 1])
    more = query.resources().count() - SHOWN if len(found) > SHOWN else 0
    return found[:SHOWN], more


def board_day(query: BoardQuery, now: dt.datetime) -> BoardDay:
    """Return the lanes of the query's day; a few statements, however much there is to show."""
    resources, more = technicians(query)
    found = Found(query, resources, now).lanes(query.day)
    return BoardDay(query.day, found, Scale.of(one for lane in found for one in lane.places()), more)


class Found:
    """What was read about the technicians for the days that a query shows."""

    def __init__(self, query: BoardQuery, resources: Sequence[Resource], now: dt.datetime) -> None:
        self.resources, self.reader = resources, Reader(now)
        bookings = board_visits.read(query.bookings(now), resources)
        self.by_day = board_visits.by_day(bookings)
        self.looks_for_conflicts = len(bookings) <= MOST_LOOKED_AT
        self.conflicts = board_visits.conflicts_by_pk(bookings) if self.looks_for_conflicts else {}
        self.wishes = board_visits.wishes_by_pk(bookings)
        self.ends = query.ends
        self.calendars = calendars(resources, *query.ends)

    def lanes(self, day: dt.date) -> list[Lane]:
        visits: dict[Any, list[BoardVisit]] = {}
        for visit in board_visits.on_day(self.by_day.get(day, []), day, self.reader, self.conflicts, self.wishes):
            visits.setdefault(visit.booking.resource_id, []).append(visit)
        return [self._lane(day, one, visits.get(one.pk, [])) for one in self.resources]

    def _lane(self, day: dt.date, resource: Resource, visits: Sequence[BoardVisit]) -> Lane:
        rows = rows_of(visit.place for visit in visits)
        placed = [replace(visit, row=min(row, MOST_ROWS - 1)) for visit, row in zip(visits, rows, strict=True)]
        calendar = self.calendars[resource.pk]
        working = [where for span in calendar.working(*self.ends) if (where := place(*span, day)) is not None]
        return Lane(resource, placed, list(drives(placed)), left_between(working), list(_away(calendar, day)))


def _away(calendar: Calendar, day: dt.date) -> Iterator[AwayOnBoard]:
    """Yield when and in a word why somebody is away; the reason of an absence is on its own page only."""
    if calendar.has_zone and calendar.is_holiday(day):
        yield AwayOnBoard(Place(0, DAY_MINUTES), _("Public holiday"))
    for one in calendar.absences:
        where = place(one.start, one.end, day)
        if where is not None:
            yield AwayOnBoard(where, _("Absent"))


def drives(visits: Sequence[BoardVisit]) -> Iterator[DriveOnBoard]:
    """Yield the drives from each visit to the next one that begins after its end."""
    for here, there in pairwise(visits):
        if there.place.begins < here.place.ends:
            continue
        minutes = _drive_minutes(here.booking, there.booking)
        gap = there.place.begins - here.place.ends
        if minutes:
            begins = max(here.place.ends, there.place.begins - minutes)
            yield DriveOnBoard(Place(begins, there.place.begins), minutes, minutes > gap)


def _drive_minutes(here: Booking, there: Booking) -> int:
    length = between_visits(here.work_order.site.coordinates, there.work_order.site.coordinates)
    return round(length.total_seconds() / 60)
