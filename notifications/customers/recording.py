"""Records how messages fared that were handed over."""

import datetime as dt
import logging
import random
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from fsportal.lib.log_context import about_message
from fsportal.models.consent import Channel
from notifications.customers import outages
from notifications.customers.bulk_update import update_each
from notifications.customers.channels.base import Acceptance, DeliveryError
from notifications.customers.kinds import note_ends
from notifications.customers.preparing import Ready, ended, set_aside
from notifications.customers.rejections import BOUNCED, heed, reason_of, why_refused
from notifications.customers.side_tasks import DATABASE_AWAY
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, Reason, State

logger = logging.getLogger(__name__)

#: The wait after the n-th attempt that was surely not accepted; the last step repeats.
BACKOFF = [dt.timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 120)]
MAX_ATTEMPTS = 30
#: How often a message checks whether its channel has been connected.
UNTIL_CONNECTED = dt.timedelta(minutes=15)
#: States that a delivery report may have set before the provider's response was recorded; the report knows more.
REPORTED = (State.DELIVERED, State.FAILED)


@dataclass(frozen=True)
class HandedOver:
    """A message that was handed over: the provider's acceptance, or what went wrong."""

    ready: Ready
    outcome: Acceptance | Exception


def record(handed_over: list[HandedOver]) -> None:
    """Record results in one transaction. Raises what the database raises when it is away; then none is recorded."""
    try:
        _record(handed_over)
    except DATABASE_AWAY:
        raise
    except Exception as error:
        if len(handed_over) > 1:
            for one in handed_over:
                record([one])
            return
        notification = handed_over[0].ready.notification
        with about_message(notification.pk):
            logger.exception("How notification %s fared could not be recorded", notification.pk)
            set_aside(notification, type(error).__name__)


@transaction.atomic
def _record(handed_over: list[HandedOver]) -> None:
    now, reported = timezone.now(), _reported(handed_over)
    attempts: list[tuple[NotificationAttempt, dict[str, Any]]] = []
    rows: list[tuple[CustomerNotification, dict[str, Any]]] = []
    for one in handed_over:
        notification = one.ready.notification
        closed, values = _accepted(one) if isinstance(one.outcome, Acceptance) else _failed(one, now)
        if closed:
            attempts.append((one.ready.attempt, {"ended_at": now} | closed))
        else:
            one.ready.attempt.delete()
        if notification.pk not in reported:
            rows.append((notification, values))
    update_each(attempts)
    update_each(rows)
    note_ends(notification for notification, _values in rows)
    for one in handed_over:
        _note_refusal(one)
    outages.note(handed_over_by_channel(handed_over), now)


def handed_over_by_channel(handed_over: list[HandedOver]) -> dict[str, list[Acceptance | Exception]]:
    found: dict[str, list[Acceptance | Exception]] = {}
    for one in handed_over:
        found.setdefault(one.ready.notification.channel, []).append(one.outcome)
    return found


def _reported(handed_over: list[HandedOver]) -> set[uuid.UUID]:
    """Lock the rows; return those on which a delivery report came before the provider's response."""
    # Only the states: loading the many columns would cost more than the query.
    rows = CustomerNotification.objects.filter(pk__in=[one.ready.notification.pk for one in handed_over])
    states = rows.select_for_update().order_by("pk").values_list("pk", "state")
    return {pk for pk, state in states if state in REPORTED}


def _accepted(one: HandedOver) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values for the attempt and for the row."""
    assert isinstance(one.outcome, Acceptance)
    provider_id = one.outcome.provider_id[:100]
    return (
        {"outcome": AttemptOutcome.ACCEPTED, "provider_id": provider_id},
        ended(one.ready.notification, State.SENT, None, provider_id=provider_id),
    )


def _failed(one: HandedOver, now: dt.datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values for the attempt (empty if there was none after all) and for the row."""
    notification, error = one.ready.notification, one.outcome
    if not isinstance(error, DeliveryError):
        # A fault of our own: nobody knows what the provider has.
        detail = type(error).__name__
        return _closed(AttemptOutcome.UNCERTAIN, detail), ended(notification, State.UNKNOWN, Reason.LAPSED, detail)
    if error.reason == "not_connected":
        later = {"state": State.QUEUED, "claim": None, "due_at": now + UNTIL_CONNECTED}
        return {}, later | {"reason": Reason.NOT_CONNECTED, "attempts_made": notification.attempts_made - 1}
    if error.uncertain and notification.channel == Channel.EMAIL:
        # With the same Message-ID, so mailboxes drop a duplicate; and the contact may know by now.
        again = {"told_at": notification.told_at or now} | _again_later(notification, error, now)
        return _closed(AttemptOutcome.UNCERTAIN, error.detail), again
    if error.uncertain:
        unknown = ended(notification, State.UNKNOWN, Reason.PROVIDER, error.detail)
        return _closed(AttemptOutcome.UNCERTAIN, error.detail), unknown
    if error.permanent:
        why = why_refused(error)
        # It did not come back: it was refused at once.
        reason = Reason.REFUSED if why == BOUNCED else reason_of(why)
        refused = ended(notification, State.FAILED, reason, error.detail)
        return _closed(AttemptOutcome.PERMANENT, error.detail), refused
    return _closed(AttemptOutcome.TRANSIENT, error.detail), _again_later(notification, error, now)


def _closed(outcome: AttemptOutcome, detail: str) -> dict[str, Any]:
    return {"outcome": outcome, "detail": detail[:300]}


def _again_later(notification: CustomerNotification, error: DeliveryError, now: dt.datetime) -> dict[str, Any]:
    if notification.attempts_made >= MAX_ATTEMPTS:
        return ended(notification, State.FAILED, Reason.GAVE_UP, error.detail)
    step = BACKOFF[min(notification.attempts_made, len(BACKOFF)) - 1]
    # Jitter, so that not everything is sent at once when a provider is back.
    wait = max(step * random.uniform(0.8, 1.2), dt.timedelta(seconds=error.retry_after or 0))  # noqa: S311
    later = {"state": State.QUEUED, "claim": None, "due_at": now + wait}
    return later | {"reason": Reason.PROVIDER, "detail": error.detail[:300]}


def _note_refusal(one: HandedOver) -> None:
    """Record a STOP that only the provider knew of as the contact's own opt-out, and that there is no such mailbox."""
    error = one.outcome
    if isinstance(error, DeliveryError) and error.permanent:
        heed(one.ready.notification, one.ready.message.to, why_refused(error), error.detail)
