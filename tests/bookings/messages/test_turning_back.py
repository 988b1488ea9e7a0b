"""Nobody comes after all: a customer who was told that somebody is on the way hears that nobody is."""

from collections.abc import Iterator

import pytest
import time_machine

from bookings.models import BookingStatus
from notifications.customers import delivery
from notifications.models import State
from tests.bookings.test_arrival_updates import NOW, messages, text_of, visit
from tests.servers import SmtpSink

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


NOBODY = "Your technician is not on the way any more"


def subjects(smtp: SmtpSink) -> list[str]:
    return [str(mail["Subject"]) for mail in smtp.messages]


def test_who_was_told_that_somebody_comes_hears_that_they_turned_back(smtp: SmtpSink) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    booking.turn_back()
    delivery.drain()
    assert subjects(smtp) == ["Omar Haddad is on the way to you", NOBODY]
    assert "We tell you as soon as somebody sets off." in text_of(smtp, 1)
    booking.travel()
    delivery.drain()
    assert subjects(smtp)[2:] == ["Omar Haddad is on the way to you"]


def test_who_was_not_told_hears_nothing_of_a_slip_of_the_finger(smtp: SmtpSink) -> None:
    booking = visit()
    booking.travel()
    booking.turn_back()
    delivery.drain()
    assert subjects(smtp) == []
    assert [row.reason for row in messages(booking, "delayed")] == ["nothing_to_correct"]


def test_it_is_said_once_however_often_somebody_changes_their_mind(smtp: SmtpSink) -> None:
    booking = visit()
    booking.travel()
    delivery.drain()
    for _time in range(2):
        booking.turn_back()
        delivery.drain()
        booking.travel()
    booking.turn_back()
    delivery.drain()
    assert subjects(smtp)[1:] == [NOBODY]


def test_who_waits_hears_that_their_technician_set_off_to_somebody_else(smtp: SmtpSink) -> None:
    first, second = visit(), visit()
    second.assign(first.resource)
    first.travel()
    delivery.drain()
    second.travel()
    delivery.drain()
    first.refresh_from_db()
    assert first.status == BookingStatus.SCHEDULED
    (told,) = messages(first, "delayed")
    assert (told.state, told.subject) == (State.SENT, NOBODY)
    assert messages(second, "delayed") == []
