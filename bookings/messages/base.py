"""The base class of the message kinds about a booking, and the words that their templates share."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import staff_cards
from bookings.messages import moments, queue
from bookings.messages.calendar import visit_calendar
from bookings.messages.told import CANCELED, REOPENED, Told
from bookings.models import Booking, BookingNotificationCode, Reminder
from bookings.models.window import ToldTime
from fsportal.lib import zones
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel as ChannelName
from notifications.customers.kinds import SEND, Composed, Decision, MessageKind, Verdict
from notifications.models import CustomerNotification, Reason


@dataclass(frozen=True)
class Words:
    """What the templates of one message may use, in the reader's language and the site's zone."""

    booking: Booking
    contact: Contact
    portal_settings: PortalSettings
    language: str
    link: str
    told: Told

    def context(self) -> dict[str, Any]:
        booking = self.booking
        technician = booking.resource.name if self.portal_settings.show_resource_name else ""
        return {
            "contact": self.contact,
            "portal_settings": self.portal_settings,
            "company": self.portal_settings.company_name,
            "service": booking.work_order.incident_type.local_name,
            "technician": technician,
            "when": self.when,
            "link": self.link,
        }

    @cached_property
    def when(self) -> str:
        return self.told_words(self.booking.told_time, self.booking.end)

    def told_words(self, time: ToldTime, end: dt.datetime | None = None) -> str:
        return time.words(self.booking.zone_name, self.language, end=end)

    def moment(self, at: dt.datetime) -> str:
        return zones.moment(at, self.booking.zone_name, self.language)

    def facts(self) -> list[tuple[str, str]]:
        """Return the facts in every email about a visit."""
        order = self.booking.work_order
        rows = [
            (_("When"), self.when),
            (_("Where"), order.site.line_for_customers(self.portal_settings.home_country)),
            (_("Service"), order.incident_type.local_name),
            (_("Reference"), order.number),
        ]
        return [row for row in rows if row[1]]


@dataclass
class Visit:
    """A booking as one message sees it: with what was said about it so far, and the contact's link."""

    booking: Booking
    told: Told
    #: Those that are on, for messages of further ones.
    reminders: dict[str, Reminder] = field(default_factory=dict)
    link: str = ""


class BookingKind(MessageKind):
    #: Whether it goes at any hour.
    goes_at_once: ClassVar[bool] = False
    button: ClassVar[Any] = gettext_lazy("See your visit")
    names_start: ClassVar[bool] = False
    has_calendar: ClassVar[bool] = False

    def subjects(self, notifications: Sequence[CustomerNotification]) -> dict[uuid.UUID, Visit]:
        wanted = {notification.regarding_id for notification in notifications}
        bookings = {booking.pk: booking for booking in Booking.objects.with_visit().filter(pk__in=wanted)}
        told_about = Told.about_each(bookings)
        return {
            notification.pk: Visit(bookings[notification.regarding_id], told_about[notification.regarding_id])
            for notification in notifications
            if notification.regarding_id in bookings
        }

    def unchanged(self, subjects: Mapping[uuid.UUID, Visit]) -> set[uuid.UUID]:
        """Lock the bookings; return the messages about those of which nothing was changed or said meanwhile."""
        same = super().unchanged({pk: visit.booking for pk, visit in subjects.items()})
        told_now = Told.about_each({subjects[pk].booking.pk for pk in same})
        return {pk for pk in same if subjects[pk].told == told_now[subjects[pk].booking.pk]}

    def verdict(
        self,
        notification: CustomerNotification,
        subject: Visit,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Decide whether it is still true, and then whether anybody of this account may be told."""
        if self.names_start and notification.told_at and named_by(notification) != self.named(subject.booking):
            # With another time under the same Message-ID, mailboxes would drop it as a duplicate.
            return Verdict(Decision.LEAVE, Reason.NEWER_MESSAGE)
        timed_at = subject.booking.timed_at
        if self.names_start and timed_at is not None and timed_at > now:
            return Verdict(Decision.WAIT, until=timed_at)  # somebody may still undo it (Change.hold)
        verdict = self.truth(notification, subject, portal_settings, now)
        return verdict if verdict != SEND else _audience(notification, subject.booking, portal_settings)

    def timing(
        self,
        notification: CustomerNotification,
        subject: Visit,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Wait for the hours in which messages go out at the visit's place, unless it would then come too late."""
        opens = moments.sending_hours(subject.booking, notification.channel, portal_settings).next_open(now)
        if opens <= now or self.goes_at_once or queue.is_own_act(notification.dedupe_key):
            return SEND
        return self.outside_hours(notification, subject, now, opens)

    def outside_hours(
        self, notification: CustomerNotification, visit: Visit, now: dt.datetime, opens: dt.datetime
    ) -> Verdict:
        """Say what becomes of it outside the hours; `opens` is when they begin."""
        return Verdict(Decision.WAIT, Reason.QUIET_HOURS, opens)

    def before_writing(
        self, subjects: Mapping[uuid.UUID, Visit], notifications: Sequence[CustomerNotification]
    ) -> None:
        """Issue the codes of the links."""
        pairs = [(subjects[one.pk].booking, one.contact) for one in notifications if one.contact is not None]
        codes = BookingNotificationCode.issue_each(pairs)
        for one in notifications:
            code = codes.get((subjects[one.pk].booking.pk, one.contact_id))
            # No link if an admin has blocked or ended it.
            subjects[one.pk].link = code.link if code and code.opens_at(timezone.now()) else ""

    def undelivered(self, notification: CustomerNotification) -> None:
        booking = Booking.objects.with_visit().filter(pk=notification.regarding_id or uuid.UUID(int=0)).first()
        if booking is not None:
            staff_cards.undelivered(notification, booking)

    def settling(self, notifications: Sequence[CustomerNotification]) -> list[CustomerNotification]:
        """Return those beside which another message about the same booking failed."""
        return CustomerNotification.objects.beside_failures(notifications)

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        """Withdraw the card for dispatchers if nothing about the visit is open any more."""
        staff_cards.arrived(notification)

    def truth(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        raise NotImplementedError

    def compose(
        self, notification: CustomerNotification, subject: Visit, portal_settings: PortalSettings, language: str
    ) -> Composed:
        assert notification.contact is not None
        booking, link = subject.booking, subject.link
        # A page can show UTC; but a customer who reads that in a message comes at the wrong hour.
        zones.zone(booking.zone_name)
        words = Words(booking, notification.contact, portal_settings, language, link, subject.told)
        context = words.context() | self.more(notification, words)
        is_email = notification.channel == ChannelName.EMAIL
        named = self.named(booking)
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms="" if is_email else " ".join(self._render("sms", context).split()),
            facts=words.facts(),
            button=(str(self.button), link) if link else None,
            calendar=visit_calendar(booking, portal_settings, language, link)
            if self.has_calendar and is_email
            else b"",
            named_time=named.start if named else None,
            named_until=named.until if named else None,
            links=[link],
        )

    def named(self, booking: Booking) -> ToldTime | None:
        """Return the time in the message: later it shows what the contact was told."""
        return booking.told_time if self.names_start else None

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        return {}

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()


def named_by(notification: CustomerNotification) -> ToldTime | None:
    time = notification.named_time
    return ToldTime(time, notification.named_until) if time is not None else None


def _audience(notification: CustomerNotification, booking: Booking, portal_settings: PortalSettings) -> Verdict:
    order = booking.work_order
    if order.account.is_excluded:
        return Verdict(Decision.SUPPRESS, Reason.EXCLUDED_ACCOUNT)
    if order.work_order_type is not None and order.work_order_type.is_excluded:
        return Verdict(Decision.SUPPRESS, Reason.EXCLUDED_TYPE)
    if not order.account.is_active:
        return Verdict(Decision.SUPPRESS, Reason.INACTIVE_ACCOUNT)
    # A cancellation goes to everybody who was told of the visit, and what takes it back to everybody who heard of that;
    # what they did themselves is confirmed to them.
    if notification.event in (CANCELED, REOPENED) or queue.is_own_act(notification.dedupe_key):
        return SEND
    moved_on = queue.recipient(order, portal_settings) != notification.contact
    return Verdict(Decision.SUPERSEDE, Reason.RECIPIENT_CHANGED) if moved_on else SEND


def newest(notification: CustomerNotification, told: Told) -> Verdict:
    """Supersede this message if there is a newer one of the same kind; otherwise let it go."""
    followed = told.is_followed(notification, notification.event)
    return Verdict(Decision.SUPERSEDE, Reason.NEWER_MESSAGE) if followed else SEND
