"""Messages to customers as entries of a story: what was to be told, to whom, and what became of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from fsportal.lib.choice_labels import choice_label
from fsportal.settings_area.parts import change_url, company_moment, masked_address
from fsportal.settings_area.story import Entry, Source
from notifications.admin.message_states import tone
from notifications.customers import kinds
from notifications.models import CustomerNotification, State

Moment = Callable[[dt.datetime], str]


def messages(rows: QuerySet[CustomerNotification]) -> Source:
    return Source(rows.select_related("contact", "asked_by"), "created_at", _at_its_making)


def _at_its_making(message: CustomerNotification) -> Entry:
    return message_entry(message, message.created_at, company_moment, _("sent again"))


def message_entry(message: CustomerNotification, at: dt.datetime, in_words: Moment, way: str) -> Entry:
    """Return the entry for a message. `way` says how it came about if somebody asked for it."""
    whom = message.contact.name if message.contact else _("nobody")
    title = _("%(event)s, %(channel)s to %(whom)s: %(state)s") % {
        "event": kinds.label_of(message.event),
        "channel": choice_label(message, "channel"),
        "whom": whom,
        "state": choice_label(message, "state"),
    }
    why = _waiting(message, in_words) or (choice_label(message, "reason") if message.reason else "")
    lines = [line for line in (why, message.detail) if line]
    if message.to:
        lines.append(masked_address(message.to))
    by = _("%(who)s, %(way)s") % {"who": message.asked_by, "way": way} if message.asked_by else ""
    return Entry(at, in_words(at), tone(message.state), title, by, lines, change_url(message))


def _waiting(message: CustomerNotification, in_words: Moment) -> str:
    """Return until when a queued message waits and why; empty if it does not."""
    if message.state != State.QUEUED or message.due_at <= timezone.now():
        return ""
    why: Any = choice_label(message, "reason") if message.reason else _("its time has not come")
    return _("Waits until %(when)s: %(why)s") % {"when": in_words(message.due_at), "why": why}
