"""Messages that may have gone out before a backup was restored wait until an admin releases or drops them."""

import datetime as dt

from django.db import transaction

from fsportal.models import AuditEntry, Restore, User
from notifications.models import CustomerNotification, Reason, State
from notifications.models.customer_notification import CustomerNotificationQuerySet


def held() -> CustomerNotificationQuerySet:
    return CustomerNotification.objects.filter(held_at__isnull=False, state__in=State.open())


def hold_open(now: dt.datetime) -> int:
    """Hold everything that has not ended, in a database that was just restored; returns how many messages."""
    return CustomerNotification.objects.filter(state__in=State.open(), held_at=None).update(held_at=now)


def hold_if_restored(messages: CustomerNotificationQuerySet, now: dt.datetime) -> None:
    """Hold messages that were queued by themselves, in the transaction that queued them."""
    if Restore.recent(now) is not None:
        messages.filter(state=State.QUEUED, held_at=None).update(held_at=now)


@transaction.atomic
def release(notification: CustomerNotification, *, by: User | None) -> bool:
    """Let a held message go; it is checked at delivery like any other. Harmless when repeated."""
    if not held().filter(pk=notification.pk).update(held_at=None):
        return False
    AuditEntry.note(notification, "released", by=by)
    return True


@transaction.atomic
def drop(notification: CustomerNotification, *, by: User | None, now: dt.datetime) -> bool:
    """End a held message: it had gone out before. What it says counts as told. Harmless when repeated."""
    ended = {"state": State.SUPPRESSED, "reason": Reason.RESTORED, "finished_at": now, "claim": None}
    if not held().filter(pk=notification.pk, state=State.QUEUED).update(**ended):
        return False
    AuditEntry.note(notification, "dropped", by=by)
    return True
