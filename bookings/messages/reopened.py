"""The message that a visit goes on after all, for whoever was told that it is over."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from bookings.messages import told
from bookings.messages.appointment import Correction
from bookings.messages.base import Visit, Words, newest
from bookings.messages.placeholders import WHEN_UNFINISHED
from bookings.messages.told import Said
from bookings.models import Booking, BookingStatus
from bookings.models.window import ToldTime
from fsportal.models import PortalSettings
from notifications.customers.kinds import Composed, Decision, Verdict
from notifications.models import CustomerNotification, Reason

S = BookingStatus
#: How long it is of use that the work is not finished after all; that the visit is on, until it begins.
UNFINISHED_LIVES = dt.timedelta(days=3)


class Reopened(Correction):
    """The visit was canceled or completed by mistake, and the contact was told so."""

    event = told.REOPENED
    label = pgettext_lazy("event", "Booking reopened")
    customer_label = pgettext_lazy("message", "On after all")
    customer_description = gettext_lazy("That a visit which was canceled or done by mistake goes on after all.")
    #: Before *Booking rescheduled*, if the visit was moved at once: it names the new time, too.
    priority = 1
    names_start = True
    built_in_when = WHEN_UNFINISHED

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Open again, while the contact believes that it is over. *Traveling* says that it is on by itself."""
        booking = visit.booking
        if booking.status not in (S.SCHEDULED, S.IN_PROGRESS, S.ON_BREAK):
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        about = _on_channel(notification, visit.told.whether_on(notification.contact, but=notification))
        if any(said.is_being_sent for said in about):
            return Verdict(Decision.WAIT)  # whether it goes out decides what the contact was last told
        last = told.last(about)
        if last is None or last.event not in told.NAMES_END:
            return Verdict(Decision.SUPERSEDE, Reason.NOT_TOLD_OTHERWISE)
        if not _is_to_come(booking, now):
            if last.event == told.CANCELED and booking.status != S.SCHEDULED:
                return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)  # work goes on before the customer's eyes
            if last.event == told.CANCELED or now > notification.created_at + UNFINISHED_LIVES:
                return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        return newest(notification, visit.told)

    def named(self, booking: Booking) -> ToldTime | None:
        return booking.told_time if _is_to_come(booking, timezone.now()) else None

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        return {"is_to_come": _is_to_come(words.booking, timezone.now())}

    def values(
        self, notification: CustomerNotification, subject: Visit, portal_settings: PortalSettings, language: str
    ) -> dict[str, str]:
        """Return none of work that goes on: that is another message than that the visit is on after all."""
        if not _is_to_come(subject.booking, timezone.now()):
            return {}
        return super().values(notification, subject, portal_settings, language)

    def compose(
        self, notification: CustomerNotification, subject: Visit, portal_settings: PortalSettings, language: str
    ) -> Composed:
        """Attach the calendar file only if the visit is to come: it brings back what a cancellation took out."""
        composed = super().compose(notification, subject, portal_settings, language)
        return composed if composed.named_time else replace(composed, calendar=b"")


def _is_to_come(booking: Booking, now: dt.datetime) -> bool:
    return booking.status == S.SCHEDULED and booking.start > now


def _on_channel(notification: CustomerNotification, about: list[Said]) -> list[Said]:
    """Return what was said on the message's channel; if that is nothing, the contact knows what the other one said."""
    known = [said for said in about if said.told_at is not None or said.is_being_sent]
    return [said for said in known if said.channel == notification.channel] or known
