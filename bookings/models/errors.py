"""What the booking verbs refuse."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from fsportal.lib import zones


class BookingError(Exception):
    """A booking cannot be changed as asked; the message is for the person who asked."""


class StaleBooking(BookingError):
    """Somebody else changed the booking since it was read."""


class NotAllowed(BookingError):
    """The booking's status does not allow this change."""


class AskFirst(Exception):
    """What was tapped is probably a slip of the finger; the message is a question to the person who did it."""


def check_times(start: dt.datetime, end: dt.datetime) -> None:
    check_year(start)
    check_year(end)
    if end <= start:
        raise BookingError(_("The end must be after the start."))


def check_year(moment: dt.datetime) -> None:
    if moment.year not in zones.YEARS:
        raise BookingError(_("The year %(year)s is not between 2000 and 2100.") % {"year": moment.year})
