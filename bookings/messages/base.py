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
from bookings.messages import examples, moments, question, queue
from bookings.messages.calendar import visit_calendar
from bookings.messages.placeholders import OF_VISIT
from bookings.messages.told import CANCELED, REOPENED, Told
from bookings.models import Booking, BookingNotificationCode, BookingStatus, IncidentType, Reminder
from bookings.models.window import ToldTime
from fsportal.lib import zones
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel as ChannelName
from notifications.customers import outbox
from notifications.customers.kinds import SEND, Composed, Decision, Example, MessageKind, Verdict
from notifications.customers.wording.common import common_values
from notifications.customers.wording.placeholders import Placeholder
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
    #: Whether the message that is written about it asks whether its time suits.
    is_asked: bool = False


class BookingKind(MessageKind):
    #: Whether it goes at any hour.
    goes_at_once: ClassVar[bool] = False
    button: ClassVar[Any] = gettext_lazy("See your visit")
    names_start: ClassVar[bool] = False
    has_calendar: ClassVar[bool] = False
    placeholders: ClassVar[tuple[Placeholder, ...]] = OF_VISIT
    # Every email lists the time, the place and the service.
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {"sms": ("when",)}

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
        """Lock the bookings; return the messages about those of which nothing was changed or said meanwhile.

        In the same transaction it is noted of which of them the customer is asked whether the time suits them.
        """
        same = super().unchanged({pk: visit.booking for pk, visit in subjects.items()})
        told_now = Told.about_each({subjects[pk].booking.pk for pk in same})
        holds = {pk for pk in same if subjects[pk].told == told_now[subjects[pk].booking.pk]}
        question.note_asked(subjects[pk].booking for pk in holds if subjects[pk].is_asked)
        return holds

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
            question.take_back(notification, booking)
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
        booking, link = subject.booking, subject.link
        # A page can show UTC; but a customer who reads that in a message comes at the wrong hour.
        zones.zone(booking.zone_name)
        words = self._words(notification, subject, portal_settings, language)
        # Without its link, which an admin has blocked or ended, an email has no button to answer with.
        may_answer = bool(link) or notification.channel == ChannelName.SMS
        subject.is_asked = may_answer and self.asks(notification, subject, portal_settings)
        context = words.context() | {"is_asked": subject.is_asked} | self.more(notification, words)
        is_email = notification.channel == ChannelName.EMAIL
        named = self.named(booking)
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms="" if is_email else " ".join(self._render("sms", context).split()),
            facts=words.facts(),
            button=self._button(subject) if link else None,
            question=question.words(notification) if subject.is_asked else "",
            calendar=visit_calendar(booking, portal_settings, language, link)
            if self.has_calendar and is_email
            else b"",
            named_time=named.start if named else None,
            named_until=named.until if named else None,
            links=[link],
        )

    def services(self) -> list[tuple[uuid.UUID, str]]:
        return list(IncidentType.objects.values_list("pk", "name"))

    def examples(self, search: str, now: dt.datetime) -> list[tuple[str, str]]:
        """Return visits, the next one first, and at the end one that is made up."""
        found = [(str(booking.pk), examples.name_of(booking)) for booking in examples.visits(search, now)]
        return found if search else [*found, (examples.MADE_UP, str(examples.MADE_UP_VISIT))]

    def example(self, key: str, channel: str, portal_settings: PortalSettings, now: dt.datetime) -> Example | None:
        booking = examples.visit(key, portal_settings, now)
        if booking is None:
            return None
        contact = examples.stand_in(queue.recipient(booking.work_order, portal_settings))
        visit = Visit(booking, Told.about(booking), link=examples.dead_link())
        self.pretend(visit, contact)
        notification = outbox.row_of(self.event, channel, contact, booking, revision=booking.revision)
        return Example(examples.name_of(booking), notification, visit, contact.address_on(channel))

    def pretend(self, visit: Visit, contact: Contact) -> None:
        """Change an example's visit, which is never saved, to one about which this message is sent."""
        examples.pretend_status(visit.booking, BookingStatus.SCHEDULED)

    def values(
        self, notification: CustomerNotification, subject: Visit, portal_settings: PortalSettings, language: str
    ) -> dict[str, str]:
        words = self._words(notification, subject, portal_settings, language)
        context = words.context() | self.more(notification, words)
        order = subject.booking.work_order
        return common_values(notification, portal_settings, language) | {
            "when": context["when"],
            "technician": context["technician"] or _("Your technician"),
            "service": context["service"],
            "reference": order.number,
            "place": order.site.line_for_customers(portal_settings.home_country),
            "link": subject.link,
            **self.own_values(context),
        }

    def own_values(self, context: Mapping[str, Any]) -> dict[str, str]:
        """Return the values of the placeholders that only this kind has; `context` is that of its templates."""
        return {}

    def service_of(self, subject: Visit) -> uuid.UUID | None:
        return subject.booking.work_order.incident_type_id

    def _words(
        self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings, language: str
    ) -> Words:
        assert notification.contact is not None
        return Words(visit.booking, notification.contact, portal_settings, language, visit.link, visit.told)

    def _button(self, visit: Visit) -> tuple[str, str]:
        return question.button(visit.link) if visit.is_asked else (str(self.button), visit.link)

    def asks(self, notification: CustomerNotification, visit: Visit, portal_settings: PortalSettings) -> bool:
        """Tell whether the message asks whether the time of the visit suits the customer."""
        return False

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
