"""The plan: what a customer will be told about a visit, and when, as things are or after a change.

It asks what delivery asks (notifications/customers/preparing.py, verdict_on), at the moments to come.
"""

import datetime as dt
import heapq
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import count

from bookings.consequences import for_customer
from bookings.messages import queue, told
from bookings.messages.base import BookingKind, Visit
from bookings.messages.held_back import comes_too_late, is_correction_held_back, may_come_back
from bookings.messages.moments import reminder_goes
from bookings.messages.told import Said, Told
from bookings.models import Booking, BookingStatus, Reminder, VerbDone
from bookings.models.draft import Draft
from fsportal.models import Contact, PortalSettings
from notifications.customers import outbox
from notifications.customers.kinds import Decision, kind_of
from notifications.customers.preparing import WAIT, Refusals, verdict_on
from notifications.models import CustomerNotification, Reason, State

#: A message that still waits after so many looks waits for something that is not known yet.
MOST_LOOKS = 20


@dataclass(frozen=True)
class Planned:
    """One message: when it goes (UTC), or if `at` is None, why it does not."""

    message: CustomerNotification
    at: dt.datetime | None
    reason: Reason | None = None
    #: Whether it is in the outbox by now.
    is_queued: bool = False

    @property
    def event(self) -> str:
        return self.message.event

    @property
    def channel(self) -> str:
        return self.message.channel

    @property
    def contact(self) -> Contact | None:
        return self.message.contact


@dataclass(frozen=True)
class MessagePlan:
    """What will be said about one visit, in the order in which it goes, and what will not."""

    booking: Booking
    messages: list[Planned] = field(default_factory=list)
    #: Why the change itself is told to nobody.
    untold: Reason | None = None

    @property
    def going(self) -> list[Planned]:
        return [one for one in self.messages if one.at is not None]

    @property
    def not_going(self) -> list[Planned]:
        return [one for one in self.messages if one.at is None]


def plan(booking: Booking, now: dt.datetime) -> MessagePlan:
    """Return what will be told about the visit as things are."""
    return MessagePlan(booking, _Future(booking, [], now).messages())


def plan_change(booking: Booking, do: Callable[[Booking], object], now: dt.datetime) -> MessagePlan:
    """Return what will be told after `do`, which calls verbs of the booking that it is given. Changes nothing.

    Raises what the verbs raise.
    """
    draft: Draft[Booking, VerbDone] = Draft()
    changed = copy(booking)
    draft.take(changed)
    do(changed)
    return _after(changed, draft, now)


def plan_new(make: Callable[[Draft[Booking, VerbDone]], Booking], now: dt.datetime) -> MessagePlan:
    """Return what will be told of a visit that `make` schedules in the draft that it is given."""
    draft: Draft[Booking, VerbDone] = Draft()
    return _after(make(draft), draft, now)


def _after(changed: Booking, draft: Draft[Booking, VerbDone], now: dt.datetime) -> MessagePlan:
    rows: list[CustomerNotification] = []
    untold = None
    for done in draft.done:
        with outbox.set_aside() as queued:
            untold = for_customer(done) or untold
        rows += queued
    return MessagePlan(changed, _Future(changed, rows, now).messages(), untold)


class _Future:
    """Goes through the moments to come, and asks of each message what will become of it then."""

    def __init__(self, booking: Booking, new: list[CustomerNotification], now: dt.datetime) -> None:
        self.now = now
        self.portal_settings = PortalSettings.load()
        reminders = Reminder.all_of(self.portal_settings)
        self.visit = Visit(booking, Told.about(booking), {reminder.occasion: reminder for reminder in reminders})
        rows = CustomerNotification.objects.regarding(booking).select_related("contact")
        open_rows = list(rows.filter(state__in=State.open(), held_at=None))
        ended = {row.dedupe_key: row for row in rows.exclude(state__in=State.open())}
        keys = {row.dedupe_key for row in open_rows} | ended.keys()
        self._queued = {row.pk for row in open_rows}
        new = [row for row in new if row.dedupe_key not in keys]
        for row in open_rows:
            if comes_too_late(row, booking, now):
                row.due_at = now
        waiting = {row.dedupe_key: row for row in open_rows}
        reminding = self._reminders(reminders)
        for row in reminding:
            _hurry(waiting.get(row.dedupe_key), row.due_at)
        coming = [row for row in reminding if row.dedupe_key not in waiting and self._may_come(row, ended)]
        corrections = [row for row in ended.values() if is_correction_held_back(row, booking, now)]
        self._rows = [*open_rows, *new, *coming, *corrections]
        known = {said.pk for said in self.visit.told.said}
        self.visit.told.said += [_said(row) for row in self._rows if row.pk not in known]
        self._refusals = Refusals(self._rows)

    def messages(self) -> list[Planned]:
        tie = count()
        # Of those that go at one moment delivery takes the most urgent first.
        coming = [(max(row.due_at, self.now), row.priority, next(tie), 0, row) for row in self._rows]
        heapq.heapify(coming)
        planned: list[Planned] = []
        while coming:
            at, priority, _number, looks, row = heapq.heappop(coming)
            decision, reason, until = self._asked(row, at)
            if decision is Decision.WAIT and looks < MOST_LOOKS:
                heapq.heappush(coming, (max(until or at + WAIT, at), priority, next(tie), looks + 1, row))
                continue
            goes = decision in (Decision.SEND, Decision.WAIT)
            self._note(row, at if goes else None)
            planned.append(Planned(row, at if goes else None, reason, row.pk in self._queued))
        return planned

    def _asked(self, row: CustomerNotification, at: dt.datetime) -> tuple[Decision, Reason | None, dt.datetime | None]:
        kind = kind_of(row.event)
        if kind is None:
            return Decision.SUPERSEDE, Reason.SUBJECT_GONE, None
        verdict = verdict_on(kind, row, self.visit, self.portal_settings, self._refusals, at)
        return verdict.decision, verdict.reason, verdict.until

    def _note(self, row: CustomerNotification, told_at: dt.datetime | None) -> None:
        """Take the contact to know what the message says, or that it does not come."""
        kind = kind_of(row.event)
        named = kind.named(self.visit.booking) if isinstance(kind, BookingKind) and told_at else None
        self.visit.told.said = [
            replace(
                said,
                is_to_come=False,
                is_being_sent=False,
                told_at=told_at or said.told_at,
                named_time=named or said.named_time,
            )
            if said.pk == row.pk
            else said
            for said in self.visit.told.said
        ]

    def _may_come(self, row: CustomerNotification, ended: dict[str, CustomerNotification]) -> bool:
        """Tell whether the sweep queues a reminder, for the first time or again."""
        return row.dedupe_key not in ended or may_come_back(ended[row.dedupe_key], self.visit.booking)

    def _reminders(self, reminders: Iterable[Reminder]) -> list[CustomerNotification]:
        """Return the messages of all reminders, whether or not they are in the outbox."""
        booking = self.visit.booking
        if booking.status != BookingStatus.SCHEDULED or booking.start <= self.now:
            return []
        contact = queue.recipient(booking.work_order, self.portal_settings)
        found = []
        for reminder in reminders:
            for channel in reminder.channels(self.portal_settings):
                goes = reminder_goes(reminder, booking, channel, self.portal_settings)
                row = outbox.row_of(
                    told.UPCOMING,
                    channel,
                    contact,
                    booking,
                    revision=booking.timed_by if reminder.pk else 0,
                    occasion=reminder.occasion,
                )
                row.due_at = goes or self.now
                found.append(row)
        return found


def _hurry(row: CustomerNotification | None, goes: dt.datetime) -> None:
    """Let a reminder that waits for a later date that the visit once had go at its moment, as the sweep does."""
    if row is not None and row.attempts_made == 0 and row.reason != Reason.QUIET_HOURS:
        row.due_at = min(row.due_at, goes)


def _said(row: CustomerNotification) -> Said:
    return Said(
        row.pk,
        row.regarding_id or row.pk,
        row.event,
        row.channel,
        row.contact_id,
        row.to,
        row.revision,
        row.dedupe_key,
        is_being_sent=False,
        is_to_come=True,
        named_time=None,
        told_at=None,
    )
