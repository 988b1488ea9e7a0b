"""The lanes of a day: each technician with visits, the drives between them, and when they do not work."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from django.db.models import QuerySet
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
#: With more visits nobody is made to wait for their conflicts.
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

    def places(self) -> Iterator[Place]:
        """Return what has to be seen: visits, and the hours of work."""
        yield from (visit.place for visit in self.visits)
        # All of the day without work is no reason to show all of its hours.
        if sum(one.ends - one.begins for one in self.off) < DAY_MINUTES:
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
    bookings = query.bookings(now).filter(resource__in=resources)
    found = Found(query, resources, bookings, now).lanes(query.day)
    return BoardDay(query.day, found, Scale.of(one for lane in found for one in lane.places()), more)


class Found:
    """What was read about the technicians, and about visits of theirs, for the days that a query shows."""

    def __init__(
        self, query: BoardQuery, resources: Sequence[Resource], bookings: QuerySet[Booking], now: dt.datetime
    ) -> None:
        self.resources, self.reader = resources, Reader(now)
        rows = board_visits.read(bookings, resources)
        self.by_day = board_visits.by_day(rows)
        self.conflicts = board_visits.conflicts_by_pk(rows) if len(rows) <= MOST_LOOKED_AT else {}
        self.wishes = board_visits.wishes_by_pk(rows)
        self.calendars = calendars(resources, *query.ends)
        self.working = {pk: one.working(*query.ends) for pk, one in self.calendars.items()}

    def visits(self, day: dt.date) -> dict[uuid.UUID, list[BoardVisit]]:
        """Return the visits of each technician on a day, in order."""
        found: dict[uuid.UUID, list[BoardVisit]] = {}
        for visit in board_visits.on_day(self.by_day.get(day, []), day, self.reader, self.conflicts, self.wishes):
            found.setdefault(visit.booking.resource_id, []).append(visit)
        return found

    def hours(self, resource: Resource, day: dt.date) -> list[Place]:
        """Return when a technician works on a day."""
        return [where for span in self.working[resource.pk] if (where := place(*span, day)) is not None]

    def works(self, resource: Resource, first: dt.datetime, last: dt.datetime) -> bool:
        """Tell whether a technician works between two moments (UTC)."""
        return any(begins < last and ends > first for begins, ends in self.working[resource.pk])

    def away(self, resource: Resource, day: dt.date) -> list[AwayOnBoard]:
        return list(_away(self.calendars[resource.pk], day))

    def lanes(self, day: dt.date) -> list[Lane]:
        visits = self.visits(day)
        return [self._lane(day, one, visits.get(one.pk, [])) for one in self.resources]

    def _lane(self, day: dt.date, resource: Resource, visits: Sequence[BoardVisit]) -> Lane:
        rows = rows_of(visit.place for visit in visits)
        placed = [replace(visit, row=min(row, MOST_ROWS - 1)) for visit, row in zip(visits, rows, strict=True)]
        off = left_between(self.hours(resource, day))
        return Lane(resource, placed, list(drives(placed)), off, self.away(resource, day))


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
