"""The years, months and days above a list, offered without looking which of them have rows."""

import calendar
import datetime as dt
from typing import Any

from django.db import models
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

Step = dict[str, str]


def date_steps(changelist: Any, field: str) -> dict[str, Any]:
    """Return what admin/date_hierarchy.html shows.

    Django groups the whole list by year, month or day, which takes seconds for a million rows.
    """
    ends = _ends(changelist.model, field)
    if ends is None:
        return {}
    year, month, day = (_number(changelist.params.get(f"{field}__{part}")) for part in ("year", "month", "day"))
    steps = _Steps(changelist, field, *ends)
    if not (year or month or day) and ends[0].year == ends[1].year:
        return steps.months(ends[0].year, is_first=True)
    if year and month and day:
        return steps.day(dt.date(year, month, day))
    if year and month:
        return steps.days(year, month)
    return steps.months(year) if year else steps.years()


def _ends(model: type[models.Model], field: str) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last date; two questions, because SQLite answers each from the index but not both."""
    rows = model._default_manager.filter(**{f"{field}__isnull": False}).values_list(field, flat=True)
    first, last = rows.order_by(field).first(), rows.order_by(f"-{field}").first()
    return None if first is None or last is None else (_date(first), _date(last))


def _date(moment: dt.datetime) -> dt.date:
    return timezone.localtime(moment).date()


def _number(value: str | None) -> int:
    return int(value) if value and value.isdecimal() else 0


class _Steps:
    """One level of dates, with the way back."""

    def __init__(self, changelist: Any, field: str, first: dt.date, last: dt.date) -> None:
        self.changelist, self.field, self.first, self.last = changelist, field, first, last

    def _link(self, **parts: int) -> str:
        chosen = {f"{self.field}__{name}": value for name, value in parts.items()}
        link: str = self.changelist.get_query_string(chosen, [f"{self.field}__"])
        return link

    def _level(self, back: Step | None, choices: list[Step]) -> dict[str, Any]:
        return {"show": True, "back": back, "choices": choices}

    def years(self) -> dict[str, Any]:
        years = range(self.first.year, self.last.year + 1)
        return self._level(None, [{"link": self._link(year=year), "title": str(year)} for year in years])

    def months(self, year: int, *, is_first: bool = False) -> dict[str, Any]:
        back = None if is_first else {"link": self._link(), "title": _("All dates")}
        months = [dt.date(year, month, 1) for month in range(1, 13) if self._has((year, month))]
        choices = [{"link": self._link(year=year, month=one.month), "title": _month(one)} for one in months]
        return self._level(back, choices)

    def _has(self, month: tuple[int, int]) -> bool:
        return (self.first.year, self.first.month) <= month <= (self.last.year, self.last.month)

    def days(self, year: int, month: int) -> dict[str, Any]:
        back = {"link": self._link(year=year), "title": str(year)}
        days = (dt.date(year, month, day) for day in range(1, calendar.monthrange(year, month)[1] + 1))
        there = [day for day in days if self.first <= day <= self.last]
        choices = [{"link": self._link(year=year, month=month, day=one.day), "title": _day(one)} for one in there]
        return self._level(back, choices)

    def day(self, day: dt.date) -> dict[str, Any]:
        back = {"link": self._link(year=day.year, month=day.month), "title": _month(day)}
        return self._level(back, [{"link": "", "title": _day(day)}])


def _month(day: dt.date) -> str:
    return capfirst(formats.date_format(day, "YEAR_MONTH_FORMAT"))


def _day(day: dt.date) -> str:
    return capfirst(formats.date_format(day, "MONTH_DAY_FORMAT"))
