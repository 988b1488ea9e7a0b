"""Exports and erases a person's messages: that one was sent, and when, stays; recipient and text go."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from fsportal.lib.personal_data import Line, Refused, blank, erase, holding, kept, naming, told
from fsportal.models import Person
from notifications import stamps
from notifications.inapp.unopened import EVENT
from notifications.models import (
    AppNotification,
    AttemptOutcome,
    Conversation,
    CustomerNotification,
    IdempotentCall,
    InAppPreferences,
    Mute,
    NotificationAttempt,
    Reason,
    StaffMessage,
    State,
    TextReply,
)

HANDLED = {
    "notifications.CustomerNotification": "blanked; that it was sent and when stays",
    "notifications.NotificationAttempt": "the provider's answer is blanked",
    "notifications.Conversation": "erased",
    "notifications.TextReply": "erased",
    "notifications.StaffMessage": "blanked, if it went to them alone",
    "notifications.AppNotification": "erased: their own, and cards for others that name them",
    "notifications.IdempotentCall": "erased: their own, and answers that name them",
    "notifications.InAppPreferences": "erased",
    "notifications.Mute": "erased",
}
NOT_PERSONAL = {
    "notifications.MessageBundle": "ids of contacts and visits, for some seconds",
    "notifications.EmailFrame": "what is around the words of emails; the words are with the message",
    "notifications.MessageCount": "numbers of messages by day",
    "notifications.MessageTemplate": "an event and a language",
    "notifications.TemplateVersion": "words for all customers; who wrote them goes with the user",
    "notifications.ReportSource": "when mail providers and the mailbox were last heard of",
    "notifications.ChannelOutage": "a provider's answer, scrubbed of addresses and numbers",
    "notifications.UnopenedCard": "the kind of a card and the id of its record",
    "notifications.UploadedIcon": "a picture of the company's; who uploaded it goes with the user",
}


def messages(person: Person) -> QuerySet[CustomerNotification]:
    """Return the messages to this person: as a contact, or to one of their addresses without a contact."""
    to_nobody = holding(CustomerNotification.objects.filter(contact=None), person.addresses, "to")
    return CustomerNotification.objects.filter(Q(contact__in=person.contacts) | Q(pk__in=to_nobody.values("pk")))


def records(person: Person) -> list[QuerySet[Any]]:
    """Return the rows that audit trails may refer to."""
    return [messages(person), AppNotification.objects.filter(owner__in=person.users)]


def export(person: Person) -> dict[str, Any]:
    """Return everything held; the stored texts are without links and codes."""
    own = ("title", "body", "created_on", "expires_at", "seen_at", "dismissed_at")
    return {
        "messages": [_message(one) for one in messages(person).order_by("created_at").prefetch_related("attempts")],
        "text_replies": told(_texts(person).order_by("received_at"), *("received_at", "body", "meaning", "answer")),
        "written_by_staff": told(_written_to(messages(person).values("pk")), "written_at", "subject", "body"),
        "app_notifications": told(AppNotification.objects.filter(owner__in=person.users), *own),
        "in_app_preferences": told(
            InAppPreferences.objects.filter(user__in=person.users), "toast_time", "unwanted_kinds"
        ),
        "mutes": told(Mute.objects.filter(user__in=person.users), "since"),
    }


def _message(one: CustomerNotification) -> dict[str, Any]:
    names = ("event", "channel", "to", "language", "subject", "words", "state", "reason", "named_time", "named_until")
    (row,) = told([one], *names, "created_at", "finished_at")
    attempts = told(one.attempts.all(), "started_at", "ended_at", "provider", "outcome")
    return row | {"attempts": attempts}


def forget(person: Person) -> list[Line]:
    """Blank or delete it, in the caller's transaction; raises Refused while a message to them is being sent."""
    mine = messages(person)
    ids = list(mine.select_for_update(of=("self",)).values_list("pk", flat=True))
    now = timezone.now()
    if mine.filter(state=State.SENDING, lease_until__gte=now).exists():
        raise Refused("A message to this person is being sent at this moment. Try again in a few minutes.")
    rows = CustomerNotification.objects.filter(pk__in=ids)
    lapsed = rows.filter(state=State.SENDING).update(
        state=State.UNKNOWN, reason=Reason.LAPSED, claim=None, finished_at=now, told_at=now
    )
    attempts = NotificationAttempt.objects.filter(notification__in=ids)
    attempts.filter(outcome=AttemptOutcome.OPEN).update(outcome=AttemptOutcome.UNCERTAIN, ended_at=now)
    waiting = rows.filter(state=State.QUEUED)
    has_something = ~Q(to="", language="", subject="", words="", detail="", provider_id="", email_words__isnull=True)
    suppressed: dict[str, Any] = {"state": State.SUPPRESSED, "reason": Reason.ERASED, "finished_at": now}
    gone = ("to", "language", "subject", "words", "detail", "provider_id")
    return [
        blank("messages that waited, not sent any more", waiting, **suppressed),
        blank(
            "messages: address, subject and words",
            rows.filter(has_something),
            **dict.fromkeys(gone, ""),
            email_words=None,
        ),
        blank("what staff wrote to them alone", _written_to(ids), subject="", body=""),
        blank(
            "attempts to send: what the provider said",
            attempts.exclude(detail="", provider_id=""),
            detail="",
            provider_id="",
        ),
        kept("messages", len(ids), "that something was sent, and when; to nobody who is known"),
        *([kept("of them perhaps sent", lapsed, "a worker stopped while sending")] if lapsed else []),
        erase_cards("in-app notifications of their own", AppNotification.objects.filter(owner__in=person.users)),
        erase_cards("in-app notifications that name them", _cards(person, ids)),
        erase("texts by them", _texts(person)),
        erase("conversations", _conversations(person)),
        blank("emails to the people on call that name them", _mailed_cards(person), subject="", words=""),
        erase("answers of the Web API", _answers(person)),
        erase("in-app preferences", InAppPreferences.objects.filter(user__in=person.users)),
        erase("muted records", Mute.objects.filter(user__in=person.users)),
    ]


def _written_to(message_ids: Any) -> QuerySet[StaffMessage]:
    to_others = CustomerNotification.objects.filter(staff_message=OuterRef("pk")).exclude(pk__in=message_ids)
    return StaffMessage.objects.filter(notifications__in=message_ids).exclude(Exists(to_others)).distinct()


def _conversations(person: Person) -> QuerySet[Conversation]:
    """Return theirs, also from before their number was known."""
    return Conversation.objects.filter(Q(contact__in=person.contacts) | Q(contact=None, number__in=person.phones))


def _texts(person: Person) -> QuerySet[TextReply]:
    return TextReply.objects.filter(Q(contact__in=person.contacts) | Q(conversation__in=_conversations(person)))


def erase_cards(what: str, rows: QuerySet[AppNotification]) -> Line:
    """Delete app notifications and, after commit, update their owners' bells."""
    owners = set(rows.order_by().values_list("owner", flat=True))
    transaction.on_commit(partial(stamps.touch, owners))
    return erase(what, rows)


def cards_about(records: Iterable[QuerySet[Model]], *kinds: str) -> QuerySet[AppNotification]:
    """Return the app notifications about records, of these kinds or of all."""
    ids = {pk for rows in records for pk in rows.values_list("pk", flat=True)}
    found = AppNotification.objects.filter(regarding_id__in=ids)
    return found.filter(kind__in=kinds) if kinds else found


def _cards(person: Person, message_ids: list[Any]) -> QuerySet[AppNotification]:
    named = naming(AppNotification.objects.all(), person.marks, "title", "body", "data")
    conversations = _conversations(person).values_list("pk", flat=True)
    about = AppNotification.objects.filter(regarding_id__in=[*person.contacts, *message_ids, *conversations])
    return AppNotification.objects.filter(
        pk__in=[*named.values_list("pk", flat=True), *about.values_list("pk", flat=True)]
    )


def _mailed_cards(person: Person) -> QuerySet[CustomerNotification]:
    return naming(CustomerNotification.objects.filter(event=EVENT), person.marks, "subject", "words")


def _answers(person: Person) -> QuerySet[IdempotentCall]:
    named = naming(IdempotentCall.objects.all(), person.marks, "answer")
    return IdempotentCall.objects.filter(Q(user__in=person.users) | Q(pk__in=named))
