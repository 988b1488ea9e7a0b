"""The days of a series agree with a calculation of its own kind, and keep their clock time across clock changes."""

import calendar
import datetime as dt
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.models import Series
from bookings.models.series import Unit
from fsportal.lib import zones
from fsportal.models import Account

DAY = dt.timedelta(days=1)
ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kolkata"]


def nth_weekday(year: int, month: int, like: dt.date) -> dt.date:
    """Return the same weekday of the month as `like` is of its own; the fifth is the last."""
    days = [
        dt.date(year, month, number)
        for number in range(1, calendar.monthrange(year, month)[1] + 1)
        if dt.date(year, month, number).weekday() == like.weekday()
    ]
    number = (like.day - 1) // 7
    return days[number] if number < 4 else days[-1]


def expected(series: Series, count: int) -> list[dt.date]:
    """Walk through the days one after the other, and ask of each whether it belongs."""
    found: list[dt.date] = []
    first = day = series.first_day
    monday = first - first.weekday() * DAY
    weekdays = {int(digit) for digit in series.weekdays} or {first.weekday()}
    while len(found) < count:
        months = (day.year - first.year) * 12 + day.month - first.month
        if series.unit == Unit.DAY:
            fits = (day - first).days % series.every == 0
        elif series.unit == Unit.WEEK:
            fits = (day - monday).days // 7 % series.every == 0 and day.weekday() in weekdays
        else:
            step = series.every * (12 if series.unit == Unit.YEAR else 1)
            last = calendar.monthrange(day.year, day.month)[1]
            that = dt.date(day.year, day.month, min(first.day, last))
            fits = months % step == 0 and day == (
                nth_weekday(day.year, day.month, first) if series.on_nth_weekday else that
            )
        found += [day] if fits else []
        day += DAY
    return found


@settings(max_examples=50, deadline=None)
@given(
    unit=st.sampled_from(list(Unit)),
    every=st.integers(1, 4),
    first=st.dates(dt.date(2026, 1, 1), dt.date(2028, 12, 31)),
    weekdays=st.sets(st.sampled_from("0123456")),
    nth=st.booleans(),
    at=st.times(),
    zone_name=st.sampled_from(ZONES),
)
def test_its_days_are_those_of_another_calculation(
    unit: Unit, every: int, first: dt.date, weekdays: set[str], nth: bool, at: dt.time, zone_name: str
) -> None:
    series = Series(
        account=Account(time_zone=zone_name),
        unit=unit,
        every=every,
        first_day=first,
        weekdays="".join(sorted(weekdays)),
        on_nth_weekday=nth,
        start_time=at.replace(second=0, microsecond=0),
    )
    days = list(islice(series.days(), 8))
    assert days == expected(series, 8)
    for day in days:
        wall = zones.local(series.start_on(day), zone_name).replace(tzinfo=None)
        asked = dt.datetime.combine(day, series.start_time)
        # A time that the clock skips is the moment at which it goes on.
        assert wall == asked or asked < wall <= asked + dt.timedelta(hours=1)


def test_it_ends_on_its_last_day_or_after_so_many_visits() -> None:
    series = Series(account=Account(time_zone="UTC"), first_day=dt.date(2027, 1, 31), unit=Unit.MONTH, count=3)
    ends = [dt.date(2027, 1, 31), dt.date(2027, 2, 28), dt.date(2027, 3, 31)]
    assert list(series.days()) == ends
    series.until = dt.date(2027, 3, 30)
    assert list(series.days(after=ends[0])) == ends[1:2]
