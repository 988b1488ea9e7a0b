"""A message as it would go out, for whoever writes its words. Nothing is stored, issued or sent.

It is written by the functions that delivery uses, about an example whose links are dead.
"""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import translation

from fsportal.lib.text import one_line
from fsportal.models import PortalSettings
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.kinds import Composed, Example, MessageKind
from notifications.customers.rendering import message_of
from notifications.customers.wording.choosing import OwnWords
from notifications.customers.wording.own_words import own_words

#: Values that are shorter stand in the built-in words by chance.
SHORTEST_VALUE = 3
NOBODY = {"email": "nobody@example.invalid", "sms": "+10000000000"}


@dataclass(frozen=True)
class Preview:
    """One message, with the built-in words and the values that its placeholders would have."""

    example: Example
    message: EmailMessage | SmsMessage
    composed: Composed
    built_in: Composed
    values: Mapping[str, str]


class Previewer:
    """Writes the messages of one kind in one language about one example."""

    def __init__(
        self,
        kind: MessageKind,
        language: str,
        key: str,
        now: dt.datetime,
        portal_settings: PortalSettings | None = None,
    ) -> None:
        """Take `portal_settings` instead of those that are saved."""
        self.kind, self.language, self.key, self.now = kind, language, key, now
        self.portal_settings = portal_settings or PortalSettings.load()

    def example(self, channel: str) -> Example | None:
        return self.kind.example(self.key, channel, self.portal_settings, self.now)

    def preview(self, example: Example, own: OwnWords) -> Preview:
        """Return the message about an example in these words."""
        about = (example.notification, example.subject, self.portal_settings, self.language)
        address = example.address or NOBODY[example.notification.channel]
        with translation.override(self.language):
            composed = own_words(self.kind, *about, own)
            built_in = self.kind.compose(*about)
            values = self.kind.values(*about)
            message = message_of(
                self.kind, example.notification, address, composed, self.portal_settings, self.language
            )
        return Preview(example, message, composed, built_in, {name: one_line(text) for name, text in values.items()})


def with_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Return built-in words with placeholders where they name a value, as a start for words of one's own."""
    names: dict[str, str] = {}
    for name, value in values.items():
        if len(value) >= SHORTEST_VALUE:
            names.setdefault(value, name)
    longest_first = sorted(names, key=len, reverse=True)
    found = re.compile("|".join([*(rf"(?<!\w){re.escape(value)}(?!\w)" for value in longest_first), r"\["]))
    return found.sub(lambda match: f"[{names[match[0]]}]" if match[0] in names else "[[", text)
