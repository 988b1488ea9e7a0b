"""Kinds of message. The apps above register theirs; delivery knows of a message only what its kind answers."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from django.db import models

from fsportal.lib.log_context import about_message
from fsportal.models import PortalSettings
from notifications.customers.side_tasks import side_task
from notifications.customers.wording.placeholders import Placeholder
from notifications.models import CustomerNotification, Reason, State, TemplateVersion


class Decision(Enum):
    """What to do with a message that is about to go out."""

    SEND = "send"
    WAIT = "wait"  # undecided, ask again soon
    SUPPRESS = "suppress"  # a rule forbids it
    SUPERSEDE = "supersede"  # it is no longer true
    EXPIRE = "expire"  # it is too late
    LEAVE = "leave"  # it may have gone out, and would say something else now


@dataclass(frozen=True)
class Verdict:
    """A decision with its reason; a WAIT may have a time (aware)."""

    decision: Decision
    reason: Reason | None = None
    until: dt.datetime | None = None


SEND = Verdict(Decision.SEND)


@dataclass(frozen=True)
class Composed:
    """A message written in one language. `paragraphs` make the email; `sms` is the whole text message.

    `links` lists every secret link, so that the log can leave it out.
    """

    subject: str
    paragraphs: list[str]
    sms: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    button: tuple[str, str] | None = None
    #: What the customer is asked to answer, whatever words the rest is in: the last paragraph, or before an SMS's link.
    question: str = ""
    calendar: bytes = b""
    #: The time that it names, and if that is a range, its end.
    named_time: dt.datetime | None = None
    named_until: dt.datetime | None = None
    links: list[str] = field(default_factory=list)
    #: The company's own words that are in it (wording/own_words.py).
    template_version: TemplateVersion | None = None
    part_version: TemplateVersion | None = None


@dataclass(frozen=True)
class Example:
    """A message that is looked at instead of sent: its row, not stored, what it is about, and to whom it would go.

    Its links and codes are dead, and as long as those that work.
    """

    name: str
    notification: CustomerNotification
    subject: Any
    address: str = ""


class MessageKind:
    """One kind of message. Subclass, and `register` an instance."""

    event: ClassVar[str]
    label: ClassVar[Any]
    #: Lower goes first.
    priority: ClassVar[int] = 5
    #: Channels that it may use at all.
    channels: ClassVar[tuple[str, ...]] = ("email", "sms")
    #: Whether an opt-out stops it; it does not stop a password reset that the person asked for.
    heeds_opt_out: ClassVar[bool] = True
    #: Whether the row has the address (`to`), as for people who are not contacts; otherwise the contact has it.
    has_own_address: ClassVar[bool] = False
    #: The states of which `undelivered` hears.
    undelivered_states: ClassVar[tuple[str, ...]] = (State.FAILED, State.UNKNOWN)
    #: Name and description for customers, where they choose what they get.
    customer_label: ClassVar[Any] = ""
    customer_description: ClassVar[Any] = ""
    #: What the company's own words of this kind may name, and those that they must name, by field of TemplateVersion.
    #: Without placeholders the built-in words always go out.
    placeholders: ClassVar[tuple[Placeholder, ...]] = ()
    required: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: When the built-in words go out all the same, for whoever writes own ones.
    built_in_when: ClassVar[Any] = ""

    @property
    def is_choice(self) -> bool:
        """Tell whether customers may choose to get it; what they asked for always comes."""
        return self.heeds_opt_out and "sms" in self.channels

    def subject(self, notification: CustomerNotification) -> Any | None:
        """Return what the message is about, or None if it is gone. Whoever writes many messages asks `subjects`."""
        raise NotImplementedError

    def subjects(self, notifications: Sequence[CustomerNotification]) -> dict[uuid.UUID, Any]:
        """Return what each message is about, by the message's id, without those that are gone. Locks nothing."""
        found = {notification.pk: self.subject(notification) for notification in notifications}
        return {pk: subject for pk, subject in found.items() if subject is not None}

    def unchanged(self, subjects: Mapping[uuid.UUID, Any]) -> set[uuid.UUID]:
        """Lock the subjects for this transaction; return the messages whose subject is still as it was read.

        Messages are judged and written without a lock, and this is asked before they count as written.
        """
        stored = {_key(record): _columns(record) for record in _locked(subjects.values())}
        return {pk for pk, subject in subjects.items() if stored.get(_key(subject)) == _columns(subject)}

    def verdict(
        self,
        notification: CustomerNotification,
        subject: Any,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Say whether the message is still true and allowed at `now`."""
        raise NotImplementedError

    def timing(
        self,
        notification: CustomerNotification,
        subject: Any,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Say whether a message that is true and allowed goes at this hour. Asked last."""
        return SEND

    def before_writing(self, subjects: Mapping[uuid.UUID, Any], notifications: Sequence[CustomerNotification]) -> None:
        """Make what the words of these messages need, such as the codes of links."""

    def undelivered(self, notification: CustomerNotification) -> None:
        """Hear that a message failed, or may have failed (`undelivered_states`), in the transaction that records it."""

    def settling(self, notifications: Sequence[CustomerNotification]) -> list[CustomerNotification]:
        """Return those of these messages, which have arrived, that may settle the failure of another."""
        return []

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        """Hear that a message was accepted or arrived while a related one had failed; in the same transaction."""

    def compose(
        self, notification: CustomerNotification, subject: Any, portal_settings: PortalSettings, language: str
    ) -> Composed:
        """Write the message from present data in the built-in words; `language` is active while this runs."""
        raise NotImplementedError

    def values(
        self, notification: CustomerNotification, subject: Any, portal_settings: PortalSettings, language: str
    ) -> dict[str, str]:
        """Return the values of the placeholders, "" for those without one; `language` is active while this runs.

        Nothing at all if the company's own words would not be true of this message: then the built-in ones go out.
        """
        return {}

    def service_of(self, subject: Any) -> uuid.UUID | None:
        """Return the id of the type of service that a message is about; its part of the words is used."""
        return None

    def services(self) -> list[tuple[uuid.UUID, str]]:
        """Return the types of service, by id and name, for which the words may have a part of their own."""
        return []

    def examples(self, search: str, now: dt.datetime) -> list[tuple[str, str]]:
        """Return what a message can be looked at with, by key and name, the best first; `search` narrows it."""
        return []

    def example(self, key: str, channel: str, portal_settings: PortalSettings, now: dt.datetime) -> Example | None:
        """Return a message to look at, about what `key` names, or None if that is gone. Stores and issues nothing."""
        return None


def _key(record: models.Model) -> tuple[type[models.Model], Any]:
    return type(record), record.pk


def _columns(record: models.Model) -> list[Any]:
    return [getattr(record, field.attname) for field in record._meta.concrete_fields]


def _locked(records: Iterable[models.Model]) -> list[models.Model]:
    pks: dict[type[models.Model], set[Any]] = {}
    for record in records:
        pks.setdefault(type(record), set()).add(record.pk)
    # In the order of their keys: two workers then wait for each other instead of deadlocking.
    return [
        row
        for model, wanted in pks.items()
        for row in model._default_manager.select_for_update().filter(pk__in=wanted).order_by("pk")
    ]


_kinds: dict[str, MessageKind] = {}


def register(kind: MessageKind) -> None:
    _kinds[kind.event] = kind


def kind_of(event: str) -> MessageKind | None:
    """Return the kind of this event name, or None if no app registers it (any more)."""
    return _kinds.get(event)


def note_ends(notifications: Iterable[CustomerNotification], *, had_failed: bool = False) -> None:
    """Let the kinds know how messages ended. Call it in the transaction that records the end.

    `had_failed` says that these counted as failed, or as perhaps sent, until now. What a kind does, such as a card for
    dispatchers, must not undo the record of it: an error is logged, and that is all.
    """
    for kind, ended in by_kind(notifications):
        if kind is None:
            continue
        for notification in ended:
            if notification.state in kind.undelivered_states:
                _tell_staff(kind.undelivered, notification)
        arrived = [one for one in ended if one.state in (State.SENT, State.DELIVERED)]
        # Of those that had failed themselves, no other failure has to tell.
        settling = arrived if had_failed else kind.settling(arrived) if arrived else []
        for notification in settling:
            _tell_staff(kind.delivered_after_all, notification)


def _tell_staff(hear: Callable[[CustomerNotification], None], notification: CustomerNotification) -> None:
    failure = "How notification %s ended could not be told to staff"
    with about_message(notification.pk), side_task(failure, notification.pk):
        hear(notification)


def by_kind(
    notifications: Iterable[CustomerNotification],
) -> list[tuple[MessageKind | None, list[CustomerNotification]]]:
    """Group messages by their kind, which is None where no app registers it (any more)."""
    groups: dict[str, list[CustomerNotification]] = {}
    for notification in notifications:
        groups.setdefault(notification.event, []).append(notification)
    return [(kind_of(event), group) for event, group in groups.items()]


def offered(portal_settings: PortalSettings) -> list[MessageKind]:
    """Return the kinds that the settings send and that customers may choose to get."""
    return [kind for kind in _kinds.values() if kind.is_choice and portal_settings.sends(kind.event)]


def label_of(event: str) -> str:
    """Return the event's name for people."""
    kind = kind_of(event)
    return str(kind.label) if kind else event


def of_customers() -> list[MessageKind]:
    """Return the kinds for which a company may write words of its own."""
    return [kind for kind in _kinds.values() if kind.placeholders]


def choices() -> list[tuple[str, str]]:
    return [(kind.event, str(kind.label)) for kind in _kinds.values()]
