"""What the apps above say about the texts of customers: what an ordinary one means, what it is about, who sees to it.

They register in their `apps.py`, as with message kinds.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db import models

from fsportal.models import Contact
from notifications.customers.side_tasks import side_task
from notifications.models import Conversation, CustomerNotification, StaffMessage, TextReply


@dataclass(frozen=True)
class OrdinaryText:
    """A text that neither stops nor starts messages nor asks for help.

    `contacts` are all those with its number, whom it was taken to be from first; there is at least one. `said_at` is
    when it was sent, as far as the provider says so: it may have been on its way for long.
    """

    contacts: tuple[Contact, ...]
    body: str
    now: dt.datetime
    said_at: dt.datetime


@dataclass(frozen=True)
class Understood:
    """What a listener has done about a text: its answer, "" for none, and the record that the text was about.

    With `needs_staff` dispatchers get a card all the same. A secret `link` in the answer is left out of the record.
    """

    answer: str = ""
    regarding: models.Model | None = None
    needs_staff: bool = False
    link: str = ""


#: Called in the language of the contact and in the transaction that keeps the text; returns None for a text that means
#: nothing to it. If it fails, what it did is undone and the text goes to staff.
Listener = Callable[[OrdinaryText], Understood | None]
#: Returns the record that a text of one of these contacts is about, as far as one can tell.
SubjectFinder = Callable[[tuple[Contact, ...], dt.datetime], models.Model | None]
#: Tells staff of a text that waits for an answer; without one, that our answer did not arrive.
TellStaff = Callable[[Conversation, TextReply | None], None]
#: Tells staff that a message of theirs to many did not reach somebody.
TellUnreached = Callable[[StaffMessage, CustomerNotification], None]

_listeners: list[Listener] = []
_finders: list[SubjectFinder] = []
_tellers: list[TellStaff] = []
_of_unreached: list[TellUnreached] = []


def register(listener: Listener) -> None:
    _listeners.append(listener)


def register_subject(finder: SubjectFinder) -> None:
    _finders.append(finder)


def register_staff(teller: TellStaff) -> None:
    _tellers.append(teller)


def register_unreached(teller: TellUnreached) -> None:
    _of_unreached.append(teller)


def understood(text: OrdinaryText) -> Understood | None:
    """Return what the first listener to which it means something has done about it; None if a person has to read it."""
    for listener in _listeners:
        with side_task("A text reply could not be understood by %s", listener.__qualname__):
            found = listener(text)
            if found is not None:
                return found
    return None


def subject_of(contacts: tuple[Contact, ...], now: dt.datetime) -> models.Model | None:
    for finder in _finders:
        with side_task("What a text reply is about could not be found"):
            found = finder(contacts, now)
            if found is not None:
                return found
    return None


def tell_unreached(written: StaffMessage, notification: CustomerNotification) -> None:
    for teller in _of_unreached:
        teller(written, notification)


def tell_staff(conversation: Conversation, reply: TextReply | None) -> None:
    for teller in _tellers:
        with side_task("Staff could not be told of a text reply"):
            teller(conversation, reply)
