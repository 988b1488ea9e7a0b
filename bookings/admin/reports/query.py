"""What somebody asks of the page *Reports*, read from its address; what cannot be read counts as not asked."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from bookings.reports.figures import Period
from bookings.reports.subjects import MESSAGES, OF_VISITS, Report

WEEKS = (4, 13, 52)
OWN = "own"
#: The longest period, in days; the one before it is as long.
LONGEST = 3 * 366
#: What numbers are grouped by: the name in addresses, its label, and the column that it groups ("" for weeks).
Choices = dict[str, tuple[Any, str]]
BY_VISIT: Choices = {
    "week": (_("Week"), ""),
    "technician": (_("Technician"), "resource"),
    "service": (_("Service"), "incident_type"),
}
BY_MESSAGE: Choices = {
    "week": (_("Week"), ""),
    "channel": (_("Channel"), "channel"),
    "provider": (_("Provider"), "provider"),
}


@dataclass(frozen=True)
class ReportQuery:
    report: Report
    period: Period
    #: A number of weeks, or OWN.
    span: str
    by: str
    #: Whether a period was asked for that is not shown so: no two days, the wrong way round, or too long.
    was_corrected: bool = False

    @classmethod
    def of(cls, asked: QueryDict, reports: list[Report], today: dt.date) -> "ReportQuery":
        report = next((one for one in reports if one.slug == asked.get("report")), reports[0])
        by = asked.get("by", "")
        by = by if by in cls._choices(report) else "week"
        if asked.get("span") == OWN:
            first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
            if first and last:
                ends = min(max(first, last), today)
                begins = max(min(first, last, today), ends - dt.timedelta(days=LONGEST - 1))
                corrected = (begins, ends) != (first, last)
                return cls(report, Period.between(begins, ends), OWN, by, corrected)
            return cls(report, Period.weeks(WEEKS[0], today), str(WEEKS[0]), by, was_corrected=True)
        weeks = next((number for number in WEEKS if str(number) == asked.get("span")), WEEKS[0])
        return cls(report, Period.weeks(weeks, today), str(weeks), by)

    @staticmethod
    def _choices(report: Report) -> Choices:
        return BY_MESSAGE if report is MESSAGES else BY_VISIT

    @property
    def choices(self) -> list[tuple[str, object]]:
        return [(name, label) for name, (label, _column) in self._choices(self.report).items()]

    @property
    def by_label(self) -> str:
        return str(self._choices(self.report)[self.by][0])

    @property
    def column(self) -> str:
        """Return the column by which the numbers are grouped; "" for weeks."""
        return self._choices(self.report)[self.by][1]

    def but(self, **other: str) -> str:
        """Return the address of the same with something else."""
        mine = {"report": self.report.slug, "span": self.span, "by": self.by}
        if self.span == OWN:
            mine |= {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        return "?" + urlencode(mine | other)


def _day(text: str) -> dt.date | None:
    try:
        day = parse_date(text)
    except ValueError:  # the thirtieth of February
        return None
    # A few years at both ends of the calendar have no period before them, or no tomorrow.
    return day if day and 1900 < day.year < 9000 else None


def reports_of(*, sees_messages: bool) -> list[Report]:
    return [*OF_VISITS, MESSAGES] if sees_messages else [*OF_VISITS]
