"""Handles a text reply: it stops or starts messages, or is answered that nobody reads here and whom to call."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from fsportal.lib.text import one_line
from fsportal.lib.text_direction import RIGHT_TO_LEFT, as_rtl
from fsportal.lib.zones import supported_language
from fsportal.models import Contact, PortalSettings
from fsportal.models.consent import Channel, OptOutSource
from notifications.customers.channels.sms_text import gsm_safe
from notifications.customers.replies.meaning import Meaning, meaning_of
from notifications.models import TextReply


@dataclass(frozen=True)
class IncomingText:
    """One text reply as the provider hands it over; `handled_as` is what the provider has already done about it."""

    id: str
    number: str
    body: str
    handled_as: str = ""

    @property
    def meaning(self) -> Meaning:
        """Return its meaning: the one that the provider has acted on, or else our own reading."""
        known = {meaning.value: meaning for meaning in (Meaning.STOP, Meaning.START, Meaning.HELP)}
        return known.get(self.handled_as) or meaning_of(self.body)


@transaction.atomic
def handle(text: IncomingText, now: dt.datetime) -> str:
    """Do what a text reply asks for, for every contact with its number; returns the answer to send, "" for none.

    Harmless if repeated: each counts once, so an old START that comes again does not undo a later STOP.
    """
    contacts = list(Contact.objects.filter(mobile_phone=text.number).order_by("created_at")) if text.number else []
    if not contacts:
        return ""
    reply = TextReply.take(text.id, contacts[0], text.meaning.value, now)
    if reply is None:
        return ""
    changed = _obey(text.meaning, contacts)
    if text.handled_as:
        return ""  # the provider has answered
    portal_settings, language = PortalSettings.load(), supported_language(contacts[0].language)
    with translation.override(language):
        return _sms(_answer(reply, text.meaning, portal_settings, changed=changed), language)


def _obey(meaning: Meaning, contacts: list[Contact]) -> bool:
    """Stop or start messages to each; returns whether that changed anything."""
    if meaning is Meaning.STOP:
        stopped = [contact for contact in contacts if not contact.has_opted_out(Channel.SMS)]
        for contact in stopped:
            contact.opt_out(Channel.SMS, how=OptOutSource.SMS)
        return bool(stopped)
    if meaning is Meaning.START:
        return sum(contact.opt_in(Channel.SMS, how=OptOutSource.SMS) for contact in contacts) > 0
    return False


def _answer(reply: TextReply, meaning: Meaning, portal_settings: PortalSettings, *, changed: bool) -> str:
    names = {"company": portal_settings.company_name}
    if changed and meaning is Meaning.STOP:
        return _join(
            _("%(company)s: You get no more texts from us. Your visits stay as they are.") % names,
            _("To get texts again, answer START."),
        )
    if changed:
        return _("%(company)s: You get our texts again. To stop them, answer STOP.") % names
    # People who have stopped messages get no more answers, unless they ask for help.
    is_left_alone = meaning is Meaning.STOP or (meaning is not Meaning.HELP and _has_stopped(reply))
    if is_left_alone or not reply.may_be_answered():
        return ""
    reply.answered()
    return _join(
        _("%(company)s: Nobody reads answers to these texts.") % names,
        _whom_to_ask(portal_settings),
        _("To stop them, answer STOP."),
    )


def _has_stopped(reply: TextReply) -> bool:
    return reply.contact is not None and reply.contact.has_opted_out(Channel.SMS)


def _whom_to_ask(portal_settings: PortalSettings) -> str:
    if portal_settings.contact_phone:
        return _("Please call %(phone)s.") % {"phone": portal_settings.contact_phone}
    return (
        _("Please write to %(email)s.") % {"email": portal_settings.contact_email}
        if portal_settings.contact_email
        else ""
    )


def _join(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _sms(words: str, language: str) -> str:
    text = gsm_safe(one_line(words))
    return as_rtl(text) if text and language in RIGHT_TO_LEFT else text
