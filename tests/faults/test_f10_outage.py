"""F10: a provider is down for minutes. One message asks every half minute, and all go out when it is back."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from bookings.messages import reminders
from fsportal.lib import probes
from notifications.customers import delivery
from notifications.models import AppNotification, ChannelOutage, CustomerNotification, NotificationAttempt, State
from notifications.models.channel_outage import DOWN_AFTER
from tests.factories import BookingFactory, UserFactory
from tests.servers import Answer, SmtpSink, TwilioServer

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
MESSAGES = 30
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


def remind() -> None:
    for number in range(MESSAGES):
        BookingFactory(
            work_order__reported_by__email=f"c{number}@example.com",
            work_order__reported_by__mobile_phone=f"+4420794600{number:02d}",
            start=NOW + dt.timedelta(days=2),
            end=NOW + dt.timedelta(days=2, hours=1),
        )
    reminders.sweep()


def state(channel: str) -> set[str]:
    return set(CustomerNotification.objects.filter(channel=channel).values_list("state", flat=True))


def test_a_mail_server_that_is_down_is_asked_now_and_then_and_gets_all_when_it_is_back(
    smtp: SmtpSink, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    UserFactory(username="boss", is_superuser=True, is_staff=True)
    remind()
    smtp.rcpt_answer = "421 4.3.2 service not available"
    delivery.drain()
    assert len(twilio.messages) == MESSAGES, "texts do not wait for the mail server"
    first = NotificationAttempt.objects.filter(provider="smtp").count()
    assert DOWN_AFTER <= first <= delivery.EMAILS_AT_ONCE + 16
    assert any("Email: nothing has been accepted" in problem for problem in probes.problems())
    assert AppNotification.objects.filter(kind="channel_down").count() == 1

    for _half_minute in range(10):
        clock.shift(dt.timedelta(seconds=31))
        delivery.drain()
    assert NotificationAttempt.objects.filter(provider="smtp").count() == first + 10
    assert AppNotification.objects.filter(kind="channel_down").count() == 1

    smtp.rcpt_answer = ""
    clock.shift(dt.timedelta(seconds=31))
    delivery.drain()
    assert (len(smtp.messages), state("email")) == (MESSAGES, {State.SENT})
    assert not ChannelOutage.objects.exists()
    assert not AppNotification.objects.filter(kind="channel_down").exists()
    assert not any("Email" in problem for problem in probes.problems())


def test_what_expires_during_the_outage_never_goes_out(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    remind()
    smtp.rcpt_answer = "421 4.3.2 service not available"
    delivery.drain()
    smtp.rcpt_answer = ""
    clock.shift(dt.timedelta(days=3))
    delivery.drain()
    assert (len(smtp.messages), state("email")) == (0, {State.EXPIRED})


def test_texts_to_a_provider_that_answers_nothing_are_not_all_lost_to_it(
    twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    remind()
    twilio.answer = Answer(500, "broken")
    delivery.drain()
    perhaps = CustomerNotification.objects.filter(channel="sms", state=State.UNKNOWN).count()
    assert DOWN_AFTER <= perhaps <= DOWN_AFTER + 4, "each may have gone out and is never repeated"
    twilio.answer = None
    clock.shift(dt.timedelta(seconds=31))
    delivery.drain()
    assert len(twilio.messages) == MESSAGES - perhaps


def test_a_refused_address_is_no_outage(smtp: SmtpSink) -> None:
    smtp.rcpt_answer = "550 5.1.1 no such user"
    remind()
    delivery.drain()
    assert state("email") == {State.FAILED}
    assert not ChannelOutage.objects.exists()


def test_a_text_that_is_never_answered_delays_nobody_else(
    twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LAST_RESULTS_WITHIN", 0.1)
    twilio.answers.append(Answer(hang=True))
    remind()
    run = delivery.Delivery()
    while run.step() and len(twilio.messages) < MESSAGES - 1:
        pass
    assert len(twilio.messages) == MESSAGES - 1
    run.finish()
    # Nobody knows what became of it: its lease lapses, and it is *Perhaps sent*.
    assert CustomerNotification.objects.filter(channel="sms", state=State.SENDING).count() == 1


def test_what_waits_for_a_connection_is_given_back_at_the_end(
    twilio: TwilioServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CONNECTIONS = {"email": 1, "sms": 1}
    monkeypatch.setattr(delivery, "LAST_RESULTS_WITHIN", 0.1)
    monkeypatch.setattr(delivery.Delivery, "_room", lambda _self, _channel: 10)
    twilio.answers.append(Answer(hang=True))
    remind()
    run = delivery.Delivery()
    run.step()
    run.finish()
    rows = CustomerNotification.objects.filter(channel="sms")
    assert rows.filter(state=State.SENDING).count() == 1
    assert rows.filter(state=State.QUEUED, attempts_made=0, claim=None).count() == MESSAGES - 1
    assert NotificationAttempt.objects.filter(notification__channel="sms").count() == 1
