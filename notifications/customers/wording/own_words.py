"""A message in the company's own words."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fsportal.lib.text import one_line, plain
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel
from notifications.customers.channels.sms_text import before_link
from notifications.customers.kinds import Composed, MessageKind
from notifications.customers.wording.choosing import OwnWords
from notifications.customers.wording.common import PART
from notifications.customers.wording.placeholders import fill, filled, lines_kept, names_in
from notifications.models import CustomerNotification, TemplateVersion

#: Placeholders whose values the log must not have.
SECRETS = ("link", "code")


def own_words(
    kind: MessageKind,
    notification: CustomerNotification,
    subject: Any,
    portal_settings: PortalSettings,
    language: str,
    own: OwnWords,
) -> Composed:
    """Write a message in the company's own words, as far as there are any; `language` must be active.

    Facts, calendar file, times, links and the button's address stay those of the built-in message. So do the words of
    each field that the version leaves empty, that comes out empty, or in which no line is left with what the message is
    useless without. The versions need not be saved.
    """
    composed = kind.compose(notification, subject, portal_settings, language)
    if own == OwnWords() or not kind.placeholders:
        return composed
    given = kind.values(notification, subject, portal_settings, language)
    if not given:
        return composed
    # One line each, so that no name adds a paragraph.
    values = {name: one_line(value) for name, value in given.items()}
    # They may have been made a second time, and differ. In a link of the company's own they are as secret.
    secrets = [*composed.links, *(values[name] for name in SECRETS if name in values)]
    secrets += [quote(secret, safe="") for secret in secrets]
    composed = replace(composed, links=list(dict.fromkeys(secrets)))
    write = _as_email if notification.channel == Channel.EMAIL else _as_sms
    return write(kind, composed, values, own)


def _as_email(kind: MessageKind, composed: Composed, values: Mapping[str, str], own: OwnWords) -> Composed:
    version, part = own
    extra = fill(plain(part.body), values) if part else ""
    subject, body, button = (
        _written(kind, field, version, {**values, PART: extra}) for field in ("subject", "body", "button")
    )
    # A button that answers a question says so.
    label = one_line(button) if composed.button and not composed.question else ""
    paragraphs = _paragraphs(body) or composed.paragraphs
    if extra and not (body and version and PART in names_in(version.body)):
        paragraphs = [*paragraphs, *_paragraphs(extra)]
    return replace(
        composed,
        subject=one_line(subject) or composed.subject,
        paragraphs=paragraphs,
        button=(label or composed.button[0], composed.button[1]) if composed.button else None,
        template_version=version if subject or body or label else None,
        part_version=part if extra else None,
    )


def _as_sms(kind: MessageKind, composed: Composed, values: Mapping[str, str], own: OwnWords) -> Composed:
    version, part = own
    extra = one_line(fill(plain(part.sms), values)) if part else ""
    written = one_line(_written(kind, "sms", version, {**values, PART: extra}))
    sms = written or composed.sms
    if extra and not (written and version and PART in names_in(version.sms)):
        sms = before_link(sms, extra)
    return replace(
        composed, sms=sms, template_version=version if written else None, part_version=part if extra else None
    )


def _written(kind: MessageKind, field: str, version: TemplateVersion | None, values: Mapping[str, str]) -> str:
    """Return the words of a field; nothing if the built-in ones go out, which know what to say without a value."""
    text = getattr(version, field) if version else ""
    if not text:
        return ""
    lines = lines_kept(plain(text), values, optional=(PART,))
    kept = {name for line in lines for name in line.names}
    return filled(lines, values) if kept.issuperset(kind.required.get(field, ())) else ""


def _paragraphs(text: str) -> list[str]:
    return text.split("\n\n") if text else []
