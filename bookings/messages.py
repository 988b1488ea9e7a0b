"""The five messages about a booking: whether each is still true when it is about to go out, and what it says.

Words are in templates/messages/<event>/; the rules are the seed's "List of notifications" and domain.md.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from bookings import notices
from bookings.calendar import visit_calendar
from bookings.models import Booking, BookingNotificationCode, BookingStatus
from fsportal.lib import zones
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel as ChannelName
from notifications.customers.kinds import SEND, Answer, Composed, Kind, Verdict, register
from notifications.models import CustomerNotification, Reason, State

#: Without an arrival time a *Traveling* message is of use for this long; others until these times have passed.
TRAVELING_LIVES = dt.timedelta(hours=4)
COMPLETED_LIVES = dt.timedelta(days=3)
CANCELED_LIVES = dt.timedelta(hours=24)


@dataclass(frozen=True)
class Words:
    """What the templates of one message may name, already in the reader's language and the site's zone."""

    booking: Booking
    contact: Contact
    portal: PortalSettings
    language: str
    link: str

    def context(self) -> dict[str, Any]:
        """Return the template context."""
        booking = self.booking
        technician = booking.resource.name if self.portal.show_resource_name else ""
        return {
            "contact": self.contact,
            "portal": self.portal,
            "company": self.portal.company_name,
            "service": booking.work_order.incident_type.name,
            "technician": technician,
            "when": self.when,
            "link": self.link,
        }

    @property
    def when(self) -> str:
        """Return day and time of the visit, with the zone's name."""
        return zones.when(self.booking.start, self.booking.end, self.booking.zone_name, self.language)

    def moment(self, at: dt.datetime) -> str:
        """Return one time at the site."""
        return zones.moment(at, self.booking.zone_name, self.language)

    def facts(self) -> list[tuple[str, str]]:
        """Return the rows that every email about a visit has."""
        order = self.booking.work_order
        rows = [
            (_("When"), self.when),
            (_("Where"), order.site.address_line()),
            (_("Service"), order.incident_type.name),
            (_("Reference"), order.number),
        ]
        return [row for row in rows if row[1]]


class BookingKind(Kind):
    """What the five have in common."""

    button: ClassVar[Any] = gettext_lazy("See your visit")
    names_start: ClassVar[bool] = False
    has_calendar: ClassVar[bool] = False

    def lock(self, notification: CustomerNotification) -> Booking | None:
        """Return the booking, locked so that no verb changes it between the check and the words."""
        return (
            Booking.objects.with_visit()
            .select_for_update(of=("self",))
            .filter(pk=notification.regarding_id or uuid.UUID(int=0))
            .first()
        )

    def verdict(
        self, notification: CustomerNotification, subject: models.Model, settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Ask first whether it is still true, then whether anybody of this account may be told."""
        assert isinstance(subject, Booking)
        if self.names_start and notification.told_at and notification.named_time != subject.start:
            # Said again with another time under the same Message-ID, a mailbox would drop it as a double.
            return Verdict(Answer.LEAVE, Reason.NEWER_MESSAGE)
        verdict = self.truth(notification, subject, settings, now)
        return verdict if verdict != SEND else _audience(notification, subject, settings)

    def truth(
        self, notification: CustomerNotification, booking: Booking, settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Say whether the message is still true at `now`."""
        raise NotImplementedError

    def compose(
        self, notification: CustomerNotification, subject: models.Model, settings: PortalSettings, language: str
    ) -> Composed:
        """Write the message about the booking as it is now."""
        assert isinstance(subject, Booking)
        assert notification.contact is not None
        link = _link(subject, notification.contact)
        words = Words(subject, notification.contact, settings, language, link)
        context = words.context() | self.more(notification, words)
        wants_calendar = self.has_calendar and notification.channel == ChannelName.EMAIL
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms=" ".join(self._render("sms", context).split()),
            facts=words.facts(),
            button=(str(self.button), link) if link else None,
            calendar=visit_calendar(subject, settings, language, link) if wants_calendar else b"",
            named_time=subject.start if self.names_start else None,
            links=[link],
        )

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Return what this message names beyond the common things."""
        return {}

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()


class Upcoming(BookingKind):
    """The reminder: once per booking, from the lead time before the start on, never after it."""

    event = notices.UPCOMING
    label = pgettext_lazy("event", "Upcoming booking")
    customer_label = pgettext_lazy("message", "Reminder")
    customer_words = gettext_lazy("Day and time of your visit, some days before.")
    priority = 6
    names_start = True
    has_calendar = True

    def truth(
        self, notification: CustomerNotification, booking: Booking, settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still scheduled, not begun, and near enough."""
        if booking.status != BookingStatus.SCHEDULED:
            return Verdict(Answer.SUPERSEDE, Reason.STATUS_CHANGED)
        if booking.start <= now:
            return Verdict(Answer.EXPIRE, Reason.TOO_LATE)
        if settings.reminder_lead_days == 0:
            return Verdict(Answer.SUPPRESS, Reason.SWITCHED_OFF)
        if _says_it_already(notification, booking):
            return Verdict(Answer.SUPERSEDE, Reason.NEWER_MESSAGE)
        opens = booking.start - dt.timedelta(days=settings.reminder_lead_days)
        # It was moved away after the reminder had been queued; the reminder waits until it is near again.
        return Verdict(Answer.WAIT, until=opens) if opens > now else SEND


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
        return _newest(notification)

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


class Rescheduled(BookingKind):
    """The start differs by more than ten minutes from what the contact was last told."""

    event = notices.RESCHEDULED
    label = pgettext_lazy("event", "Booking rescheduled")
    customer_label = pgettext_lazy("message", "New time")
    customer_words = gettext_lazy("Your visit was moved: the old and the new time.")
    priority = 2
    names_start = True
    has_calendar = True

    def truth(
        self, notification: CustomerNotification, booking: Booking, settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still scheduled, not begun, reminded, and still far from what was told."""
        if booking.status != BookingStatus.SCHEDULED:
            return Verdict(Answer.SUPERSEDE, Reason.STATUS_CHANGED)
        if booking.start <= now:
            return Verdict(Answer.EXPIRE, Reason.TOO_LATE)
        others = notices.naming_start(booking, notification.contact).exclude(
            event=notification.event, revision=notification.revision
        )
        if others.filter(state=State.SENDING).exists():
            return Verdict(Answer.WAIT)  # it decides what the contact was last told
        told = notices.start_told(booking, notification.contact, but=notification)
        if told is None:
            return Verdict(Answer.SUPERSEDE, Reason.NOT_REMINDED)
        if abs(booking.start - told) <= notices.TOLERANCE:
            return Verdict(Answer.SUPERSEDE, Reason.CHANGED_BACK)
        return _newest(notification)

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Add the old time; a text message names the zone once."""
        told = notices.start_told(words.booking, words.contact, but=notification)
        old, zone, language = told or words.booking.start, words.booking.zone_name, words.language
        return {"old": words.moment(old), "old_short": zones.short_moment(old, zone, language)}


class Canceled(BookingKind):
    """The visit is off, for a contact who had been reminded of it."""

    event = notices.CANCELED
    label = pgettext_lazy("event", "Booking canceled")
    customer_label = pgettext_lazy("message", "Canceled")
    customer_words = gettext_lazy("Your visit is off, and how to book again.")
    priority = 2
    has_calendar = True

    def truth(
        self, notification: CustomerNotification, booking: Booking, settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        """Still canceled, reminded, and the day has not long passed."""
        if booking.status != BookingStatus.CANCELED:
            return Verdict(Answer.SUPERSEDE, Reason.STATUS_CHANGED)
        if now > booking.end + CANCELED_LIVES:
            return Verdict(Answer.EXPIRE, Reason.TOO_LATE)
        return _reminded(notification, booking)

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        """Name the visit by the start that the contact was told: another one would be another visit to them."""
        told = notices.start_told(words.booking, words.contact)
        return {"when": words.moment(told)} if told and told != words.booking.start else {}


def _audience(notification: CustomerNotification, booking: Booking, settings: PortalSettings) -> Verdict:
    order = booking.work_order
    if order.account.is_excluded:
        return Verdict(Answer.SUPPRESS, Reason.EXCLUDED_ACCOUNT)
    if order.work_order_type is not None and order.work_order_type.is_excluded:
        return Verdict(Answer.SUPPRESS, Reason.EXCLUDED_TYPE)
    if not order.account.is_active:
        return Verdict(Answer.SUPPRESS, Reason.INACTIVE_ACCOUNT)
    # That a visit is off is told to everybody who was told of it.
    moved_on = notices.recipient(order, settings) != notification.contact and notification.event != notices.CANCELED
    return Verdict(Answer.SUPERSEDE, Reason.RECIPIENT_CHANGED) if moved_on else SEND


def _reminded(notification: CustomerNotification, booking: Booking) -> Verdict:
    if notices.start_told(booking, notification.contact) is not None:
        return SEND
    # A reminder that is going out just now decides; a failed one leaves nothing to correct.
    waiting = notices.starts_on_the_way(booking, notification.contact)
    return Verdict(Answer.WAIT) if waiting else Verdict(Answer.SUPERSEDE, Reason.NOT_REMINDED)


def _says_it_already(notification: CustomerNotification, booking: Booking) -> bool:
    """Tell whether another message has told this start on this channel. Asked for by hand, it goes all the same."""
    if notification.resent_of_id is not None:
        return False
    others = notices.naming_start(booking, notification.contact).told().exclude(pk=notification.pk)
    latest = others.filter(channel=notification.channel).order_by("-told_at", "-revision").first()
    return latest is not None and abs(booking.start - (latest.named_time or booking.start)) <= notices.TOLERANCE


def _newest(notification: CustomerNotification) -> Verdict:
    newer = CustomerNotification.objects.filter(
        regarding_type=notification.regarding_type,
        regarding_id=notification.regarding_id,
        event=notification.event,
        channel=notification.channel,
        contact=notification.contact,
        revision__gt=notification.revision,
    )
    return Verdict(Answer.SUPERSEDE, Reason.NEWER_MESSAGE) if newer.exists() else SEND


def _link(booking: Booking, contact: Contact) -> str:
    """Return the contact's link to the visit, or nothing when an admin has blocked or ended it."""
    code = BookingNotificationCode.issue(booking, contact)
    return code.link if code.opens_at(dt.datetime.now(dt.UTC)) else ""


def register_kinds() -> None:
    """Make the five messages known to the outbox; called once when the app is ready."""
    for kind in (Upcoming(), Traveling(), Completed(), Rescheduled(), Canceled()):
        register(kind)
