"""The plan: what a customer will be told about a visit, and when, as things are or after a change.

It asks what delivery asks (notifications/customers/preparing.py, verdict_on), at the moments to come.
"""

import datetime as dt
import heapq
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import prefetch_related_objects

from bookings.consequences import for_customer
from bookings.messages import queue, told
from bookings.messages.base import BookingKind, Visit
from bookings.messages.held_back import comes_too_late, is_held_back, may_come_back
from bookings.messages.moments import reminder_goes
from bookings.messages.told import Said, Told
from bookings.models import Booking, BookingStatus, Reminder, VerbDone
from bookings.models.draft import Draft
from fsportal.models import Contact, PortalSettings
from notifications.customers import outbox
from notifications.customers.kinds import Decision, kind_of
from notifications.customers.preparing import WAIT, Refusals, verdict_on
from notifications.customers.rendering import LINK_PLACEHOLDER
from notifications.models import CustomerNotification, Reason, State

T = TypeVar("T")
#: A message that still waits after so many looks waits for something that is not known yet.
MOST_LOOKS = 20
#: Columns of messages that no plan asks for.
NOT_READ = ("subject", "words", "email_words", "email_frame", "template_version", "part_version", "provider_id",
            "detail", "segments", "claim", "lease_until", "forgotten_at", "asked_by")  # fmt: skip
#: Visits whose plans are made together, in a few statements.
TOGETHER = 1000


@dataclass(frozen=True)
class Planned:
    """One message: when it goes (UTC), or if `at` is None, why it does not."""

    message: CustomerNotification
    at: dt.datetime | None
    reason: Reason | None = None
    #: Whether it is in the outbox by now.
    is_queued: bool = False
    #: Why it does not go earlier, if it waits for something.
    waits: Reason | None = None
    #: The visit as it will be when it goes, for its words.
    visit: Visit | None = field(default=None, compare=False, repr=False)

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
    return plan_each([booking], now)[0]


def plan_each(
    bookings: Iterable[Booking],
    now: dt.datetime,
    settings_to_be: "SettingsToBe | None" = None,
    stored: "Stored | None" = None,
) -> list[MessagePlan]:
    """Return what will be told about each visit, as things are or once these settings are saved.

    A few statements, however many there are. Plans of the same visits that are given the same `stored` share what was
    read of their messages.
    """
    return _plans([_Case(booking) for booking in bookings], now, settings_to_be, stored)


def plan_change(booking: Booking, do: Callable[[Booking], object], now: dt.datetime) -> MessagePlan:
    """Return what will be told after `do`, which calls verbs of the booking that it is given. Changes nothing.

    Raises what the verbs raise.
    """
    draft: Draft[Booking, VerbDone] = Draft()
    changed = copy(booking)
    draft.take(changed)
    do(changed)
    return _after(changed, draft.done, now)


def plan_new(make: Callable[[Draft[Booking, VerbDone]], Booking], now: dt.datetime) -> MessagePlan:
    """Return what will be told of a visit that `make` schedules in the draft that it is given."""
    draft: Draft[Booking, VerbDone] = Draft()
    return _after(make(draft), draft.done, now)


def plan_queued(
    queued: Iterable[tuple[Booking, Sequence[CustomerNotification]]], now: dt.datetime
) -> list[MessagePlan]:
    """Return what will be told about each visit once the messages beside it are queued."""
    return _plans([_Case(booking, rows) for booking, rows in queued], now)


def plan_done(done: Sequence[VerbDone], bookings: Iterable[Booking], now: dt.datetime) -> list[MessagePlan]:
    """Return what will be told about these bookings, as they are after the verbs that were done to them in a draft."""
    verbs: defaultdict[uuid.UUID, list[VerbDone]] = defaultdict(list)
    for one in done:
        verbs[one.booking.pk].append(one)
    portal_settings = PortalSettings.load()
    plans: list[MessagePlan] = []
    for chunk in _chunks(list(bookings)):
        known = queue.Known(portal_settings, Told.about_each(booking.pk for booking in chunk))
        _load_people(chunk)
        with queue.knowing(known):
            cases = [_case(booking, verbs[booking.pk]) for booking in chunk]
        plans += _plans(cases, now)
    return plans


def _after(changed: Booking, done: Sequence[VerbDone], now: dt.datetime) -> MessagePlan:
    return _plans([_case(changed, done)], now)[0]


@dataclass(frozen=True)
class SettingsToBe:
    """Settings that are not saved yet, with the reminders that would be on."""

    portal_settings: PortalSettings
    reminders: list[Reminder]


@dataclass(frozen=True)
class _Case:
    """A visit with the messages that a change queues about it."""

    booking: Booking
    new: Sequence[CustomerNotification] = ()
    untold: Reason | None = None


def _case(changed: Booking, verbs: Iterable[VerbDone]) -> _Case:
    rows: list[CustomerNotification] = []
    untold = None
    for done in verbs:
        with outbox.set_aside() as queued:
            untold = for_customer(done) or untold
        rows += queued
    return _Case(changed, rows, untold)


def _plans(
    cases: Sequence[_Case],
    now: dt.datetime,
    settings_to_be: SettingsToBe | None = None,
    stored: "Stored | None" = None,
) -> list[MessagePlan]:
    if not cases:
        return []
    facts = _Facts(now, settings_to_be, stored)
    plans: list[MessagePlan] = []
    for chunk in _chunks(cases):
        facts.read([case.booking for case in chunk])
        futures = [_Future(facts, case.booking, case.new) for case in chunk]
        refusals = Refusals(row for future in futures for row in future.rows)
        plans += [
            MessagePlan(case.booking, future.messages(refusals), case.untold)
            for case, future in zip(chunk, futures, strict=True)
        ]
    return plans


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[begin : begin + TOGETHER] for begin in range(0, len(items), TOGETHER))


def _load_people(bookings: Sequence[Booking]) -> None:
    """Load what an import left unread: who gets the messages, and what may exclude them."""
    of_order = ("account__primary_contact", "reported_by", "incident_type", "work_order_type")
    prefetch_related_objects(bookings, "resource", *(f"work_order__{name}" for name in of_order))


class Stored:
    """What is stored about visits, read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[uuid.UUID, ...], tuple[dict[uuid.UUID, Told], list[CustomerNotification]]] = {}

    def of(self, bookings: Sequence[Booking]) -> tuple[dict[uuid.UUID, Told], list[CustomerNotification]]:
        """Return what was said, and the messages. Of those that are open, plans change copies."""
        pks = tuple(booking.pk for booking in bookings)
        if pks not in self._read:
            _load_people(bookings)
            kind = ContentType.objects.get_for_model(Booking)
            rows = CustomerNotification.objects.filter(regarding_type=kind, regarding_id__in=pks)
            # Of a hundred visits there are a thousand messages, to a hundred contacts.
            self._read[pks] = Told.about_each(pks), list(rows.defer(*NOT_READ).prefetch_related("contact"))
        told, rows_read = self._read[pks]
        return told, [copy(row) if row.state in State.open() else row for row in rows_read]


class _Facts:
    """What the plans of several visits need from the database."""

    def __init__(self, now: dt.datetime, settings_to_be: SettingsToBe | None, stored: Stored | None) -> None:
        self.now, self._is_saved = now, settings_to_be is None
        self._stored = stored or Stored()
        self.portal_settings = settings_to_be.portal_settings if settings_to_be else PortalSettings.load()
        self.reminders = settings_to_be.reminders if settings_to_be else Reminder.all_of(self.portal_settings)

    def read(self, bookings: Sequence[Booking]) -> None:
        self.told, rows = self._stored.of(bookings)
        self.rows: defaultdict[uuid.UUID | None, list[CustomerNotification]] = defaultdict(list)
        for row in rows:
            if not self._is_saved and row.state == State.QUEUED and row.reason in outbox.WAITS_FOR_SETTINGS:
                row.due_at = min(row.due_at, self.now)  # saving looks at them again (outbox.look_again_at_waiting)
            self.rows[row.regarding_id].append(row)


class _Future:
    """Goes through the moments to come, and asks of each message what will become of it then."""

    def __init__(self, facts: _Facts, booking: Booking, new: Sequence[CustomerNotification]) -> None:
        self.now, self.portal_settings = facts.now, facts.portal_settings
        told_so_far, reminders = facts.told[booking.pk], facts.reminders
        by_occasion = {reminder.occasion: reminder for reminder in reminders}
        self.visit = Visit(booking, Told([*told_so_far.said]), by_occasion)
        rows = {row.dedupe_key: row for row in facts.rows[booking.pk]}
        open_rows = [row for row in rows.values() if row.state in State.open() and row.held_at is None]
        self._queued = {row.pk for row in open_rows}
        new = [row for row in new if row.dedupe_key not in rows]
        for row in new:
            row.due_at = self.now  # they were made a moment later, and would come after the reminders
        for row in open_rows:
            if comes_too_late(row, booking, self.now):
                row.due_at = self.now
        waiting = {row.dedupe_key: row for row in open_rows}
        reminding = self._reminders(reminders)
        for row in reminding:
            _hurry(waiting.get(row.dedupe_key), row.due_at)
        coming = [row for row in reminding if self._may_come(rows.get(row.dedupe_key))]
        ended = [row for row in rows.values() if row.state not in State.open()]
        held_back = [row for row in ended if is_held_back(row, booking, self.now)]
        self.rows = [*open_rows, *new, *coming, *held_back]
        known = {said.pk for said in self.visit.told.said}
        self.visit.told.said += [_said(row) for row in self.rows if row.pk not in known]

    def messages(self, refusals: Refusals) -> list[Planned]:
        self._refusals = refusals
        tie = count()
        # Of those that go at one moment delivery takes the most urgent first.
        coming = [(max(row.due_at, self.now), row.priority, next(tie), 0, row) for row in self.rows]
        heapq.heapify(coming)
        planned: list[Planned] = []
        waits = {row.pk: Reason(row.reason) for row in self.rows if row.reason in Reason.values}
        while coming:
            at, priority, _number, looks, row = heapq.heappop(coming)
            decision, reason, until = self._asked(row, at)
            if decision is Decision.WAIT and looks < MOST_LOOKS:
                if reason is not None:
                    waits[row.pk] = reason
                heapq.heappush(coming, (max(until or at + WAIT, at), priority, next(tie), looks + 1, row))
                continue
            goes = decision in (Decision.SEND, Decision.WAIT)
            as_it_goes = replace(self.visit, told=Told(self.visit.told.said), link=LINK_PLACEHOLDER)
            self._note(row, at if goes else None)
            planned.append(
                Planned(row, at if goes else None, reason, row.pk in self._queued, waits.get(row.pk), as_it_goes)
            )
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
                named_time=named.start if named else said.named_time,
                named_until=named.until if named else said.named_until,
            )
            if said.pk == row.pk
            else said
            for said in self.visit.told.said
        ]

    def _may_come(self, before: CustomerNotification | None) -> bool:
        """Tell whether the sweep queues a reminder, for the first time or again; `before` is its row if it has one."""
        if before is None:
            return True
        return before.state not in State.open() and may_come_back(before, self.visit.booking)

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
