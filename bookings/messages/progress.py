"""Messages about a visit that is under way or done."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy, pgettext_lazy

from bookings.messages import examples, queue, told
from bookings.messages.base import BookingKind, Visit, Words, newest
from bookings.messages.placeholders import (
    ARRIVAL,
    COMPLETED,
    LATE_ARRIVAL,
    OF_VISIT,
    SURVEY,
    WHEN_NOBODY_COMES,
)
from bookings.models import Booking, BookingStatus
from bookings.models.status import FINAL, MAY_BE_LATE
from bookings.models.window import ToldTime
from fsportal.lib import zones
from fsportal.models import Contact, PortalSettings
from notifications.customers.kinds import SEND, Decision, Verdict
from notifications.models import CustomerNotification, Reason

#: How long a *Traveling* message without an arrival time is of use; one with a time, until that has passed.
TRAVELING_LIVES = dt.timedelta(hours=4)
#: How long a *Traveling* message waits for the routing engine; then the estimate is good enough.
ENGINE_MAY_TAKE = dt.timedelta(seconds=6)
#: A tap that arrives this long after it was made was made without a connection. Later taps may be on their way and may
#: make the message untrue, so it waits for them.
CAME_LATE = dt.timedelta(seconds=30)
MORE_MAY_FOLLOW = dt.timedelta(seconds=20)
#: Long enough for a text that has to wait for the end of a long weekend with holidays.
COMPLETED_LIVES = dt.timedelta(days=7)
ASKED_LIVES = dt.timedelta(days=1)


class Traveling(BookingKind):
    """The technician is on the way, with an arrival time."""

    event = told.TRAVELING
    label = pgettext_lazy("event", "Traveling")
    customer_label = pgettext_lazy("message", "On the way")
    customer_description = gettext_lazy("Your technician has set off, and when to expect them.")
    priority = 1
    goes_at_once = True
    button = gettext_lazy("Follow the technician")
    placeholders = (*OF_VISIT, ARRIVAL)
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {"body": ("arrival",), "sms": ("arrival",)}

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still on the way, and not yet due there."""
        booking = visit.booking
        if booking.status != BookingStatus.TRAVELING:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        begun = booking.set_off_at or notification.created_at
        if now > (booking.arrival_latest or begun + TRAVELING_LIVES):
            return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        until = notification.created_at + ENGINE_MAY_TAKE
        if booking.arrival_due and now < until:
            return Verdict(Decision.WAIT, until=until)
        return _after_late_taps(notification, visit, now)

    def pretend(self, visit: Visit, contact: Contact) -> None:
        examples.pretend_arrival(visit.booking)

    def named(self, booking: Booking) -> ToldTime | None:
        """Return the latest arrival: that is what the contact then knows."""
        return ToldTime(booking.arrival_latest) if booking.arrival_latest else None

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        return {"arrival": _arrival(words)}

    def own_values(self, context: Mapping[str, Any]) -> dict[str, str]:
        return {"arrival": context["arrival"]}


class Delayed(BookingKind):
    """The technician runs late: they said so before they set off, or the arrival slipped on the way."""

    event = told.DELAYED
    label = pgettext_lazy("event", "Running late")
    customer_label = pgettext_lazy("message", "Running late")
    customer_description = gettext_lazy("That your technician comes later than you were told, and when.")
    priority = 1
    goes_at_once = True
    placeholders = (*OF_VISIT, LATE_ARRIVAL)
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {"body": ("arrival",), "sms": ("arrival",)}
    built_in_when = WHEN_NOBODY_COMES

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Nobody has begun yet, and the new time has not passed."""
        booking = visit.booking
        if booking.status not in MAY_BE_LATE:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        if queue.is_of_turning_back(notification.dedupe_key):
            return _nobody_comes(notification, visit, now)
        named = self.named(booking)
        if named is None:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        if now > named.start:
            return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        if queue.is_within_window(booking) and not _knows_arrival(notification, visit):
            return Verdict(Decision.SUPERSEDE, Reason.SAME_WINDOW)
        # The message about setting off names the arrival as well.
        if portal_settings.sends(told.TRAVELING) and visit.told.is_followed(notification, told.TRAVELING):
            return Verdict(Decision.SUPERSEDE, Reason.NEWER_MESSAGE)
        return _after_late_taps(notification, visit, now)

    def pretend(self, visit: Visit, contact: Contact) -> None:
        examples.pretend_arrival(visit.booking)

    def named(self, booking: Booking) -> ToldTime | None:
        """Return the latest arrival on the way, or when work is expected to begin."""
        named = booking.arrival_latest if _has_arrival(booking) else booking.expected_start
        return ToldTime(named) if named else None

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Add the new time: the range of the arrival if there is one, else when work begins."""
        booking = words.booking
        if _has_arrival(booking):
            return {"arrival": _arrival(words), "begins": ""}
        if queue.is_of_turning_back(notification.dedupe_key):
            return {"is_back": True}
        return {"arrival": "", "begins": words.moment(booking.expected_start) if booking.expected_start else ""}

    def values(
        self, notification: CustomerNotification, subject: Visit, portal_settings: PortalSettings, language: str
    ) -> dict[str, str]:
        """Return none of a technician who has turned back: nobody comes then, neither late nor in time."""
        if not _has_arrival(subject.booking) and queue.is_of_turning_back(notification.dedupe_key):
            return {}
        return super().values(notification, subject, portal_settings, language)

    def own_values(self, context: Mapping[str, Any]) -> dict[str, str]:
        return {"arrival": context["arrival"] or context["begins"]}


def _knows_arrival(notification: CustomerNotification, visit: Visit) -> bool:
    naming = visit.told.naming_arrival(notification.contact_id)
    return any(said.told_at or said.is_being_sent for said in naming if said.pk != notification.pk)


def _after_late_taps(notification: CustomerNotification, visit: Visit, now: dt.datetime) -> Verdict:
    """Let a tap made without a connection wait for the taps made after it; otherwise send the newest.

    A slip is not a tap: it is noticed long after the change of its revision.
    """
    until = notification.created_at + MORE_MAY_FOLLOW
    if now < until and not queue.is_of_slip(notification.dedupe_key):
        made = visit.booking.changes.filter(revision=notification.revision).values_list("at", flat=True).first()
        if made is not None and notification.created_at - made > CAME_LATE:
            return Verdict(Decision.WAIT, until=until)
    return newest(notification, visit.told)


def _nobody_comes(notification: CustomerNotification, visit: Visit, now: dt.datetime) -> Verdict:
    """Decide whether to say that nobody comes: only to a contact who was told on this channel that somebody does."""
    booking = visit.booking
    if booking.status != BookingStatus.SCHEDULED or booking.expected_start is not None:
        return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
    if now > notification.created_at + TRAVELING_LIVES:
        return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
    naming = visit.told.naming_arrival(notification.contact_id)
    about = [said for said in naming if said.pk != notification.pk and said.channel == notification.channel]
    going = [said for said in about if said.event == told.TRAVELING]
    if any(said.is_being_sent for said in going):
        return Verdict(Decision.WAIT)  # it decides
    last = told.last(about)
    if last is None or queue.is_of_turning_back(last.dedupe_key) or told.last(going) is None:
        return Verdict(Decision.SUPERSEDE, Reason.NOTHING_TO_CORRECT)
    return newest(notification, visit.told)


def _has_arrival(booking: Booking) -> bool:
    return booking.status == BookingStatus.TRAVELING and booking.arrival_latest is not None


def _arrival(words: Words) -> str:
    booking = words.booking
    if booking.arrival_earliest is None or booking.arrival_latest is None:
        return ""
    return zones.span(booking.arrival_earliest, booking.arrival_latest, booking.zone_name, words.language)


class Completed(BookingKind):
    """The work is done: date and time of completion."""

    event = told.COMPLETED
    label = pgettext_lazy("event", "Booking completed")
    customer_label = pgettext_lazy("message", "Done")
    customer_description = gettext_lazy("When the work was finished.")
    priority = 4
    placeholders = (*OF_VISIT, COMPLETED, SURVEY)
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Completed, and not long ago."""
        booking = visit.booking
        if booking.status != BookingStatus.COMPLETED or booking.completed_at is None:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        return Verdict(Decision.EXPIRE, Reason.TOO_LATE) if now > booking.completed_at + COMPLETED_LIVES else SEND

    def pretend(self, visit: Visit, contact: Contact) -> None:
        examples.pretend_done(visit.booking)

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        done = words.booking.completed_at
        return {"completed": words.moment(done) if done else "", "survey": words.portal_settings.survey_url}

    def own_values(self, context: Mapping[str, Any]) -> dict[str, str]:
        return {"completed": context["completed"], "survey": context["survey"]}


class Asked(BookingKind):
    """A customer asked for another time, or to cancel: that we have the request."""

    event = told.ASKED
    label = pgettext_lazy("event", "Request received")
    customer_label = pgettext_lazy("message", "Request received")
    customer_description = gettext_lazy("That we have your request about a visit.")
    priority = 2
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """The visit is still to come, or under way, and the request is new."""
        if visit.booking.status in FINAL:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        is_old = now > notification.created_at + ASKED_LIVES
        return Verdict(Decision.EXPIRE, Reason.TOO_LATE) if is_old else SEND
