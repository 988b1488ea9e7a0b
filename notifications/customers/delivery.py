"""Delivery: claims due messages, has them prepared, hands them over on several connections, and records how they fared.

One thread asks the database; the threads of `Connections` only send. Nothing goes over the network inside a
transaction. Nothing else sends messages, except the Settings area's test messages
(notifications/admin/send_test_message.py).
"""

import datetime as dt
import logging
import queue
import threading
import time
import uuid

from django.db import connection
from django.utils import timezone

from fsportal.models.consent import Channel
from notifications.customers import outages, outbox
from notifications.customers.connections import Connections
from notifications.customers.preparing import Ready, prepare
from notifications.customers.recording import HandedOver, record
from notifications.customers.side_tasks import DATABASE_AWAY
from notifications.models import CustomerNotification

logger = logging.getLogger(__name__)

#: Emails that are recorded together: as many, and those sent meanwhile, may go out once more if the process is killed.
EMAILS_AT_ONCE = 40
#: Emails that are claimed and prepared together. It takes some twenty statements, however many they are.
EMAILS_PREPARED = 80
#: Seconds.
RENEW_EVERY, RECOVER_EVERY = 10.0, 5.0
#: Seconds that messages on their way get at the end, when a run is to stop. `manage.py start` gives a process eight.
LAST_RESULTS_WITHIN = 4.0
#: Seconds for which the results of one moment are collected, and after which the database is tried again.
MOMENT, DATABASE_PAUSE = 0.05, 0.5


def drain(budget: float | None = None) -> int:
    """Deliver what is due; returns how many messages were looked at. Two runs at once are harmless.

    With a `budget` (seconds) it claims nothing more after that.
    """
    ends = None if budget is None else time.monotonic() + budget
    delivery = Delivery()
    try:
        while delivery.step():
            if delivery.has_lost_database or (ends is not None and time.monotonic() >= ends):
                break
    finally:
        delivery.finish()
    return delivery.looked_at


def run(stopped: threading.Event, look_every: float) -> None:
    """Deliver until `stopped` is set, looking for due messages every few seconds (`look_every`) when there are none."""
    delivery = Delivery()
    try:
        while not stopped.is_set():
            if not delivery.step():
                stopped.wait(DATABASE_PAUSE if delivery.has_lost_database else look_every)
    finally:
        delivery.finish()


class Delivery:
    """One run of delivery, which holds the messages that it has claimed."""

    def __init__(self) -> None:
        self.holder = uuid.uuid4()
        self.looked_at = 0
        #: Whether the last step met a database that does not answer. What was sent is kept until it does.
        self.has_lost_database = False
        self._results: queue.SimpleQueue[HandedOver] = queue.SimpleQueue()
        self._connections = {channel: Connections(channel, self._results) for channel in Channel.values}
        self._unrecorded: list[HandedOver] = []
        #: Claimed, and to be given back as soon as the database answers.
        self._unreturned: list[CustomerNotification] = []
        self._taken_back: list[Ready] = []
        #: Claimed, and waiting for another message about the same record.
        self._held: dict[str, list[CustomerNotification]] = {channel: [] for channel in Channel.values}
        self._renew_at = time.monotonic() + RENEW_EVERY
        self._recover_at = 0.0

    @property
    def is_busy(self) -> bool:
        """Tell whether messages are on their way, or held, or their results not recorded."""
        return bool(self._unrecorded or self._on_their_way or any(self._held.values()))

    @property
    def _on_their_way(self) -> list[Ready]:
        return [ready for line in self._connections.values() for ready in line.in_flight]

    def step(self) -> bool:
        """Claim, prepare, hand over, and record what has come back; returns whether there was anything to do."""
        try:
            self._return()
            self._keep_order()
            was_due, was_busy = self._hand_over_due(), self.is_busy
            self._collect(0.0 if was_due else MOMENT)
            self._record()
        except DATABASE_AWAY as error:
            self._note_lost_database(error)
            return False
        self.has_lost_database = False
        return was_due or was_busy

    def _note_lost_database(self, error: Exception) -> None:
        if not self.has_lost_database:
            logger.warning("Delivery has to wait for the database (%s)", type(error).__name__)
        self.has_lost_database = True
        if not connection.in_atomic_block:
            connection.close()

    def _keep_order(self) -> None:
        """Renew the lease of our own messages, and recover those of others who have died."""
        now, tick = timezone.now(), time.monotonic()
        if tick >= self._renew_at:
            outbox.renew(self.holder, now)
            self._renew_at = tick + RENEW_EVERY
        if tick >= self._recover_at:
            outbox.recover_lapsed(now)
            outbox.hurry_after_the_clock(now)
            self._recover_at = tick + RECOVER_EVERY

    # --- Out ----------------------------------------------------------------------------------------------------------
    def _hand_over_due(self) -> bool:
        now = timezone.now()
        due = [channel for channel in self._connections if self._has_next(channel, now)]
        down = outages.may_try(due, now) if due else {}
        for channel in due:
            if channel in down and not down[channel]:
                self._take_back(channel)
            else:
                tried = self._hand_over(channel, 1 if channel in down else self._room(channel), now)
                if channel in down and not tried:
                    outages.nothing_tried(channel, now)
        return any(down.get(channel, True) for channel in due)

    def _has_next(self, channel: str, now: dt.datetime) -> bool:
        return bool(self._room(channel) and (self._held[channel] or outbox.is_due(channel, now)))

    def _room(self, channel: str) -> int:
        """Return how many messages to claim.

        Never more texts than go out at once: those handed over when the process is killed are *Perhaps sent* for ever.
        The next emails are prepared while the last few are being sent.
        """
        line = self._connections[channel]
        if channel == Channel.EMAIL:
            return EMAILS_PREPARED if len(line.in_flight) < 2 * line.size else 0
        return max(0, line.size - len(line.in_flight))

    def _hand_over(self, channel: str, limit: int, now: dt.datetime) -> bool:
        """Claim, prepare and hand over; returns whether anything is handed over."""
        claimed = outbox.claim(channel, self.holder, now, limit)
        self.looked_at += len(claimed)
        next_ones = self._next_ones(channel, claimed)
        line = self._connections[channel]
        try:
            ready = prepare(next_ones, {channel: line.provider}, now)
            line.submit(ready)
        except DATABASE_AWAY:
            self._unreturned += next_ones
            raise
        return bool(ready)

    def _next_ones(self, channel: str, claimed: list[CustomerNotification]) -> list[CustomerNotification]:
        """Return the messages to prepare now.

        While one about the same record is on its way to the same contact, the next one is held: it may say the same.
        """
        taken = {_topic(ready.notification) for ready in self._on_their_way if ready.notification.channel == channel}
        next_ones: list[CustomerNotification] = []
        held: list[CustomerNotification] = []
        for notification in [*self._held[channel], *claimed]:
            (held if _topic(notification) in taken else next_ones).append(notification)
            taken.add(_topic(notification))
        self._held[channel] = held
        return next_ones

    def _take_back(self, channel: str) -> None:
        """Give back what waits for a connection."""
        self._unreturned += self._held[channel]
        self._held[channel] = []
        self._taken_back += self._connections[channel].take_back()
        self._return()

    def _return(self) -> None:
        if self._unreturned:
            outbox.give_back(self._unreturned, timezone.now())
            self._unreturned = []
        if self._taken_back:
            outbox.take_back([ready.attempt for ready in self._taken_back], timezone.now())
            self._taken_back = []

    # --- And back -----------------------------------------------------------------------------------------------------
    def _collect(self, seconds: float) -> None:
        """Move what has come back to `_unrecorded`; waits for more, so that emails are recorded together."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                left = deadline - time.monotonic()
                result = (
                    self._results.get(timeout=left) if left > 0 and self._on_their_way else self._results.get_nowait()
                )
                self._note(result)
                if result.ready.notification.channel != Channel.EMAIL or len(self._unrecorded) >= EMAILS_AT_ONCE:
                    deadline = 0.0
        except queue.Empty:
            pass

    def _note(self, result: HandedOver) -> None:
        self._unrecorded.append(result)
        self._connections[result.ready.notification.channel].done(result.ready)

    def _record(self) -> None:
        """Record emails together, and each text by itself: an email may be repeated, a text never."""
        while self._unrecorded:
            email = [one for one in self._unrecorded if one.ready.notification.channel == Channel.EMAIL]
            together = email or self._unrecorded[:1]
            record(together)
            done = {id(one) for one in together}
            self._unrecorded = [one for one in self._unrecorded if id(one) not in done]

    def finish(self) -> None:
        """Give back what was not begun; wait a little for what is on its way, and record it."""
        deadline = time.monotonic() + LAST_RESULTS_WITHIN
        while (self.is_busy or self._unreturned or self._taken_back) and time.monotonic() < deadline:
            try:
                for channel in self._connections:
                    self._take_back(channel)
                self._collect(MOMENT)
                self._record()
            except DATABASE_AWAY as error:
                self._note_lost_database(error)
                time.sleep(DATABASE_PAUSE)
        for line in self._connections.values():
            line.close()


def _topic(notification: CustomerNotification) -> tuple[object, object]:
    return notification.regarding_id or notification.pk, notification.contact_id
