"""Public holidays and weekends by country, or by country and region ("DE-BY"); codes as in ISO 3166."""

import datetime as dt
from functools import lru_cache

import holidays

SATURDAY, SUNDAY = 5, 6


@lru_cache(maxsize=256)
def public_holidays(code: str, year: int) -> frozenset[dt.date]:
    """Return the public holidays of a country or region; none if the library does not know it."""
    try:
        return frozenset(_calendar(code, year))
    except NotImplementedError:
        return frozenset()


@lru_cache(maxsize=64)
def weekend(country: str) -> frozenset[int]:
    """Return the days of the weekend, Monday being 0."""
    try:
        return frozenset(_calendar(country).weekend)
    except NotImplementedError:
        return frozenset({SATURDAY, SUNDAY})


def is_workday(day: dt.date, country: str) -> bool:
    """Tell whether a day is neither on a weekend nor a public holiday of a country (ISO 3166-1, or empty)."""
    return day.weekday() not in weekend(country) and day not in public_holidays(country, day.year)


def _calendar(code: str, year: int | None = None) -> holidays.HolidayBase:
    country, _dash, region = code.upper().partition("-")
    return holidays.country_holidays(country, subdiv=region or None, years=year)
