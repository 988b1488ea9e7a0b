"""Lets old messages and texts go: words and addresses are blanked, states, times and counts stay."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet

from fsportal.lib.chunks import Budget, delete_in_chunks, in_chunks
from notifications.customers.replies.meaning import Meaning
from notifications.models import (
    Conversation,
    CustomerNotification,
    NotificationAttempt,
    StaffMessage,
    State,
    TextReply,
)

#: What may name a person or tell what was said. `named_time` and `told_at` stay: later messages depend on them.
BLANKED: dict[str, str | None] = {
    **dict.fromkeys(("to", "subject", "words", "detail", "provider_id"), ""),
    "email_words": None,
}


def forget(now: dt.datetime, before: dt.datetime, budget: Budget, *, but: Q) -> int:
    """Blank ended messages from before a time (aware), except those in `but`; return how many. Harmless if repeated."""
    old = CustomerNotification.objects.filter(forgotten_at=None, created_at__lt=before)
    ended = old.exclude(state__in=State.open()).exclude(but)
    return in_chunks(ended, lambda part: _blank(part, now), budget, by="created_at")


def forget_texts(before: dt.datetime, budget: Budget) -> int:
    """Blank what customers texted, and staff wrote to them, before a time (aware); return how many texts.

    A number that no contact has goes with its texts.
    """
    unknown = Conversation.objects.filter(contact=None, latest_at__lt=before)
    delete_in_chunks(TextReply.objects.filter(conversation__in=unknown), budget)
    old = TextReply.objects.filter(received_at__lt=before).exclude(body="", answer="")
    blanked = in_chunks(old, lambda part: part.update(body="", answer=""), budget, by="received_at")
    remembered = CustomerNotification.objects.filter(staff_message=OuterRef("pk"), forgotten_at=None)
    written = StaffMessage.objects.filter(written_at__lt=before).exclude(subject="", body="")
    written.exclude(Exists(remembered)).order_by().update(subject="", body="")
    return blanked


def old_texts(before: dt.datetime) -> QuerySet[TextReply]:
    """Return the texts from before a time (aware) of which nothing has to be known any more.

    A START stays, with its provider's id: when it came again, it would undo a STOP.
    """
    return TextReply.objects.filter(received_at__lt=before).exclude(meaning=Meaning.START.value, contact__isnull=False)


def forget_conversations(before: dt.datetime, budget: Budget) -> int:
    """Delete those of whose texts none is left; return how many."""
    texts = TextReply.objects.filter(conversation=OuterRef("pk"))
    empty = Conversation.objects.filter(latest_at__lt=before).exclude(Exists(texts))
    return in_chunks(empty, lambda part: part.delete()[0], budget, by="latest_at")


def _blank(part: QuerySet[CustomerNotification], now: dt.datetime) -> int:
    ids = list(part.values_list("pk", flat=True))
    NotificationAttempt.objects.filter(notification__in=ids).update(detail="", provider_id="")
    return CustomerNotification.objects.filter(pk__in=ids).update(**BLANKED, forgotten_at=now)
