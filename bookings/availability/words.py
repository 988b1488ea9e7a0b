"""Working hours and absences in words."""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from django.utils import translation
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from bookings.availability.working_hours import Interval
from fsportal.lib import zones


def hours_in_words(intervals: Iterable[Interval]) -> str:
    """Return "08:00 to 12:00 and 13:00 to 17:00"."""
    return _hours(tuple(intervals), translation.get_language() or "en")


# The visits of a week are outside the same few hours.
@lru_cache(maxsize=1024)
def _hours(intervals: tuple[Interval, ...], _language: str) -> str:
    parts = [
        # Translators: as in "08:00 to 17:00".
        _("%(from)s to %(to)s") % {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}
        for begins, ends in intervals
    ]
    return str(get_text_list(parts, _("and")))


def away_in_words(start: dt.datetime, end: dt.datetime, zone_name: str) -> str:
    """Return "Mon 23 Nov to Wed 25 Nov", or days and times if they are not whole days; by the technician's clock."""
    language = translation.get_language() or "en"
    if {zones.local(start, zone_name).time(), zones.local(end, zone_name).time()} != {dt.time()}:
        return zones.when(start, end, zone_name, language)
    first, last = zones.day(start, zone_name, language), zones.day(end - dt.timedelta.resolution, zone_name, language)
    # Translators: as in "Mon 23 Nov to Wed 25 Nov".
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
