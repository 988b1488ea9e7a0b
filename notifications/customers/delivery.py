"""Delivery: checks each claimed message, writes it from present data, sends it, and records how that ended.

The transaction ends before anything goes over the network. Nothing else sends messages, except the Settings area's test
messages (notifications/admin/send_test_message.py).
"""

import datetime as dt
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, models, transaction
from django.utils import timezone, translation

from fsportal.lib.log_context import about_message
from fsportal.lib.phones import country_allowed
from fsportal.lib.zones import supported_language
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel, OptOutSource
from notifications.customers import outbox
from notifications.customers.channels.base import (
    Acceptance,
    ChannelBackend,
    DeliveryError,
    EmailMessage,
    NotConnectedBackend,
    SmsMessage,
)
from notifications.customers.channels.email import EmailBackend
from notifications.customers.channels.sms import sms_backend
from notifications.customers.kinds import SEND, Decision, MessageKind, Verdict, kind_of, note_end
from notifications.customers.rendering import email_message, log_text, sms_message
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, Reason, State

logger = logging.getLogger(__name__)

#: The wait after the n-th attempt that was surely not accepted; the last step repeats.
BACKOFF = [dt.timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 120)]
MAX_ATTEMPTS = 30
WAIT = dt.timedelta(seconds=30)
#: How often a message checks whether its channel has been connected.
UNTIL_CONNECTED = dt.timedelta(minutes=15)
#: States after which the contact must be taken to know what the message says.
TOLD = (State.SENT, State.SIMULATED, State.UNKNOWN)

ENDS = {
    Decision.SUPPRESS: State.SUPPRESSED,
    Decision.SUPERSEDE: State.SUPERSEDED,
    Decision.EXPIRE: State.EXPIRED,
    Decision.LEAVE: State.UNKNOWN,
}


@dataclass(frozen=True)
class Ready:
    """A message that may go out now, written, with its open attempt."""

    message: EmailMessage | SmsMessage
    attempt: NotificationAttempt


class Backends:
    """The backend of each channel, made when first needed and kept until `close`."""

    def __init__(self) -> None:
        self._open: dict[str, ChannelBackend] = {}
        self._makers: dict[str, Callable[[], ChannelBackend]] = {"email": EmailBackend, "sms": sms_backend}

    def __getitem__(self, name: str) -> ChannelBackend:
        if name not in self._open:
            self._open[name] = self._made(name)
        return self._open[name]

    def _made(self, name: str) -> ChannelBackend:
        try:
            return self._makers[name]()
        except (ImportError, ImproperlyConfigured) as error:
            # Not the message's fault: it waits until somebody corrects the settings.
            logger.warning("The %s channel cannot be set up (%s)", name, type(error).__name__)
            return NotConnectedBackend("a setting that works")

    def close(self) -> None:
        for channel in self._open.values():
            channel.close()


def drain(budget: float | None = None) -> int:
    """Deliver what is due; returns how many messages were looked at. Two runs at once are harmless.

    With a `budget` (seconds) it ends soon after, between two messages, and asks for another run, so that a worker that
    is to stop is not killed in the middle of a message.
    """
    outbox.woken()
    outbox.recover_lapsed(timezone.now())
    done, backends, ends = 0, Backends(), None if budget is None else time.monotonic() + budget
    try:
        while batch := outbox.claim(timezone.now()):
            done += _deliver_batch(batch, backends, ends)
            if ends is not None and time.monotonic() >= ends:
                outbox.wake()
                break
    finally:
        backends.close()
    return done


def _deliver_batch(batch: list[CustomerNotification], backends: Backends, ends: float | None) -> int:
    """Deliver until the batch or the time is over, and release the rest; returns how many were looked at."""
    done = 0
    try:
        for notification in batch:
            if ends is not None and time.monotonic() >= ends:
                break
            _deliver_safely(notification, backends)
            done += 1
    finally:
        outbox.release(batch[done:], timezone.now())
    return done


def _deliver_safely(notification: CustomerNotification, backends: Backends) -> None:
    with about_message(notification.pk):
        _deliver_or_set_aside(notification, backends)


def _deliver_or_set_aside(notification: CustomerNotification, backends: Backends) -> None:
    try:
        deliver(notification, backends)
    except (OperationalError, InterfaceError) as error:
        # The database's fault, not the message's: it is tried again when the lease has lapsed.
        logger.warning("Notification %s has to wait for the database (%s)", notification.pk, type(error).__name__)
    except Exception as error:
        # One bad row must not hold up the others; the row keeps what happened.
        logger.exception("Notification %s could not be handled", notification.pk)
        _fail_to_render(notification, type(error).__name__)


def deliver(notification: CustomerNotification, backends: Backends) -> None:
    """Deliver one claimed message, or end it with the reason why not."""
    ready = prepare(notification, backends, timezone.now())
    if ready is None:
        return
    try:
        acceptance = backends[notification.channel].send(ready.message)
    except DeliveryError as error:
        _record_error(notification, ready.attempt, error)
    else:
        _record_accepted(notification, ready.attempt, acceptance)


@transaction.atomic
def prepare(notification: CustomerNotification, backends: Backends, now: dt.datetime) -> Ready | None:
    """Check and write a message and open an attempt, in one transaction; None if it must not be sent now."""
    if not outbox.renew(notification, now):
        return None
    kind = kind_of(notification.event)
    subject = kind.lock(notification) if kind else None
    if kind is None or subject is None:
        _end(notification, State.SUPERSEDED, Reason.SUBJECT_GONE)
        return None
    portal_settings = PortalSettings.load()
    verdict = _verdict(kind, notification, subject, portal_settings, now)
    if verdict.decision is Decision.WAIT:
        _set(notification, state=State.QUEUED, claim=None, due_at=verdict.until or now + WAIT)
        return None
    if verdict.decision is not Decision.SEND:
        _end(notification, ENDS[verdict.decision], verdict.reason)
        return None
    message, written = _write(kind, notification, subject, portal_settings)
    if settings.DELIVERY_MODE == "simulate":
        _end(notification, State.SIMULATED, None, **written)
        return None
    if settings.DELIVERY_MODE == "guest-list" and not is_guest(message.to, portal_settings):
        _end(notification, State.SIMULATED, Reason.NOT_ON_GUEST_LIST, **written)
        return None
    provider = backends[notification.channel].name
    attempt = NotificationAttempt.objects.create(notification=notification, provider=provider, started_at=now)
    _set(notification, attempts_made=notification.attempts_made + 1, **written)
    return Ready(message, attempt)


def _verdict(
    kind: MessageKind,
    notification: CustomerNotification,
    subject: models.Model,
    portal_settings: PortalSettings,
    now: dt.datetime,
) -> Verdict:
    """Ask the kind first: a message that is no longer true needs no address."""
    verdict = kind.verdict(notification, subject, portal_settings, now)
    return verdict if verdict != SEND else _may_reach(kind, notification, portal_settings)


def _may_reach(kind: MessageKind, notification: CustomerNotification, portal_settings: PortalSettings) -> Verdict:
    contact, channel = notification.contact, notification.channel
    if contact is None and not kind.has_own_address:
        return Verdict(Decision.SUPPRESS, Reason.NO_CONTACT)
    if not portal_settings.sends(notification.event):
        return Verdict(Decision.SUPPRESS, Reason.SWITCHED_OFF)
    if kind.is_choice and channel not in portal_settings.channels:
        return Verdict(Decision.SUPPRESS, Reason.CHANNEL_OFF)
    address = address_of(kind, notification)
    if not address:
        return Verdict(Decision.SUPPRESS, Reason.NO_ADDRESS)
    if kind.heeds_opt_out and contact is not None and contact.has_opted_out(channel):
        return Verdict(Decision.SUPPRESS, Reason.OPTED_OUT)
    if kind.heeds_opt_out and contact is not None and not contact.wants(notification.event, channel):
        return Verdict(Decision.SUPPRESS, Reason.NOT_WANTED)
    if channel == Channel.SMS and not country_allowed(address, settings.SMS_COUNTRIES):
        return Verdict(Decision.SUPPRESS, Reason.COUNTRY)
    return SEND


def address_of(kind: MessageKind, notification: CustomerNotification) -> str:
    """Return the email address or E.164 number of the recipient, or an empty string."""
    if kind.has_own_address and notification.to:
        return notification.to
    return notification.contact.address_on(notification.channel) if notification.contact else ""


def _write(
    kind: MessageKind, notification: CustomerNotification, subject: models.Model, portal_settings: PortalSettings
) -> tuple[EmailMessage | SmsMessage, dict[str, Any]]:
    """Return the message as it goes out, and the columns by which the row records it."""
    language = supported_language(notification.contact.language if notification.contact else notification.language)
    address = address_of(kind, notification)
    with translation.override(language):
        composed = kind.compose(notification, subject, portal_settings, language)
        if notification.channel == Channel.EMAIL:
            can_stop = kind.heeds_opt_out
            message: EmailMessage | SmsMessage = email_message(
                notification, address, composed, portal_settings, language, can_stop=can_stop
            )
        else:
            message = sms_message(notification, address, composed, language)
    text, segments = log_text(message, composed.links)
    return message, {
        "to": message.to,
        "language": language,
        "named_time": composed.named_time,
        "subject": message.subject if isinstance(message, EmailMessage) else "",
        "words": text,
        "segments": segments,
    }


def is_guest(address: str, portal_settings: PortalSettings) -> bool:
    """Tell whether an address or number is on the guest list."""
    guests = {line.strip().casefold().replace(" ", "") for line in portal_settings.guest_list.splitlines()}
    return address.casefold() in guests


@transaction.atomic(savepoint=False)
def _end(
    notification: CustomerNotification, state: State, reason: Reason | None, detail: str = "", **more: object
) -> None:
    now = timezone.now()
    if state in TOLD:
        more["told_at"] = notification.told_at or now
    _set(notification, state=state, reason=reason or "", detail=detail[:300], claim=None, finished_at=now, **more)
    note_end(notification)


def _fail_to_render(notification: CustomerNotification, detail: str) -> None:
    # With an open attempt the message may have gone out, and the state must say so.
    if NotificationAttempt.objects.filter(notification=notification, outcome=AttemptOutcome.OPEN).exists():
        _end(notification, State.UNKNOWN, Reason.LAPSED, detail)
    else:
        _end(notification, State.FAILED, Reason.CANNOT_RENDER, detail)


def _set(notification: CustomerNotification, **values: object) -> None:
    for name, value in values.items():
        setattr(notification, name, value)
    notification.save(update_fields=list(values))


@transaction.atomic
def _record_accepted(notification: CustomerNotification, attempt: NotificationAttempt, acceptance: Acceptance) -> None:
    _close(attempt, AttemptOutcome.ACCEPTED, provider_id=acceptance.provider_id)
    if _was_reported(notification):
        return
    _end(notification, State.SENT, None, provider_id=acceptance.provider_id[:100])


def _was_reported(notification: CustomerNotification) -> bool:
    """Tell whether a delivery report came before the provider's response; the report knows more."""
    # Only the state: loading the many columns would cost more than the query.
    states = CustomerNotification.objects.select_for_update().values_list("state", flat=True)
    return states.get(pk=notification.pk) in (State.DELIVERED, State.FAILED)


@transaction.atomic
def _record_error(notification: CustomerNotification, attempt: NotificationAttempt, error: DeliveryError) -> None:
    now = timezone.now()
    if _was_reported(notification):
        _close(attempt, AttemptOutcome.UNCERTAIN if error.uncertain else AttemptOutcome.TRANSIENT, detail=error.detail)
    elif error.reason == "not_connected":
        _wait_for_connection(notification, attempt, now)
    elif error.uncertain:
        _close(attempt, AttemptOutcome.UNCERTAIN, detail=error.detail)
        if notification.channel == Channel.EMAIL:
            _set(notification, told_at=notification.told_at or now)  # the contact may know
            _again_later(notification, error, now)  # with the same Message-ID, so mailboxes drop a duplicate
        else:
            _end(notification, State.UNKNOWN, Reason.PROVIDER, error.detail)
    elif error.permanent:
        _close(attempt, AttemptOutcome.PERMANENT, detail=error.detail)
        _end(notification, State.FAILED, Reason.REFUSED, error.detail)
        _record_opt_out(notification, error)
    else:
        _close(attempt, AttemptOutcome.TRANSIENT, detail=error.detail)
        _again_later(notification, error, now)


def _wait_for_connection(notification: CustomerNotification, attempt: NotificationAttempt, now: dt.datetime) -> None:
    """Delete the attempt, as nothing was sent, and check again later, until it is too late."""
    attempt.delete()
    later = {"state": State.QUEUED, "claim": None, "due_at": now + UNTIL_CONNECTED}
    _set(notification, **later, reason=Reason.NOT_CONNECTED, attempts_made=notification.attempts_made - 1)


def _record_opt_out(notification: CustomerNotification, error: DeliveryError) -> None:
    """Record a STOP that only the provider knew of as the contact's own opt-out."""
    if error.reason == "opted_out" and notification.contact is not None:
        notification.contact.opt_out(notification.channel, how=OptOutSource.PROVIDER)


def _again_later(notification: CustomerNotification, error: DeliveryError, now: dt.datetime) -> None:
    if notification.attempts_made >= MAX_ATTEMPTS:
        _end(notification, State.FAILED, Reason.GAVE_UP, error.detail)
        return
    step = BACKOFF[min(notification.attempts_made, len(BACKOFF)) - 1]
    # Jitter, so that not everything is sent at once when a provider is back.
    wait = max(step * random.uniform(0.8, 1.2), dt.timedelta(seconds=error.retry_after or 0))  # noqa: S311
    later = {"state": State.QUEUED, "claim": None, "due_at": now + wait}
    _set(notification, **later, reason=Reason.PROVIDER, detail=error.detail[:300])


def _close(attempt: NotificationAttempt, outcome: AttemptOutcome, *, provider_id: str = "", detail: str = "") -> None:
    attempt.outcome, attempt.ended_at = outcome, timezone.now()
    attempt.provider_id, attempt.detail = provider_id[:100], detail[:300]
    attempt.save(update_fields=["outcome", "ended_at", "provider_id", "detail"])
