"""A free message to many: who will get it and who will not, as it will look, and sending it once."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import translation

from fsportal.lib.text import one_line, plain
from fsportal.lib.zones import supported_language
from fsportal.models import Contact, PortalSettings, User
from fsportal.models.consent import Channel
from notifications.customers import bundles, outbox
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.conversations.messages import FREE_MESSAGE, FreeMessage, channels_of
from notifications.customers.kinds import Decision
from notifications.customers.preparing import Refusals, verdict_on
from notifications.customers.rendering import email_message, log_text, sms_message
from notifications.models import CustomerNotification, Reason, StaffMessage


@dataclass(frozen=True)
class Recipient:
    """One contact on one channel: whether it goes (`why_not` is None), and if not at once, when (aware)."""

    contact: Contact
    channel: str
    why_not: Reason | None = None
    goes_at: dt.datetime | None = None


@dataclass(frozen=True)
class FreeMessagePlan:
    """What would be sent: asked of the same rules as delivery, so that both agree."""

    recipients: list[Recipient]

    @property
    def going(self) -> list[Recipient]:
        return [one for one in self.recipients if one.why_not is None]

    @property
    def left_out(self) -> list[Recipient]:
        """Return those who get it on no channel at all, each contact once, with the first reason."""
        reached = {one.contact.pk for one in self.going}
        first = {one.contact.pk: one for one in reversed(self.recipients) if one.contact.pk not in reached}
        return [one for one in self.recipients if first.get(one.contact.pk) is one]

    @property
    def people(self) -> int:
        return len({one.contact.pk for one in self.going})

    @property
    def by_channel(self) -> list[tuple[str, int]]:
        found = Counter(one.channel for one in self.going)
        return [(str(Channel(channel).label), count) for channel, count in sorted(found.items())]

    @property
    def by_reason(self) -> list[tuple[str, int]]:
        found = Counter(str(one.why_not.label) for one in self.left_out if one.why_not is not None)
        return found.most_common()

    @property
    def waiting(self) -> list[Recipient]:
        """Return those to whom it goes later, when the hours for messages begin."""
        return [one for one in self.going if one.goes_at is not None]


def plan(
    written: StaffMessage, contacts: Iterable[Contact], channels: Sequence[str], now: dt.datetime
) -> FreeMessagePlan:
    """Return what sending a message, which need not be saved, to these contacts would do. Changes nothing."""
    rows, portal_settings, kind = _rows(written, contacts, channels), PortalSettings.load(), FreeMessage()
    refusals = Refusals(rows)
    found = []
    for row in rows:
        assert row.contact is not None
        verdict = verdict_on(kind, row, written, portal_settings, refusals, now)
        why_not = None if verdict.decision in (Decision.SEND, Decision.WAIT) else verdict.reason
        found.append(Recipient(row.contact, row.channel, why_not, verdict.until if why_not is None else None))
    return FreeMessagePlan(found)


def _rows(written: StaffMessage, contacts: Iterable[Contact], channels: Sequence[str]) -> list[CustomerNotification]:
    """Return a message for each contact once and each channel on which they have an address; at least one for each."""
    once = list({contact.pk: contact for contact in contacts}.values())
    prefetch_related_objects(once, "account")
    rows = []
    for contact in once:
        able = [channel for channel in channels if channel in channels_of(contact)]
        for channel in able or channels[:1]:
            row = outbox.row_of(FREE_MESSAGE, channel, contact, written)
            row.staff_message = written
            rows.append(row)
    return rows


def send(
    pk: uuid.UUID, subject: str, body: str, contacts: Iterable[Contact], channels: Sequence[str], *, by: User
) -> StaffMessage | None:
    """Queue a message for each contact and channel in one transaction; None if it was sent before (`pk` is its own).

    Who may not get it has a row, too: the log says why. Whoever calls it calls `bundles.unpack` after the commit.
    """
    with transaction.atomic():
        written, is_new = StaffMessage.objects.get_or_create(
            pk=pk, defaults={"subject": one_line(subject, 200), "body": plain(body), "author": by}
        )
        if not is_new:
            return None
        rows = _rows(written, contacts, channels)
        for row in rows:
            row.asked_by = by
        bundles.insert(rows).run()
    return written


@dataclass(frozen=True)
class Looks:
    """How the message looks to one of its recipients."""

    to: Contact
    email: EmailMessage | None
    sms: SmsMessage | None

    @property
    def email_text(self) -> str:
        """Return the email as text, without the link that would stop the customer's emails."""
        return log_text(self.email, [])[0] if self.email else ""


def looks(written: StaffMessage, contact: Contact, channels: Iterable[str]) -> Looks:
    """Write the message as delivery will, in the contact's language."""
    kind, portal_settings = FreeMessage(), PortalSettings.load()
    language = supported_language(contact.language)
    made: dict[str, EmailMessage | SmsMessage] = {}
    with translation.override(language):
        for channel in channels:
            row = outbox.row_of(FREE_MESSAGE, channel, contact, written)
            composed = kind.compose(row, written, portal_settings, language)
            if channel == Channel.EMAIL:
                made[channel] = email_message(row, contact.email, composed, portal_settings, language)
            else:
                made[channel] = sms_message(row, contact.mobile_phone, composed, language)
    email, sms = made.get(Channel.EMAIL), made.get(Channel.SMS)
    return Looks(
        contact,
        email if isinstance(email, EmailMessage) else None,
        sms if isinstance(sms, SmsMessage) else None,
    )
