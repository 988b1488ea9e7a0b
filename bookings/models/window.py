"""Arrival windows: what customers are told instead of the minute at which a visit begins.

A service's windows are steps of its length on the clock of the visit's place, counted from midnight: with 240 minutes
00:00 to 04:00, 04:00 to 08:00, 08:00 to 12:00 and so on. The last one of a day ends at midnight.
"""

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext_lazy as _

from bookings.models.errors import BookingError
from fsportal.lib import zones

MINUTE = dt.timedelta(minutes=1)
#: A start that moves by no more than this is no news (Notifications page, *Booking Rescheduled*).
SMALL_MOVE = dt.timedelta(minutes=10)


@dataclass(frozen=True)
class ToldTime:
    """When customers are told that a visit is (UTC): at its start, or within an arrival window that ends at `until`."""

    start: dt.datetime
    until: dt.datetime | None = None

    @property
    def latest(self) -> dt.datetime:
        """Return the last moment at which the visit is not late."""
        return self.until or self.start

    def includes(self, start: dt.datetime) -> bool:
        return self.until is not None and self.start <= start < self.until

    def still_holds(self, now_told: "ToldTime") -> bool:
        """Tell whether somebody who was told this need not be told `now_told`."""
        if self.until is None and now_told.until is None:
            return abs(self.start - now_told.start) <= SMALL_MOVE
        return self == now_told

    def words(
        self, zone_name: str, language: str, *, end: dt.datetime | None = None, now: dt.datetime | None = None
    ) -> str:
        """Return it as customers read it; a start without a window is followed by the `end` if there is one."""
        if self.until is not None:
            return zones.between(self.start, self.until, zone_name, language, now=now)
        return zones.when(self.start, end or self.start, zone_name, language, now=now)

    def short_words(self, zone_name: str, language: str) -> str:
        """Return it without the zone, to stand beside a time that names it."""
        if self.until is not None:
            return zones.short_between(self.start, self.until, zone_name, language)
        return zones.short_moment(self.start, zone_name, language)


class ByService(Enum):
    """Stands for the window that the service says, or for none if it says none."""

    BY_SERVICE = "by_service"


BY_SERVICE: Final = ByService.BY_SERVICE
#: A window, none (the minute is told), or what the service says.
WindowChoice = ToldTime | ByService | None


class ArrivalWindow(models.Model):
    """The fields of a booking. Both are set (UTC), or neither: then customers are told the start."""

    window_start = models.DateTimeField(_("arrival window, from"), null=True, editable=False)
    window_end = models.DateTimeField(_("arrival window, until"), null=True, editable=False)

    start: "models.DateTimeField[Any, Any]"
    end: "models.DateTimeField[Any, Any]"

    class Meta:
        abstract = True

    @property
    def window(self) -> ToldTime | None:
        return ToldTime(self.window_start, self.window_end) if self.window_start and self.window_end else None

    @property
    def told_time(self) -> ToldTime:
        return self.window or ToldTime(self.start)

    @property
    def told_end(self) -> dt.datetime:
        """Return when the visit is over as far as customers know (UTC): whoever comes late in a window takes longer."""
        end: dt.datetime = self.end
        return max(end, self.told_time.latest)


def window_of(start: dt.datetime, minutes: int | None, zone_name: str) -> ToldTime | None:
    """Return the window (UTC) of a service into which a start (aware) falls; None if the service has none."""
    if not minutes:
        return None
    wall = zones.local(start, zone_name).replace(tzinfo=None)
    midnight = dt.datetime.combine(wall.date(), dt.time())
    step = dt.timedelta(minutes=minutes)
    begins = midnight + (wall - midnight) // step * step
    ends = min(begins + step, midnight + dt.timedelta(days=1))
    # Between the two readings of a clock that goes back the window of the first one may be over.
    found = (ToldTime(instant(begins, zone_name, fold), instant(ends, zone_name, fold)) for fold in (0, 1))
    return next((one for one in found if one.includes(start)), None)


def fields(window: ToldTime | None) -> dict[str, dt.datetime | None]:
    return {"window_start": window.start if window else None, "window_end": window.until if window else None}


def fields_of(
    choice: WindowChoice, start: dt.datetime, work_order: Any, before: ArrivalWindow | None = None
) -> dict[str, Any]:
    """Return the fields of a visit of this work order; the parameters and what is raised are those of `chosen`."""
    return fields(chosen(choice, start, work_order.incident_type.window_minutes, work_order.zone_name, before))


def timed(before: Any, values: dict[str, Any], change: Any) -> dict[str, Any]:
    """Return when and by what the time was set, if customers are told another one.

    They do not notice a move inside the arrival window, so no reminder starts over then.
    """
    has_window = before.window is not None or values["window_start"] is not None
    told = ("window_start", "window_end") if has_window else ("start",)
    if all(getattr(before, name) == values[name] for name in told):
        return {}
    made_at = change.made_at + change.hold
    return {"timed_at": made_at, "timed_by": before.revision + 1, "is_quiet": change.quiet}


def chosen(
    choice: WindowChoice, start: dt.datetime, minutes: int | None, zone_name: str, before: ArrivalWindow | None = None
) -> ToldTime | None:
    """Return the window of a visit that is to begin at `start`; `before` is the visit as it was, if it was there.

    A move inside the window keeps it. So does a small move of a visit of which customers were told the minute.
    Raises BookingError if the start is not in the window that was chosen.
    """
    window = _by_service(start, minutes, zone_name, before) if isinstance(choice, ByService) else choice
    if window is not None and not window.includes(start):
        raise BookingError(_("The visit must begin within its arrival window."))
    return window


def _by_service(
    start: dt.datetime, minutes: int | None, zone_name: str, before: ArrivalWindow | None
) -> ToldTime | None:
    if before is not None and before.window is not None and before.window.includes(start):
        return before.window
    if before is not None and before.window is None and abs(before.start - start) <= SMALL_MOVE:
        return None
    return window_of(start, minutes, zone_name)


def instant(wall: dt.datetime, zone_name: str, fold: int = 0) -> dt.datetime:
    """Return the moment (UTC) of a wall time; if the clock skips it, the moment at which it does."""
    zone = ZoneInfo(zones.shown(zone_name))
    early, late = (wall.replace(tzinfo=zone, fold=side) for side in (1, 0))
    first, last = early.astimezone(dt.UTC), late.astimezone(dt.UTC)
    if first >= last:  # it exists, perhaps twice
        return first if fold else last
    while last - first > MINUTE:
        middle = first + (last - first) // 2 // MINUTE * MINUTE
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            first = middle
        else:
            last = middle
    return last
