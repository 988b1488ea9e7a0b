"""The base class of the message kinds about a booking, and the words that their templates share."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings import staff_cards
from bookings.messages import queue, told
from bookings.messages.calendar import visit_calendar
from bookings.models import Booking, BookingNotificationCode
from fsportal.lib import zones
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel as ChannelName
from notifications.customers.kinds import SEND, Composed, Decision, MessageKind, Verdict
from notifications.models import CustomerNotification, Reason
from notifications.models.customer_notification import CustomerNotificationQuerySet


@dataclass(frozen=True)
class Words:
    """What the templates of one message may use, in the reader's language and the site's zone."""

    booking: Booking
    contact: Contact
    portal_settings: PortalSettings
    language: str
    link: str

    def context(self) -> dict[str, Any]:
        booking = self.booking
        technician = booking.resource.name if self.portal_settings.show_resource_name else ""
        return {
            "contact": self.contact,
            "portal_settings": self.portal_settings,
            "company": self.portal_settings.company_name,
            "service": booking.work_order.incident_type.name,
            "technician": technician,
            "when": self.when,
            "link": self.link,
        }

    @property
    def when(self) -> str:
        return zones.when(self.booking.start, self.booking.end, self.booking.zone_name, self.language)

    def moment(self, at: dt.datetime) -> str:
        return zones.moment(at, self.booking.zone_name, self.language)

    def facts(self) -> list[tuple[str, str]]:
        """Return the facts in every email about a visit."""
        order = self.booking.work_order
        rows = [
            (_("When"), self.when),
            (_("Where"), order.site.address_line()),
            (_("Service"), order.incident_type.name),
            (_("Reference"), order.number),
        ]
        return [row for row in rows if row[1]]


class BookingKind(MessageKind):
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
        self,
        notification: CustomerNotification,
        subject: models.Model,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Decide whether it is still true, and then whether anybody of this account may be told."""
        assert isinstance(subject, Booking)
        if self.names_start and notification.told_at and notification.named_time != subject.start:
            # With another time under the same Message-ID, mailboxes would drop it as a duplicate.
            return Verdict(Decision.LEAVE, Reason.NEWER_MESSAGE)
        verdict = self.truth(notification, subject, portal_settings, now)
        return verdict if verdict != SEND else _audience(notification, subject, portal_settings)

    def undelivered(self, notification: CustomerNotification) -> None:
        booking = Booking.objects.with_visit().filter(pk=notification.regarding_id or uuid.UUID(int=0)).first()
        if booking is not None:
            staff_cards.undelivered(notification, booking)

    def related(self, notification: CustomerNotification) -> CustomerNotificationQuerySet:
        """Return the messages about the same booking."""
        return CustomerNotification.objects.filter(
            regarding_type=notification.regarding_type_id, regarding_id=notification.regarding_id
        )

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        """Withdraw the card for dispatchers if nothing about the visit is open any more."""
        staff_cards.arrived(notification)

    def truth(
        self, notification: CustomerNotification, booking: Booking, portal_settings: PortalSettings, now: dt.datetime
    ) -> Verdict:
        raise NotImplementedError

    def compose(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> Composed:
        assert isinstance(subject, Booking)
        assert notification.contact is not None
        link = _link(subject, notification.contact)
        words = Words(subject, notification.contact, portal_settings, language, link)
        context = words.context() | self.more(notification, words)
        wants_calendar = self.has_calendar and notification.channel == ChannelName.EMAIL
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms=" ".join(self._render("sms", context).split()),
            facts=words.facts(),
            button=(str(self.button), link) if link else None,
            calendar=visit_calendar(subject, portal_settings, language, link) if wants_calendar else b"",
            named_time=self.named(subject),
            links=[link],
        )

    def named(self, booking: Booking) -> dt.datetime | None:
        """Return the time in the message (aware): later it shows what the contact was told."""
        return booking.start if self.names_start else None

    def more(self, notification: CustomerNotification, words: Words) -> dict[str, Any]:
        return {}

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()


def _audience(notification: CustomerNotification, booking: Booking, portal_settings: PortalSettings) -> Verdict:
    order = booking.work_order
    if order.account.is_excluded:
        return Verdict(Decision.SUPPRESS, Reason.EXCLUDED_ACCOUNT)
    if order.work_order_type is not None and order.work_order_type.is_excluded:
        return Verdict(Decision.SUPPRESS, Reason.EXCLUDED_TYPE)
    if not order.account.is_active:
        return Verdict(Decision.SUPPRESS, Reason.INACTIVE_ACCOUNT)
    # A cancellation goes to everybody who was told of the visit.
    moved_on = queue.recipient(order, portal_settings) != notification.contact and notification.event != told.CANCELED
    return Verdict(Decision.SUPERSEDE, Reason.RECIPIENT_CHANGED) if moved_on else SEND


def newest(notification: CustomerNotification) -> Verdict:
    """Supersede this message if there is a newer one of the same kind; otherwise let it go."""
    followed = is_followed_by(notification, notification.event)
    return Verdict(Decision.SUPERSEDE, Reason.NEWER_MESSAGE) if followed else SEND


def is_followed_by(notification: CustomerNotification, event: str) -> bool:
    """Tell whether there is a message about `event` of a later revision to the same contact on the same channel."""
    newer = CustomerNotification.objects.filter(
        regarding_type=notification.regarding_type,
        regarding_id=notification.regarding_id,
        event=event,
        channel=notification.channel,
        contact=notification.contact,
        revision__gt=notification.revision,
    )
    return newer.exists()


def _link(booking: Booking, contact: Contact) -> str:
    """Return the contact's link to the visit; empty if an admin has blocked or ended it."""
    code = BookingNotificationCode.issue(booking, contact)
    return code.link if code.opens_at(dt.datetime.now(dt.UTC)) else ""
