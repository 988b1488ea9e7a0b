"""Messages about when a visit is: each names its start, or says that it is canceled."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from bookings.messages import examples, moments, queue, told
from bookings.messages.base import BookingKind, Visit, Words, newest
from bookings.messages.placeholders import OF_VISIT, OLD_WHEN
from bookings.messages.told import Told
from bookings.models import Booking, BookingStatus, CustomerAnswer, Reminder
from bookings.models.window import ToldTime
from bookings.self_service import policy
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.kinds import SEND, Decision, Verdict
from notifications.models import CustomerNotification, Reason

#: A cancellation is of use until this long after the visit would have ended.
CANCELED_LIVES = dt.timedelta(hours=24)
#: A reminder for those who have not confirmed does not follow another question sooner than that.
ASK_AGAIN_AFTER = dt.timedelta(hours=3)


class Announcement(BookingKind):
    """It tells of a visit that is ahead. Outside the hours for messages only if nothing else would tell in time."""

    names_start = True
    has_calendar = True

    def outside_hours(
        self, notification: CustomerNotification, visit: Visit, now: dt.datetime, opens: dt.datetime
    ) -> Verdict:
        if moments.leaves_time(opens, visit.booking.start):
            return Verdict(Decision.WAIT, Reason.QUIET_HOURS, opens)
        if _told_elsewhere(notification, visit):
            return Verdict(Decision.SUPPRESS, Reason.QUIET_HOURS)
        if notification.channel == Channel.EMAIL:
            return SEND
        others = (said for said in visit.told.said if said.channel != notification.channel)
        same = (said for said in others if said.repeats(notification))
        # If the email goes out, no text is needed (and it does not wait for the text in turn). Nobody waits for one
        # that failed once.
        return Verdict(Decision.WAIT) if any(said.is_to_come for said in same) else SEND


class Correction(BookingKind):
    """It corrects what a contact was told. It waits for the hours for messages, but not if the visit is soon."""

    has_calendar = True

    def outside_hours(
        self, notification: CustomerNotification, visit: Visit, now: dt.datetime, opens: dt.datetime
    ) -> Verdict:
        """Ask of the visit's old time and of the new one."""
        starts = [visit.booking.start, *filter(None, [visit.told.start(notification.contact)])]
        ahead = [start for start in starts if start > now - moments.SOON]
        is_soon = any(start - now <= moments.SOON or not moments.leaves_time(opens, start) for start in ahead)
        return SEND if is_soon else Verdict(Decision.WAIT, Reason.QUIET_HOURS, opens)


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
        return _is_ahead(visit.booking, now) or SEND

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        return {"may_change": policy.allowed(words.booking, timezone.now()).change}


class Booked(Announcement):
    """Staff, a file or another system scheduled a visit: day, time, link."""

    event = told.BOOKED
    label = pgettext_lazy("event", "Booked")
    customer_label = pgettext_lazy("message", "Booked for you")
    customer_description = gettext_lazy("Day and time of a visit that we booked for you.")
    priority = 4

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still scheduled, not begun, and not told in another way. If the visit moved, it names the new time."""
        return _is_ahead(visit.booking, now) or _unless_told(notification, visit)


class Upcoming(Announcement):
    """A reminder: once per booking and reminder, from its lead time on, never after the start."""

    event = told.UPCOMING
    label = pgettext_lazy("event", "Upcoming booking")
    customer_label = pgettext_lazy("message", "Reminder")
    customer_description = gettext_lazy("Day and time of your visit, some days before.")
    priority = 6

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still scheduled, not begun, near enough, and not told a short while ago."""
        if verdict := _is_ahead(visit.booking, now):
            return verdict
        if notification.resent_of_id or queue.is_asked_for(notification.dedupe_key):
            return SEND
        if (reminder := self._reminder(notification, visit, portal_settings)) is None:
            return Verdict(Decision.SUPPRESS, Reason.SWITCHED_OFF)
        if reason := self._is_pointless(reminder, notification, visit.booking):
            return Verdict(Decision.SUPERSEDE, reason)
        goes = moments.reminder_goes(reminder, visit.booking, notification.channel, portal_settings)
        if goes is None:
            return Verdict(Decision.SUPPRESS, Reason.DO_NOT_TELL)
        if _is_being_told(notification, visit):
            return Verdict(Decision.WAIT)  # whether it goes out decides what the contact knows
        opens, gap = visit.booking.start - reminder.lead, dt.timedelta(hours=portal_settings.repeat_gap_hours)
        if reminder.only_unconfirmed and not visit.booking.answer:
            gap = min(gap, ASK_AGAIN_AFTER)  # they know the time; it is the answer that is missing
        # One that goes at once only announces: whoever knows the time already needs no announcement.
        announces = visit.booking.timed_at is not None and visit.booking.timed_at >= opens
        if _is_told(notification, visit, None if announces else goes - gap):
            return Verdict(Decision.SUPERSEDE, Reason.ALREADY_TOLD)
        # A sweep, also one by hand, takes what is inside the lead time, but looks ahead where a message may have to go
        # before a pause. And the visit may have moved away.
        looks_ahead = moments.look_ahead(reminder, notification.channel, portal_settings) or visit.booking.is_quiet
        is_due = now >= goes or (now >= opens and not looks_ahead)
        return SEND if is_due else self._waits(reminder, visit.booking, goes, now)

    def _is_pointless(self, reminder: Reminder, notification: CustomerNotification, booking: Booking) -> Reason | None:
        if reminder.only_unconfirmed and booking.answer == CustomerAnswer.YES:
            return Reason.CONFIRMED
        # The visit has a new time, and this reminder too.
        return Reason.NEWER_MESSAGE if reminder.pk and notification.revision != booking.timed_by else None

    def _waits(self, reminder: Reminder, booking: Booking, goes: dt.datetime, now: dt.datetime) -> Verdict:
        # With the reason the sweep lets it wait; otherwise it would ask again every minute of the night.
        by_now = moments.regular(reminder, booking)
        waits_for_hours = by_now is not None and by_now <= now
        return Verdict(Decision.WAIT, Reason.QUIET_HOURS if waits_for_hours else None, goes)

    def _reminder(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings
    ) -> Reminder | None:
        """Return the reminder that the message is of, or None if it was switched off."""
        if occasion := queue.occasion_of(notification):
            return visit.reminders.get(occasion)
        return Reminder.first(portal_settings) if portal_settings.reminder_lead_days else None

    def asks(self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings) -> bool:
        """Ask if the reminder does; one that somebody sends by hand does what the first one does."""
        if visit.booking.answer:
            return False
        reminder = visit.reminders.get(queue.occasion_of(notification))
        return reminder.asks if reminder else portal_settings.reminder_asks

    def subjects(self, notifications: Sequence[CustomerNotification]) -> dict[uuid.UUID, Visit]:
        found = super().subjects(notifications)
        if any(queue.occasion_of(notification) for notification in notifications):
            reminders = {reminder.occasion: reminder for reminder in Reminder.objects.filter(is_on=True)}
            for visit in found.values():
                visit.reminders = reminders
        return found


class Rescheduled(Correction):
    """The start differs by more than ten minutes from what the contact was last told, or it is in another window."""

    event = told.RESCHEDULED
    label = pgettext_lazy("event", "Booking rescheduled")
    customer_label = pgettext_lazy("message", "New time")
    customer_description = gettext_lazy("Your visit was moved: the old and the new time.")
    priority = 2
    names_start = True
    placeholders = (*OF_VISIT, OLD_WHEN)

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still scheduled, not begun, and another time than was told; or moved by the customers themselves."""
        booking = visit.booking
        if verdict := _is_ahead(booking, now):
            return verdict
        if queue.is_own_act(notification.dedupe_key):
            return newest(notification, visit.told)
        own = visit.told.time(notification.contact, channel=notification.channel, but=notification)
        on_the_way = [said for said in visit.told.being_sent(notification.contact) if not said.repeats(notification)]
        if on_the_way and (own is None or any(said.channel == notification.channel for said in on_the_way)):
            return Verdict(Decision.WAIT)  # whether it goes out decides what the contact was last told
        # What this channel said last must be true. If it said nothing, the contact knows what the other one said.
        time = own or visit.told.time(notification.contact, but=notification)
        if time is None:
            return Verdict(Decision.SUPERSEDE, Reason.NOT_REMINDED)
        if time.still_holds(booking.told_time):
            return Verdict(Decision.SUPERSEDE, Reason.CHANGED_BACK)
        return newest(notification, visit.told)

    def asks(self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings) -> bool:
        """Ask about the new time if the first reminder, which asks, has told another one: it goes only once.

        Customers who moved the visit themselves know that the time suits them.
        """
        if visit.booking.answer or not portal_settings.reminder_asks or queue.is_own_act(notification.dedupe_key):
            return False
        reminded = (said for said in visit.told.said if said.event == told.UPCOMING and said.revision == 0)
        return any(said.told_at is not None for said in reminded)

    def pretend(self, visit: Visit, contact: Contact) -> None:
        """Let the contact believe that the visit is a day earlier."""
        super().pretend(visit, contact)
        visit.told = Told([examples.said_start(visit.booking, contact, -dt.timedelta(days=1))])

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Add the old time; in a text message without its zone, which is named once."""
        own = words.told.time(words.contact, channel=notification.channel, but=notification)
        time = own or words.told.time(words.contact, but=notification) or _time_before(notification, words.booking)
        old = time or words.booking.told_time
        return {"old": words.told_words(old), "old_short": old.short_words(words.booking.zone_name, words.language)}

    def own_values(self, context: Mapping[str, Any]) -> dict[str, str]:
        return {"old_when": context["old"]}


class Canceled(Correction):
    """The visit is canceled, for a contact who was reminded of it."""

    event = told.CANCELED
    label = pgettext_lazy("event", "Booking canceled")
    customer_label = pgettext_lazy("message", "Canceled")
    customer_description = gettext_lazy("Your visit is off, and how to book again.")
    priority = 2
    # It is about the time that the customer was told; what the email lists is that of the booking.
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {"body": ("when",), "sms": ("when",)}

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still canceled, reminded, and not long past."""
        booking = visit.booking
        if booking.status != BookingStatus.CANCELED:
            return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
        if now > booking.end + CANCELED_LIVES:
            return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        if queue.is_own_act(notification.dedupe_key):
            return SEND
        return _says_it_again(notification, visit.told) or _reminded(notification, visit.told)

    def pretend(self, visit: Visit, contact: Contact) -> None:
        examples.pretend_status(visit.booking, BookingStatus.CANCELED)

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Name the visit by the start that the contact was told: any other would be another visit to them."""
        time = words.told.time(words.contact, channel=notification.channel) or words.told.time(words.contact)
        return {"when": words.told_words(time)} if time and time != words.booking.told_time else {}


def _says_it_again(notification: CustomerNotification, so_far: Told) -> Verdict | None:
    """Supersede a cancellation if the last word on this channel is one: the visit was reopened without a word."""
    if notification.resent_of_id is not None:
        return None
    about = so_far.whether_on(notification.contact, but=notification)
    word = told.last(said for said in about if said.channel == notification.channel)
    is_again = word is not None and word.event == told.CANCELED
    return Verdict(Decision.SUPERSEDE, Reason.NOTHING_TO_CORRECT) if is_again else None


def _reminded(notification: CustomerNotification, so_far: Told) -> Verdict:
    if so_far.time(notification.contact) is not None:
        return SEND
    # A reminder that is being sent at this moment decides; if it fails, there is nothing to correct.
    waiting = so_far.being_sent(notification.contact)
    return Verdict(Decision.WAIT) if waiting else Verdict(Decision.SUPERSEDE, Reason.NOT_REMINDED)


def _is_ahead(booking: Booking, now: dt.datetime) -> Verdict | None:
    """Return the verdict on a message about a visit that is not scheduled any more or has begun; None otherwise."""
    if booking.status != BookingStatus.SCHEDULED:
        return Verdict(Decision.SUPERSEDE, Reason.STATUS_CHANGED)
    return Verdict(Decision.EXPIRE, Reason.TOO_LATE) if booking.start <= now else None


def _unless_told(notification: CustomerNotification, visit: Visit) -> Verdict:
    if notification.resent_of_id or queue.is_asked_for(notification.dedupe_key):
        return SEND
    if _is_being_told(notification, visit):
        return Verdict(Decision.WAIT)
    return Verdict(Decision.SUPERSEDE, Reason.ALREADY_TOLD) if _is_told(notification, visit) else SEND


def _is_being_told(notification: CustomerNotification, visit: Visit) -> bool:
    """Tell whether another process is sending a start to this contact on this channel at this moment."""
    others = (said for said in visit.told.being_sent(notification.contact) if said.pk != notification.pk)
    return any(said.channel == notification.channel for said in others)


def _is_told(notification: CustomerNotification, visit: Visit, since: dt.datetime | None = None) -> bool:
    """Tell whether the last word on this channel is this start; with `since`, only if it was said then or later."""
    others = [
        said
        for said in visit.told.naming_start(notification.contact)
        if said.pk != notification.pk and said.channel == notification.channel
    ]
    latest = told.last(others)
    if latest is None or latest.told_at is None:
        return False
    if latest.time is not None and not latest.time.still_holds(visit.booking.told_time):
        return False
    return since is None or latest.told_at >= since


def _told_elsewhere(notification: CustomerNotification, visit: Visit) -> bool:
    time = visit.told.time(notification.contact)
    return time is not None and time.still_holds(visit.booking.told_time)


def _time_before(notification: CustomerNotification, booking: Booking) -> ToldTime | None:
    """Return what was to be told before the change that the message is about."""
    change = booking.changes.filter(revision=notification.revision).first()
    return change.old_told_time if change else None
