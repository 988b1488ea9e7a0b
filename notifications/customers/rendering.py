"""Turns a composed message into what a channel sends, and into what the log may keep of it."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse

from fsportal.lib.text import one_line, plain
from fsportal.lib.text_direction import RIGHT_TO_LEFT, as_rtl, value_in_rtl
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.channels.sms_text import before_link, gsm_safe, segments
from notifications.customers.email_frame import Company, EmailWords, FilledFrame, Frame, as_text
from notifications.customers.kinds import Composed, MessageKind
from notifications.customers.subscriptions import Subscription
from notifications.models import CustomerNotification, EmailFrame

LINK_PLACEHOLDER = "[link]"
#: Characters up to which a word is kept as it is: its place would take as many.
SHORT = 8


def message_of(
    kind: MessageKind,
    notification: CustomerNotification,
    address: str,
    composed: Composed,
    portal_settings: PortalSettings,
    language: str,
) -> EmailMessage | SmsMessage:
    """Return what the message's channel sends; `language` must be active."""
    if notification.channel == Channel.EMAIL:
        can_stop = kind.heeds_opt_out
        return email_message(notification, address, composed, portal_settings, language, can_stop=can_stop)
    return sms_message(notification, address, composed, language)


def email_message(
    notification: CustomerNotification,
    address: str,
    composed: Composed,
    portal_settings: PortalSettings,
    language: str,
    *,
    can_stop: bool = True,
) -> EmailMessage:
    """Return the email to `address`, as text and HTML.

    With `can_stop` it has a link to unsubscribe; one that was asked for (a password reset, a one-time code) has not.
    """
    contact = notification.contact
    unsubscribe = Subscription(contact, Channel.EMAIL).unsubscribe_link if contact and can_stop else ""
    is_rtl = language in RIGHT_TO_LEFT
    if is_rtl:
        composed = replace(composed, facts=[(label, value_in_rtl(value)) for label, value in composed.facts])
    words = EmailWords(
        composed.subject,
        contact.name if contact else "",
        [*composed.paragraphs, *filter(None, [composed.question])],
        composed.facts,
        *(composed.button or ("", "")),
        unsubscribe,
    )
    company = Company.of(portal_settings)
    subject = one_line(composed.subject, 200)
    text = plain(as_text(words, company, language)).strip() + "\n"
    filled = FilledFrame.of(words, company, language)
    return EmailMessage(
        id=notification.pk,
        to=address,
        to_name=one_line(contact.name, 100) if contact else "",
        from_name=one_line(portal_settings.company_name, 100),
        reply_to=portal_settings.contact_email,
        subject=as_rtl(subject) if is_rtl else subject,
        text=as_rtl(text) if is_rtl else text,
        html=plain(filled.as_html()),
        unsubscribe_url=unsubscribe,
        calendar=composed.calendar,
        language=language,
        filled=filled,
    )


def sms_message(notification: CustomerNotification, address: str, composed: Composed, language: str) -> SmsMessage:
    """Return the SMS to an E.164 number, in the cheapest alphabet that can express it."""
    callback = settings.SITE_URL + reverse("sms-status", args=[notification.pk])
    words = before_link(composed.sms, composed.question) if composed.question else composed.sms
    text = gsm_safe(one_line(words))
    if language in RIGHT_TO_LEFT:
        text = as_rtl(text)
    return SmsMessage(id=notification.pk, to=address, text=text, callback_url=callback)


def log_text(message: EmailMessage | SmsMessage, links: list[str]) -> tuple[str, int]:
    """Return the text for the log, with secret links replaced, and the number of SMS segments (0 for email)."""
    text = without_secrets(message.text, _secrets(message, links))
    return text, segments(message.text) if isinstance(message, SmsMessage) else 0


def without_secrets(text: str, links: list[str]) -> str:
    for link in filter(None, links):
        text = text.replace(link, LINK_PLACEHOLDER)
    return text


def log_frame(message: EmailMessage | SmsMessage, links: list[str], text: str) -> dict[str, Any]:
    """Return the columns by which the log shows an email as the customer saw it; `text` is that of `log_text`.

    A word that stands in the text is kept as the place where it stands and its length, so that nothing is stored twice.
    """
    if not isinstance(message, EmailMessage) or message.filled is None:
        return {}
    filled, secrets = message.filled, _secrets(message, links)
    # The first one, the subject, has a column of its own.
    inline, paragraphs = ["", *filled.inline[1:]], filled.paragraphs
    return {
        "email_frame": _stored(filled.frame),
        "email_words": [
            [_kept(without_secrets(word, secrets), text) for word in words] for words in (inline, paragraphs)
        ],
    }


def email_as_seen(notification: CustomerNotification) -> str:
    """Return an email of the log as HTML, without secret links; empty if it was sent without a frame."""
    if notification.email_frame is None or notification.email_words is None:
        return ""
    inline, paragraphs = ([_read(kept, notification.words) for kept in words] for words in notification.email_words)
    return FilledFrame(Frame.of(notification.email_frame.html), inline, paragraphs).as_html()


@lru_cache(maxsize=256)
def _stored(frame: Frame) -> EmailFrame:
    return EmailFrame(frame.digest, frame.text)


def _secrets(message: EmailMessage | SmsMessage, links: list[str]) -> list[str]:
    return [*filter(None, [*links, message.unsubscribe_url] if isinstance(message, EmailMessage) else links)]


def _kept(word: str, text: str) -> str | list[int]:
    at = text.find(word) if len(word) > SHORT else -1
    return plain(word) if at < 0 else [at, len(word)]


def _read(kept: str | list[int], text: str) -> str:
    return kept if isinstance(kept, str) else text[kept[0] : kept[0] + kept[1]]
