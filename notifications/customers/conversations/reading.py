"""A conversation as it went: the texts of a customer and every message of ours to them, in the order of time."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from fsportal.models import Contact
from notifications.models import Conversation, CustomerNotification, State, TextReply

PER_PAGE = 50


@dataclass(frozen=True)
class Utterance:
    """A text of theirs, or a message of ours; one of the two is there."""

    at: dt.datetime
    text: TextReply | None = None
    message: CustomerNotification | None = None

    @property
    def words(self) -> str:
        """Return what was said in words of a person; a message of the product has its words in the log."""
        if self.text is not None:
            return self.text.body
        assert self.message is not None
        written = self.message.staff_message
        if written is not None and written.body:
            return written.body
        return self.message.words if self.message.channel == "sms" else self.message.subject


@dataclass(frozen=True)
class Page:
    """The oldest first. `older` is the time before which more was said (aware)."""

    said: list[Utterance]
    older: dt.datetime | None = None


def page_of(conversation: Conversation, *, before: dt.datetime | None = None, number: int = PER_PAGE) -> Page:
    """Return what was said last, or last before a time (aware): two statements, however long the conversation is."""
    texts = conversation.texts.order_by("-received_at", "-pk")
    messages = _messages(conversation)
    if before is not None:
        texts, messages = texts.filter(received_at__lt=before), messages.filter(created_at__lt=before)
    found = [Utterance(text.received_at, text=text) for text in texts[: number + 1]]
    found += [Utterance(message.created_at, message=message) for message in messages[: number + 1]]
    found.sort(key=lambda one: one.at, reverse=True)
    shown = found[:number]
    # What has the very time of the oldest one shown would be left out by the link to older ones.
    shown += [one for one in found[number:] if shown and one.at == shown[-1].at]
    return Page(shown[::-1], shown[-1].at if len(found) > len(shown) else None)


def _messages(conversation: Conversation) -> QuerySet[CustomerNotification]:
    """Return ours without those of the product that never went: nobody was told anything by them."""
    rows = CustomerNotification.objects.select_related("staff_message__author").order_by("-created_at")
    rows = rows.exclude(state__in=(State.SUPPRESSED, State.SUPERSEDED), staff_message=None)
    if conversation.contact_id is not None:
        return rows.filter(contact=conversation.contact_id)
    return rows.regarding(conversation)


def of_contact(contact: Contact | None) -> Conversation | None:
    """Return a contact's conversation, if they have ever texted."""
    return Conversation.objects.filter(contact=contact).first() if contact is not None else None
