"""The reminder sweep: every visit that is near enough and has not begun gets one *Upcoming booking* message.

Notifications page, *Upcoming Booking*. The sweep runs daily; a missed one is made up for.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from bookings import restoring
from bookings.messages import told
from bookings.models import Booking
from fsportal.models import PortalSettings, Restore, ScheduledRun
from fsportal.models.portal_settings import SendTo
from notifications.customers import holding
from notifications.customers.outbox import queue_for_each
from notifications.models import CustomerNotification, Reason, State
from notifications.models.customer_notification import CURABLE

JOB = "reminders"
#: Rows per statement: long enough to be quick, short enough not to hold up the other writers.
CHUNK = 10_000


@dataclass(frozen=True)
class Swept:
    queued: int
    looked_at_again: int

    def __str__(self) -> str:
        return f"{self.queued} reminders queued, {self.looked_at_again} looked at again"


def sweep_if_due(now: dt.datetime) -> Swept | None:
    """Sweep once for the latest daily slot at or before `now` (aware); None if that has been done.

    Called every minute: a worker that was down finds the missed slot when it comes back.
    """
    slot = latest_slot(PortalSettings.load().reminder_time, now)
    run = ScheduledRun.claim(JOB, slot, now)
    if run is None:
        return None
    swept = sweep(now)
    run.finish(str(swept))
    return swept


def latest_slot(at: dt.time, now: dt.datetime) -> dt.datetime:
    """Return the last moment at or before `now` at which the UTC clock showed `at`."""
    today = dt.datetime.combine(now.astimezone(dt.UTC).date(), at, tzinfo=dt.UTC)
    return today if today <= now else today - dt.timedelta(days=1)


def sweep(now: dt.datetime | None = None) -> Swept:
    """Queue a reminder on every channel for every visit that is due one. Harmless when repeated."""
    now = now or timezone.now()
    portal_settings = PortalSettings.load()
    if not portal_settings.send_upcoming or portal_settings.reminder_lead_days == 0:
        return Swept(0, 0)
    due = Booking.objects.to_remind(now, portal_settings.reminder_lead_days)
    again = _look_again(due, now)
    queued = sum(
        _queue_chunk(chunk, portal_settings, now)
        for chunk in _chunks(due.annotate(recipient=_recipient(portal_settings)))
    )
    return Swept(queued, again)


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
def _queue_chunk(chunk: models.QuerySet[Booking], portal_settings: PortalSettings, now: dt.datetime) -> int:
    select = chunk.order_by().annotate(subject=F("pk"))
    queued = sum(queue_for_each(told.UPCOMING, channel, select, Booking, now) for channel in portal_settings.channels)
    _hold_if_restored(chunk, portal_settings, now)
    return queued


def _hold_if_restored(chunk: models.QuerySet[Booking], portal_settings: PortalSettings, now: dt.datetime) -> None:
    """Hold the reminders that were due before a backup was restored: they may have gone out."""
    restore = Restore.recent(now)
    if restore is None:
        return
    lead = dt.timedelta(days=portal_settings.reminder_lead_days)
    then_due = chunk.order_by().filter(start__lte=restore.noticed_at + lead).values("pk")
    swept = CustomerNotification.objects.filter(event=told.UPCOMING, due_at=now, regarding_id__in=then_due)
    holding.hold_if_restored(swept, now)
    restoring.count_as_told(now)


def _look_again(due: models.QuerySet[Booking], now: dt.datetime) -> int:
    """Queue again what was held back for a reason that may be gone, such as a missing email address.

    Only what was never told. Whether it is true is checked again at delivery.
    """
    never_told = CustomerNotification.objects.filter(
        event=told.UPCOMING, told_at=None, regarding_id__in=due.values("pk")
    )
    held_back = (
        Q(state=State.SUPPRESSED, reason__in=CURABLE)
        | Q(state=State.EXPIRED)
        | Q(state=State.SUPERSEDED, reason__in=[Reason.STATUS_CHANGED, Reason.RECIPIENT_CHANGED])
        # It waits for a later date that the visit once had.
        | Q(state=State.QUEUED, due_at__gt=now, attempts_made=0)
    )
    # They may have gone out after the backup that was restored.
    held = {"held_at": now} if Restore.recent(now) else {}
    return never_told.filter(held_back).update(state=State.QUEUED, due_at=now, finished_at=None, **held)
