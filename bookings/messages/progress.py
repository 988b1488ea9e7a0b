"""Messages about a visit that is under way or done."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from bookings import notices
from bookings.messages.base import BookingKind, Words, newest
from bookings.models import Booking, BookingStatus
from fsportal.lib import zones
from fsportal.models import PortalSettings
from notifications.customers.kinds import SEND, Answer, Verdict
from notifications.models import CustomerNotification, Reason

#: Without an arrival time a *Traveling* message is of use for this long; others until these times have passed.
TRAVELING_LIVES = dt.timedelta(hours=4)
COMPLETED_LIVES = dt.timedelta(days=3)


class Traveling(BookingKind):
    """The technician is on the way, with an arrival time."""

    event = notices.TRAVELING
    label = pgettext_lazy("event", "Traveling")
    customer_label = pgettext_lazy("message", "On the way")
    customer_words = gettext_lazy("Your technician has set off, and when to expect them.")
    priority = 1
    button = gettext_lazy("Follow the technician")

    def truth(
        self, notification: CustomerNotification, booking: Booking, settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still on the way, and not yet due there."""
        if booking.status != BookingStatus.TRAVELING:
            return Verdict(Answer.SUPERSEDE, Reason.STATUS_CHANGED)
        if now > (booking.arrival_latest or notification.created_at + TRAVELING_LIVES):
            return Verdict(Answer.EXPIRE, Reason.TOO_LATE)
        return newest(notification)

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Add the arrival time, when there is one."""
        booking = words.booking
        if booking.arrival_earliest is None or booking.arrival_latest is None:
            return {"arrival": ""}
        zone, language = booking.zone_name, words.language
        return {"arrival": zones.span(booking.arrival_earliest, booking.arrival_latest, zone, language)}


class Completed(BookingKind):
    """The work is done: date and time of completion."""

    event = notices.COMPLETED
    label = pgettext_lazy("event", "Booking completed")
    customer_label = pgettext_lazy("message", "Done")
    customer_words = gettext_lazy("When the work was finished.")
    priority = 4

    def truth(
        self, notification: CustomerNotification, booking: Booking, settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Completed, and not long ago."""
        if booking.status != BookingStatus.COMPLETED or booking.completed_at is None:
            return Verdict(Answer.SUPERSEDE, Reason.STATUS_CHANGED)
        return Verdict(Answer.EXPIRE, Reason.TOO_LATE) if now > booking.completed_at + COMPLETED_LIVES else SEND

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Add when it was done, and the survey."""
        done = words.booking.completed_at
        return {"completed": words.moment(done) if done else "", "survey": words.portal.survey_url}
