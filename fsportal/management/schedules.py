"""The worker's regular tasks. django-q2's Schedule rows are made from this list after every migrate.

Such a row names any Python function to be run. So django-q2's own scheduler is off (Q_CLUSTER): of a row only its name
and its time count, and what runs is what this list says.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.models import Q
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule
from django_q.tasks import async_task

from fsportal.lib.task_broker import may_be_ours, shown

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Every:
    """One task by its dotted name, and how often it runs."""

    name: str
    function: str
    minutes: int = 1


SCHEDULES = (
    Every("fsportal: heartbeat", "fsportal.tasks.heartbeat"),
    Every("fsportal: deliver what is due", "notifications.tasks.deliver_due"),
    Every("fsportal: messages of large files", "notifications.tasks.unpack_bundles"),
    Every("fsportal: expire in-app notifications", "notifications.tasks.expire_app_notifications"),
    Every("fsportal: cards that end", "notifications.tasks.look_after_cards"),
    Every("fsportal: email that came back", "notifications.tasks.read_returned_mail", minutes=3),
    Every("fsportal: reminders", "bookings.tasks.sweep_if_due"),
    Every("fsportal: arrival times", "bookings.tasks.work_out_arrivals"),
    Every("fsportal: places of addresses", "bookings.tasks.find_places"),
    Every("fsportal: bulk changes", "bookings.tasks.go_on_with_bulk_changes"),
    Every("fsportal: repeating visits", "bookings.tasks.make_repeating_visits", minutes=10),
    Every("fsportal: numbers of the reports", "bookings.tasks.count_for_reports", minutes=60),
    Every("fsportal: forget positions", "bookings.tasks.forget_positions", minutes=30),
    Every("fsportal: automatic invites", "portal.tasks.invite_automatically"),
    Every("fsportal: clean up, daily", "fsportal.management.cleaning.clean_up", minutes=24 * 60),
)
#: Everything that the worker runs, however it was queued.
RUNS = frozenset(every.function for every in SCHEDULES)
#: Prefix of our rows; those that the list above no longer names are deleted.
OURS = "fsportal: "


@transaction.atomic
def upsert() -> int:
    """Make the rows match SCHEDULES; returns how many there are. Harmless when repeated."""
    names = [every.name for every in SCHEDULES]
    Schedule.objects.filter(name__startswith=OURS).exclude(name__in=names).delete()
    for every in SCHEDULES:
        _upsert(every)
    put_right(timezone.now())
    return len(SCHEDULES)


def put_right(now: dt.datetime) -> None:
    """Bring back what another release has deleted, and wake what would sleep until a time that a wrong clock showed.

    The worker calls this several times a minute: the clock may be set back at any time.
    """
    next_runs = dict(Schedule.objects.filter(name__startswith=OURS).values_list("name", "next_run"))
    for every in SCHEDULES:
        next_run = next_runs.get(every.name)
        if next_run is None:
            _upsert(every)
        elif next_run > now + dt.timedelta(minutes=every.minutes):
            Schedule.objects.filter(name=every.name).update(next_run=now)
    # A task that is being run is locked for that long, and one that waits not at all.
    OrmQ.objects.filter(lock__gt=now + dt.timedelta(seconds=Conf.RETRY + 60)).update(lock=now)


def queue_due(now: dt.datetime) -> int:
    """Queue what is due and return how many; refuse, and say so once, what somebody else has put there."""
    listed = {every.name: every for every in SCHEDULES}
    rows = Schedule.objects.filter(next_run__lte=now).filter(Q(name__in=listed) | ~Q(repeats=0)).order_by("pk")
    queued = 0
    for pk, name, function in rows.values_list("pk", "name", "func"):
        every = listed.pop(name, None)
        if every is not None:
            queued += _queue(pk, every, now)
        elif not (str(name).startswith(OURS) and may_be_ours(function)):  # otherwise a newer release's
            logger.error("The schedule in row %d is refused, since it is none of ours: %s", pk, shown(function))
            Schedule.objects.filter(pk=pk).update(repeats=0)
    return queued


@transaction.atomic
def _queue(pk: int, every: Every, now: dt.datetime) -> bool:
    """Move its time on and queue it, unless another machine was quicker. Missed times are not made up for."""
    rows = Schedule.objects.filter(pk=pk, next_run__lte=now)
    row = rows.select_for_update().first()
    if row is None:
        return False
    period = dt.timedelta(minutes=every.minutes)
    rows.update(next_run=row.next_run + ((now - row.next_run) // period + 1) * period)
    async_task(every.function, group=every.name)
    return True


def _upsert(every: Every) -> None:
    wanted = {
        "func": every.function,
        "schedule_type": Schedule.MINUTES,
        "minutes": every.minutes,
        "repeats": -1,
        # Overwrite anything entered by hand: one malformed row stops all schedules.
        "args": None,
        "kwargs": None,
        "hook": None,
        "cron": None,
        "cluster": None,
    }
    rows = Schedule.objects.filter(name=every.name).order_by("pk")
    keep = rows.first()
    if keep is None:
        Schedule.objects.create(name=every.name, next_run=timezone.now(), **wanted)
        return
    rows.exclude(pk=keep.pk).delete()
    rows.update(**wanted)


def after_migrate(using: str = "default", **kwargs: Any) -> None:
    """Upsert if django-q2's table exists; after a partial migrate it may not."""
    if using == "default" and Schedule._meta.db_table in connections[using].introspection.table_names():
        upsert()
