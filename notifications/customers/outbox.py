"""The outbox: messages are queued in the transaction of the change that they are about, and claimed by workers.

The rows are the truth (docs/decisions/0002-outbox.md).
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

from fsportal.models import AuditEntry, Contact, User
from notifications.bulk_insert import NEW_UUID, any_missing, insert_for_each
from notifications.customers.kinds import MessageKind, kind_of, note_ends
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, Reason, State

#: Whoever holds messages renews their lease every few seconds; when it has lapsed, the holder is dead.
LEASE = dt.timedelta(seconds=45)
#: Between machines of one installation.
CLOCK_MAY_BE_OFF = dt.timedelta(seconds=5)
#: What messages wait for that other settings may change.
WAITS_FOR_SETTINGS = (Reason.QUIET_HOURS, Reason.UNNAMED)
_not_before: ContextVar[dt.datetime | None] = ContextVar("not_before", default=None)
_aside: ContextVar[list[CustomerNotification] | None] = ContextVar("set_aside", default=None)

# The text of a UUID as Python writes it, so that a key made here equals one made by dedupe_key.
_UUID_TEXT = {
    "postgresql": "CAST({0} AS text)",
    "sqlite": "substr({0}, 1, 8) || '-' || substr({0}, 9, 4) || '-' || substr({0}, 13, 4) || '-' ||"
    " substr({0}, 17, 4) || '-' || substr({0}, 21)",
}


def dedupe_key(event: str, subject: models.Model, revision: int, contact: Contact | None, channel: str) -> str:
    """Return the unique key by which there is one message per event, subject, revision, contact and channel."""
    return f"{event}:{subject.pk}:{revision}:{contact.pk if contact else '-'}:{channel}"


def queue(
    event: str,
    *,
    contact: Contact | None,
    channels: Iterable[str],
    regarding: models.Model | None = None,
    revision: int = 0,
    to: str = "",
    language: str = "",
    occasion: str = "",
    asked_by: User | None = None,
) -> None:
    """Write one row per channel, in the caller's transaction; harmless if repeated.

    Whether the message may go out is decided at delivery, not here. The same event of the same revision may be told
    once on each `occasion`. A kind with `has_own_address` takes the address from `to` (email address or E.164 number)
    and, without a contact, the language from `language`. Without `regarding`, each call makes another message.
    """
    kind = _kind(event)
    rows = [
        row_of(event, channel, contact, regarding, revision=revision, occasion=occasion, to=to, language=language)
        for channel in channels
        if channel in kind.channels
    ]
    for row in rows:
        row.asked_by = asked_by
        row.due_at = _not_before.get() or row.due_at
    aside = _aside.get()
    if aside is not None:
        aside.extend(rows)
        return
    CustomerNotification.objects.bulk_create(rows, ignore_conflicts=True)


def row_of(
    event: str,
    channel: str,
    contact: Contact | None,
    regarding: models.Model | None,
    *,
    revision: int = 0,
    occasion: str = "",
    to: str = "",
    language: str = "",
) -> CustomerNotification:
    """Return the row of one message, not saved."""
    key = dedupe_key(event, regarding, revision, contact, channel) if regarding else f"{event}:{uuid.uuid4()}"
    return CustomerNotification(
        event=event,
        channel=channel,
        contact=contact,
        regarding_type=ContentType.objects.get_for_model(regarding) if regarding else None,
        regarding_id=regarding.pk if regarding else None,
        revision=revision,
        dedupe_key=f"{key}:{occasion}" if regarding and occasion else key,
        priority=_kind(event).priority,
        to=to,
        language=language,
    )


def _kind(event: str) -> MessageKind:
    kind = kind_of(event)
    if kind is None:
        raise LookupError(f"no kind of message is registered as {event!r}")
    return kind


@contextmanager
def not_before(moment: dt.datetime | None) -> Iterator[None]:
    """Let what is queued inside become due at that moment; None: at once."""
    token = _not_before.set(moment)
    try:
        yield
    finally:
        _not_before.reset(token)


@contextmanager
def set_aside() -> Iterator[list[CustomerNotification]]:
    """Collect the rows of `queue` instead of writing them: the caller does, later and together with others."""
    rows: list[CustomerNotification] = []
    token = _aside.set(rows)
    try:
        yield rows
    finally:
        _aside.reset(token)


def queue_for_each(
    event: str,
    channel: str,
    select: models.QuerySet[Any, Any],
    about: type[models.Model],
    now: dt.datetime,
    *,
    occasion: str = "",
) -> int:
    """Queue one message on `channel` for each row of `select`; returns how many rows are new.

    `select` yields the columns `subject` (primary key of `about`), `recipient` (contact id or NULL) and `said_of`
    (its revision). A message that exists (same event, subject, revision, contact, channel, occasion) is left alone.
    """
    kind = _kind(event)
    text = _UUID_TEXT[connection.vendor]
    subject, recipient = text.format("due.subject"), text.format("due.recipient")
    stamp = connection.ops.adapt_datetimefield_value(now)
    select = select.values("subject", "recipient", "said_of")
    key = f"%s || ':' || {subject} || ':' || due.said_of || ':' || COALESCE({recipient}, '-') || %s"
    key_params = [event, f":{channel}:{occasion}" if occasion else f":{channel}"]
    if not any_missing(CustomerNotification, select, "dedupe_key", key, key_params):
        return 0
    return insert_for_each(
        CustomerNotification,
        select,
        computed={
            "id": NEW_UUID[connection.vendor],
            "regarding_id": "due.subject",
            "contact_id": "due.recipient",
            "revision": "due.said_of",
            "dedupe_key": key,
        },
        computed_params=key_params,
        fixed={
            "due_at": stamp,
            "created_at": stamp,
            "event": event,
            "channel": channel,
            "regarding_type_id": ContentType.objects.get_for_model(about).pk,
            "priority": kind.priority,
            "state": State.QUEUED,
            "attempts_made": 0,
            "segments": 0,
            **dict.fromkeys(("reason", "detail", "to", "language", "subject", "words", "provider_id"), ""),
        },
        conflict=["dedupe_key"],
    )


def send_again(notification: CustomerNotification, *, by: User | None) -> CustomerNotification:
    """Queue a copy of a message that has ended; the copy is checked at delivery like any other.

    Raises ValueError if the message or an earlier copy has not ended, since it may still go out by itself.
    """
    with transaction.atomic():
        # Locked, so that pressing the button twice at once sends one copy.
        notification = CustomerNotification.objects.select_for_update().get(pk=notification.pk)
        copies = CustomerNotification.objects.filter(resent_of=notification)
        if notification.state in State.open() or copies.filter(state__in=State.open()).exists():
            raise ValueError("This message has not ended yet; it may still go out by itself.")
        kind = kind_of(notification.event)
        # Then the row is the only place that has the address.
        keeps_address = kind is not None and kind.has_own_address
        again = CustomerNotification.objects.create(
            event=notification.event,
            channel=notification.channel,
            contact=notification.contact,
            regarding_type=notification.regarding_type,
            regarding_id=notification.regarding_id,
            revision=notification.revision,
            priority=notification.priority,
            to=notification.to if keeps_address else "",
            language=notification.language if keeps_address else "",
            dedupe_key=f"again:{notification.pk}:{copies.count() + 1}",
            resent_of=notification,
            asked_by=by,
            staff_message=notification.staff_message,
        )
        AuditEntry.note(notification, "sent again", by=by)
    return again


def look_again_at_waiting(now: dt.datetime) -> None:
    """Ask again about messages that wait for their hours or for the company's name: the settings have changed."""
    waiting = CustomerNotification.objects.filter(state=State.QUEUED, reason__in=WAITS_FOR_SETTINGS, due_at__gt=now)
    waiting.update(due_at=now)


def hurry(regarding: models.Model, event: str) -> None:
    """Make waiting messages due now, because what they waited for is known."""
    waiting = CustomerNotification.objects.regarding(regarding).filter(event=event, state=State.QUEUED)
    waiting.filter(due_at__gt=timezone.now()).update(due_at=timezone.now())


# --- For delivery -----------------------------------------------------------------------------------------------------
def is_due(channel: str, now: dt.datetime) -> bool:
    return _due(channel, now).exists()


def _due(channel: str, now: dt.datetime) -> models.QuerySet[CustomerNotification]:
    return CustomerNotification.objects.filter(state=State.QUEUED, channel=channel, due_at__lte=now, held_at=None)


def claim(channel: str, holder: uuid.UUID, now: dt.datetime, limit: int) -> list[CustomerNotification]:
    """Claim up to `limit` due messages, most urgent first. Nobody else gets them while the holder renews the lease."""
    due = _due(channel, now).order_by("priority", "due_at")
    with transaction.atomic():
        # SKIP LOCKED where the database has it; SQLite's IMMEDIATE transactions run one after the other anyway.
        ids = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
        mine = CustomerNotification.objects.filter(pk__in=ids, state=State.QUEUED)
        mine.update(state=State.SENDING, claim=holder, lease_until=now + LEASE)
    claimed = CustomerNotification.objects.filter(pk__in=ids, claim=holder, state=State.SENDING)
    return list(claimed.select_related("contact").order_by("priority", "due_at"))


def still_claimed(notifications: Sequence[CustomerNotification]) -> set[uuid.UUID]:
    """Lock claimed rows for this transaction; return those that nobody has taken over since."""
    rows = CustomerNotification.objects.filter(pk__in=[row.pk for row in notifications], state=State.SENDING)
    holders = dict(rows.select_for_update().order_by("pk").values_list("pk", "claim"))
    return {row.pk for row in notifications if row.claim is not None and holders.get(row.pk) == row.claim}


def renew(holder: uuid.UUID, now: dt.datetime) -> None:
    """Renew the lease of everything that `holder` has claimed."""
    CustomerNotification.objects.filter(claim=holder, state=State.SENDING).update(lease_until=now + LEASE)


def give_back(notifications: Sequence[CustomerNotification], now: dt.datetime) -> None:
    """Give back claimed messages for which no attempt was opened; they are due again at once."""
    for holder in {row.claim for row in notifications if row.claim is not None}:
        mine = CustomerNotification.objects.filter(pk__in=[row.pk for row in notifications], claim=holder)
        untouched = mine.filter(state=State.SENDING).exclude(attempts__outcome=AttemptOutcome.OPEN)
        untouched.update(state=State.QUEUED, claim=None, due_at=now)


@transaction.atomic
def take_back(attempts: Sequence[NotificationAttempt], now: dt.datetime) -> None:
    """Undo attempts of which nothing was handed over yet, and give back their messages."""
    held = CustomerNotification.objects.filter(pk__in=[attempt.notification_id for attempt in attempts])
    untouched = {row.pk for row in held.filter(state=State.SENDING).select_for_update()}
    NotificationAttempt.objects.filter(
        pk__in=[attempt.pk for attempt in attempts if attempt.notification_id in untouched]
    ).delete()
    held.filter(pk__in=untouched).update(
        state=State.QUEUED, claim=None, due_at=now, attempts_made=F("attempts_made") - 1
    )


def recover_lapsed(now: dt.datetime) -> int:
    """Recover messages whose holder stopped in the middle; returns how many there were.

    Without an open attempt they are due again. With one, the message may have been sent: an SMS becomes `unknown` and
    is not resent by itself; an email goes out again under the same Message-ID.
    """
    # A lease that ends later than any that is given out now was given out before the clock was set back.
    over = Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE)
    lapsed = CustomerNotification.objects.filter(over, state=State.SENDING)
    if not lapsed.exists():
        return 0
    handed_over = Q(attempts__outcome=AttemptOutcome.OPEN)
    with transaction.atomic():
        perhaps_sent = list(lapsed.filter(handed_over, channel="sms").values_list("pk", flat=True))
        again = list(lapsed.exclude(pk__in=perhaps_sent).values_list("pk", flat=True))
        # The contact may know by now what these say.
        lapsed.filter(handed_over, pk__in=again, told_at=None).update(told_at=now)
        lapsed.filter(pk__in=perhaps_sent).update(
            state=State.UNKNOWN, reason=Reason.LAPSED, claim=None, finished_at=now, told_at=now
        )
        lapsed.filter(pk__in=again).update(state=State.QUEUED, claim=None, due_at=now)
        NotificationAttempt.objects.filter(
            notification__in=[*perhaps_sent, *again], outcome=AttemptOutcome.OPEN
        ).update(outcome=AttemptOutcome.UNCERTAIN, ended_at=now, detail="The worker stopped while sending.")
        note_ends(CustomerNotification.objects.filter(pk__in=perhaps_sent).select_related("contact"))
    return len(perhaps_sent) + len(again)


def hurry_after_the_clock(now: dt.datetime) -> int:
    """Make due what was queued before the clock was set back: it would wait until the old time has come again."""
    ahead = CustomerNotification.objects.filter(state=State.QUEUED, created_at__gt=now + CLOCK_MAY_BE_OFF)
    return ahead.filter(due_at__gt=now).update(due_at=now)
