"""What was said in a conversation, as the Settings area shows it: on its own page, and the latest on other pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from fsportal.models import Contact
from fsportal.settings_area.parts import change_url, company_moment, dot
from notifications.admin.message_states import tone
from notifications.customers import kinds
from notifications.customers.conversations.reading import Utterance, of_contact, page_of
from notifications.customers.replies.meaning import Meaning
from notifications.models import Conversation, CustomerNotification, TextReply

#: How many a page shows that is not the conversation's own.
LATEST = 4
MEANINGS = {Meaning.STOP.value: "STOP", Meaning.START.value: "START", Meaning.HELP.value: "HELP"}


@dataclass(frozen=True)
class Bubble:
    """One thing that was said. `label` is what kind of message of ours it was, or what a text of theirs meant."""

    is_theirs: bool
    by: str
    when: str
    words: str
    label: str = ""
    state: SafeString | str = ""
    why: str = ""
    url: str = ""
    answer: str = ""


def bubbles(request: HttpRequest, said: Iterable[Utterance]) -> list[Bubble]:
    """Return what may be shown: our messages only to those who may see the message log."""
    sees_log = request.user.has_perm("notifications.view_customernotification")
    found = [
        _theirs(one, one.text) if one.text is not None else _ours(one, one.message)
        for one in said
        if one.text is not None or sees_log
    ]
    return [one for one in found if one is not None]


def _theirs(said: Utterance, text: TextReply) -> Bubble:
    label = MEANINGS.get(text.meaning, "")
    return Bubble(True, "", company_moment(said.at), text.body or "–", label, answer=text.answer)


def _ours(said: Utterance, message: CustomerNotification | None) -> Bubble | None:
    if message is None:
        return None
    written = message.staff_message
    by = str(written.author or _("Somebody")) if written is not None else _("Automatic")
    label = f"{kinds.label_of(message.event)}, {message.get_channel_display()}"
    return Bubble(
        False,
        by,
        company_moment(said.at),
        said.words,
        label,
        dot(message.get_state_display(), tone(message.state)),
        message.get_reason_display() if message.reason else "",
        change_url(message),
    )


def latest(request: HttpRequest, contact: Contact | None) -> dict[str, Any]:
    """Return the latest of a contact's conversation for another page, in three statements; empty if there is none."""
    if contact is None or not may_read(request):
        return {}
    conversation = of_contact(contact)
    if conversation is None:
        return {}
    said = page_of(conversation, number=LATEST).said[-LATEST:]
    return {"conversation": conversation, "url": change_url(conversation), "bubbles": bubbles(request, said)}


def may_read(request: HttpRequest) -> bool:
    return request.user.has_perm("notifications.view_conversation") and request.user.has_perm("fsportal.view_contact")


def waiting(request: HttpRequest, most: int) -> int:
    """Return how many conversations wait for an answer, at most so many; 0 for those who may not see them."""
    return Conversation.objects.waiting().order_by()[:most].count() if may_read(request) else 0
