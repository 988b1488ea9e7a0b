"""Delivery through a real SMTP server and a real HTTP server that speaks Twilio's API."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone
from pytest_django import Settings

from bookings.models import Booking
from fsportal.conf.checks import company_has_a_name
from fsportal.conf.environment import email_config
from fsportal.management.doctor import company as doctor
from fsportal.management.doctor.finding import FindingLevel
from fsportal.models import Contact, PortalSettings, WorkerHeartbeat
from fsportal.models.brand_settings import UNNAMED
from notifications.customers import delivery, kinds, outbox, preparing, recording
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, Reason, State
from notifications.tasks import deliver_due
from tests.factories import AccountFactory, BookingFactory, ContactFactory, UserFactory, WorkOrderFactory, name_company
from tests.servers import DROP, Answer, SmtpSink, TwilioServer, twilio_error

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def traveling(channel: str, **contact: object) -> CustomerNotification:
    """Return the one waiting message of a technician who has set off, on this channel."""
    booking = on_the_way(**contact)
    CustomerNotification.objects.regarding(booking).exclude(channel=channel).delete()
    return CustomerNotification.objects.regarding(booking).get()


def on_the_way(**contact: object) -> Booking:
    account = AccountFactory(time_zone="Europe/London")
    person = ContactFactory(
        account=account, **{"email": "jose@example.com", "mobile_phone": "+442079460002", "language": "en", **contact}
    )
    booking = BookingFactory(
        work_order=WorkOrderFactory(account=account, reported_by=person),
        start=NOW + dt.timedelta(hours=1),
        end=NOW + dt.timedelta(hours=2),
    )
    booking.travel()
    return booking


def delivered(row: CustomerNotification) -> CustomerNotification:
    delivery.drain()
    row.refresh_from_db()
    return row


def test_an_email_arrives_with_everything_a_mailbox_wants(smtp: SmtpSink) -> None:
    portal_settings = PortalSettings.load()
    portal_settings.company_name, portal_settings.contact_email = "Contoso", "help@example.com"
    portal_settings.save()
    row = delivered(traveling("email", name="José Núñez"))
    assert (row.state, row.reason, row.to) == (State.SENT, "", "jose@example.com")
    [mail] = smtp.messages
    assert mail["From"] == "Contoso <visits@example.com>"
    assert mail["To"] == "José Núñez <jose@example.com>"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Message-ID"] == f"<{row.pk}@127.0.0.1>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/" in mail["List-Unsubscribe"]
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert "José Núñez" in text
    assert "José Núñez" in html
    assert "/visit/" in text
    attempt = row.attempts.get()
    assert (attempt.outcome, attempt.provider) == (AttemptOutcome.ACCEPTED, "smtp")


def test_a_text_message_goes_out_with_a_callback_for_its_report(twilio: TwilioServer) -> None:
    row = delivered(traveling("sms"))
    assert row.state == State.SENT
    [sms] = twilio.messages
    assert (sms["To"], sms["From"]) == ("+442079460002", TwilioServer.sender)
    assert sms["StatusCallback"].endswith(f"/hooks/sms/{row.pk}/")
    assert "/visit/" in sms["Body"]
    assert row.provider_id == sms["sid"]
    assert row.segments >= 1


def test_a_batch_goes_over_as_many_connections_as_the_server_allows(smtp: SmtpSink, settings: Settings) -> None:
    settings.CONNECTIONS = {"email": 2, "sms": 1}
    for _message in range(5):
        traveling("email")
    delivery.drain()
    assert (len(smtp.messages), smtp.connections) == (5, 2)


def test_what_was_provably_not_accepted_is_tried_again_later(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    smtp.rcpt_answer = "451 4.3.0 try later"
    row = delivered(traveling("email"))
    assert (row.state, row.reason) == (State.QUEUED, Reason.PROVIDER)
    assert NOW + dt.timedelta(seconds=20) < row.due_at < NOW + dt.timedelta(seconds=40)
    assert delivered(row).attempts_made == 1, "it is not due yet"
    smtp.rcpt_answer = ""
    clock.move_to(row.due_at)
    assert delivered(row).state == State.SENT
    assert [attempt.outcome for attempt in row.attempts.all()] == [AttemptOutcome.TRANSIENT, AttemptOutcome.ACCEPTED]
    assert len(smtp.messages) == 1


def test_a_final_refusal_is_final(smtp: SmtpSink) -> None:
    smtp.rcpt_answer = "550 5.1.1 no such user"
    row = delivered(traveling("email"))
    assert (row.state, row.reason) == (State.FAILED, Reason.REFUSED)
    assert "550" in row.detail
    assert row.attempts.get().outcome == AttemptOutcome.PERMANENT


def test_no_email_goes_to_an_address_that_it_comes_back_from_until_that_changes(smtp: SmtpSink) -> None:
    smtp.rcpt_answer = "550 5.7.1 not from you"
    row = delivered(traveling("email", email="spam@example.com"))
    assert (row.reason, Contact.objects.exclude(email_bounced_at=None).count()) == (Reason.FILTERED, 0)
    smtp.rcpt_answer = "550 5.1.10 <jose@example.com> unknown"
    contact = delivered(traveling("email")).contact
    assert contact is not None
    contact.refresh_from_db()
    assert (contact.email_bounced_at, "jose@" in contact.email_bounce) == (NOW, False)
    smtp.rcpt_answer = ""

    def next_one() -> str:
        booking = BookingFactory(
            work_order=WorkOrderFactory(account=contact.account, reported_by=contact),
            start=NOW + dt.timedelta(hours=1),
            end=NOW + dt.timedelta(hours=2),
        )
        booking.travel()
        delivery.drain()
        states = dict(CustomerNotification.objects.regarding(booking).values_list("channel", "state"))
        assert states["sms"] != State.SUPPRESSED  # the other channel goes on
        return CustomerNotification.objects.regarding(booking).get(channel="email").reason or "sent"

    contact.save()  # the same address
    assert next_one() == Reason.BOUNCED
    contact.try_email_again(by=UserFactory())
    assert next_one() == "sent"
    Contact.mark_bounced(contact.email, "5.1.1", NOW)
    # The object knows nothing of it.
    contact.email = "another@example.com"
    contact.save(update_fields=["email"])
    assert next_one() == "sent"
    contact.refresh_from_db()
    assert (contact.email_bounced_at, contact.email_bounce) == (None, "")


def test_an_email_that_may_be_out_is_repeated_under_the_same_message_id(
    smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    smtp.data_answer = DROP
    row = delivered(traveling("email"))
    assert row.state == State.QUEUED
    assert row.attempts.get().outcome == AttemptOutcome.UNCERTAIN
    smtp.data_answer = ""
    clock.move_to(row.due_at)
    assert delivered(row).state == State.SENT
    assert smtp.messages[0]["Message-ID"] == f"<{row.pk}@127.0.0.1>"


@pytest.mark.parametrize("answer", [Answer(500, "oops"), Answer(drop=True)])
def test_a_text_message_that_may_be_out_is_never_repeated(
    twilio: TwilioServer, answer: Answer, clock: time_machine.Coordinates
) -> None:
    twilio.answers.append(answer)
    row = delivered(traveling("sms"))
    assert (row.state, row.reason) == (State.UNKNOWN, Reason.PROVIDER)
    clock.shift(dt.timedelta(minutes=10))
    assert delivered(row).state == State.UNKNOWN
    assert len(twilio.requests) == 1


def test_a_provider_that_asks_for_patience_gets_it(twilio: TwilioServer) -> None:
    twilio.answers.append(twilio_error(429, 20429, "Too Many Requests", Retry_After="600"))
    row = delivered(traveling("sms"))
    assert row.state == State.QUEUED
    assert row.due_at >= NOW + dt.timedelta(minutes=10)


def test_a_stop_that_the_provider_knows_of_becomes_the_contacts_opt_out(twilio: TwilioServer) -> None:
    twilio.answers.append(twilio_error(400, 21610, "Attempt to send to unsubscribed recipient"))
    row = delivered(traveling("sms"))
    assert row.state == State.FAILED
    assert row.contact is not None
    assert row.contact.has_opted_out("sms")


def test_a_message_is_given_up_after_its_last_attempt(smtp: SmtpSink) -> None:
    smtp.rcpt_answer = "451 4.3.0 try later"
    row = traveling("email")
    CustomerNotification.objects.filter(pk=row.pk).update(attempts_made=recording.MAX_ATTEMPTS - 1)
    assert (delivered(row).state, row.reason) == (State.FAILED, Reason.GAVE_UP)


def test_a_retry_that_comes_too_late_expires(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    smtp.rcpt_answer = "451 4.3.0 try later"
    row = delivered(traveling("email"))
    smtp.rcpt_answer = ""
    clock.shift(dt.timedelta(hours=12))
    assert (delivered(row).state, row.reason) == (State.EXPIRED, Reason.TOO_LATE)
    assert smtp.messages == []


def test_live_without_a_way_out_waits_for_one(settings: Settings) -> None:
    name_company()
    settings.DELIVERY_MODE, settings.EMAIL = "live", email_config("")
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    row = delivered(traveling("email"))
    assert (row.state, row.reason) == (State.QUEUED, Reason.NOT_CONNECTED)


@pytest.mark.parametrize("unnamed", [UNNAMED, " your COMPANY"])
def test_live_messages_wait_for_the_companys_name_and_go_once_it_has_one(smtp: SmtpSink, unnamed: str) -> None:
    name_company(unnamed)
    row = delivered(traveling("email"))
    assert (row.state, row.reason, row.attempts_made, smtp.messages) == (State.QUEUED, Reason.UNNAMED, 0, [])
    assert row.due_at == NOW + preparing.WAIT_FOR_NAME
    assert [found.id for found in company_has_a_name(None, ["default"])] == ["fsportal.W001"]
    assert next(doctor.name()).level is FindingLevel.WRONG
    name_company("Contoso")
    assert (company_has_a_name(None, ["default"]), next(doctor.name()).level) == ([], FindingLevel.OK)
    outbox.look_again_at_waiting(NOW)  # as the settings page does
    assert delivered(row).state == State.SENT
    assert [mail["From"] for mail in smtp.messages] == ["Contoso <visits@example.com>"]


def test_guest_list_reaches_only_the_list(smtp: SmtpSink, settings: Settings) -> None:
    settings.DELIVERY_MODE = "guest-list"
    portal_settings = PortalSettings.load()
    portal_settings.company_name = UNNAMED
    portal_settings.guest_list = "Guest@Example.com\n+44 20 7946 0002"
    portal_settings.save()
    guest, stranger = traveling("email", email="guest@example.com"), traveling("email", email="stranger@example.com")
    delivery.drain()
    guest.refresh_from_db()
    stranger.refresh_from_db()
    assert guest.state == State.SENT
    assert (stranger.state, stranger.reason) == (State.SIMULATED, Reason.NOT_ON_GUEST_LIST)
    assert [mail["To"] for mail in smtp.messages] == [f"{guest.contact} <guest@example.com>"]


def test_simulated_messages_are_written_and_never_leave(smtp: SmtpSink, settings: Settings) -> None:
    settings.DELIVERY_MODE = "simulate"
    row = delivered(traveling("email"))
    assert row.state == State.SIMULATED
    assert "on the way" in row.words
    assert (smtp.connections, NotificationAttempt.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("allowed", "state"), [([], State.SENT), (["GB"], State.SENT), (["+44"], State.SENT), (["DE"], State.SUPPRESSED)]
)
def test_texts_go_only_to_allowed_countries(
    twilio: TwilioServer, settings: Settings, allowed: list[str], state: str
) -> None:
    settings.SMS_COUNTRIES = allowed
    assert delivered(traveling("sms")).state == state


def test_a_contact_without_address_is_told_nothing_and_the_row_says_so(smtp: SmtpSink) -> None:
    row = delivered(traveling("email", email=""))
    assert (row.state, row.reason) == (State.SUPPRESSED, Reason.NO_ADDRESS)


def test_one_row_that_breaks_does_not_hold_up_the_next(smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = kinds.kind_of("traveling")
    assert kind is not None
    broken, fine = traveling("email", email="a@example.com"), traveling("email", email="b@example.com")
    compose = type(kind).compose

    def compose_or_break(self: object, notification: CustomerNotification, *more: object) -> object:
        if notification.pk == broken.pk:
            raise KeyError("template")
        return compose(self, notification, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(type(kind), "compose", compose_or_break)
    delivery.drain()
    broken.refresh_from_db()
    fine.refresh_from_db()
    assert (broken.state, broken.reason, broken.detail) == (State.FAILED, Reason.CANNOT_RENDER, "KeyError")
    assert fine.state == State.SENT


def test_a_deleted_subject_ends_its_messages(smtp: SmtpSink) -> None:
    row = traveling("email")
    subject = row.regarding
    assert subject is not None
    subject.delete()
    assert (delivered(row).state, row.reason) == (State.SUPERSEDED, Reason.SUBJECT_GONE)


def test_logs_and_rows_hold_no_secret_and_no_whole_number(
    twilio: TwilioServer, smtp: SmtpSink, caplog: pytest.LogCaptureFixture
) -> None:
    twilio.answers.append(twilio_error(400, 21211, "The 'To' number +442079460002 is not a valid phone number."))
    with caplog.at_level("DEBUG"):
        row = delivered(traveling("sms"))
    attempt = row.attempts.get()
    for text in (caplog.text, row.detail, attempt.detail):
        assert "442079460002" not in text
        assert TwilioServer.token not in text


HOSTILE = [
    "Robert'); DROP TABLE bookings;--",
    "Mary <b>Bold</b> <script>alert(1)</script>",
    "Evil\r\nBcc: everybody@example.com",
    "\u202egnp.exe \u0007bell",
    "=cmd|' /C calc'!A0",
    "محمد العلي",
    "x" * 200,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_does_no_harm_in_header_body_or_text(smtp: SmtpSink, twilio: TwilioServer, name: str) -> None:
    booking = on_the_way(name=name)
    service = booking.work_order.incident_type
    service.name = name[:100]
    service.save()
    booking.complete()  # names the service in its subject
    delivery.drain()
    [mail], [text] = smtp.messages, twilio.messages
    assert smtp.envelopes[0].rcpt_tos == ["jose@example.com"]
    assert "Bcc" not in mail
    html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<script>" not in html
    assert "<b>" not in html
    for part in (str(mail["To"]), str(mail["Subject"]), mail.get_body(("plain",)).get_content()):  # type: ignore[union-attr]
        assert not set(part) & set("\x07\u202e")
    assert not set(text["Body"]) & set("\x07\u202e\r\n")


def test_wait_asks_again_soon_and_keeps_nothing_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    row = traveling("email")
    verdict = kinds.Verdict(kinds.Decision.WAIT)
    monkeypatch.setattr(type(kinds.kind_of("traveling")), "verdict", lambda *_args: verdict)
    row = delivered(row)
    assert (row.state, row.claim) == (State.QUEUED, None)
    assert row.due_at == timezone.now() + preparing.WAIT
    assert not outbox.is_due("email", NOW)


def test_a_database_that_is_busy_ends_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    row = traveling("email")

    def locked(*_args: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(type(kinds.kind_of("traveling")), "verdict", locked)
    row = delivered(row)
    assert (row.state, row.claim) == (State.QUEUED, None), "it was not given back"
    monkeypatch.undo()
    assert delivered(row).state == State.SIMULATED


@pytest.mark.parametrize(("seconds", "state"), [(10, State.QUEUED), (60, State.SIMULATED), (-60, State.SIMULATED)])
def test_the_schedule_delivers_only_where_no_delivery_process_does(seconds: int, state: str) -> None:
    row = traveling("email")
    WorkerHeartbeat.beat(WorkerHeartbeat.Part.DELIVERY)
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - dt.timedelta(seconds=seconds))
    deliver_due()
    row.refresh_from_db()
    assert row.state == state
