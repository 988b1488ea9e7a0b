"""Notices that an older copy of the database took the place of the one we had, and holds what may have gone out."""

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone

from bookings import restoring as visits
from fsportal.lib import life_sign
from fsportal.models import Restore, WorkerHeartbeat
from notifications.customers import bundles, holding

logger = logging.getLogger(__name__)

#: The heartbeat is noted every minute, in the database first and then in the file.
MAY_DIFFER = dt.timedelta(seconds=60)


def notice() -> Restore | None:
    """Compare the database's last heartbeat with that in DATA_DIR; if it is older by more than a minute, hold."""
    known, beat = life_sign.read(), last_beat()
    if known is None or beat is None or known - beat <= MAY_DIFFER:
        return None
    return restored(beat)


def last_beat() -> dt.datetime | None:
    return WorkerHeartbeat.objects.filter(pk=1).values_list("beat_at", flat=True).first()


@transaction.atomic
def restored(backup_at: dt.datetime) -> Restore:
    """Hold what may have gone out since `backup_at` (aware), and make the links that were sent open."""
    now = timezone.now()
    # Others that start now find that it has been noticed.
    WorkerHeartbeat.beat()
    restore = Restore.objects.create(backup_at=backup_at, noticed_at=now)
    bundles.unpack()
    messages = holding.hold_open(now)
    visits.count_as_told(now)
    links = visits.make_links(backup_at, now)
    logger.warning("The database is of %s: %s messages are held, %s links made", restore, messages, links)
    return restore
