"""Times as customers read them: in the zone of the visit's address, which is named, and in the reader's language.

Everything stored is UTC; these functions take aware datetimes and the name of an IANA zone ("Europe/London").
"""

import difflib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global
from babel.dates import format_skeleton, format_time, get_timezone_location
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

# Files of the zone database that are not places.
NOT_ZONES = {"Factory", "localtime", "posixrules"}
# Babel's plain "en" writes American dates; here they read "Tue 24 Nov, 10:20".
BABEL_LOCALES = {"en": "en_GB"}
LEGACY_TAGS = {"iw": "he"}
#: Years in which a visit can be. Others are typing errors, and near the years 1 and 9999 a change of zone overflows.
YEARS = range(2000, 2101)


# --- Zones ----------------------------------------------------------------------------------------------------------
@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - NOT_ZONES)


def zone(name: str) -> ZoneInfo:
    """Return the zone called `name`. Raises ValueError with a sentence that suggests similar names."""
    if name not in zone_names():
        raise ValueError(_unknown_zone(name))
    return ZoneInfo(name)


def validate_zone(value: str) -> None:
    if value not in zone_names():
        raise ValidationError(_unknown_zone(value), code="zone")


def _unknown_zone(name: str) -> str:
    close = _close_names(name)
    if close:
        return _("There is no time zone “%(name)s”. Did you mean %(close)s?") % {
            "name": name[:60],
            "close": ", ".join(close),
        }
    return _("There is no time zone “%(name)s”. Write a region and a city, for example Europe/London.") % {
        "name": name[:60]
    }


def _close_names(name: str) -> list[str]:
    wanted = name.strip().casefold().replace(" ", "_")[:60]
    if not wanted:
        return []
    by_lower = {known.casefold(): known for known in sorted(zone_names())}
    same_city = [known for lower, known in by_lower.items() if lower.rpartition("/")[2] == wanted.rpartition("/")[2]]
    alike = [by_lower[lower] for lower in difflib.get_close_matches(wanted, by_lower, n=3, cutoff=0.8)]
    return list(dict.fromkeys(same_city + alike))[:3]


def country_of(zone_name: str) -> str:
    """Return the country in which a zone is (two letters); empty for UTC and unknown zones."""
    territories: Mapping[str, str] = get_global("zone_territories")
    found = next((territories[name] for name in _names_of(zone_name) if name in territories), "")
    return found if found.isalpha() and found != "ZZ" else ""


def shown(zone_name: str) -> str:
    """Return the zone in which to show times: a name that the zone database no longer knows must not break a page."""
    return zone_name if zone_name in zone_names() else "UTC"


def local(moment_utc: datetime, zone_name: str) -> datetime:
    """Return an aware datetime as the wall time of a zone, or as UTC if the zone is unknown."""
    try:
        return moment_utc.astimezone(ZoneInfo(shown(zone_name)))
    except OverflowError:  # "for ever" is the last moment of the year 9999
        return moment_utc.astimezone(UTC)


def local_to_utc(naive: datetime, zone_name: str) -> datetime:
    """Return the UTC instant of a wall time, for files that hold local times.

    A wall time that occurs twice (autumn) means the first. Raises ValueError with a sentence for one that does not
    exist (spring) and for an unknown zone.
    """
    wall = naive.replace(tzinfo=zone(zone_name), fold=0)
    instant = wall.astimezone(UTC)
    if instant.astimezone(wall.tzinfo).replace(tzinfo=None) != naive.replace(fold=0):
        raise ValueError(
            _("%(time)s does not exist in %(zone)s: the clocks go forward then. Write a time before or after the gap.")
            % {"time": naive.strftime("%Y-%m-%d %H:%M"), "zone": zone_name}
        )
    return instant


def midnight(day: date, zone_name: str) -> datetime:
    """Return the moment (UTC) at which a day begins. Where the clock skips or repeats midnight, that is its first."""
    return datetime.combine(day, time(), ZoneInfo(shown(zone_name))).astimezone(UTC)


def places(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the cities that name a zone, by region, in a language: (region, [(zone, city), …]).

    Old names of a zone (Asia/Calcutta) are left out. Names and order are those of the language.
    """
    supported = supported_language(language)
    with translation.override(supported):
        regions = {
            "Africa": _("Africa"),
            "America": _("America"),
            "Antarctica": _("Antarctica"),
            "Arctic": _("Arctic"),
            "Asia": _("Asia"),
            "Atlantic": _("Atlantic"),
            "Australia": _("Australia"),
            "Europe": _("Europe"),
            "Indian": _("Indian Ocean"),
            "Pacific": _("Pacific"),
        }
    cities = _cities(supported)
    by_label = sorted(regions.items(), key=lambda pair: _sortable(pair[1]))
    found = [(label, [row for row in cities if row[0].startswith(f"{key}/")]) for key, label in by_label]
    return [(label, rows) for label, rows in found if rows]


@cache
def _cities(language: str) -> list[tuple[str, str]]:
    locale = _locale(language)
    current = sorted(set(get_global("zone_territories")) & zone_names())
    return sorted(((name, _city(name, locale)) for name in current), key=lambda pair: _sortable(pair[1]))


def _sortable(text: str) -> str:
    return unicodedata.normalize("NFKD", text).casefold()


# --- Languages ------------------------------------------------------------------------------------------------------
def supported_language(tag: str) -> str:
    """Return the best match for a BCP 47 tag in settings.LANGUAGES: "de-AT" gives "de", "ja" gives "en"."""
    return _supported(tag, tuple(settings.LANGUAGES))


@lru_cache(maxsize=256)
def _supported(tag: str, languages: tuple[tuple[str, str], ...]) -> str:
    wanted = tag.strip().lower().replace("_", "-")
    known = {code.lower(): code for code, _name in languages}
    primary = wanted.partition("-")[0]
    return known.get(wanted) or known.get(primary) or known.get(LEGACY_TAGS.get(primary, "")) or "en"


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(BABEL_LOCALES.get(language, language).replace("-", "_"))


def babel_locale(language: str) -> Locale:
    """Return Babel's locale for a language, for numbers and units."""
    return _locale(supported_language(language))


@contextmanager
def _speaking(language: str) -> Iterator[Locale]:
    """Switch gettext to the language for one phrase; yields the matching Babel locale."""
    supported = supported_language(language)
    if translation.get_language() == supported:
        yield _locale(supported)
        return
    with translation.override(supported):
        yield _locale(supported)


# --- Words for times ------------------------------------------------------------------------------------------------
def day(dt: datetime, zone_name: str, language: str, *, now: datetime | None = None) -> str:
    """Return "Tue 24 Nov", with the year unless it is that of `now` (aware; by default the present)."""
    wall = local(dt, zone_name)
    with_year = wall.year != local(now or timezone.now(), zone_name).year
    return _day(wall.date(), supported_language(language), with_year=with_year)


# Babel interprets its patterns on every call, and the visits of a week share few days and times.
@lru_cache(maxsize=1024)
def _day(wall: date, language: str, *, with_year: bool) -> str:
    locale, noon = _locale(language), datetime.combine(wall, time(12))
    if locale.language == "en":
        # CLDR has a comma in one of the two English forms only.
        return format_skeleton("MMMEd", noon, locale=locale) + (f" {wall.year}" if with_year else "")
    return format_skeleton("yMMMEd" if with_year else "MMMEd", noon, locale=locale)


def date_words(day: date, skeleton: str, language: str) -> str:
    """Return the parts of a date that CLDR's `skeleton` names, such as "MMMMd": "9 June"."""
    return format_skeleton(skeleton, datetime.combine(day, time(12)), locale=babel_locale(language))


def clock(dt: datetime, zone_name: str, language: str) -> str:
    """Return "10:20", as the language writes it."""
    wall = local(dt, zone_name)
    return _clock(wall.hour, wall.minute, supported_language(language))


@lru_cache(maxsize=8192)
def _clock(hour: int, minute: int, language: str) -> str:
    return format_time(time(hour, minute), "short", locale=_locale(language))


def zone_label(dt: datetime, zone_name: str, language: str) -> str:
    """Return "London time", or "London time, UTC+0" if this wall time occurs twice."""
    zone_name = shown(zone_name)
    wall = local(dt, zone_name)
    if zone_name == "UTC" or zone_name.startswith("Etc/"):
        return _offset(wall).removesuffix("+0")
    label = _city_time(zone_name, supported_language(language))
    if not _comes_twice(wall):
        return label
    with _speaking(language):
        # Translators: a zone with its offset, as in "London time, UTC+1", where a wall time comes twice.
        return _("%(zone)s, %(offset)s") % {"zone": label, "offset": _offset(wall)}


@lru_cache(maxsize=4096)
def _city_time(zone_name: str, language: str) -> str:
    with _speaking(language) as locale:
        # Translators: the name of a zone after its main city, as in "London time".
        return _("%(city)s time") % {"city": _city(zone_name, locale)}


def short_moment(dt: datetime, zone_name: str, language: str, *, now: datetime | None = None) -> str:
    """Return "Tue 24 Nov, 10:20", to stand beside a time that names the zone."""
    words = {"day": day(dt, zone_name, language, now=now), "clock": clock(dt, zone_name, language)}
    with _speaking(language):
        # Translators: as in "Tue 24 Nov, 10:20".
        return _("%(day)s, %(clock)s") % words


def moment(dt: datetime, zone_name: str, language: str, *, now: datetime | None = None) -> str:
    """Return "Tue 24 Nov, 10:20 (London time)"."""
    words = {
        "day": day(dt, zone_name, language, now=now),
        "clock": clock(dt, zone_name, language),
        "zone": zone_label(dt, zone_name, language),
    }
    with _speaking(language):
        # Translators: as in "Tue 24 Nov, 10:20 (London time)".
        return _("%(day)s, %(clock)s (%(zone)s)") % words


def when(start: datetime, end: datetime, zone_name: str, language: str, *, now: datetime | None = None) -> str:
    """Return "Tue 24 Nov, 10:20 to 11:20 (London time)", with both days if midnight lies between."""
    if start == end:
        return moment(start, zone_name, language, now=now)
    now = now or timezone.now()
    words = _ends(start, end, zone_name, language) | {"day": day(start, zone_name, language, now=now)}
    with _speaking(language):
        if local(start, zone_name).date() == local(end, zone_name).date():
            # Translators: as in "Tue 24 Nov, 10:20 to 11:20 (London time)".
            return _("%(day)s, %(start)s to %(end)s (%(zone)s)") % words
        words["end_day"] = day(end, zone_name, language, now=now)
        # Translators: as in "Tue 24 Nov, 23:30 to Wed 25 Nov, 00:30 (London time)".
        return _("%(day)s, %(start)s to %(end_day)s, %(end)s (%(zone)s)") % words


def between(start: datetime, end: datetime, zone_name: str, language: str, *, now: datetime | None = None) -> str:
    """Return "Tue 24 Nov, between 08:00 and 12:00 (London time)"; across midnight what `when` returns."""
    if local(start, zone_name).date() != local(end, zone_name).date():
        return when(start, end, zone_name, language, now=now)
    words = _ends(start, end, zone_name, language) | {"day": day(start, zone_name, language, now=now)}
    with _speaking(language):
        # Translators: an arrival window, as in "Tue 24 Nov, between 08:00 and 12:00 (London time)".
        return _("%(day)s, between %(start)s and %(end)s (%(zone)s)") % words


def clocks(start: datetime, end: datetime, zone_name: str, language: str) -> str:
    """Return "08:00 to 12:00", to stand beside a day and a zone; with offsets if the clock changes in between."""
    words = _ends(start, end, zone_name, language)
    with _speaking(language):
        # Translators: as in "08:00 to 12:00".
        return _("%(start)s to %(end)s") % words


def short_between(start: datetime, end: datetime, zone_name: str, language: str) -> str:
    """Return "Tue 24 Nov, 08:00 to 12:00", to stand beside a time that names the zone."""
    words = {"start": short_moment(start, zone_name, language), "end": clock(end, zone_name, language)}
    with _speaking(language):
        # Translators: as in "Tue 24 Nov, 08:00 to 12:00".
        return _("%(start)s to %(end)s") % words


def span(earliest: datetime, latest: datetime, zone_name: str, language: str, *, now: datetime | None = None) -> str:
    """Return "10:20 to 10:40 (London time)" for an arrival, with both days if midnight lies between."""
    if local(earliest, zone_name).date() != local(latest, zone_name).date():
        return when(earliest, latest, zone_name, language, now=now)
    words = _ends(earliest, latest, zone_name, language)
    with _speaking(language):
        if earliest == latest:
            # Translators: as in "10:20 (London time)".
            return _("%(start)s (%(zone)s)") % words
        # Translators: as in "10:20 to 10:40 (London time)".
        return _("%(start)s to %(end)s (%(zone)s)") % words


def where_you_are(dt: datetime, zone_name: str, own_zone: str, language: str) -> str:
    """Return "11:20 where you are" for a reader in another zone, to stand beside the site's time.

    The day is named if it differs. Empty without an own zone, and if both clocks show the same time.
    """
    if not own_zone or local(dt, own_zone).utcoffset() == local(dt, zone_name).utcoffset():
        return ""
    wall = local(dt, own_zone)
    words = {"clock": clock(dt, own_zone, language), "day": day(dt, own_zone, language, now=dt)}
    if _comes_twice(wall):
        words["clock"] = f"{words['clock']} {_offset(wall)}"
    with _speaking(language):
        if wall.date() == local(dt, zone_name).date():
            # Translators: the same time by the reader's own clock, as in "11:20 where you are".
            return _("%(clock)s where you are") % words
        # Translators: as in "Wed 25 Nov, 01:20 where you are".
        return _("%(day)s, %(clock)s where you are") % words


def beside(words: str, own: str, language: str) -> str:
    """Return the site's time, followed by the reader's own (from where_you_are) if there is one."""
    if not own:
        return words
    with _speaking(language):
        # Translators: as in "10:20 to 10:40 (London time); 11:20 where you are".
        return _("%(time)s; %(own)s") % {"time": words, "own": own}


def _ends(start: datetime, end: datetime, zone_name: str, language: str) -> dict[str, str]:
    """Return both clock times and the zone; across a clock change each time has its own offset."""
    first, last = local(start, zone_name), local(end, zone_name)
    words = {"start": clock(start, zone_name, language), "end": clock(end, zone_name, language)}
    if first.utcoffset() != last.utcoffset():
        words = {"start": f"{words['start']} {_offset(first)}", "end": f"{words['end']} {_offset(last)}"}
        return words | {"zone": plain_label(zone_name, language)}
    twice = start if _comes_twice(first) else end
    return words | {"zone": zone_label(twice, zone_name, language)}


def plain_label(zone_name: str, language: str) -> str:
    """Return "London time", for a page or a column that is in this zone."""
    # Noon never occurs twice, so the label has no offset.
    return zone_label(datetime(2000, 1, 1, 12, tzinfo=ZoneInfo(shown(zone_name))), zone_name, language)


def stamp(dt: datetime, zone_name: str) -> str:
    """Return "2026-11-24 10:20 (London time)", for what is stored in a trail, in English."""
    return f"{local(dt, zone_name):%Y-%m-%d %H:%M} ({zone_label(dt, zone_name, 'en')})"


def is_unclear(zone_name: str, *moments: datetime) -> bool:
    """Tell whether wall times alone mislead: one of them comes twice, or the clock changes between them."""
    walls = [local(moment, zone_name) for moment in moments]
    return any(map(_comes_twice, walls)) or len({wall.utcoffset() for wall in walls}) > 1


def _comes_twice(wall: datetime) -> bool:
    other = wall.replace(fold=1 - wall.fold)
    return other.utcoffset() != wall.utcoffset() and other.astimezone(UTC).astimezone(wall.tzinfo) == other


def _offset(wall: datetime) -> str:
    """Return "UTC+1", "UTC-3:30" or "UTC+0". A plain hyphen, so that an SMS stays within GSM-7."""
    minutes = (wall.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


@lru_cache(maxsize=4096)
def _city(zone_name: str, locale: Locale) -> str:
    """Return the zone's city in a language.

    CLDR knows some zones only by an old name (Europe/Kiev), which Babel does not look up by itself.
    """
    for name in _names_of(zone_name):
        city = locale.time_zones.get(name, {}).get("city")
        if city:
            return str(city)
    return get_timezone_location(zone_name, locale=locale, return_city=True).rpartition("/")[2]


@cache
def _names_of(zone_name: str) -> tuple[str, ...]:
    aliases: Mapping[str, str] = get_global("zone_aliases")
    current = aliases.get(zone_name, zone_name)
    return (zone_name, current, *(old for old, new in aliases.items() if new == current))
