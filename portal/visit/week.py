"""Free times as a customer reads them: days as headings, clock times below, on the clock of the site, a week at a time.

No technician is named: who comes is shown only while they travel (Settings page, *Track My Technician*).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bookings.availability.free_times import FreeTime
from bookings.models.window import ToldTime
from bookings.self_service.offers import OfferedTime
from fsportal.lib import zones

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True)
class TimeOption:
    """A time to choose; `end` is empty if the `start` says it all, as with an arrival window."""

    key: str
    start: str
    end: str
    is_chosen: bool


@dataclass(frozen=True)
class DayOptions:
    heading: str
    options: list[TimeOption]


@dataclass(frozen=True)
class Week:
    """The days shown together, and where the next and the previous ones begin (ISO dates, or "")."""

    days: list[DayOptions]
    zone: str
    begins: str
    earlier: str
    later: str
    has_choice: bool
    #: Whether they are arrival windows, so that the time within them is ours.
    has_windows: bool

    @classmethod
    def of(
        cls,
        offers: Iterable[OfferedTime],
        zone_name: str,
        language: str,
        now: dt.datetime,
        *,
        asked: str = "",
        chosen: ToldTime | None = None,
    ) -> "Week | None":
        """Return the week from the day that was `asked` for (an ISO date), or from the first one; None without times.

        Words are in `language`; `chosen` is the time or window that was chosen before.
        """
        by_day: dict[dt.date, list[OfferedTime]] = defaultdict(list)
        for offer in offers:
            by_day[zones.local(offer.told.start, zone_name).date()].append(offer)
        if not by_day:
            return None
        dates = sorted(by_day)
        first = _first_shown(dates, asked, zones.local(chosen.start, zone_name).date() if chosen else None)
        shown = [date for date in dates if first <= date < first + WEEK]
        options = {date: [_option(offer, zone_name, language, chosen) for offer in by_day[date]] for date in shown}
        headings = {date: zones.day(by_day[date][0].told.start, zone_name, language, now=now) for date in shown}
        later = next((date for date in dates if date >= first + WEEK), None)
        return cls(
            days=[DayOptions(headings[date], options[date]) for date in shown],
            zone=zones.zone_label(by_day[first][0].told.start, zone_name, language),
            begins=first.isoformat(),
            earlier=_earlier(dates, first),
            later=later.isoformat() if later else "",
            has_choice=any(option.is_chosen for date in shown for option in options[date]),
            has_windows=any(offer.told.until for offer in by_day[first]),
        )


def _first_shown(dates: Sequence[dt.date], asked: str, chosen: dt.date | None) -> dt.date:
    try:
        wanted = dt.date.fromisoformat(asked)
    except ValueError:
        wanted = chosen or dates[0]
    return next((date for date in dates if date >= wanted), dates[-1])


def _earlier(dates: Sequence[dt.date], first: dt.date) -> str:
    before = [date for date in dates if date < first]
    if not before:
        return ""
    week = [date for date in before if date > before[-1] - WEEK]
    return week[0].isoformat()


def _option(offer: OfferedTime, zone_name: str, language: str, chosen: ToldTime | None) -> TimeOption:
    told, is_chosen = offer.told, offer.told == chosen
    if told.until is not None:
        return TimeOption(offer.key, zones.clocks(told.start, told.until, zone_name, language), "", is_chosen)
    start, end = (zones.clock(moment, zone_name, language) for moment in (told.start, offer.time.end))
    return TimeOption(offer.key, start, end, is_chosen)


def start_of(key: str) -> dt.datetime | None:
    """Return the start (UTC) that a form's key names, or None if the text is not such a key."""
    named = FreeTime.from_key(key)
    # Near the year 9999 a change of zone overflows a datetime.
    return named[0] if named and named[0].year in zones.YEARS else None
