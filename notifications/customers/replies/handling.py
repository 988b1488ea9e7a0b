"""Keeps what customers text and does what it asks for: stop or start messages, help, or an answer by staff."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from fsportal.lib.text import one_line, plain
from fsportal.lib.text_direction import RIGHT_TO_LEFT, as_rtl
from fsportal.lib.zones import supported_language
from fsportal.models import Contact, OptOut, PortalSettings
from fsportal.models.consent import Channel, OptOutSource
from notifications.customers.channels.sms_text import gsm_safe
from notifications.customers.rendering import LINK_PLACEHOLDER
from notifications.customers.replies import listeners
from notifications.customers.replies.listeners import OrdinaryText, Understood
from notifications.customers.replies.meaning import Meaning, is_yes, meaning_of
from notifications.models import Conversation, CustomerNotification, TextReply


@dataclass(frozen=True)
class IncomingText:
    """One text as the provider hands it over; `handled_as` is what the provider has already done about it.

    `said_at` (aware) is when it was sent, if the provider says so.
    """

    id: str
    number: str
    body: str
    handled_as: str = ""
    said_at: dt.datetime | None = None

    @property
    def meaning(self) -> Meaning:
        """Return its meaning: the one that the provider has acted on, or else our own reading."""
        known = {meaning.value: meaning for meaning in (Meaning.STOP, Meaning.START, Meaning.HELP)}
        return known.get(self.handled_as) or meaning_of(self.body)


@transaction.atomic
def handle(text: IncomingText, now: dt.datetime) -> str:
    """Keep a text, and do what it asks for, for every contact with its number; returns the answer, "" for none.

    Harmless if repeated: each counts once, so an old START that comes again does not undo a later STOP.
    """
    contacts = _sharing(text.number)
    conversation = Conversation.of(contacts[0] if contacts else None, text.number, now)
    said_at = min(text.said_at or now, now)
    reply = TextReply.take(
        text.id,
        contact=conversation.contact,
        conversation=conversation,
        body=plain(text.body),
        meaning=text.meaning.value,
        received_at=said_at,
    )
    if reply is None:
        return ""
    heard = _listen(text, contacts, said_at, now)
    reply.regarding = heard.regarding if heard and heard.regarding else listeners.subject_of(contacts, now)
    reply.save(update_fields=["regarding_type", "regarding_id"])
    # Who says YES to a question does not ask for texts again.
    changed = _obey(text.meaning, contacts, said_at) if text.handled_as or not heard else False
    needs_staff = heard.needs_staff if heard else _is_ordinary(text, changed=changed)
    conversation.hear(now, waits=needs_staff)
    if needs_staff:
        listeners.tell_staff(conversation, reply)
    if not contacts or (text.handled_as and not heard):
        return ""  # nobody whom we know, or the provider has answered
    language = supported_language(contacts[0].language)
    with translation.override(language):
        words = heard.answer if heard else _answer(reply, text.meaning, contacts[0], changed=changed, asks=needs_staff)
        link = heard.link if heard else ""
        return _noted(reply, _sms(words, language), link=link, is_general=not heard and not changed)


def _sharing(number: str) -> tuple[Contact, ...]:
    """Return the contacts with a number: whom we texted last first, since that is who answers, then the oldest."""
    contacts = list(Contact.objects.filter(mobile_phone=number).order_by("created_at")) if number else []
    if len(contacts) > 1:
        texted = CustomerNotification.objects.filter(contact__in=contacts, channel=Channel.SMS).told()
        latest = texted.order_by("-created_at").values_list("contact", flat=True).first()
        contacts.sort(key=lambda contact: contact.pk != latest)
    return tuple(contacts)


def _listen(
    text: IncomingText, contacts: tuple[Contact, ...], said_at: dt.datetime, now: dt.datetime
) -> Understood | None:
    """Ask the apps above what a text means. YES is START to carriers, but first of all the answer to a question."""
    if not contacts or not (text.meaning is Meaning.OTHER or is_yes(text.body)):
        return None
    with translation.override(supported_language(contacts[0].language)):
        heard = listeners.understood(OrdinaryText(contacts, plain(text.body), now, said_at))
    if heard and contacts[0].has_opted_out(Channel.SMS):
        return Understood("", heard.regarding, heard.needs_staff)
    return heard


def _is_ordinary(text: IncomingText, *, changed: bool) -> bool:
    """Tell whether a person has to read it: also a YES that started nothing again."""
    return text.meaning is Meaning.OTHER or (is_yes(text.body) and not changed and not text.handled_as)


def _obey(meaning: Meaning, contacts: tuple[Contact, ...], said_at: dt.datetime) -> bool:
    """Stop or start messages to each; returns whether that changed anything."""
    if meaning is Meaning.STOP:
        stopped = [contact for contact in contacts if not contact.has_opted_out(Channel.SMS)]
        for contact in stopped:
            contact.opt_out(Channel.SMS, how=OptOutSource.SMS)
        return bool(stopped)
    if meaning is Meaning.START:
        # A START that was on its way for long does not undo a STOP that was said after it.
        later = OptOut.objects.in_force().filter(channel=Channel.SMS, contact__in=contacts, since__gt=said_at)
        kept = set(later.values_list("contact", flat=True))
        meant = [contact for contact in contacts if contact.pk not in kept]
        return sum(contact.opt_in(Channel.SMS, how=OptOutSource.SMS) for contact in meant) > 0
    return False


def _answer(reply: TextReply, meaning: Meaning, contact: Contact, *, changed: bool, asks: bool) -> str:
    """Return the automatic answer; `asks` is for a text that staff will read."""
    portal_settings = PortalSettings.load()
    names = {"company": portal_settings.company_name}
    if changed and meaning is Meaning.STOP:
        return _join(
            _("%(company)s: You get no more texts from us. Your visits stay as they are.") % names,
            _("To get texts again, answer START."),
        )
    if changed:
        return _("%(company)s: You get our texts again. To stop them, answer STOP.") % names
    # People who have stopped messages get no more answers, unless they ask for help.
    is_for_help = meaning is Meaning.HELP
    is_left_alone = not is_for_help and (not asks or contact.has_opted_out(Channel.SMS))
    if is_left_alone or not reply.may_be_answered():
        return ""
    if is_for_help:
        return _join(
            _("%(company)s: These texts are about your visits.") % names,
            _whom_to_ask(portal_settings),
            _("To stop them, answer STOP."),
        )
    return _join(_("%(company)s: Thank you, we have got your text.") % names, _if_it_hurries(portal_settings))


def _if_it_hurries(portal_settings: PortalSettings) -> str:
    phone = portal_settings.contact_phone
    return _("If it cannot wait, please call %(phone)s.") % {"phone": phone} if phone else ""


def _whom_to_ask(portal_settings: PortalSettings) -> str:
    if portal_settings.contact_phone:
        return _("Please call %(phone)s.") % {"phone": portal_settings.contact_phone}
    return (
        _("Please write to %(email)s.") % {"email": portal_settings.contact_email}
        if portal_settings.contact_email
        else ""
    )


def _noted(reply: TextReply, answer: str, *, link: str, is_general: bool) -> str:
    if answer:
        reply.note(answer.replace(link, LINK_PLACEHOLDER) if link else answer, is_general=is_general)
    return answer


def _join(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _sms(words: str, language: str) -> str:
    text = gsm_safe(one_line(words))
    return as_rtl(text) if text and language in RIGHT_TO_LEFT else text
