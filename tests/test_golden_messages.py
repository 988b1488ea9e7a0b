"""Every message in the built-in words, in six languages and on both channels, is what it was.

What they were is in tests/data/golden/. After a change that is meant, `RENEW_GOLDEN=1 .venv/bin/pytest -n0
tests/test_golden_messages.py` writes the files again; read what git then says has changed.
"""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import translation

from bookings.messages.base import Visit
from bookings.messages.told import Said, Told
from bookings.models import Booking, BookingStatus
from fsportal.models import Contact, PortalSettings, User
from fsportal.models.consent import Channel
from notifications.customers.kinds import MessageKind, kind_of
from notifications.customers.rendering import email_message, sms_message
from notifications.customers.wording.choosing import OwnWords
from notifications.customers.wording.own_words import own_words
from notifications.models import CustomerNotification
from portal.models import OneTimeCode, SecurityNotice
from tests.factories import (
    AccountFactory,
    BookingFactory,
    ContactFactory,
    IncidentTypeFactory,
    InvitationFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
)

FOLDER = Path(__file__).parent / "data" / "golden"
RENEW = bool(os.environ.get("RENEW_GOLDEN"))
LANGUAGES = ("en", "de", "es", "fr", "ar", "he")
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
START = NOW + 2 * DAY
LINK = "https://portal.example/visit/example/"
SURVEY = {"survey_url": "https://survey.example/s/1"}
#: On the way, with an arrival time.
TRAVELING = {
    "status": BookingStatus.TRAVELING,
    "arrival_earliest": START + 20 * MINUTE,
    "arrival_latest": START + 40 * MINUTE,
}
DONE = {"status": BookingStatus.COMPLETED, "completed_at": START + 47 * MINUTE}


@dataclass(frozen=True)
class Case:
    """A message, with what is different about its booking, the settings or the row of the outbox."""

    event: str
    booking: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    key: str = ""

    def kind(self) -> MessageKind:
        kind = kind_of(self.event)
        assert kind is not None
        return kind


#: By the name of their files. Those with a dash are variants, which have no HTML of their own.
OF_VISITS = {
    "booking_confirmed": Case("booking_confirmed"),
    "booked": Case("booked"),
    "upcoming": Case("upcoming"),
    "upcoming-window": Case("upcoming", {"window_start": START - 2 * HOUR, "window_end": START + 2 * HOUR}),
    "traveling": Case("traveling", TRAVELING),
    "traveling-anonymous": Case("traveling", {"status": BookingStatus.TRAVELING}, {"show_resource_name": False}),
    "delayed": Case("delayed", TRAVELING),
    "delayed-start": Case("delayed", {"expected_start": START + 30 * MINUTE}),
    "delayed-nobody": Case("delayed", key="golden:back"),
    "completed": Case("completed", DONE),
    "completed-survey": Case("completed", DONE, SURVEY),
    "rescheduled": Case("rescheduled"),
    "canceled": Case("canceled", {"status": BookingStatus.CANCELED}),
    "canceled-no-phone": Case("canceled", {"status": BookingStatus.CANCELED}, {"contact_phone": ""}),
    "reopened": Case("reopened"),
    "reopened-unfinished": Case("reopened", {"status": BookingStatus.IN_PROGRESS}),
    "asked": Case("asked"),
}
OF_PORTAL = (
    *("invitation", "password_reset", "password_reset-several"),
    *("one_time_code", "email_changed", "security_notice"),
)


def company(**different: Any) -> PortalSettings:
    told = {"company_name": "Contoso Heating", "contact_phone": "020 7946 0000", "contact_email": "hi@contoso.example"}
    return PortalSettings(**(told | different))


def row(event: str, channel: Channel, contact: Contact, **more: Any) -> CustomerNotification:
    return CustomerNotification(id=uuid.UUID(int=1), event=event, channel=channel, contact=contact, **more)


def user(name: str) -> User:
    found: User = User.objects.filter(username=name).first() or UserFactory(username=name, email="anna@example.com")
    return found


def visit_of(case: Case, booking: Booking, contact: Contact) -> Visit:
    booking = Booking.objects.with_visit().get(pk=booking.pk)
    for name, value in case.booking.items():
        setattr(booking, name, value)
    said = [
        Said(
            *(uuid.UUID(int=2), booking.pk, "upcoming", channel, contact.pk, "", 0, ""),
            is_being_sent=False,
            is_to_come=False,
            named_time=booking.start - DAY,
            told_at=NOW - DAY,
        )
        for channel in Channel.values
    ]
    return Visit(booking, Told(said), link=LINK)


def subjects(name: str, contact: Contact, booking: Booking) -> tuple[MessageKind, Any, PortalSettings, dict[str, Any]]:
    """Return the kind of a message, what it is about, the settings, and columns of its row."""
    if case := OF_VISITS.get(name):
        return case.kind(), visit_of(case, booking, contact), company(**case.settings), {"dedupe_key": case.key}
    event, _dash, variant = name.partition("-")
    kind, columns = Case(event).kind(), {"to": "anna@example.com"}
    if event == "password_reset":
        for username in ("anna.ng", "anna.work")[: 2 if variant else 1]:
            user(username)
        return kind, row(event, Channel.EMAIL, contact, **columns), company(), columns
    made: Any
    if event == "invitation":
        made = InvitationFactory(contact=contact, expires_at=NOW + 30 * DAY)
    elif event == "security_notice":
        made = SecurityNotice(user=user("anna.ng"), change="password_changed", at=NOW)
    else:
        made = OneTimeCode(purpose="golden", channel="email", contact=contact, to="anna@example.com")
    return kind, made, company(), columns


def written(name: str, contact: Contact, booking: Booking, language: str) -> Iterator[tuple[str, str]]:
    """Give the message as text, both channels of it, and as HTML."""
    kind, subject, portal_settings, columns = subjects(name, contact, booking)
    email = row(kind.event, Channel.EMAIL, contact, **columns)
    with translation.override(language):
        composed = own_words(kind, email, subject, portal_settings, language, OwnWords())
        sent = email_message(email, contact.email, composed, portal_settings, language, can_stop=kind.heeds_opt_out)
        parts = [f"Subject: {sent.subject}", "", sent.text]
        if Channel.SMS in kind.channels:
            text = row(kind.event, Channel.SMS, contact, **columns)
            composed = own_words(kind, text, subject, portal_settings, language, OwnWords())
            parts += ["--- As a text message", sms_message(text, contact.mobile_phone, composed, language).text, ""]
    secrets = [one for one in (sent.unsubscribe_url, *composed.links) if one not in ("", LINK)]
    for kind_of_file, whole in (("txt", "\n".join(parts)), ("html", sent.html)):
        for secret in secrets:
            whole = whole.replace(secret, "[secret]")  # noqa: PLW2901
        if kind_of_file == "txt" or "-" not in name:
            yield f"{name}.{language}.{kind_of_file}", whole


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_in_the_built_in_words_are_what_they_were(language: str) -> None:
    with time_machine.travel(NOW, tick=False):
        account = AccountFactory(street="12 Rose Lane")
        contact = ContactFactory(account=account, name="Anna Ng", email="anna@example.com", language=language)
        order = WorkOrderFactory(
            number="WO-00042",
            account=account,
            reported_by=contact,
            incident_type=IncidentTypeFactory(name="Boiler service"),
        )
        booking = BookingFactory(
            work_order=order, resource=ResourceFactory(name="Omar Haddad"), start=START, end=START + HOUR
        )
        now = dict(file for name in (*OF_VISITS, *OF_PORTAL) for file in written(name, contact, booking, language))
    if RENEW:
        FOLDER.mkdir(exist_ok=True)
        for path in FOLDER.glob(f"*.{language}.*"):
            path.unlink()
        for name, text in now.items():
            (FOLDER / name).write_text(text)
        pytest.fail("The golden files were written again; run this without RENEW_GOLDEN.")
    assert now == {path.name: path.read_text() for path in FOLDER.glob(f"*.{language}.*")}
