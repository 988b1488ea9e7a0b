"""The sweep: visits of which somebody is to be reminded, or told for the first time, get their messages.

Notifications page, *Upcoming Booking*. It looks every minute: at the first reminder's time of day, daily, comes what is
due that day, and in between what was booked, moved or made reachable inside a lead time.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookings import restoring
from bookings.messages import held_back, moments, told
from bookings.models import Booking, CustomerAnswer, Reminder
from bookings.models.reminders import AT_LEAST_BEFORE
from fsportal.models import Account, PortalSettings, Restore, ScheduledRun
from fsportal.models.portal_settings import SendTo
from notifications.customers import holding
from notifications.customers.outbox import queue_for_each
from notifications.models import CustomerNotification

JOB = "reminders"
#: Rows per statement: long enough to be quick, short enough not to hold up the other writers.
CHUNK = 10_000


@dataclass(frozen=True)
class Swept:
    queued: int
    looked_at_again: int

    def __str__(self) -> str:
        return f"{self.queued} reminders queued, {self.looked_at_again} looked at again"


def look(now: dt.datetime) -> Swept:
    """Sweep for everything that is due at `now` (aware), and note the daily run of the first reminder.

    Called every minute: a worker that was down finds what it missed when it comes back.
    """
    slot = Reminder.first(PortalSettings.load()).latest_slot(now, "UTC")
    run = ScheduledRun.claim(JOB, slot, now)
    swept = _sweep(now, by_hand=False)
    if run is not None:
        run.finish(str(swept))
    return swept


def sweep(now: dt.datetime | None = None) -> Swept:
    """Sweep as if it were the time of day of each reminder. Harmless when repeated."""
    return _sweep(now or timezone.now(), by_hand=True)


def _sweep(now: dt.datetime, *, by_hand: bool) -> Swept:
    portal_settings = PortalSettings.load()
    queued, again = 0, held_back.hurry_what_comes_too_late(now)
    again += held_back.look_again_at_others(portal_settings.channels, now)
    for reminder in Reminder.all_of(portal_settings):
        for channel in reminder.channels(portal_settings):
            recipient = _recipient(portal_settings)
            near = due = to_remind(reminder, now, by_hand=by_hand).annotate(recipient=recipient)
            ahead = moments.look_ahead(reminder, channel, portal_settings)
            if ahead and not by_hand:
                due = to_remind(reminder, now, ahead=ahead).annotate(recipient=recipient)
            again += held_back.look_again(due, near, reminder, channel, now)
            chunks = _chunks(due)
            queued += sum(_queue_chunk(chunk, reminder, channel, portal_settings, now) for chunk in chunks)
    return Swept(queued, again)


# --- Which visits -----------------------------------------------------------------------------------------------------
def to_remind(
    reminder: Reminder, now: dt.datetime, *, ahead: dt.timedelta = dt.timedelta(), by_hand: bool = False
) -> "models.QuerySet[Booking]":
    """Return the visits of which this reminder's moment has come, or comes within `ahead`; a test compares the two.

    By hand it is as if its time of day had come.
    """
    near = Booking.objects.upcoming(now).filter(start__lte=now + reminder.lead + ahead)
    # One that was moved just now can still be undone (Change.hold).
    near = near.filter(Q(timed_at=None) | Q(timed_at__lte=now))
    if reminder.only_unconfirmed:
        near = near.exclude(answer=CustomerAnswer.YES)
    # One that looks ahead waits in the outbox. Its time of day may come only after the pause that it goes before.
    if by_hand or ahead or reminder.at is None:
        return near
    if not reminder.in_site_zone:
        return near.filter(_slot_has_passed(reminder, now, "UTC"))
    found = near.none()
    for zone_name in _zone_names(near):
        found |= near.in_zone(zone_name).filter(_slot_has_passed(reminder, now, zone_name))
    return found


def _zone_names(bookings: "models.QuerySet[Booking]") -> set[str]:
    own = bookings.order_by().values_list("work_order__time_zone", flat=True).distinct()
    return {*Account.objects.order_by().values_list("time_zone", flat=True).distinct(), *own} - {""}


def _slot_has_passed(reminder: Reminder, now: dt.datetime, zone_name: str) -> Q:
    slot = reminder.latest_slot(now, zone_name)
    following = reminder.next_slot(now + dt.timedelta(microseconds=1), zone_name)
    # Without them somebody would be told of a visit inside the lead time only at the next slot, or not at all.
    set_inside_lead = Q(timed_at__gt=slot, timed_at__gte=F("start") - reminder.lead)
    too_soon_for_the_next = Q(start__lt=following + AT_LEAST_BEFORE)
    return Q(start__lte=slot + reminder.lead) | set_inside_lead | too_soon_for_the_next


def _recipient(portal_settings: PortalSettings) -> models.expressions.Combinable:
    """Return queue.recipient as SQL; a test compares the two."""
    if portal_settings.send_messages_to == SendTo.PRIMARY:
        return Coalesce(F("work_order__reported_by_id"), F("work_order__account__primary_contact_id"))
    chosen = portal_settings.fallback_contact_id if portal_settings.send_messages_to == SendTo.CONTACT else None
    return Coalesce(F("work_order__reported_by_id"), Value(chosen, output_field=models.UUIDField(null=True)))


def _chunks(due: models.QuerySet[Booking]) -> Iterator[models.QuerySet[Booking]]:
    """Cut `due` into ranges of (start, id): no long statement, and no row read twice."""
    rest = due
    while edge := rest.order_by("start", "pk").values_list("start", "pk")[CHUNK - 1 : CHUNK].first():
        start, pk = edge
        yield rest.filter(Q(start__lt=start) | Q(start=start, pk__lte=pk))
        rest = due.filter(Q(start__gt=start) | Q(start=start, pk__gt=pk))
    yield rest


@transaction.atomic
def _queue_chunk(
    chunk: models.QuerySet[Booking],
    reminder: Reminder,
    channel: str,
    portal_settings: PortalSettings,
    now: dt.datetime,
) -> int:
    # The first reminder goes once per booking, the others once for each time that it gets.
    select = chunk.order_by().annotate(subject=F("pk"), said_of=F("timed_by") if reminder.pk else Value(0))
    queued = queue_for_each(told.UPCOMING, channel, select, Booking, now, occasion=reminder.occasion)
    if queued:
        _hold_if_restored(chunk, reminder, now)
    return queued


def _hold_if_restored(chunk: models.QuerySet[Booking], reminder: Reminder, now: dt.datetime) -> None:
    """Hold the reminders that were due before a backup was restored: they may have gone out."""
    restore = Restore.recent(now)
    if restore is None:
        return
    then_due = chunk.order_by().filter(start__lte=restore.noticed_at + reminder.lead).values("pk")
    swept = CustomerNotification.objects.filter(event=told.UPCOMING, due_at=now, regarding_id__in=then_due)
    holding.hold_if_restored(swept, now)
    restoring.count_as_told(now)
