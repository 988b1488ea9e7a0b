"""Prepares claimed messages: checks each, writes it from present data, and opens an attempt for what may go out.

Nothing is locked while messages are judged and written. One short transaction then locks their subjects and stores what
came of it; a message whose subject changed in the meantime is given back and starts over.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from fsportal.lib.log_context import about_message
from fsportal.lib.zones import supported_language
from fsportal.models import PortalSettings
from fsportal.models.consent import Channel, MessageChoice, OptOut
from notifications.customers import outbox, text_limits
from notifications.customers.bulk_update import update_each
from notifications.customers.channels.base import EmailMessage, SmsMessage
from notifications.customers.kinds import SEND, Decision, MessageKind, Verdict, by_kind, note_ends
from notifications.customers.rendering import log_frame, log_text, message_of, without_secrets
from notifications.customers.side_tasks import DATABASE_AWAY
from notifications.customers.wording.choosing import OwnWords, Wanted, WordsInUse
from notifications.customers.wording.own_words import own_words
from notifications.models import (
    AttemptOutcome,
    CustomerNotification,
    EmailFrame,
    NotificationAttempt,
    Reason,
    State,
    TextReply,
)

logger = logging.getLogger(__name__)

#: When a message that waits for another one is looked at again.
WAIT = dt.timedelta(seconds=2)
#: When a message that waits for the company's name is looked at again, if nobody saves the settings before.
WAIT_FOR_NAME = dt.timedelta(minutes=10)
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

    notification: CustomerNotification
    message: EmailMessage | SmsMessage
    attempt: NotificationAttempt


@dataclass
class Judgement:
    """What is to become of one message: the values for its row, and the words if it goes out."""

    notification: CustomerNotification
    kind: MessageKind | None
    subject: Any
    values: dict[str, Any]
    message: EmailMessage | SmsMessage | None = None


def prepare(claimed: list[CustomerNotification], providers: Mapping[str, str], now: dt.datetime) -> list[Ready]:
    """Prepare messages, and return those to hand over. `providers` names the provider of each channel.

    One that cannot be prepared is set aside, and the others go on. Raises what the database raises when it is away.
    """
    try:
        return _store(_judgements(claimed, now), providers, now)
    except DATABASE_AWAY:
        raise
    except Exception as error:
        EmailFrame.forget_stored()
        if len(claimed) == 1:
            with about_message(claimed[0].pk):
                logger.exception("Notification %s could not be prepared", claimed[0].pk)
                set_aside(claimed[0], type(error).__name__)
            return []
    return [ready for notification in claimed for ready in prepare([notification], providers, now)]


# --- Judging and writing ----------------------------------------------------------------------------------------------
def _judgements(claimed: list[CustomerNotification], now: dt.datetime) -> list[Judgement]:
    portal_settings, refusals = PortalSettings.load(), Refusals(claimed)
    judgements: list[Judgement] = []
    to_write: list[tuple[Judgement, MessageKind]] = []
    for kind, notifications in by_kind(claimed):
        subjects = kind.subjects(notifications) if kind else {}
        judged = [
            _judged(kind, notification, subjects.get(notification.pk), portal_settings, refusals, now)
            for notification in notifications
        ]
        judgements += judged
        if kind is not None and (going := [judgement for judgement in judged if not judgement.values]):
            kind.before_writing(subjects, [judgement.notification for judgement in going])
            to_write += [(judgement, kind) for judgement in going]
    in_use = WordsInUse(_wanted(judgement, kind) for judgement, kind in to_write if kind.placeholders)
    for judgement, kind in to_write:
        _write(judgement, kind, portal_settings, in_use.of(*_wanted(judgement, kind)))
    return judgements


def _judged(
    kind: MessageKind | None,
    notification: CustomerNotification,
    subject: Any,
    portal_settings: PortalSettings,
    refusals: "Refusals",
    now: dt.datetime,
) -> Judgement:
    """Return a judgement; its values are empty for a message that may go out."""
    if kind is None or subject is None:
        return Judgement(notification, None, None, ended(notification, State.SUPERSEDED, Reason.SUBJECT_GONE))
    verdict = verdict_on(kind, notification, subject, portal_settings, refusals, now)
    if verdict.decision is Decision.WAIT:
        values = _waiting(verdict.until or now + WAIT, verdict.reason)
    elif verdict.decision is Decision.SEND:
        values = {}
    else:
        values = ended(notification, ENDS[verdict.decision], verdict.reason)
    return Judgement(notification, kind, subject, values)


def _waiting(until: dt.datetime | None, reason: str | None) -> dict[str, Any]:
    return {"state": State.QUEUED, "claim": None, "due_at": until, "reason": reason or ""}


def verdict_on(
    kind: MessageKind,
    notification: CustomerNotification,
    subject: Any,
    portal_settings: PortalSettings,
    refusals: "Refusals",
    now: dt.datetime,
) -> Verdict:
    """Say what is to become of a message at `now`; a plan asks it about the future (bookings/plan.py)."""
    # The kind first: a message that is no longer true needs no address.
    verdict = kind.verdict(notification, subject, portal_settings, now)
    if verdict == SEND:
        verdict = _may_reach(kind, notification, portal_settings, refusals)
    if verdict == SEND and kind.heeds_opt_out and waits_for_name(portal_settings):
        # A password reset or a one-time code goes: somebody waits for it, perhaps whoever is to write the name.
        return Verdict(Decision.WAIT, Reason.UNNAMED, now + WAIT_FOR_NAME)
    return kind.timing(notification, subject, portal_settings, now) if verdict == SEND else verdict


def waits_for_name(portal_settings: PortalSettings) -> bool:
    """Tell whether customers get nothing because messages would come from "Your company"."""
    return settings.DELIVERY_MODE == "live" and portal_settings.is_unnamed


class Refusals:
    """The opt-outs and choices of the contacts of many messages, in two queries, or three with text messages."""

    def __init__(self, notifications: Iterable[CustomerNotification]) -> None:
        notifications = list(notifications)
        contacts = {notification.contact_id for notification in notifications if notification.contact_id}
        opt_outs = OptOut.objects.in_force().filter(contact__in=contacts)
        choices = MessageChoice.objects.filter(contact__in=contacts, is_wanted=False)
        self._opted_out = set(opt_outs.values_list("contact", "channel"))
        self._unwanted = set(choices.values_list("contact", "event", "channel"))
        texted = [one.contact for one in notifications if one.contact is not None and one.channel == Channel.SMS]
        self._opted_out |= {(pk, Channel.SMS.value) for pk in TextReply.stopped_before(texted)}

    def reason(self, notification: CustomerNotification) -> Reason | None:
        contact, channel = notification.contact_id, notification.channel
        if (contact, channel) in self._opted_out:
            return Reason.OPTED_OUT
        return Reason.NOT_WANTED if (contact, notification.event, channel) in self._unwanted else None


def _may_reach(
    kind: MessageKind, notification: CustomerNotification, portal_settings: PortalSettings, refusals: Refusals
) -> Verdict:
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
    if kind.heeds_opt_out and (refused := refusals.reason(notification)):
        return Verdict(Decision.SUPPRESS, refused)
    if channel == Channel.EMAIL and contact is not None and contact.refuses_mail_to(address):
        return Verdict(Decision.SUPPRESS, Reason.BOUNCED)
    if channel == Channel.SMS and not portal_settings.may_text(address):
        return Verdict(Decision.SUPPRESS, Reason.COUNTRY)
    return SEND


def address_of(kind: MessageKind, notification: CustomerNotification) -> str:
    """Return the email address or E.164 number of the recipient, or an empty string."""
    if kind.has_own_address and notification.to:
        return notification.to
    return notification.contact.address_on(notification.channel) if notification.contact else ""


def _language(notification: CustomerNotification) -> str:
    return supported_language(notification.contact.language if notification.contact else notification.language)


def _wanted(judgement: Judgement, kind: MessageKind) -> Wanted:
    return kind.event, _language(judgement.notification), kind.service_of(judgement.subject)


def _write(judgement: Judgement, kind: MessageKind, portal_settings: PortalSettings, own: OwnWords) -> None:
    """Write the message into the judgement, with the columns by which the row records it."""
    notification = judgement.notification
    language = _language(notification)
    address = address_of(kind, notification)
    with translation.override(language):
        composed = own_words(kind, notification, judgement.subject, portal_settings, language, own)
        message = message_of(kind, notification, address, composed, portal_settings, language)
    text, segments = log_text(message, composed.links)
    written = {
        "to": message.to,
        "language": language,
        "named_time": composed.named_time,
        "named_until": composed.named_until,
        "subject": without_secrets(message.subject, composed.links) if isinstance(message, EmailMessage) else "",
        "words": text,
        "segments": segments,
        "template_version": composed.template_version,
        "part_version": composed.part_version,
        **log_frame(message, composed.links, text),
    }
    if settings.DELIVERY_MODE == "simulate":
        judgement.values = ended(notification, State.SIMULATED, None) | written
    elif settings.DELIVERY_MODE == "guest-list" and not is_guest(message.to, portal_settings):
        judgement.values = ended(notification, State.SIMULATED, Reason.NOT_ON_GUEST_LIST) | written
    else:
        judgement.values = {"attempts_made": notification.attempts_made + 1} | written
        judgement.message = message
        if isinstance(message, SmsMessage) and (held := text_limits.held(notification, message.to, portal_settings)):
            judgement.values, judgement.message = _waiting(held.until, held.reason), None


def is_guest(address: str, portal_settings: PortalSettings) -> bool:
    """Tell whether an address or number is on the guest list."""
    guests = {line.strip().casefold().replace(" ", "") for line in portal_settings.guest_list.splitlines()}
    return address.casefold() in guests


# --- Storing ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def _store(judgements: list[Judgement], providers: Mapping[str, str], now: dt.datetime) -> list[Ready]:
    """Store what still holds, give back the rest, and return what may go out now."""
    holds = _still_hold(judgements)
    outbox.give_back([one.notification for one in judgements if one.notification.pk not in holds], now)
    judgements = [one for one in judgements if one.notification.pk in holds]
    EmailFrame.store(one.values["email_frame"] for one in judgements if "email_frame" in one.values)
    update_each((one.notification, one.values) for one in judgements)
    note_ends(one.notification for one in judgements if one.message is None)
    text_limits.tell_of([one.notification for one in judgements if one.values.get("reason") == Reason.SPENDING_LIMIT])
    going = [(one.notification, one.message) for one in judgements if one.message is not None]
    attempts = NotificationAttempt.objects.bulk_create(
        NotificationAttempt(notification=notification, provider=providers[notification.channel], started_at=now)
        for notification, _message in going
    )
    return [Ready(*pair, attempt) for pair, attempt in zip(going, attempts, strict=True)]


def _still_hold(judgements: list[Judgement]) -> set[uuid.UUID]:
    """Lock the subjects and the rows; return the messages that are still ours and about what they were judged by."""
    holds = {one.notification.pk for one in judgements if one.subject is None}
    kinds = {one.kind for one in judgements if one.kind is not None and one.subject is not None}
    for kind in sorted(kinds, key=lambda kind: kind.event):
        holds |= kind.unchanged({one.notification.pk: one.subject for one in judgements if one.kind is kind})
    return holds & outbox.still_claimed([one.notification for one in judgements])


def ended(
    notification: CustomerNotification, state: State, reason: Reason | None, detail: str = "", **more: Any
) -> dict[str, Any]:
    """Return the values by which a message ends."""
    now = timezone.now()
    told = {"told_at": notification.told_at or now} if state in TOLD else {}
    final = {"state": state, "reason": reason or "", "detail": detail[:300], "claim": None, "finished_at": now}
    return final | told | more


@transaction.atomic
def set_aside(notification: CustomerNotification, detail: str) -> None:
    """End a message that cannot be handled; with an open attempt it may have gone out, and the state must say so."""
    if NotificationAttempt.objects.filter(notification=notification, outcome=AttemptOutcome.OPEN).exists():
        values = ended(notification, State.UNKNOWN, Reason.LAPSED, detail)
    else:
        values = ended(notification, State.FAILED, Reason.CANNOT_RENDER, detail)
    update_each([(notification, values)])
    note_ends([notification])
