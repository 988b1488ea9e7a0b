"""F19: a visit moves while its reminders go out. On each channel the last word names the time that is true."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from bookings.messages import reminders
from bookings.models import Booking
from notifications.customers import delivery, preparing
from notifications.models import CustomerNotification, State
from tests.factories import BookingFactory
from tests.servers import SmtpSink, TwilioServer, twilio_error

NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def visit() -> Booking:
    made: Booking = BookingFactory(
        work_order__account__time_zone="Europe/London",
        work_order__reported_by__email="jose@example.com",
        work_order__reported_by__mobile_phone="+442079460002",
        start=NOW + dt.timedelta(days=2),
        end=NOW + dt.timedelta(days=2, hours=1),
    )
    return made


def last_words(smtp: SmtpSink, twilio: TwilioServer) -> list[str]:
    mail = smtp.messages[-1].get_body(("plain",))
    return [mail.get_content() if mail else "", twilio.messages[-1]["Body"]]


def test_the_email_named_the_old_time_and_the_text_the_new_one(
    smtp: SmtpSink, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    twilio.answers.append(twilio_error(429, 20429, "Too many requests"))
    reminders.sweep()
    delivery.drain()  # the email names 09:00; the text has to wait
    clock.shift(MINUTE)
    booking.reschedule(booking.start + 120 * MINUTE)
    delivery.drain()  # the text names 11:00
    clock.shift(MINUTE)
    delivery.drain()
    assert all("11:00" in words for words in last_words(smtp, twilio))
    assert len(twilio.messages) == 1, "the text had nothing to correct"


def test_the_text_named_the_old_time_and_the_email_the_new_one(
    smtp: SmtpSink, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    smtp.rcpt_answer = "451 4.3.0 try later"
    reminders.sweep()
    delivery.drain()
    smtp.rcpt_answer = ""
    clock.shift(MINUTE)
    booking.reschedule(booking.start + 120 * MINUTE)
    delivery.drain()
    clock.shift(MINUTE)
    delivery.drain()
    assert all("11:00" in words for words in last_words(smtp, twilio))
    assert len(smtp.messages) == 1, "the email had nothing to correct"


def test_moved_back_in_time_corrects_only_who_was_told_otherwise(
    smtp: SmtpSink, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    reminders.sweep()
    delivery.drain()
    clock.shift(MINUTE)
    twilio.answers.append(twilio_error(429, 20429, "Too many requests"))
    booking.reschedule(booking.start + 120 * MINUTE)
    delivery.drain()  # the email corrects; the text has to wait
    booking.reschedule(booking.start - 120 * MINUTE)
    clock.shift(MINUTE)
    delivery.drain()
    assert all("09:00" in words for words in last_words(smtp, twilio))
    assert [len(smtp.messages), len(twilio.messages)] == [3, 1]


def test_a_visit_that_changes_while_its_message_is_written_is_judged_again(
    smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = visit()
    reminders.sweep()
    written = preparing._write
    moves = iter([True])

    def moved_meanwhile(*arguments: Any) -> None:
        written(*arguments)
        if next(moves, False):
            Booking.objects.get(pk=booking.pk).reschedule(booking.start + 120 * MINUTE)

    monkeypatch.setattr(preparing, "_write", moved_meanwhile)
    delivery.drain()
    words = [mail.get_body(("plain",)).get_content() for mail in smtp.messages]  # type: ignore[union-attr]
    assert len(words) == 1
    assert "11:00" in words[0]
    assert not CustomerNotification.objects.filter(state__in=State.open(), channel="email").exists()
