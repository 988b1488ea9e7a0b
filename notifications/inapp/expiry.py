"""Deleting for good what has expired, and what was dismissed and can no longer be brought back."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from notifications.models import AppNotification
from notifications.models.app_notification import UNDO_FOR

#: Rows per transaction, so that no delete holds SQLite's one write lock for long.
CHUNK = 2_000


def expire(now: dt.datetime, *, chunks: int = 50) -> int:
    """Delete what is over at `now` (aware), in at most so many chunks; returns how many. Harmless when repeated.

    The center hides each at its very second; this only makes room.
    """
    over = AppNotification.objects.filter(Q(expires_at__lte=now) | Q(dismissed_at__lt=now - UNDO_FOR))
    deleted = 0
    for _chunk in range(chunks):
        ids = list(over.order_by().values_list("pk", flat=True)[:CHUNK])
        if not ids:
            break
        with transaction.atomic():
            # Nothing hangs on these rows, so no cascade has to be collected.
            deleted += AppNotification.objects.filter(pk__in=ids)._raw_delete(AppNotification.objects.db)  # noqa: SLF001
    return deleted
