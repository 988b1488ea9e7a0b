"""F5: whatever a mail server or an SMS provider answers, at each stage, the message ends as the promise says."""

import datetime as dt
import socket
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from fsportal.conf.environment import email_config, sms_config
from notifications.customers.channels.http import TIMEOUT
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, State
from tests.faults import here, promise
from tests.faults.faulty_smtp import ACCEPT_AND_DROP, DROP, HANG, FaultySmtp
from tests.servers import Answer, Request, TwilioServer, twilio_error

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
#: What the first attempt was: surely not accepted, refused for good, or perhaps accepted.
AGAIN, NEVER, PERHAPS = AttemptOutcome.TRANSIENT, AttemptOutcome.PERMANENT, AttemptOutcome.UNCERTAIN
GARBAGE = "what is this"


class AnySmsServer(TwilioServer):
    """Any SMS provider that takes a form: it asks for no account, and answers with an id of its own."""

    @property
    def sms_url(self) -> str:
        """The server as SMS_URL; fields are called as Twilio calls them, so that `promise` can read them."""
        return f"http-post://127.0.0.1:{self.port}/sms?to=To&text=Body&callback=StatusCallback"

    def _as_twilio(self, request: Request) -> Answer:
        self.messages.append(request.form)
        return Answer(200, {"id": f"id-{len(self.messages)}"})


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mail(settings: Settings) -> Iterator[FaultySmtp]:
    with FaultySmtp() as server:
        settings.DELIVERY_MODE, settings.EMAIL = "live", email_config(f"smtp://127.0.0.1:{server.port}")
        for name, value in settings.EMAIL.settings.items():
            setattr(settings, name, value)
        settings.EMAIL_TIMEOUT = 0.5
        yield server


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("connect", "read", "write", "pool"):
        monkeypatch.setattr(TIMEOUT, name, 0.5)


def first_outcome() -> str:
    """Deliver once, and return how the first attempt ended."""
    here.deliver()
    return NotificationAttempt.objects.order_by("started_at", "pk").values_list("outcome", flat=True)[0]


def state_in_the_end(clock: time_machine.Coordinates) -> str:
    """Deliver again and again as time goes by, and return the final state of the one message."""
    for _ in range(12):
        here.deliver()
        state = CustomerNotification.objects.values_list("state", flat=True).get()
        if state not in State.open():
            return str(state)
        clock.shift(dt.timedelta(minutes=5))
    return str(state)


# --- Email ------------------------------------------------------------------------------------------------------------
def refused(stage: str, *codes: str) -> list[tuple[str, str]]:
    return [(stage, code) for code in codes]


SURELY_NOT = [
    *refused("connect", "421 4.3.2 busy", "450 4.3.2 busy", "554 5.3.2 no service here", DROP, HANG, GARBAGE),
    *refused("ehlo", "421 4.3.2 busy", "500 5.5.1 what", "550 5.7.1 no", DROP, HANG, GARBAGE),
    *refused("auth", "454 4.7.0 not now", "535 5.7.8 wrong password", DROP, HANG),
    # 5xx to MAIL is the fault of EMAIL_FROM or of the account, which an admin may mend in time.
    *refused("mail", "421 4.7.0 bye", "451 4.3.0 later", "452 4.3.1 full", "550 5.7.1 not this sender", DROP, HANG),
    *refused("rcpt", "421 4.7.0 bye", "450 4.2.1 busy", "451 4.3.0 later", "452 4.2.2 full", DROP, HANG, GARBAGE),
    *refused("data", "421 4.7.0 bye", "451 4.3.0 later", "452 4.3.1 full"),
    *refused("content", "421 4.7.0 bye", "450 4.2.0 later", "451 4.3.0 later", "452 4.3.1 full"),
]
FOR_GOOD = [
    *refused(
        "rcpt", "550 5.1.1 no such user", "551 5.7.1 elsewhere", "552 5.2.2 full", "553 5.1.3 bad", "554 5.7.1 no"
    ),
    *refused("data", "550 5.7.1 no", "554 5.5.1 no valid recipients"),
    *refused("content", "550 5.7.1 spam", "552 5.3.4 too big", "554 5.6.0 no"),
]
MAY_BE_ACCEPTED = [*refused("data", DROP, HANG), *refused("content", DROP, HANG, GARBAGE, ACCEPT_AND_DROP)]


@pytest.mark.parametrize(("stage", "fault"), SURELY_NOT)
def test_an_email_that_was_surely_not_accepted_arrives_once(
    mail: FaultySmtp, settings: Settings, clock: time_machine.Coordinates, stage: str, fault: str
) -> None:
    if stage == "auth":
        mail.asks_login, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = True, "user", "password"
    mail.faults[stage] = fault
    here.reminders("email")
    assert first_outcome() == AGAIN
    mail.faults.clear()
    assert state_in_the_end(clock) == State.SENT
    promise.check(here.rows(), mail.messages)


@pytest.mark.parametrize(("stage", "fault"), FOR_GOOD)
def test_an_email_that_is_refused_for_good_is_not_tried_again(
    mail: FaultySmtp, clock: time_machine.Coordinates, stage: str, fault: str
) -> None:
    mail.faults[stage] = fault
    here.reminders("email")
    assert first_outcome() == NEVER
    mail.faults.clear()
    assert state_in_the_end(clock) == State.FAILED
    promise.check(here.rows(), mail.messages)
    assert mail.messages == []


@pytest.mark.parametrize(("stage", "fault"), MAY_BE_ACCEPTED)
def test_an_email_that_may_be_accepted_goes_out_again_under_its_message_id(
    mail: FaultySmtp, clock: time_machine.Coordinates, stage: str, fault: str
) -> None:
    mail.faults[stage] = fault
    here.reminders("email")
    assert first_outcome() == PERHAPS
    mail.faults.clear()
    assert state_in_the_end(clock) == State.SENT
    promise.check(here.rows(), mail.messages, crashes=1)
    assert len(mail.messages) == (2 if fault == ACCEPT_AND_DROP else 1)


def test_an_email_waits_for_a_server_that_is_gone(
    mail: FaultySmtp, settings: Settings, clock: time_machine.Coordinates
) -> None:
    with socket.socket() as gone:  # bound, but nobody listens
        gone.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = gone.getsockname()[1]
        here.reminders("email")
        assert first_outcome() == AGAIN
    settings.EMAIL_PORT = mail.port
    assert state_in_the_end(clock) == State.SENT
    promise.check(here.rows(), mail.messages)


# --- SMS --------------------------------------------------------------------------------------------------------------
HTML = "<h1>Something else</h1>"
TWILIO = [
    (Answer(400, HTML), AGAIN),
    (twilio_error(400, 21606, "The From phone number is not valid"), AGAIN),
    (twilio_error(401, 20003, "Authenticate"), AGAIN),
    (twilio_error(403, 20005, "Account not active"), AGAIN),
    (twilio_error(404, 20404, "Not found"), AGAIN),
    (Answer(405, HTML), AGAIN),
    (Answer(407, HTML), AGAIN),
    (Answer(302, "", {"Location": "/elsewhere"}), AGAIN),
    (twilio_error(429, 20429, "Too many requests"), AGAIN),
    (Answer(429, HTML, {"Retry_After": "60"}), AGAIN),
    (Answer(503, HTML), AGAIN),
    (twilio_error(400, 21211, "Not a valid phone number"), NEVER),
    (twilio_error(400, 21408, "Permission to send has not been enabled"), NEVER),
    (twilio_error(400, 21610, "Unsubscribed recipient"), NEVER),
    (twilio_error(400, 99999, "Something new"), NEVER),
    (Answer(200, HTML), PERHAPS),
    (Answer(201, {"status": "queued"}), PERHAPS),
    (Answer(204, ""), PERHAPS),
    (Answer(500, HTML), PERHAPS),
    (twilio_error(500, 20500, "Internal Server Error"), PERHAPS),
    (Answer(502, HTML), PERHAPS),
    (Answer(504, HTML), PERHAPS),
    (Answer(drop=True), PERHAPS),
    (Answer(hang=True), PERHAPS),
]
ANY = [
    *((Answer(status, HTML), AGAIN) for status in (301, 302, 401, 403, 404, 405, 407, 429, 503)),
    *((Answer(status, {"error": "no"}), NEVER) for status in (400, 402, 409, 413, 422)),
    *((Answer(status, HTML), PERHAPS) for status in (500, 501, 502, 504, 520)),
    (Answer(drop=True), PERHAPS),
    (Answer(hang=True), PERHAPS),
]
PROVIDERS = [
    *((TwilioServer, answer, outcome) for answer, outcome in TWILIO),
    *((AnySmsServer, answer, outcome) for answer, outcome in ANY),
]
ENDS = {AGAIN: State.SENT, NEVER: State.FAILED, PERHAPS: State.UNKNOWN}


def _name(value: object) -> str:
    if isinstance(value, Answer):
        code = value.body.get("code", "") if isinstance(value.body, dict) else ""
        return "drop" if value.drop else "hang" if value.hang else f"{value.status} {code}".strip()
    return value.__name__ if isinstance(value, type) else str(value)


@pytest.mark.parametrize(("kind", "answer", "outcome"), PROVIDERS, ids=_name)
def test_a_text_is_tried_again_only_if_it_was_surely_not_accepted(
    settings: Settings,
    clock: time_machine.Coordinates,
    short_patience: None,
    kind: type[TwilioServer],
    answer: Answer,
    outcome: AttemptOutcome,
) -> None:
    with kind() as provider:
        settings.DELIVERY_MODE, settings.SMS = "live", sms_config(provider.sms_url)
        provider.answers.append(answer)
        here.reminders("sms")
        assert first_outcome() == outcome
        assert state_in_the_end(clock) == ENDS[outcome]
        clock.shift(dt.timedelta(minutes=30))
        here.deliver()
        promise.check(here.rows(), texts=provider.messages, crashes=1)
        assert len(provider.requests) == (2 if outcome == AGAIN else 1)
        assert len(provider.messages) == (1 if outcome == AGAIN else 0)


@pytest.mark.parametrize("kind", [TwilioServer, AnySmsServer])
def test_what_is_accepted_in_order_goes_out_once(
    settings: Settings, clock: time_machine.Coordinates, kind: type[TwilioServer]
) -> None:
    with kind() as provider:
        settings.DELIVERY_MODE, settings.SMS = "live", sms_config(provider.sms_url)
        here.reminders("sms")
        assert state_in_the_end(clock) == State.SENT
        promise.check(here.rows(), texts=provider.messages)
        assert len(provider.requests) == 1
