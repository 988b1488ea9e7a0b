"""What kinds of message there are. The apps above register theirs; delivery asks the kind and never knows more."""

import datetime as dt
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from django.db import models

from fsportal.models import PortalSettings
from notifications.models import CustomerNotification, Reason, State
from notifications.models.customer_notification import CustomerNotificationQuerySet


class Decision(Enum):
    """What the kind says of a message that is about to go out."""

    SEND = "send"
    WAIT = "wait"  # not decidable yet, ask again soon
    SUPPRESS = "suppress"  # a rule forbids it
    SUPERSEDE = "supersede"  # it is no longer true
    EXPIRE = "expire"  # it is too late
    LEAVE = "leave"  # it may have gone out, and would say something else now


@dataclass(frozen=True)
class Verdict:
    """An answer with its reason; a WAIT may say until when (aware)."""

    answer: Decision
    reason: Reason | None = None
    until: dt.datetime | None = None


SEND = Verdict(Decision.SEND)


@dataclass(frozen=True)
class Composed:
    """A message in words, in one language. `paragraphs` make the email; `sms` is the whole text message.

    Every secret link is listed in `links`, so that the log can keep the words without it.
    """

    subject: str
    paragraphs: list[str]
    sms: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    button: tuple[str, str] | None = None
    calendar: bytes = b""
    named_time: dt.datetime | None = None
    links: list[str] = field(default_factory=list)


class MessageKind:
    """One kind of message. Subclass, and `register` an instance."""

    event: ClassVar[str]
    label: ClassVar[Any]
    #: Lower goes first.
    priority: ClassVar[int] = 5
    #: Channels it may take at all.
    channels: ClassVar[tuple[str, ...]] = ("email", "sms")
    #: Whether an opt-out stops it; a password reset that was asked for is sent all the same.
    heeds_opt_out: ClassVar[bool] = True
    #: Whether the row itself names the address (`to`), as for somebody who is no contact; otherwise its contact does.
    has_own_address: ClassVar[bool] = False
    #: Its name and what it tells, in the customer's words, where they choose what they get.
    customer_label: ClassVar[Any] = ""
    customer_words: ClassVar[Any] = ""

    @property
    def is_choice(self) -> bool:
        """Tell whether customers choose to get it: what they asked for themselves comes all the same."""
        return self.heeds_opt_out and "sms" in self.channels

    def lock(self, notification: CustomerNotification) -> models.Model | None:
        """Return the subject, locked for this transaction, or None when it is gone."""
        raise NotImplementedError

    def verdict(
        self,
        notification: CustomerNotification,
        subject: models.Model,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Say whether the message is still true and allowed at `now`."""
        raise NotImplementedError

    def undelivered(self, notification: CustomerNotification) -> None:
        """Hear that a message failed, or may have failed; called in the transaction that records it."""

    def related(self, notification: CustomerNotification) -> CustomerNotificationQuerySet:
        """Return the messages whose failure may be settled when this one arrives; by default none."""
        return CustomerNotification.objects.none()

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        """Hear that a message was accepted or arrived while a related one had failed; in the same transaction."""

    def compose(
        self, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings, language: str
    ) -> Composed:
        """Write the message from the present truth; `language` is active while this runs."""
        raise NotImplementedError


_kinds: dict[str, MessageKind] = {}


def register(kind: MessageKind) -> None:
    """Make a kind known under its event name."""
    _kinds[kind.event] = kind


def kind_of(event: str) -> MessageKind | None:
    """Return the kind of this event name, or None when no app registered it (any more)."""
    return _kinds.get(event)


def note_end(notification: CustomerNotification) -> None:
    """Let the kind know how a message ended. Call it in the transaction that notes the end."""
    kind = kind_of(notification.event)
    if kind is None:
        return
    if notification.state in (State.FAILED, State.UNKNOWN):
        kind.undelivered(notification)
        return
    # Nearly always nothing has failed: one query here, and the kind need not look.
    is_accepted = notification.state in (State.SENT, State.DELIVERED)
    if is_accepted and kind.related(notification).needing_attention().exists():
        kind.delivered_after_all(notification)


def offered(portal_settings: PortalSettings) -> list[MessageKind]:
    """Return the kinds that customers may choose to get, of those that the settings send, as they follow each other."""
    return [kind for kind in _kinds.values() if kind.is_choice and portal_settings.sends(kind.event)]


def label_of(event: str) -> str:
    """Return the event's name in words."""
    kind = kind_of(event)
    return str(kind.label) if kind else event


def choices() -> list[tuple[str, str]]:
    """Return event names with their labels, for filters."""
    return [(kind.event, str(kind.label)) for kind in _kinds.values()]
