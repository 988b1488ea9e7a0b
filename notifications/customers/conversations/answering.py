"""Answering customers: by which ways one may, and that two people do not answer the same thing twice."""

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from fsportal.lib.phones import E164
from fsportal.lib.text import one_line, plain
from fsportal.models import Contact, PortalSettings, User
from fsportal.models.consent import Channel
from notifications.customers import outbox
from notifications.customers.channels.sms_text import LONGEST, gsm_safe
from notifications.customers.conversations.messages import ANSWER, has_stopped
from notifications.inapp.ending import end_about
from notifications.models import Conversation, CustomerNotification, StaffMessage, TextReply

SHOWN = 200


class AnswerRefused(Exception):
    """It cannot be sent; the message says why."""


class ReadAgain(AnswerRefused):
    """Something was said in the conversation since the page was read; the message says what."""


@dataclass(frozen=True)
class AnswerWay:
    """A channel on which to answer; `why_not` is empty if one may."""

    channel: str
    label: str
    why_not: str = ""


def ways(conversation: Conversation) -> list[AnswerWay]:
    """Return every channel, with why it cannot be used: consent is obeyed here as at delivery."""
    portal_settings = PortalSettings.load()
    return [
        AnswerWay(channel, str(channel.label), _why_not(conversation, channel, portal_settings)) for channel in Channel
    ]


def _why_not(conversation: Conversation, channel: Channel, portal_settings: PortalSettings) -> str:
    contact = conversation.contact
    address = contact.address_on(channel) if contact else conversation.number if channel == Channel.SMS else ""
    if channel not in portal_settings.channels:
        return _("This channel is switched off in the settings.")
    if not address or (channel == Channel.SMS and not E164.fullmatch(address)):
        return _("There is no number to text.") if channel == Channel.SMS else _("There is no email address.")
    stopped = _has_stopped(contact, channel) if contact else has_stopped(address)
    if stopped:
        return (
            _("They wrote STOP or opted out otherwise: they must not be texted until they write START.")
            if channel == Channel.SMS
            else _("They have opted out of emails.")
        )
    if channel == Channel.EMAIL and contact is not None and contact.refuses_mail_to(address):
        return _("Email to this address comes back; the contact’s page says what to do.")
    if channel == Channel.SMS and not portal_settings.may_text(address):
        return _("Texts to this country are not allowed (SMS_COUNTRIES).")
    return ""


def _has_stopped(contact: Contact, channel: Channel) -> bool:
    is_sms = channel == Channel.SMS
    return contact.has_opted_out(channel) or (is_sms and bool(TextReply.stopped_before([contact])))


def latest(conversation: Conversation) -> tuple[str, str]:
    """Return the ids of the newest text and of the newest answer: what whoever answers now has read."""
    text = conversation.texts.order_by("-pk").values_list("pk", flat=True).first()
    answer = _answers(conversation).values_list("staff_message", flat=True).first()
    return str(text or ""), str(answer or "")


def mark(conversation: Conversation) -> str:
    return ":".join(latest(conversation))


def _answers(conversation: Conversation) -> QuerySet[CustomerNotification]:
    return CustomerNotification.objects.regarding(conversation).filter(event=ANSWER).order_by("-created_at")


@transaction.atomic
def answer(
    conversation: Conversation, text: str, channel: str, *, by: User, as_read: str, pk: uuid.UUID, subject: str = ""
) -> bool:
    """Queue an answer and note that nobody waits any more; False if it is queued already (`pk` is of this answer).

    `as_read` is the `mark` of the page on which it was written. Raises AnswerRefused, ReadAgain among them.
    """
    if not plain(text).strip():
        raise AnswerRefused(_("Write an answer, or press “Seen to” if none is needed."))
    if channel == Channel.SMS and len(gsm_safe(one_line(text))) > LONGEST:
        raise AnswerRefused(_("This is too long for a text message: at most %(most)d characters.") % {"most": LONGEST})
    _lock(conversation)
    if StaffMessage.objects.filter(pk=pk).exists():
        return False
    _refuse_unread(conversation, as_read)
    way = next((one for one in ways(conversation) if one.channel == channel), None)
    if way is None or way.why_not:
        raise AnswerRefused(way.why_not if way else _("Choose a way to answer."))
    written = StaffMessage.objects.create(pk=pk, subject=one_line(subject, 200), body=plain(text), author=by)
    to = "" if conversation.contact else conversation.number
    row = outbox.row_of(ANSWER, channel, conversation.contact, conversation, occasion=str(written.pk), to=to)
    row.asked_by, row.staff_message = by, written
    row.save()
    _settle(conversation, by)
    return True


@transaction.atomic
def see_to(conversation: Conversation, *, by: User, as_read: str) -> bool:
    """Note that it needs no answer (any more); False if nobody waits. Raises ReadAgain."""
    _lock(conversation)
    _refuse_unread(conversation, as_read)
    return _settle(conversation, by)


def _settle(conversation: Conversation, by: User) -> bool:
    waited = conversation.see_to(by)
    end_about(conversation)
    return waited


def _lock(conversation: Conversation) -> None:
    """Let answers, and texts that come in, take turns."""
    list(Conversation.objects.select_for_update(of=("self",)).filter(pk=conversation.pk).values_list("pk"))
    conversation.refresh_from_db()


def _refuse_unread(conversation: Conversation, as_read: str) -> None:
    text, answered = latest(conversation)
    read_text, _colon, read_answer = as_read.partition(":")
    if read_answer != answered:
        found = StaffMessage.objects.select_related("author").filter(pk=answered or uuid.UUID(int=0)).first()
        if found is not None:
            said = {"name": found.author or _("Somebody"), "text": one_line(found.body, SHOWN), "when": _when(found)}
            raise ReadAgain(_("%(name)s has answered meanwhile (%(when)s): “%(text)s”") % said)
    if read_text != text:
        newest = conversation.texts.order_by("-pk").first()
        if newest is not None:
            raise ReadAgain(_("They have written again meanwhile: “%(text)s”") % {"text": one_line(newest.body, SHOWN)})


def _when(written: StaffMessage) -> str:
    minutes = int((timezone.now() - written.written_at).total_seconds() // 60)
    return _("%(minutes)d min ago") % {"minutes": minutes}
