"""The message kinds with words of staff: an answer to a customer, and a free message to one or many."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import ClassVar

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from fsportal.lib.text import one_line
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel, OptOut
from notifications.customers.kinds import SEND, Composed, Decision, MessageKind, Verdict
from notifications.customers.replies import listeners
from notifications.customers.replies.meaning import Meaning
from notifications.customers.sending_hours import SendingHours
from notifications.models import Conversation, CustomerNotification, Reason, StaffMessage, State, TextReply

ANSWER, FREE_MESSAGE = "answer", "free_message"
#: An answer goes at any hour to somebody who has written so lately.
JUST_WROTE = dt.timedelta(days=1)


class StaffWords(MessageKind):
    """The subject is the StaffMessage, which never changes."""

    #: How long after it was written it is of use.
    lives: ClassVar[dt.timedelta]

    @property
    def is_choice(self) -> bool:
        """Only an opt-out of the channel stops it: nobody chooses beforehand what a person may write to them."""
        return False

    def subjects(self, notifications: Sequence[CustomerNotification]) -> dict[uuid.UUID, StaffMessage]:
        prefetch_related_objects([one.contact for one in notifications if one.contact is not None], "account")
        found = StaffMessage.objects.in_bulk({one.staff_message_id for one in notifications if one.staff_message_id})
        return {
            one.pk: found[one.staff_message_id]
            for one in notifications
            if one.staff_message_id is not None and one.staff_message_id in found
        }

    def verdict(
        self,
        notification: CustomerNotification,
        subject: StaffMessage,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        if now - subject.written_at > self.lives:
            return Verdict(Decision.EXPIRE, Reason.TOO_LATE)
        if notification.channel not in portal_settings.channels:
            return Verdict(Decision.SUPPRESS, Reason.CHANNEL_OFF)
        return SEND

    def timing(
        self,
        notification: CustomerNotification,
        subject: StaffMessage,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        opens = hours_of(notification.contact, notification.channel, portal_settings).next_open(now)
        return SEND if opens <= now else Verdict(Decision.WAIT, Reason.QUIET_HOURS, opens)


def hours_of(contact: Contact | None, channel: str, portal_settings: PortalSettings) -> SendingHours:
    """Return the hours for messages where the contact is; for a number without one, where the company is."""
    if contact is None:
        return SendingHours(portal_settings.hours(channel), portal_settings.time_zone)
    account = contact.account
    return SendingHours(portal_settings.hours(channel), contact.time_zone or account.time_zone, account.country)


class StaffAnswer(StaffWords):
    """What staff write in a conversation. A person answers a person, so it also goes to excluded accounts."""

    event = ANSWER
    label = pgettext_lazy("event", "Answer")
    priority = 1
    has_own_address = True
    # Somebody waits for it: what was held up too long, or may not go any more, has answered nobody.
    undelivered_states = (State.FAILED, State.UNKNOWN, State.EXPIRED, State.SUPPRESSED, State.SUPERSEDED)
    lives = dt.timedelta(days=2)

    def verdict(
        self,
        notification: CustomerNotification,
        subject: StaffMessage,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Obey also a STOP from a number that no contact has."""
        if notification.contact is None and has_stopped(notification.to):
            return Verdict(Decision.SUPPRESS, Reason.OPTED_OUT)
        return super().verdict(notification, subject, portal_settings, now)

    def timing(
        self,
        notification: CustomerNotification,
        subject: StaffMessage,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Go at once to somebody who has just written, whatever the hour is."""
        verdict = super().timing(notification, subject, portal_settings, now)
        lately = TextReply.objects.filter(
            conversation=notification.regarding_id, received_at__gt=subject.written_at - JUST_WROTE
        )
        return SEND if verdict != SEND and lately.exists() else verdict

    def compose(
        self, notification: CustomerNotification, subject: StaffMessage, portal_settings: PortalSettings, language: str
    ) -> Composed:
        company = {"company": one_line(portal_settings.company_name, 100)}
        return Composed(
            subject=subject.subject or _("Answer from %(company)s") % company,
            paragraphs=paragraphs_of(subject.body),
            sms=subject.body,
        )

    def undelivered(self, notification: CustomerNotification) -> None:
        """Let the customer wait again: nobody has answered them."""
        found = Conversation.objects.filter(pk=notification.regarding_id or uuid.UUID(int=0)).first()
        if found is not None:
            found.wait_again(notification.created_at)
            listeners.tell_staff(found, None)


class FreeMessage(StaffWords):
    """One text by staff to one contact or to the customers of many visits, like "We are closed on Friday"."""

    event = FREE_MESSAGE
    label = pgettext_lazy("event", "Free message")
    lives = dt.timedelta(days=7)

    def verdict(
        self,
        notification: CustomerNotification,
        subject: StaffMessage,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        account = notification.contact.account if notification.contact else None
        if account is not None and account.is_excluded:
            return Verdict(Decision.SUPPRESS, Reason.EXCLUDED_ACCOUNT)
        if account is not None and not account.is_active:
            return Verdict(Decision.SUPPRESS, Reason.INACTIVE_ACCOUNT)
        return super().verdict(notification, subject, portal_settings, now)

    def compose(
        self, notification: CustomerNotification, subject: StaffMessage, portal_settings: PortalSettings, language: str
    ) -> Composed:
        company = one_line(portal_settings.company_name, 60)
        # The number that it comes from says nothing to the reader.
        named = company.casefold() in subject.body.casefold()
        return Composed(
            subject=subject.subject or _("Message from %(company)s") % {"company": company},
            paragraphs=paragraphs_of(subject.body),
            sms=subject.body if named else f"{company}: {subject.body}",
        )

    def undelivered(self, notification: CustomerNotification) -> None:
        """Tell dispatchers, once for all who did not get the same message."""
        found = StaffMessage.objects.filter(pk=notification.staff_message_id or uuid.UUID(int=0)).first()
        if found is not None:
            listeners.tell_unreached(found, notification)


def paragraphs_of(text: str) -> list[str]:
    """Return the paragraphs of a text; an empty line is between two."""
    parts = [part.strip("\n") for part in text.replace("\r\n", "\n").strip().split("\n\n")]
    return [part for part in parts if part.strip()]


def has_stopped(number: str) -> bool:
    """Tell whether the owner of a number said STOP, and not START since, while no contact had it or as a contact."""
    opted_out = OptOut.objects.in_force().filter(channel=Channel.SMS, contact__mobile_phone=number)
    if number and opted_out.exists():
        return True
    said = TextReply.objects.filter(
        conversation__number=number, conversation__contact=None, meaning__in=(Meaning.STOP.value, Meaning.START.value)
    )
    last = said.order_by("-received_at", "-pk").values_list("meaning", flat=True).first()
    return bool(number) and last == Meaning.STOP.value


def channels_of(contact: Contact | None, number: str = "") -> list[str]:
    """Return the channels on which there is an address at all."""
    if contact is None:
        return [Channel.SMS.value] if number else []
    return [channel for channel in Channel.values if contact.address_on(channel)]
