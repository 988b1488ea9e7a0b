"""Durations in words: "1 hour 30 minutes"."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def length(span: dt.timedelta) -> str:
    """Return hours and minutes in the active language; less than a minute counts as one."""
    hours, minutes = divmod(max(1, int(span.total_seconds()) // 60), 60)
    in_hours = ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    in_minutes = ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
    if not (hours and minutes):
        return in_hours if hours else in_minutes
    # Translators: as in "1 hour 30 minutes".
    return _("%(hours)s %(minutes)s") % {"hours": in_hours, "minutes": in_minutes}
