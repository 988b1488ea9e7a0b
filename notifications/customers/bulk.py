"""Many outbox rows from one query: an INSERT…SELECT inside the database, no row passing through Python."""

import datetime as dt
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from notifications.customers.kinds import kind_of
from notifications.models import CustomerNotification, State

# The text of a UUID as Python writes it, so that a key made here equals one made by outbox.dedupe_key.
_UUID_TEXT = {
    "postgresql": "CAST({0} AS text)",
    "sqlite": "substr({0}, 1, 8) || '-' || substr({0}, 9, 4) || '-' || substr({0}, 13, 4) || '-' ||"
    " substr({0}, 17, 4) || '-' || substr({0}, 21)",
}
_NEW_UUID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}


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
    inner, inner_params = select.values("subject", "recipient").query.sql_with_params()
    text = _UUID_TEXT[connection.vendor]
    subject, recipient = text.format("due.subject"), text.format("due.recipient")
    key = f"%s || ':' || {subject} || ':{revision:d}:' || COALESCE({recipient}, '-') || ':' || %s"
    regarding_type = ContentType.objects.get_for_model(about).pk
    fixed: dict[str, str | int] = {
        "event": event,
        "channel": channel,
        "regarding_type_id": regarding_type,
        "priority": kind.priority,
        "state": State.QUEUED,
        "revision": revision,
        "attempts_made": 0,
        "segments": 0,
        **dict.fromkeys(("reason", "detail", "to", "language", "subject", "words", "provider_id"), ""),
    }
    times = ("due_at", "created_at")
    columns = ["id", "regarding_id", "contact_id", "dedupe_key", *times, *fixed]
    stamp = connection.ops.adapt_datetimefield_value(now)
    values = [_NEW_UUID[connection.vendor], "due.subject", "due.recipient", key]
    values += ["%s"] * (len(times) + len(fixed))
    table = connection.ops.quote_name(CustomerNotification._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    # WHERE TRUE: without it SQLite reads ON CONFLICT as part of the join.
    sql = (
        f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM ({inner}) AS due"  # noqa: S608 (names only)
        " WHERE TRUE ON CONFLICT (dedupe_key) DO NOTHING"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [event, channel, *[stamp] * len(times), *fixed.values(), *inner_params])
        return int(cursor.rowcount)
