"""What customers hear of an import: worked out before its transaction, and within it only looked at again."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from bookings.messages import queue
from bookings.messages.told import NAMES_START
from bookings.messages.told import Told as SaidSoFar
from bookings.models import Booking, Verb, VerbDone
from bookings.models.booking import announce
from bookings.schedule_files.reads import in_chunks
from fsportal.lib import keys
from fsportal.models import PortalSettings
from notifications.customers import bundles, outbox
from notifications.models import CustomerNotification, Reason, State

#: Dispatchers may get a card about these, which is written at once.
WRITE_CARDS = (Verb.TRAVEL, Verb.RUN_LATE)
#: Nobody hears of these who was not told a start.
CORRECT = (Verb.RESCHEDULE, Verb.CANCEL)
Told = dict[uuid.UUID, set[tuple[Any, ...]]]


class Telling:
    def __init__(self, done: list[VerbDone]) -> None:
        self._at_once = [one for one in done if one.verb in WRITE_CARDS]
        self._done: defaultdict[uuid.UUID, list[VerbDone]] = defaultdict(list)
        for one in done:
            if one.verb not in WRITE_CARDS:
                self._done[one.booking.pk].append(one)
        self._corrected = [pk for pk, verbs in self._done.items() if any(one.verb in CORRECT for one in verbs)]
        self._told = _told(self._corrected)
        self._messages: dict[uuid.UUID, list[CustomerNotification]] = {}
        known = queue.Known(PortalSettings.load(), _said(self._told)) if done else None
        for pk, verbs in self._done.items():
            with outbox.set_aside() as messages, queue.knowing(known):
                for one in verbs:
                    if one.verb not in CORRECT or pk in self._told:
                        announce(one)
                    else:
                        one.row.note_untold(Reason.DO_NOT_TELL if one.change.quiet else Reason.NOT_REMINDED)
            if messages:
                self._messages[pk] = messages
        every = [message for messages in self._messages.values() for message in messages]
        new_key = keys.ascending(len(every))
        for message in every:
            message.pk = new_key()
        self._prepared = bundles.insert(every)
        self.statements = [self._prepared]

    def write(self) -> None:
        """Queue the messages. Where somebody was told something meanwhile, what they hear is worked out again."""
        now = _told(self._corrected)
        surprising = {pk for pk in self._corrected if now.get(pk) != self._told.get(pk)}
        if surprising & self._messages.keys():
            rest = [one for pk, some in self._messages.items() if pk not in surprising for one in some]
            bundles.insert(rest).run()
        else:
            self._prepared.run()
        if self._messages:
            transaction.on_commit(bundles.unpack, robust=True)
        for one in [*(one for pk in surprising for one in self._done[pk]), *self._at_once]:
            announce(one)


def _said(bookings: Iterable[uuid.UUID]) -> dict[uuid.UUID, SaidSoFar]:
    return {pk: said for chunk in in_chunks(bookings) for pk, said in SaidSoFar.about_each(chunk).items()}  # type: ignore[arg-type]


def _told(bookings: list[uuid.UUID]) -> Told:
    """Return by booking what messages have told a start, or are telling it at this moment."""
    kind = ContentType.objects.get_for_model(Booking)
    found: Told = defaultdict(set)
    about = CustomerNotification.objects.filter(regarding_type=kind, event__in=NAMES_START, named_time__isnull=False)
    for chunk in in_chunks(bookings):
        rows = about.filter(regarding_id__in=chunk).values_list("regarding_id", "pk", "named_time", "told_at", "state")
        for pk, message, named, told, state in rows:
            if pk is not None:
                found[pk].add((message, named, told, state == State.SENDING))
    return dict(found)
