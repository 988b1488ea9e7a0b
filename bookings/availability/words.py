"""Working hours in words."""

from collections.abc import Iterable

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from bookings.availability.working_hours import Interval


def hours_in_words(intervals: Iterable[Interval]) -> str:
    """Return "08:00 to 12:00 and 13:00 to 17:00"."""
    parts = [
        # Translators: as in "08:00 to 17:00".
        _("%(from)s to %(to)s") % {"from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"}
        for begins, ends in intervals
    ]
    return str(get_text_list(parts, _("and")))
