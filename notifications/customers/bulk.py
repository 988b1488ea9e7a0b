"""Many outbox rows from one query."""

import datetime as dt
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from notifications.bulk_insert import NEW_UUID, insert_for_each
from notifications.customers.kinds import kind_of
from notifications.models import CustomerNotification, State

# The text of a UUID as Python writes it, so that a key made here equals one made by outbox.dedupe_key.
_UUID_TEXT = {
    "postgresql": "CAST({0} AS text)",
    "sqlite": "substr({0}, 1, 8) || '-' || substr({0}, 9, 4) || '-' || substr({0}, 13, 4) || '-' ||"
    " substr({0}, 17, 4) || '-' || substr({0}, 21)",
}


def queue_for_each(
    event: str,
    channel: str,
    select: models.QuerySet[Any, Any],
    about: type[models.Model],
    now: dt.datetime,
    *,
    revision: int = 0,
) -> int:
    """Queue one message on `channel` for each row of `select`; returns how many rows are new.

    `select` yields the columns `subject` (primary key of `about`) and `recipient` (contact id or NULL). A message that
    is there already (same event, subject, revision, contact, channel) is left alone.
    """
    kind = kind_of(event)
    if kind is None:
        raise LookupError(f"no kind of message is registered as {event!r}")
    text = _UUID_TEXT[connection.vendor]
    subject, recipient = text.format("due.subject"), text.format("due.recipient")
    stamp = connection.ops.adapt_datetimefield_value(now)
    return insert_for_each(
        CustomerNotification,
        select.values("subject", "recipient"),
        computed={
            "id": NEW_UUID[connection.vendor],
            "regarding_id": "due.subject",
            "contact_id": "due.recipient",
            "dedupe_key": f"%s || ':' || {subject} || ':{revision:d}:' || COALESCE({recipient}, '-') || ':' || %s",
        },
        computed_params=[event, channel],
        fixed={
            "due_at": stamp,
            "created_at": stamp,
            "event": event,
            "channel": channel,
            "regarding_type_id": ContentType.objects.get_for_model(about).pk,
            "priority": kind.priority,
            "state": State.QUEUED,
            "revision": revision,
            "attempts_made": 0,
            "segments": 0,
            **dict.fromkeys(("reason", "detail", "to", "language", "subject", "words", "provider_id"), ""),
        },
        conflict=["dedupe_key"],
    )
