"""F9: an error beside a message, or inside one, stops nobody else's."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from bookings.messages import reminders
from bookings.models import Booking, WorkOrder
from fsportal.models import User
from notifications.customers import bulk_update, delivery, outbox, recording
from notifications.inapp import staff_cards
from notifications.models import CustomerNotification, NotificationAttempt, Reason, State
from tests.factories import BookingFactory
from tests.servers import SmtpSink

pytestmark = pytest.mark.django_db


def reminded(number: int) -> list[Booking]:
    bookings: list[Booking] = [
        BookingFactory(work_order__reported_by__email=f"c{n}@example.com") for n in range(number)
    ]
    reminders.sweep()
    return bookings


def emails(**what: object) -> int:
    return CustomerNotification.objects.filter(channel="email", **what).count()


@pytest.fixture
def broken_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_what: object) -> int:
        raise RuntimeError("no card can be written")

    monkeypatch.setattr(staff_cards, "tell", broken)


def test_one_message_that_cannot_be_written_is_set_aside_and_99_go_out(smtp: SmtpSink) -> None:
    bookings = reminded(100)
    WorkOrder.objects.filter(pk=bookings[50].work_order_id).update(time_zone="Europe/Atlantis")
    delivery.drain()
    assert (len(smtp.messages), emails(state=State.SENT)) == (99, 99)
    poison = CustomerNotification.objects.regarding(bookings[50]).get(channel="email")
    assert (poison.state, poison.reason) == (State.FAILED, Reason.CANNOT_RENDER)


def test_a_staff_card_that_cannot_be_written_undoes_no_end(
    smtp: SmtpSink, broken_cards: None, caplog: pytest.LogCaptureFixture
) -> None:
    smtp.rcpt_answer = "550 5.1.1 no such user"
    reminded(10)
    with caplog.at_level(logging.ERROR):
        delivery.drain()
    assert emails(state=State.FAILED, reason=Reason.REFUSED) == 10
    assert "could not be told to staff" in caplog.text


def test_a_staff_card_that_cannot_be_written_stops_no_recovery(broken_cards: None) -> None:
    reminded(3)
    CustomerNotification.objects.filter(channel="sms").update(state=State.SENDING, lease_until="2020-01-01T00:00Z")
    for row in CustomerNotification.objects.filter(channel="sms"):
        NotificationAttempt.objects.create(notification=row, provider="twilio")
    delivery.drain()
    assert CustomerNotification.objects.filter(channel="sms", state=State.UNKNOWN, reason=Reason.LAPSED).count() == 3
    assert emails(state=State.SIMULATED) == 3


def test_a_zone_that_does_not_exist_breaks_no_page(client: Client, admin: User) -> None:
    booking = BookingFactory()
    WorkOrder.objects.filter(pk=booking.work_order_id).update(time_zone="Europe/Atlantis")
    client.force_login(admin)
    for page in ("today/", "bookings/booking/", f"bookings/booking/{booking.pk}/change/"):
        answer = client.get(f"/admin/{page}")
        assert answer.status_code == 200, page
        assert "UTC" in answer.content.decode()


def test_a_message_that_breaks_the_record_of_its_group_is_recorded_alone(
    smtp: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookings = reminded(5)
    poison = CustomerNotification.objects.regarding(bookings[2]).get(channel="email")

    def breaks(rows: Iterable[tuple[Model, Mapping[str, Any]]]) -> None:
        rows = list(rows)
        if any(row == poison and values.get("state") == State.SENT for row, values in rows):
            raise ValueError("one row breaks the group")
        bulk_update.update_each(rows)

    monkeypatch.setattr(recording, "update_each", breaks)
    delivery.drain()
    assert (len(smtp.messages), emails(state=State.SENT)) == (5, 4)
    poison.refresh_from_db()
    assert (poison.state, poison.reason) == (State.UNKNOWN, Reason.LAPSED)
    assert outbox.recover_lapsed(poison.created_at) == 0
