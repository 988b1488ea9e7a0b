"""Turns a composed message into what a channel sends, and into what the log may keep of it."""

from dataclasses import replace

from django.conf import settings
from django.urls import reverse

from fsportal.lib.text import one_line, plain
from fsportal.lib.text_direction import RIGHT_TO_LEFT, as_rtl, value_in_rtl
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.channels.sms_text import gsm_safe, segments
from notifications.customers.email_frame import Company, EmailWords, as_html, as_text
from notifications.customers.kinds import Composed, MessageKind
from notifications.customers.subscriptions import Subscription
from notifications.models import CustomerNotification

LINK_PLACEHOLDER = "[link]"


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
        composed.paragraphs,
        composed.facts,
        *(composed.button or ("", "")),
        unsubscribe,
    )
    company = Company.of(portal_settings)
    subject = one_line(composed.subject, 200)
    text = plain(as_text(words, company, language)).strip() + "\n"
    return EmailMessage(
        id=notification.pk,
        to=address,
        to_name=one_line(contact.name, 100) if contact else "",
        from_name=one_line(portal_settings.company_name, 100),
        reply_to=portal_settings.contact_email,
        subject=as_rtl(subject) if is_rtl else subject,
        text=as_rtl(text) if is_rtl else text,
        html=plain(as_html(words, company, language)),
        unsubscribe_url=unsubscribe,
        calendar=composed.calendar,
        language=language,
    )


def sms_message(notification: CustomerNotification, address: str, composed: Composed, language: str) -> SmsMessage:
    """Return the SMS to an E.164 number, in the cheapest alphabet that can express it."""
    callback = settings.SITE_URL + reverse("sms-status", args=[notification.pk])
    text = gsm_safe(one_line(composed.sms))
    if language in RIGHT_TO_LEFT:
        text = as_rtl(text)
    return SmsMessage(id=notification.pk, to=address, text=text, callback_url=callback)


def log_text(message: EmailMessage | SmsMessage, links: list[str]) -> tuple[str, int]:
    """Return the text for the log, with secret links replaced, and the number of SMS segments (0 for email)."""
    secrets = [*links, message.unsubscribe_url] if isinstance(message, EmailMessage) else links
    return without_secrets(message.text, secrets), segments(message.text) if isinstance(message, SmsMessage) else 0


def without_secrets(text: str, links: list[str]) -> str:
    for link in filter(None, links):
        text = text.replace(link, LINK_PLACEHOLDER)
    return text
