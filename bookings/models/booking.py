"""Bookings and the verbs that change them. Nothing else writes a booking's status, time or technician."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bookings import eta
from bookings.models import arrival, confirmation, reopening, status, way
from bookings.models import window as windows
from bookings.models.draft import Draft, as_verb
from bookings.models.errors import NotAllowed, StaleBooking, check_times, check_year
from bookings.models.history import BY_SYSTEM, BookingChange, Change, Verb, Via
from bookings.models.resources import Resource
from bookings.models.status import MAY_FOLLOW, BookingStatus
from bookings.models.window import BY_SERVICE, ArrivalWindow, WindowChoice
from bookings.models.work import WorkOrder
from fsportal.lib import worker_wakeup, zones
from fsportal.models import Contact


class BookingQuerySet(models.QuerySet["Booking"]):
    def with_visit(self) -> Self:
        """Return bookings with what a page or a message needs to name the visit, in one query."""
        return self.select_related(
            "resource",
            "work_order__account__primary_contact",
            "work_order__incident_type",
            "work_order__work_order_type",
            "work_order__reported_by",
        )

    def upcoming(self, now: dt.datetime) -> Self:
        return self.filter(status=BookingStatus.SCHEDULED, start__gt=now)

    def in_zone(self, zone_name: str) -> Self:
        """Return visits whose place is in this zone."""
        at_account = models.Q(work_order__time_zone="", work_order__account__time_zone=zone_name)
        return self.filter(models.Q(work_order__time_zone=zone_name) | at_account)

    def for_contacts(self, contacts: Iterable[Contact]) -> Self:
        """Return the visits that these contacts may see: their own and, if the account shares visits, its others.

        A contact's own visits are those they reported, and those that nobody reported if they are the account's primary
        contact, who is told of them.
        """
        ids = [contact.pk for contact in contacts]
        own = models.Q(work_order__reported_by__in=ids)
        told = models.Q(work_order__reported_by=None, work_order__account__primary_contact__in=ids)
        shared = models.Q(work_order__account__shares_visits=True, work_order__account__contacts__in=ids)
        visible = type(self)(self.model).filter(own | told | shared).values("pk")
        return self.filter(pk__in=visible)

    def active(self) -> Self:
        """Return visits that are neither completed nor canceled."""
        return self.filter(status.OPEN)

    def under_way(self) -> Self:
        return self.filter(status.UNDER_WAY_NOW)

    def on_the_way(self) -> Self:
        return self.filter(status=BookingStatus.TRAVELING, set_off_at__isnull=False)

    def late(self, now: dt.datetime) -> Self:
        """Return visits whose start, or whose arrival window, has passed and for which nobody has set off."""
        return self.filter(status=BookingStatus.SCHEDULED, start__lte=now).exclude(window_end__gt=now)


class Booking(ArrivalWindow, confirmation.Confirmation, arrival.OnTheWay):
    """One visit: a resource at a work order's site from start to end (UTC)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    work_order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="bookings", verbose_name=_("work order"))
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="bookings", verbose_name=_("technician"))
    start = models.DateTimeField(_("start"), db_index=True)
    end = models.DateTimeField(_("end"))
    status = models.IntegerField(_("booking status"), choices=BookingStatus.choices, default=BookingStatus.SCHEDULED)
    revision = models.PositiveIntegerField(_("revision"), default=1, editable=False)
    external_id = models.CharField(_("external id"), max_length=100, unique=True, null=True, blank=True)
    #: When its present start was set, and by which revision: a visit set inside a reminder's lead is announced at once.
    timed_at = models.DateTimeField(null=True, editable=False)
    timed_by = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    #: Whoever set the start chose to tell nobody: ordinary reminders go, but not at once.
    is_quiet = models.BooleanField(default=False, db_default=False, editable=False)
    #: When work will begin, according to a technician who said that they run late (`run_late`).
    expected_start = models.DateTimeField(_("expected to begin"), null=True, editable=False)
    completed_at = models.DateTimeField(_("completed"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    #: Where its verbs happen instead of in the database (an import).
    draft: "Draft[Booking, VerbDone] | None" = None

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["start"]
        permissions = [("change_status", "Can travel, start, complete and cancel bookings")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end__gt=models.F("start")),
                name="booking_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(condition=models.Q(status__in=BookingStatus.values), name="booking_status_is_known"),
        ]
        indexes = [
            models.Index(fields=["start"], name="booking_scheduled_start", condition=models.Q(status=690970000)),
            # Each report of a technician's position asks to whom they are traveling.
            models.Index(
                fields=["resource", "-set_off_at"], name="booking_traveling", condition=models.Q(status=690970001)
            ),
            models.Index(fields=["start"], name="booking_open", condition=status.OPEN),
            models.Index(fields=["start"], name="booking_unanswered", condition=confirmation.UNANSWERED),
            models.Index(fields=["resource", "start"], name="booking_under_way", condition=status.UNDER_WAY_NOW),
            models.Index(fields=["resource", "start"], name="booking_of_resource"),
            # Free times ask for what is still ahead; an index by start would read all of the past too.
            models.Index(fields=["resource", "end"], name="booking_of_resource_ending"),
        ]

    def __str__(self) -> str:
        moment = zones.moment(self.start, self.zone_name, translation.get_language() or "en")
        return f"{self.work_order.number}, {moment}"

    @property
    def zone_name(self) -> str:
        """Return the IANA zone of the site: every time that a customer reads is in it."""
        return self.work_order.zone_name

    @property
    def reported_by(self) -> Contact | None:
        return self.work_order.reported_by

    # --- Verbs ------------------------------------------------------------------------------------------------------
    # Each is atomic and returns whether it changed anything (False: it was so already). It raises StaleBooking if the
    # booking has changed since this instance was read, and NotAllowed if the status forbids it. Who is told is written
    # in bookings/consequences.py, and happens in the same transaction.

    @classmethod
    def schedule(
        cls,
        *,
        work_order: WorkOrder,
        resource: Resource,
        start: dt.datetime,
        end: dt.datetime,
        external_id: str | None = None,
        window: WindowChoice = BY_SERVICE,
        change: Change = BY_SYSTEM,
        draft: "Draft[Booking, VerbDone] | None" = None,
    ) -> "Booking":
        """Make a booking (aware times). Raises BookingError if it would not end after its start."""
        told = windows.fields_of(window, start, work_order)
        booking = cls(work_order=work_order, resource=resource, start=start, end=end, external_id=external_id, **told)
        booking.timed_at, booking.is_quiet = change.made_at + change.hold, change.quiet
        booking.draft = draft
        return booking._begin(change)

    @as_verb
    def _begin(self, change: Change) -> "Booking":
        check_times(self.start, self.end)
        if self.draft is None:
            self.save(force_insert=True)
        else:
            self.draft.make(self)
        self._record(Verb.SCHEDULE, None, change)
        return self

    @as_verb
    def reschedule(
        self,
        start: dt.datetime,
        end: dt.datetime | None = None,
        change: Change = BY_SYSTEM,
        *,
        window: WindowChoice = BY_SERVICE,
    ) -> bool:
        """Move the visit (aware times); without an `end` it stays as long as it was."""
        check_year(start)
        end = end or start + (self.end - self.start)
        check_times(start, end)
        before = self.locked()
        values = {"start": start, "end": end, **windows.fields_of(window, start, self.work_order, before)}
        if all(getattr(before, name) == value for name, value in values.items()):
            return self._unchanged(before)
        self._require(before, Verb.RESCHEDULE, before.status in status.RESCHEDULABLE)
        values |= confirmation.timed(before, values, change)
        self._apply(Verb.RESCHEDULE, before, change, expected_start=None, late_alert_at=None, **values)
        return True

    @as_verb
    def assign(self, resource: Resource, change: Change = BY_SYSTEM) -> bool:
        before = self.locked()
        if before.resource_id == resource.pk:
            return self._unchanged(before)
        self._require(before, Verb.ASSIGN, before.status in status.ASSIGNABLE)
        self.resource = resource
        taken_over = self._taken_over() if before.status == BookingStatus.TRAVELING else {}
        self._apply(Verb.ASSIGN, before, change, resource=resource, **taken_over)
        return True

    def _taken_over(self) -> dict[str, Any]:
        """Return what changes if somebody takes over on the way: they travel from where they are, tracked from now on.

        Not if they are busy with another visit: this one's customer would see the way there.
        """
        others = type(self).objects.filter(resource=self.resource, status__in=status.UNDER_WAY).exclude(pk=self.pk)
        return {"status": BookingStatus.SCHEDULED} if others.exists() else self._setting_off(timezone.now())

    @as_verb
    def travel(self, change: Change = BY_SYSTEM) -> bool:
        """The technician sets off, and the arrival time is computed.

        If they were already on the way to another visit, that visit goes back to Scheduled. A file does not do that: it
        would say the same again at the next import.
        """
        before = self._to_follow(BookingStatus.TRAVELING, Verb.TRAVEL)
        if before is None:
            return False
        # In a draft nothing else changes (a plan).
        alone = self.draft is not None or change.via == Via.IMPORT
        for other in () if alone else way.also_traveled_to(self):
            other.turn_back(replace(change, why=gettext("Set off to another visit"), quiet=False))
        values = {"status": BookingStatus.TRAVELING, "expected_start": None} | self._setting_off(change.made_at)
        self._apply(Verb.TRAVEL, before, change, **values)
        return True

    def _setting_off(self, at: dt.datetime) -> dict[str, Any]:
        """Return what changes when the technician sets off `at`: the estimate, until a routing engine answers."""
        trip = self.trip(at)
        asks = trip is not None and bool(settings.ROUTING)
        if asks:
            self._after_commit(lambda: worker_wakeup.wake(arrival.TASK, group="arrivals"))
        return {"set_off_at": at, "arrival_due": asks, "late_alert_at": None} | arrival.estimated(trip)

    @as_verb
    def run_late(self, minutes: int, change: Change = BY_SYSTEM) -> bool:
        """The technician will be `minutes` late, counted from the start or, if that has passed, from now.

        The visit keeps its time: moving it is the dispatcher's business. On the way it is the expected arrival that
        moves, and from which the minutes are counted.
        """
        before = self.locked()
        self._require(before, Verb.RUN_LATE, before.status in status.MAY_BE_LATE)
        values = way.later(before, dt.timedelta(minutes=minutes), change.made_at)
        if all(getattr(before, name) == value for name, value in values.items()):
            return self._unchanged(before)
        self._apply(Verb.RUN_LATE, before, change, late_alert_at=None, **values)
        return True

    def turn_back(self, change: Change = BY_SYSTEM) -> bool:
        """The technician did not get there: the visit is scheduled again."""
        return self._follow(BookingStatus.SCHEDULED, Verb.TURN_BACK, change, late_alert_at=None)

    def pause(self, change: Change = BY_SYSTEM) -> bool:
        return self._follow(BookingStatus.ON_BREAK, Verb.PAUSE, change)

    def start_work(self, change: Change = BY_SYSTEM) -> bool:
        """Work begins; from now on the customer sees nothing of the technician's place."""
        return self._follow(BookingStatus.IN_PROGRESS, Verb.START, change)

    def complete(self, change: Change = BY_SYSTEM) -> bool:
        return self._follow(BookingStatus.COMPLETED, Verb.COMPLETE, change, completed_at=change.made_at)

    def cancel(self, change: Change = BY_SYSTEM) -> bool:
        return self._follow(BookingStatus.CANCELED, Verb.CANCEL, change)

    @as_verb
    def reopen(self, change: Change = BY_SYSTEM) -> bool:
        """The visit was completed or canceled by mistake (reopening.py). A file does not do that: it may be old."""
        before = self.locked()
        if before.status not in status.FINAL:
            return self._unchanged(before)
        self._require(before, Verb.REOPEN, change.via != Via.IMPORT)
        self._apply(Verb.REOPEN, before, change, **reopening.values(before))
        return True

    # --- How a verb works: locked, allowed, applied, noted in the history ---------------------------------------------
    @as_verb
    def _follow(self, status: BookingStatus, verb: Verb, change: Change, **values: Any) -> bool:
        before = self._to_follow(status, verb)
        if before is None:
            return False
        self._apply(verb, before, change, status=status, **values)
        return True

    def locked(self) -> "Booking":
        """Return the booking as it is now, locked until the caller's transaction ends."""
        if self.draft is not None:
            return self.draft.stored(self)
        # SQLite has no row locks; there IMMEDIATE transactions run one after the other.
        return type(self).objects.select_for_update().get(pk=self.pk)

    def _unchanged(self, before: "Booking") -> bool:
        self._take_over(before)
        return False

    def _to_follow(self, status: BookingStatus, verb: Verb) -> "Booking | None":
        before = self.locked()
        if before.status == status:
            self._unchanged(before)
            return None
        self._require(before, verb, status in MAY_FOLLOW[before.status])
        return before

    def _require(self, before: "Booking", verb: Verb, allowed: bool) -> None:
        if before.revision != self.revision:
            when = zones.when(before.start, before.end, before.zone_name, translation.get_language() or "en")
            raise StaleBooking(
                _("Somebody changed this visit in the meantime: it is %(status)s now, on %(when)s. Look, then decide.")
                % {"status": before.get_status_display(), "when": when}
            )
        if not allowed:
            raise NotAllowed(
                _("This visit is %(status)s; “%(verb)s” is not possible any more.")
                % {"status": before.get_status_display(), "verb": Verb(verb).label}
            )

    def _apply(self, verb: Verb, before: "Booking", change: Change, **values: Any) -> None:
        self.revision = before.revision + 1
        for name, value in values.items():
            setattr(self, name, value)
        if self.draft is None:
            self.save(update_fields=["revision", *values])
        else:
            self.draft.save(self, ["revision", *values])
        self._record(verb, before, change)

    def _after_commit(self, do: Callable[[], object]) -> None:
        if self.draft is None:
            transaction.on_commit(do)
        else:
            self.draft.on_commit.append(do)

    def _record(self, verb: Verb, before: "Booking | None", change: Change) -> None:
        row = BookingChange.of(self, before, verb, change)
        if self.draft is None:
            row.save(force_insert=True)
            announce(VerbDone(self, before, verb, change, row))
        else:
            self.draft.changes.append(row)
            self.draft.done.append(VerbDone(copy(self), before, verb, change, row))

    def _take_over(self, before: "Booking") -> None:
        for field in self._meta.concrete_fields:
            if not field.is_relation:
                setattr(self, field.attname, getattr(before, field.attname))
        self.resource_id = before.resource_id

    # --- The way there ----------------------------------------------------------------------------------------------
    def trip(self, departs_at: dt.datetime) -> eta.Trip | None:
        """Return the drive to the site that begins at `departs_at` (aware), or None if either end is unknown."""
        return way.trip(self, departs_at)

    def origin(self, now: dt.datetime) -> eta.Point | None:
        return way.origin(self, now)


# --- Who is told ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class VerbDone:
    """A verb that was done to a booking; `before` is the booking as it was, or None if it is new."""

    booking: Booking
    before: Booking | None
    verb: Verb
    change: Change
    #: The history's row about it.
    row: BookingChange

    def technicians(self) -> list[Resource]:
        """Return the visit's technician, and the one before if it was given to another."""
        now = self.booking.resource
        return [now] if self.before is None or self.before.resource_id == now.pk else [now, self.before.resource]


#: They hear of every verb in its transaction. Messages and cards name bookings, so bookings cannot name them.
_listeners: list[Callable[[VerbDone], None]] = []


def listen(listener: Callable[[VerbDone], None]) -> None:
    if listener not in _listeners:
        _listeners.append(listener)


def announce(done: VerbDone) -> None:
    for listener in _listeners:
        listener(done)
