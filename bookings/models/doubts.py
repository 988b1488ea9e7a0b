"""What is asked before a verb is done that is probably a slip of the finger: on a phone, and in the Settings area.

The verbs themselves do it all: a file, or somebody who has answered, means it.
"""

import datetime as dt
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bookings.models.reopening import has_begun
from bookings.models.status import BookingStatus
from fsportal.lib import zones

#: Nobody is asked who sets off to a visit that begins, or was to begin, within this time.
NEAR = dt.timedelta(hours=12)
#: In these statuses setting off, and completing, is asked about.
ASKED_TO_TRAVEL = frozenset({BookingStatus.SCHEDULED})
ASKED_TO_COMPLETE = frozenset({BookingStatus.SCHEDULED, BookingStatus.TRAVELING})


def before_travel(booking: Any, at: dt.datetime) -> str:
    """Return what to ask before the technician sets off at `at` (aware); empty if nothing."""
    is_asked = booking.status in ASKED_TO_TRAVEL and abs(booking.start - at) > NEAR
    return far_away(booking, at) if is_asked else ""


def before_complete(booking: Any) -> str:
    """Return what to ask before the visit is completed; empty if nothing."""
    was_paused = booking.status == BookingStatus.ON_BREAK and not has_begun(booking)
    return never_started() if was_paused or booking.status in ASKED_TO_COMPLETE else ""


def far_away(booking: Any, at: dt.datetime) -> str:
    when = zones.moment(booking.start, booking.zone_name, get_language() or "en", now=at)
    words = (
        _("This visit is on %(when)s. Set off now?")
        if booking.start > at
        else _("This visit was to be on %(when)s. Set off now?")
    )
    return words % {"when": when}


def never_started() -> str:
    return _("Work on this visit has not been started. Complete it all the same?")
