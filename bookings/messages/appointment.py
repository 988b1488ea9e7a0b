"""Messages about when a visit is: each names its start, or says that it is canceled."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from bookings.messages import queue, told
from bookings.messages.base import BookingKind, Visit, Words, newest
from bookings.messages.told import Told
from bookings.models import BookingStatus
from fsportal.lib import zones
from fsportal.models import PortalSettings
from notifications.customers.kinds import SEND, Decision, Verdict
from notifications.models import CustomerNotification, Reason

#: A cancellation is of use until this long after the visit would have ended.
CANCELED_LIVES = dt.timedelta(hours=24)


class Confirmed(BookingKind):
    """A customer booked on the portal: date, time, link (Self-scheduling page)."""

    event = told.CONFIRMED
    label = pgettext_lazy("event", "Booking confirmed")
    customer_label = pgettext_lazy("message", "Booked")
    customer_description = gettext_lazy("Day and time of the visit that you booked.")
    priority = 2
    names_start = True
    has_calendar = True

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still scheduled and not begun. If the visit moved before this went out, it names the new time."""
        booking = visit.booking
        if booking.status != BookingStatus.SCHEDULED:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        return Verdict(Decision.EXPIRE, Reason.TOO_LATE) if booking.start <= now else SEND


class Upcoming(BookingKind):
    """The reminder: once per booking, from the lead time on, never after the start."""

    event = told.UPCOMING
    label = pgettext_lazy("event", "Upcoming booking")
    customer_label = pgettext_lazy("message", "Reminder")
    customer_description = gettext_lazy("Day and time of your visit, some days before.")
    priority = 6
    names_start = True
    has_calendar = True

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still scheduled, not begun, and near enough."""
        booking = visit.booking
        if booking.status != BookingStatus.SCHEDULED:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        if booking.start <= now:
            return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        if portal_settings.reminder_lead_days == 0:
            return Verdict(Decision.SUPPRESS, Reason.SWITCHED_OFF)
        opens = booking.start - dt.timedelta(days=portal_settings.reminder_lead_days)
        if _says_it_already(notification, visit, opens):
            return Verdict(Decision.SUPERSEDE, Reason.NEWER_MESSAGE)
        # The visit moved away after the reminder was queued; the reminder waits until it is near again.
        return Verdict(Decision.WAIT, until=opens) if opens > now else SEND


class Rescheduled(BookingKind):
    """The start differs by more than ten minutes from what the contact was last told."""

    event = told.RESCHEDULED
    label = pgettext_lazy("event", "Booking rescheduled")
    customer_label = pgettext_lazy("message", "New time")
    customer_description = gettext_lazy("Your visit was moved: the old and the new time.")
    priority = 2
    names_start = True
    has_calendar = True

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still scheduled, not begun, reminded, and still another time than was told."""
        booking = visit.booking
        if booking.status != BookingStatus.SCHEDULED:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        if booking.start <= now:
            return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        own = visit.told.start(notification.contact, channel=notification.channel, but=notification)
        on_the_way = [said for said in visit.told.being_sent(notification.contact) if not said.repeats(notification)]
        if on_the_way and (own is None or any(said.channel == notification.channel for said in on_the_way)):
            return Verdict(Decision.WAIT)  # whether it goes out decides what the contact was last told
        # What this channel said last must be true. If it said nothing, the contact knows what the other one said.
        start = own or visit.told.start(notification.contact, but=notification)
        if start is None:
            return Verdict(Decision.SUPERSEDE, Reason.NOT_REMINDED)
        if abs(booking.start - start) <= queue.TOLERANCE:
            return Verdict(Decision.SUPERSEDE, Reason.CHANGED_BACK)
        return newest(notification, visit.told)

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Add the old time; in a text message without its zone, which is named once."""
        own = words.told.start(words.contact, channel=notification.channel, but=notification)
        start = own or words.told.start(words.contact, but=notification)
        old, zone, language = start or words.booking.start, words.booking.zone_name, words.language
        return {"old": words.moment(old), "old_short": zones.short_moment(old, zone, language)}


class Canceled(BookingKind):
    """The visit is canceled, for a contact who was reminded of it."""

    event = told.CANCELED
    label = pgettext_lazy("event", "Booking canceled")
    customer_label = pgettext_lazy("message", "Canceled")
    customer_description = gettext_lazy("Your visit is off, and how to book again.")
    priority = 2
    has_calendar = True

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still canceled, reminded, and not long past."""
        booking = visit.booking
        if booking.status != BookingStatus.CANCELED:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        if now > booking.end + CANCELED_LIVES:
            return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        return _says_it_again(notification, visit.told) or _reminded(notification, visit.told)

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Name the visit by the start that the contact was told: any other would be another visit to them."""
        start = words.told.start(words.contact, channel=notification.channel) or words.told.start(words.contact)
        return {"when": words.moment(start)} if start and start != words.booking.start else {}


def _says_it_again(notification: CustomerNotification, so_far: Told) -> Verdict | None:
    """Supersede a cancellation if the last word on this channel is one: the visit was reopened without a word."""
    if notification.resent_of_id is not None:
        return None
    about = so_far.whether_on(notification.contact, but=notification)
    word = told.last(said for said in about if said.channel == notification.channel)
    is_again = word is not None and word.event == told.CANCELED
    return Verdict(Decision.SUPERSEDE, Reason.NOTHING_TO_CORRECT) if is_again else None


def _reminded(notification: CustomerNotification, so_far: Told) -> Verdict:
    if so_far.start(notification.contact) is not None:
        return SEND
    # A reminder that is being sent at this moment decides; if it fails, there is nothing to correct.
    waiting = so_far.being_sent(notification.contact)
    return Verdict(Decision.WAIT) if waiting else Verdict(Decision.SUPERSEDE, Reason.NOT_REMINDED)


def _says_it_already(notification: CustomerNotification, visit: Visit, opens: dt.datetime) -> bool:
    """Tell whether another message has told this start on this channel; no if this one was sent again by hand.

    A confirmation from before the reminder lead time (`opens`) does not count: it may be weeks old. Nor does a message
    from then that the visit is on after all.
    """
    if notification.resent_of_id is not None:
        return False
    others = (
        said
        for said in visit.told.naming_start(notification.contact)
        if said.pk != notification.pk and said.channel == notification.channel and said.told_at is not None
        if said.event not in (told.CONFIRMED, told.REOPENED) or said.told_at >= opens
    )
    latest, start = told.last(others), visit.booking.start
    return latest is not None and abs(start - (latest.named_time or start)) <= queue.TOLERANCE
