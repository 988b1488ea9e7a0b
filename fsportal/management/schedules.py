"""The worker's regular tasks. django-q2's Schedule rows are made from this list after every migrate.

Such a row names any Python function to be run, so nobody may edit one by hand.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.utils import timezone
from django_q.models import Schedule


@dataclass(frozen=True)
class Every:
    """One task by its dotted name, and how often it runs."""

    name: str
    function: str
    minutes: int = 1


SCHEDULES = (
    Every("fsportal: heartbeat", "fsportal.tasks.heartbeat"),
    Every("fsportal: deliver what is due", "notifications.tasks.deliver_due"),
    Every("fsportal: expire in-app notifications", "notifications.tasks.expire_app_notifications"),
    Every("fsportal: reminders, once a day", "bookings.tasks.sweep_if_due"),
    Every("fsportal: arrival times", "bookings.tasks.work_out_arrivals"),
    Every("fsportal: forget positions", "bookings.tasks.forget_positions", minutes=30),
    Every("fsportal: automatic invites", "portal.tasks.invite_automatically"),
    Every("fsportal: clean up, daily", "fsportal.management.cleaning.clean_up", minutes=24 * 60),
)
#: Prefix of our rows; those that the list above no longer names are deleted.
OURS = "fsportal: "


@transaction.atomic
def upsert() -> int:
    """Make the rows match SCHEDULES; returns how many there are. Harmless when repeated."""
    names = [every.name for every in SCHEDULES]
    Schedule.objects.filter(name__startswith=OURS).exclude(name__in=names).delete()
    for every in SCHEDULES:
        _upsert(every)
    return len(SCHEDULES)


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
    # If the clock was once wrong, the schedule must not sleep until then.
    too_far = timezone.now() + dt.timedelta(minutes=every.minutes)
    rows.filter(next_run__gt=too_far).update(next_run=timezone.now())


def after_migrate(using: str = "default", **kwargs: Any) -> None:
    """Upsert if django-q2's table exists; after a partial migrate it may not."""
    if using == "default" and Schedule._meta.db_table in connections[using].introspection.table_names():
        upsert()
