"""Reading the numbers of the reports: of a period and the one before it, by week, technician or service.

Kept numbers (VisitCount) are read by an index; today and a few days that are not kept are counted at once.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from bookings.models import Booking, IncidentType, Resource, VisitCount
from bookings.reports import counting
from fsportal.models import CountedDay, CountedSubject
from fsportal.settings_area.company_zone import midnight

DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
#: Visits of days that are not kept, and stretches of such days, that are counted while somebody waits.
LIVE_VISITS, LIVE_STRETCHES = 600, 3


@dataclass(frozen=True)
class Period:
    """Days by the company's clock, the last one included."""

    first: dt.date
    last: dt.date
    #: How many days earlier the period before it is: whole weeks keep their weekdays.
    back: int

    @classmethod
    def weeks(cls, number: int, today: dt.date) -> "Period":
        """Return so many calendar weeks, the last of which is the present one."""
        return cls(monday(today) - (number - 1) * WEEK, today, 7 * number)

    @classmethod
    def between(cls, first: dt.date, last: dt.date) -> "Period":
        return cls(first, last, (last - first).days + 1)

    @property
    def before(self) -> "Period":
        step = dt.timedelta(days=self.back)
        return Period(self.first - step, self.last - step, self.back)

    @property
    def mondays(self) -> list[dt.date]:
        begins = monday(self.first)
        return [begins + at * WEEK for at in range((self.last - begins).days // 7 + 1)]


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


@dataclass
class Figures:
    """The numbers of a period: all together, by group, and those of the period before it."""

    total: Counter[str] = field(default_factory=Counter)
    before: Counter[str] = field(default_factory=Counter)
    #: By the key of the group: a Monday, or the id of a technician or service.
    groups: dict[Any, Counter[str]] = field(default_factory=dict)
    groups_before: dict[Any, Counter[str]] = field(default_factory=dict)
    #: Days whose numbers are missing or old.
    pending: int = 0


#: By what the numbers can be grouped: the column of VisitCount, and whose names the groups have.
OF_COLUMN: dict[str, tuple[int, Any]] = {"resource": (0, Resource), "incident_type": (1, IncidentType)}


def names_of(column: str, keys: Iterable[Any]) -> dict[Any, str]:
    return dict(OF_COLUMN[column][1].objects.filter(pk__in=list(keys)).values_list("pk", "name"))


def visits(period: Period, column: str, numbers: Sequence[str], now: dt.datetime) -> Figures:
    """Return these numbers; `column` is that of VisitCount by which they are grouped, or "" for weeks."""
    live, pending = _live(period, now)
    found = Figures(pending=pending)
    _add_totals(found, period, numbers, live, by_week=not column)
    if column:
        _add_groups(found.groups, period, column, numbers, live)
        _add_groups(found.groups_before, period.before, column, numbers, live)
    else:
        found.groups = {day: found.groups.get(day, Counter()) for day in period.mondays}
    return found


def _add_totals(found: Figures, period: Period, numbers: Sequence[str], live: "Live", *, by_week: bool) -> None:
    rows = _kept(period.before.first, period.last, live).filter(resource__isnull=True, incident_type__isnull=True)
    kept = (
        (day, Counter(dict(zip(numbers, values, strict=True)))) for day, *values in rows.values_list("day", *numbers)
    )
    for day, counts in [*kept, *((day, of.get(counting.ALL, Counter())) for day, of in live.items())]:
        if period.first <= day <= period.last:
            found.total += counts
            if by_week:
                found.groups.setdefault(monday(day), Counter()).update(counts)
        elif period.before.first <= day <= period.before.last:
            found.before += counts


def _add_groups(
    groups: dict[Any, Counter[str]], period: Period, column: str, numbers: Sequence[str], live: "Live"
) -> None:
    rows = _kept(period.first, period.last, live).filter(**{f"{column}__isnull": False})
    for key, *values in rows.order_by().values_list(column).annotate(*(Sum(name) for name in numbers)):
        groups[key] = Counter(dict(zip(numbers, values, strict=True)))
    place = OF_COLUMN[column][0]
    for day, of_day in live.items():
        for of, counts in of_day.items() if period.first <= day <= period.last else ():
            if of[place] is not None:
                groups.setdefault(of[place], Counter()).update({name: counts[name] for name in numbers})


#: The numbers of days that are counted on the spot.
Live = dict[dt.date, dict[counting.Of, Counter[str]]]


def _kept(first: dt.date, last: dt.date, live: Live) -> Any:
    return VisitCount.objects.filter(day__range=(first, last)).exclude(day__in=list(live))


def _live(period: Period, now: dt.datetime) -> tuple[Live, int]:
    """Count the days that are not kept, as far as that is quick; return their numbers, and how many days are left."""
    today = timezone.localdate(now)
    begun = counting.first()
    first = max(period.before.first, timezone.localdate(begun)) if begun else today
    last = min(period.last, today)
    fresh = CountedDay.fresh(CountedSubject.VISITS, first, last) - {today}
    missing = [first + at * DAY for at in range((last - first).days + 1) if first + at * DAY not in fresh]
    live: Live = {}
    for at, (begins, ends) in enumerate(_stretches(missing)):
        if at < LIVE_STRETCHES and _is_quick(begins, ends):
            chosen = begins
        elif ends == today:
            chosen = today
        else:
            continue
        counted = counting.count_days(chosen, ends, now)
        live |= {day: counted.get(day, {}) for day in missing if chosen <= day <= ends}
    return live, len(missing) - len(live)


def _is_quick(first: dt.date, last: dt.date) -> bool:
    visits = Booking.objects.filter(start__gte=midnight(first), start__lt=midnight(last + DAY))
    return visits[: LIVE_VISITS + 1].count() <= LIVE_VISITS


def _stretches(days: Sequence[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """Yield the first and last day of each stretch of days without a gap, the latest first."""
    rest = list(days)
    while rest:
        last = first = rest.pop()
        while rest and rest[-1] == first - DAY:
            first = rest.pop()
        yield first, last
