"""Kinds of message. The apps above register theirs; delivery knows of a message only what its kind answers."""

import datetime as dt
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar

from django.db import models

from fsportal.models import PortalSettings
from notifications.models import CustomerNotification, Reason, State
from notifications.models.customer_notification import CustomerNotificationQuerySet


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
    calendar: bytes = b""
    named_time: dt.datetime | None = None
    links: list[str] = field(default_factory=list)


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
    #: Name and description for customers, where they choose what they get.
    customer_label: ClassVar[Any] = ""
    customer_description: ClassVar[Any] = ""

    @property
    def is_choice(self) -> bool:
        """Tell whether customers may choose to get it; what they asked for always comes."""
        return self.heeds_opt_out and "sms" in self.channels

    def lock(self, notification: CustomerNotification) -> models.Model | None:
        """Return the subject, locked for this transaction, or None if it is gone."""
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
        """Write the message from present data; `language` is active while this runs."""
        raise NotImplementedError


_kinds: dict[str, MessageKind] = {}


def register(kind: MessageKind) -> None:
    _kinds[kind.event] = kind


def kind_of(event: str) -> MessageKind | None:
    """Return the kind of this event name, or None if no app registers it (any more)."""
    return _kinds.get(event)


def note_end(notification: CustomerNotification) -> None:
    """Let the kind know how a message ended. Call it in the transaction that records the end."""
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
    """Return the kinds that the settings send and that customers may choose to get."""
    return [kind for kind in _kinds.values() if kind.is_choice and portal_settings.sends(kind.event)]


def label_of(event: str) -> str:
    """Return the event's name for people."""
    kind = kind_of(event)
    return str(kind.label) if kind else event


def choices() -> list[tuple[str, str]]:
    return [(kind.event, str(kind.label)) for kind in _kinds.values()]
