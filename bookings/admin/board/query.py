"""What of the board somebody looks at: day or week, and the filters. All of it is in the page's address."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, BookingStatus, Resource
from bookings.models.status import OPEN
from fsportal.lib.text import one_line
from fsportal.lib.zones import YEARS
from fsportal.settings_area.company_zone import midnight

DAY, WEEK = "day", "week"
#: Which statuses are shown: by default all but canceled visits.
LATE, CANCELED, TO_DO = "late", "canceled", "open"
DAYS = {DAY: 1, WEEK: 7}
#: A visit that lasts longer is shown on the days of its first week only: an index finds visits by their start.
LONGEST = dt.timedelta(days=7)


@dataclass(frozen=True)
class BoardQuery:
    """One look at the board. Texts are as they were typed; what cannot be read is left out."""

    day: dt.date
    view: str = DAY
    team: str = ""
    skill: str = ""
    status: str = ""
    q: str = ""
    tray: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any], now: dt.datetime) -> "BoardQuery":
        return cls(
            _day(data.get("day", "")) or timezone.localdate(now),
            data.get("view", "") if data.get("view") in DAYS else DAY,
            _id(data.get("team", "")),
            _id(data.get("skill", "")),
            data.get("status", "") if data.get("status") in (LATE, CANCELED, TO_DO) else "",
            one_line(str(data.get("q", "")))[:100],
            one_line(str(data.get("tray", "")))[:100],
        )

    def but(self, **values: Any) -> "BoardQuery":
        return replace(self, **values)

    @property
    def url(self) -> str:
        return f"{reverse('admin:board')}?{self.text}"

    @cached_property
    def text(self) -> str:
        """Return it as the query of an address. Every box of a page asks for it."""
        named = {name: str(value) for name, value in asdict(self).items() if value}
        if self.view == DAY:
            del named["view"]
        return urlencode(named)

    @property
    def is_filtered(self) -> bool:
        return bool(self.team or self.skill or self.status or self.q)

    # --- Days -------------------------------------------------------------------------------------------------------
    @property
    def days(self) -> list[dt.date]:
        """Return the days that are shown; a week begins on Monday."""
        first = self.day - dt.timedelta(days=self.day.weekday()) if self.view == WEEK else self.day
        return [first + dt.timedelta(days=number) for number in range(DAYS[self.view])]

    @property
    def ends(self) -> tuple[dt.datetime, dt.datetime]:
        """Return the moments (UTC) at which the days shown begin and end by the company's clock."""
        return midnight(self.days[0]), midnight(self.days[-1] + dt.timedelta(days=1))

    @property
    def before(self) -> "BoardQuery":
        return self.but(day=self.day - dt.timedelta(days=DAYS[self.view]))

    @property
    def after(self) -> "BoardQuery":
        return self.but(day=self.day + dt.timedelta(days=DAYS[self.view]))

    # --- Records ----------------------------------------------------------------------------------------------------
    def resources(self) -> QuerySet[Resource]:
        found = Resource.objects.filter(is_active=True)
        if self.team:
            found = found.filter(team=uuid.UUID(self.team))
        if self.skill:
            found = found.filter(skills=uuid.UUID(self.skill))
        for word in self.q.split():
            found = found.filter(name__icontains=word)
        return found.order_by("name")

    def bookings(self, now: dt.datetime) -> QuerySet[Booking]:
        """Return the visits of the days shown, of any technician."""
        first, last = self.ends
        found = Booking.objects.filter(start__gt=first - LONGEST, start__lt=last, end__gt=first)
        if self.status == LATE:
            return found.late(now)
        if self.status == CANCELED:
            return found.filter(status=BookingStatus.CANCELED)
        if self.status == TO_DO:
            return found.filter(OPEN)
        return found.exclude(status=BookingStatus.CANCELED)


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    # The days beside it are shown and linked, too.
    return day if YEARS.start < day.year < YEARS.stop - 1 else None


def _id(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""
