"""When messages may go out at one place: hours of the day, weekends and public holidays, in the place's own time."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from fsportal.lib import zones
from fsportal.lib.public_holidays import public_holidays, weekend
from fsportal.models.message_hours import Hours

#: A message that has to go before a pause goes this long before it begins.
BEFORE_A_PAUSE = dt.timedelta(minutes=30)
#: No pause lasts longer.
LONGEST_PAUSE_DAYS = 30


@dataclass(frozen=True)
class SendingHours:
    """`country` is a code of ISO 3166-1; if it is empty, the zone's country counts."""

    hours: Hours
    zone_name: str
    country: str = ""

    def next_open(self, at: dt.datetime) -> dt.datetime:
        """Return `at` if messages may go out then, or else when they next may (UTC)."""
        if not self.hours.are_limited:
            return at
        return next((max(opens, at) for opens, closes in self._periods(at, 1) if closes > at), at)

    def last_open(self, at: dt.datetime) -> dt.datetime:
        """Return `at` if messages may go out then, or else shortly before they last no longer might (UTC)."""
        if self.next_open(at) == at:
            return at
        return next((closes - BEFORE_A_PAUSE for opens, closes in self._periods(at, -1) if closes <= at), at)

    def _periods(self, at: dt.datetime, step: int) -> Iterator[tuple[dt.datetime, dt.datetime]]:
        """Yield the periods from the day of `at` on, forwards or backwards."""
        zone = zones.zone(zones.shown(self.zone_name))
        day = at.astimezone(zone).date()
        for _day in range(LONGEST_PAUSE_DAYS):
            if self._is_open_on(day):
                opens, closes = self.hours.opens or dt.time(0), self.hours.closes
                last = day if closes else day + dt.timedelta(days=1)
                begins = dt.datetime.combine(day, opens, tzinfo=zone)
                ends = dt.datetime.combine(last, closes or dt.time(0), tzinfo=zone)
                yield begins.astimezone(dt.UTC), ends.astimezone(dt.UTC)
            day += dt.timedelta(days=step)

    def _is_open_on(self, day: dt.date) -> bool:
        country = self.country.upper() or zones.country_of(self.zone_name)
        if not self.hours.at_weekends and day.weekday() in weekend(country):
            return False
        return self.hours.on_holidays or day not in public_holidays(country, day.year)
