"""Bundles: more messages than one short transaction can put into the outbox.

The transaction of the change stores them as a few rows, so they are as certain as the change. Afterwards they are
unpacked into the outbox, each bundle in a short transaction, by whoever made them. If that process dies, the worker
goes on within a minute.
"""

import json
import time
import uuid
import zlib
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from fsportal.lib import bulk_rows
from fsportal.lib.bulk_rows import Statement
from fsportal.models import Contact
from notifications.models import CustomerNotification, MessageBundle

#: As many go into the outbox within the transaction of their change.
AT_ONCE = 2_000
#: Messages in a bundle: some hundredths of a second on SQLite.
SIZE = 1_000
#: Rest between two bundles, in proportion. SQLite has no queue: whoever waits for its lock must meet a gap.
GAPS = 1.0


def insert(messages: Sequence[CustomerNotification]) -> Statement:
    """Prepare the queuing of messages that are not saved yet; whoever runs it calls `unpack` after the commit."""
    statement = bulk_rows.insert(messages, skip_existing=True)
    if len(messages) <= AT_ONCE:
        return statement
    parts = (statement.rows[at : at + SIZE] for at in range(0, len(messages), SIZE))
    return bulk_rows.insert([MessageBundle(content=_packed(statement.names, part)) for part in parts])


def unpack() -> int:
    """Put what is in bundles into the outbox; return how many bundles there were. Harmless if repeated."""
    unpacked = 0
    for pk in list(MessageBundle.objects.values_list("pk", flat=True)):
        began = time.monotonic()
        content = MessageBundle.objects.filter(pk=pk).values_list("content", flat=True).first()
        if content is None:
            continue  # somebody else was quicker
        names, rows = _read(bytes(content))
        statement = bulk_rows.insert_values(CustomerNotification, names, rows, skip_existing=True)
        with bulk_rows.at_hand([statement]), transaction.atomic():
            if MessageBundle.objects.filter(pk=pk).delete()[0]:
                statement.run()
                unpacked += 1
        time.sleep((time.monotonic() - began) * GAPS)
    return unpacked


def _packed(names: Sequence[str], rows: list[tuple[Any, ...]]) -> bytes:
    return zlib.compress(json.dumps([names, rows], default=str).encode(), 1)


def _read(content: bytes) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return what was packed, without contacts that are gone: the outbox loses a contact who is deleted, too."""
    names, rows = json.loads(zlib.decompress(content))
    at = names.index("contact")
    wanted = {uuid.UUID(row[at]) for row in rows if row[at]}
    gone = wanted - set(Contact.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    for row in rows:
        if gone and row[at] and uuid.UUID(row[at]) in gone:
            row[at] = None
    return names, [tuple(row) for row in rows]
