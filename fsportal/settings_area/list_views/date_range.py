"""From and to: a filter of every list that has dates, by the days of the company's zone."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from fsportal.lib import zones
from fsportal.settings_area.company_zone import first_day, midnight

#: Past days that are offered by a link, today included.
SPANS = (1, 7, 30)


def parameters(field: str) -> tuple[str, str]:
    """Return the names of both days in the address."""
    return f"{field}__from", f"{field}__to"


@dataclass(frozen=True)
class DateRange:
    """The days of a list's date that are asked for, both included. A day that cannot be read is `wrong`."""

    field: "models.Field[Any, Any]"
    first: dt.date | None
    last: dt.date | None
    wrong: str = ""

    @classmethod
    def asked(cls, model: type[models.Model], name: str, params: Mapping[str, str]) -> "DateRange":
        field = model._meta.get_field(name)
        assert isinstance(field, models.Field)
        texts = [params.get(parameter, "") for parameter in parameters(name)]
        try:
            first, last = (_day(text) for text in texts)
        except ValueError:
            return cls(field, None, None, _("Write days as they are in a calendar: year, month and day."))
        if first and last and first > last:
            return cls(field, None, None, _("The first day is after the last one. Exchange them."))
        return cls(field, first, last)

    @property
    def is_active(self) -> bool:
        return bool(self.first or self.last)

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        name = self.field.name
        has_time = isinstance(self.field, models.DateTimeField)
        if self.first:
            rows = rows.filter(**{f"{name}__gte": midnight(self.first) if has_time else self.first})
        if self.last:
            after = self.last + dt.timedelta(days=1)
            rows = rows.filter(**{f"{name}__lt": midnight(after) if has_time else after})
        return rows

    def words(self) -> str:
        """Return the range as a chip says it."""
        days = {name: _written(day) for name, day in (("first", self.first), ("last", self.last)) if day}
        if self.first == self.last:
            return days.get("first", "")
        if not self.last:
            return _("from %(first)s") % days
        return _("until %(last)s") % days if not self.first else _("%(first)s to %(last)s") % days

    def spans(self) -> list[tuple[str, dict[str, str]]]:
        """Return ranges to choose by a link: their names and parameters."""
        now, (first, last) = timezone.now(), parameters(self.field.name)
        today = timezone.localdate(now).isoformat()
        names = {1: _("Today"), 7: _("Last 7 days"), 30: _("Last 30 days")}
        return [(names[days], {first: first_day(days, now).isoformat(), last: today}) for days in SPANS]


def _day(text: str) -> dt.date | None:
    """Return a day. Raises ValueError for a text that is none, or a year that can only be a typing error."""
    if not text:
        return None
    day = dt.date.fromisoformat(text)
    if day.year not in zones.YEARS:
        raise ValueError(text)
    return day


def _written(day: dt.date) -> str:
    return formats.date_format(day, "SHORT_DATE_FORMAT")
