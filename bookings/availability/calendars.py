"""When each technician works: weekly hours, special days, public holidays and absences, as spans of real time."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from bookings.availability.working_hours import DAY, Interval, Span, gaps, hours_on, intervals_of, merged, span_of
from bookings.models import Absence, Resource, SpecialDay
from fsportal.lib.public_holidays import public_holidays
from fsportal.lib.zones import YEARS, local, shown

#: Technicians of one statement; SQLite takes only so many parameters.
TOGETHER = 500


class Calendar:
    """One technician's working times. Without a zone nobody knows them, and there are none."""

    def __init__(
        self, resource: Resource, special: dict[dt.date, list[Interval]], absences: Sequence[Absence] = ()
    ) -> None:
        self.zone_name = resource.time_zone
        self._hours = resource.working_hours
        self._holidays = resource.public_holidays
        self._special = special
        self.absences = absences

    @cached_property
    def has_zone(self) -> bool:
        return bool(self.zone_name) and shown(self.zone_name) == self.zone_name

    @cached_property
    def alike(self) -> tuple[str, str, str] | None:
        """Return what technicians with the same hours have in common; None for one with special days or absences."""
        is_own = bool(self._special or self.absences)
        return None if is_own else (self.zone_name, repr(self._hours), self._holidays)

    @cached_property
    def _week(self) -> list[list[Interval]]:
        return [hours_on(self._hours, weekday) for weekday in range(7)]

    def intervals_on(self, day: dt.date) -> list[Interval]:
        """Return the hours of a day by its special day or weekday, whatever holidays and absences say."""
        own = self._special.get(day)
        return self._week[day.weekday()] if own is None else own

    @property
    def has_holidays(self) -> bool:
        """Tell whether any public holidays are days off."""
        return bool(self._holidays)

    def is_holiday(self, day: dt.date) -> bool:
        """Tell whether a public holiday is a day off; a special day is worked as it says."""
        return self.has_holidays and day not in self._special and day in public_holidays(self._holidays, day.year)

    def hours(self, first: dt.datetime, last: dt.datetime) -> list[Span]:
        """Return the working hours between two moments (UTC), in order, as if there were no holidays and absences."""
        return self._spans(self._days(first, last), first, last)

    def outside_holidays(self, first: dt.datetime, last: dt.datetime) -> list[Span]:
        if not self.has_holidays:
            return self.hours(first, last)
        return self._spans((day for day in self._days(first, last) if not self.is_holiday(day)), first, last)

    def working(self, first: dt.datetime, last: dt.datetime) -> list[Span]:
        """Return when the technician works, in order; spans that touch are one."""
        spans = self.outside_holidays(first, last)
        return gaps(spans, [(one.start, one.end) for one in self.absences]) if self.absences else spans

    def absent(self, start: dt.datetime, end: dt.datetime) -> Absence | None:
        """Return the first absence that overlaps these times."""
        return next((one for one in self.absences if one.start < end and one.end > start), None)

    def _days(self, first: dt.datetime, last: dt.datetime) -> Iterator[dt.date]:
        if not self.has_zone:
            return
        # A night shift of the day before may reach into the first day.
        day, end = local(first, self.zone_name).date() - DAY, local(last, self.zone_name).date()
        while day <= end and day.year in YEARS:
            yield day
            day += DAY

    def _spans(self, days: Iterable[dt.date], first: dt.datetime, last: dt.datetime) -> list[Span]:
        found = (span_of(day, interval, self.zone_name) for day in days for interval in self.intervals_on(day))
        return merged(span for span in found if span[0] < span[1] and span[1] > first and span[0] < last)


def calendars(resources: Iterable[Resource], first: dt.datetime, last: dt.datetime) -> dict[uuid.UUID, Calendar]:
    """Return the calendars of technicians for the time between two moments (UTC); two statements."""
    each = list(resources)
    special: defaultdict[uuid.UUID, dict[dt.date, list[Interval]]] = defaultdict(dict)
    away: defaultdict[uuid.UUID, list[Absence]] = defaultdict(list)
    for at in range(0, len(each), TOGETHER):
        some = each[at : at + TOGETHER]
        # Days are by the technician's clock, which may be a day ahead or behind, and a night reaches into the next.
        days = ((first - 2 * DAY).date(), (last + 2 * DAY).date())
        for one in SpecialDay.objects.filter(resource__in=some, day__range=days):
            special[one.resource_id][one.day] = intervals_of(one.hours)
        for absence in Absence.objects.filter(resource__in=some, end__gt=first, start__lt=last).order_by("start"):
            away[absence.resource_id].append(absence)
    return {one.pk: Calendar(one, special[one.pk], away[one.pk]) for one in each}


def working_spans(resources: Iterable[Resource], first: dt.datetime, last: dt.datetime) -> dict[uuid.UUID, list[Span]]:
    """Return when each technician works between two moments (UTC); those who work alike share one list."""
    known: dict[tuple[str, str, str], list[Span]] = {}
    found = {}
    for pk, calendar in calendars(resources, first, last).items():
        key = calendar.alike
        if key is None:
            found[pk] = calendar.working(first, last)
            continue
        if key not in known:
            known[key] = calendar.working(first, last)
        found[pk] = known[key]
    return found
