"""What a contact must be taken to know, when things go wrong on the way: late reports, broken connections, races."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from bookings.messages import reminders, told
from bookings.models import Booking
from notifications.customers import delivery, delivery_reports, outbox
from notifications.customers.channels.base import Acceptance, DeliveryError, SmsMessage
from notifications.customers.channels.email import EmailBackend
from notifications.customers.channels.twilio import TwilioBackend
from notifications.models import CustomerNotification, Reason, State
from tests.factories import BookingFactory, ContactFactory, UserFactory
from tests.servers import DROP, Answer, SmtpSink, TwilioServer

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def visit(*, phone: str = "", email: str = "jose@example.com", start: dt.datetime = NOW + 2 * DAY) -> Booking:
    return BookingFactory(
        work_order__reported_by__email=email,
        work_order__reported_by__mobile_phone=phone,
        start=start,
        end=start + 60 * MINUTE,
    )


def subjects(smtp: SmtpSink) -> list[str]:
    return [str(mail["Subject"]) for mail in smtp.messages]


def sweep_and_deliver() -> None:
    reminders.sweep()
    delivery.drain()


def states(booking: Booking) -> list[tuple[str, str, str]]:
    rows = CustomerNotification.objects.regarding(booking).exclude(reason=Reason.NO_ADDRESS)
    return [(row.event, row.state, row.reason) for row in rows.order_by("created_at", "revision")]


def test_a_late_delivery_report_does_not_change_what_was_last_told(
    smtp: SmtpSink, twilio: TwilioServer, clock: time_machine.Coordinates
) -> None:
    booking = visit(phone="+442079460002")
    start = booking.start
    sweep_and_deliver()
    clock.shift(MINUTE)
    booking.reschedule(start + 30 * MINUTE)
    delivery.drain()
    clock.shift(MINUTE)
    reminder = CustomerNotification.objects.get(event="upcoming", channel="sms")
    assert delivery_reports.note_report(reminder.pk, "delivered", provider_id=reminder.provider_id, detail="")
    assert told.Told.about(booking).start(booking.reported_by) == start + 30 * MINUTE
    booking.reschedule(start + 5 * MINUTE)
    delivery.drain()
    assert len([sms for sms in twilio.messages if "new time" in sms["Body"]]) == 2


def test_a_report_of_failure_means_that_nobody_was_told(smtp: SmtpSink, twilio: TwilioServer) -> None:
    booking = visit(phone="+442079460002", email="")
    sweep_and_deliver()
    reminder = CustomerNotification.objects.get(event="upcoming", channel="sms")
    delivery_reports.note_report(reminder.pk, "failed", provider_id=reminder.provider_id, detail="")
    booking.cancel()
    assert not CustomerNotification.objects.filter(event="canceled").exists()


@pytest.mark.django_db(transaction=True)
def test_a_report_that_comes_before_our_own_answer_stands(
    twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit(phone="+442079460002", email="")

    def reported_then_cut_off(_self: TwilioBackend, message: SmsMessage) -> Acceptance:
        delivery_reports.note_report(message.id, "delivered", provider_id="SM1", detail="")
        connection.close()  # that of the thread that sends
        raise DeliveryError("no_answer", uncertain=True)

    monkeypatch.setattr(TwilioBackend, "send", reported_then_cut_off)
    sweep_and_deliver()
    assert CustomerNotification.objects.get(channel="sms").state == State.DELIVERED


@pytest.mark.django_db(transaction=True)
def test_a_report_that_comes_before_our_receipt_is_not_undone_by_it(
    twilio: TwilioServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit(phone="+442079460002", email="")

    def reported_then_accepted(_self: TwilioBackend, message: SmsMessage) -> Acceptance:
        delivery_reports.note_report(message.id, "delivered", provider_id="SM1", detail="")
        connection.close()  # that of the thread that sends
        return Acceptance("twilio", "SM1")

    monkeypatch.setattr(TwilioBackend, "send", reported_then_accepted)
    sweep_and_deliver()
    assert CustomerNotification.objects.get(channel="sms").state == State.DELIVERED


def test_a_late_visit_that_is_moved_is_reminded_of_its_new_day(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit(start=NOW + 30 * MINUTE)
    smtp.rcpt_answer = "451 try later"
    sweep_and_deliver()
    clock.shift(180 * MINUTE)
    delivery.drain()
    assert states(booking) == [("upcoming", State.EXPIRED, Reason.TOO_LATE)]
    smtp.rcpt_answer = ""
    booking.reschedule(timezone.now() + 3 * DAY)
    sweep_and_deliver()
    assert len(smtp.messages) == 1


def test_a_visit_moved_far_away_and_back_is_reminded(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit()
    near = booking.start
    reminders.sweep()
    booking.reschedule(NOW + 40 * DAY)
    delivery.drain()
    assert smtp.messages == []
    booking.reschedule(near)
    clock.shift(DAY)
    sweep_and_deliver()
    assert len(smtp.messages) == 1


def test_a_reporter_who_comes_back_is_reminded(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit()
    order, first = booking.work_order, booking.reported_by
    reminders.sweep()
    order.reported_by = ContactFactory(account=order.account, email="other@example.com", mobile_phone="")
    order.save()
    delivery.drain()
    order.reported_by = first
    order.save()
    clock.shift(DAY)
    sweep_and_deliver()
    assert [mail["To"].addresses[0].addr_spec for mail in smtp.messages] == ["jose@example.com"]


def test_a_technician_who_turned_back_before_the_reminder_went_is_no_reason_for_silence(
    smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    reminders.sweep()
    booking.travel()
    CustomerNotification.objects.filter(event="traveling").delete()
    delivery.drain()
    booking.turn_back()
    clock.shift(DAY)
    sweep_and_deliver()
    assert [subject.startswith("Your visit") for subject in subjects(smtp)] == [True]


def test_whoever_may_have_read_a_broken_off_reminder_hears_of_the_cancellation(
    smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    smtp.data_answer = DROP
    sweep_and_deliver()
    smtp.data_answer = ""
    booking.cancel()
    clock.shift(5 * MINUTE)
    delivery.drain()
    assert [subject.startswith("Canceled") for subject in subjects(smtp)] == [True]


def test_a_broken_off_reminder_is_not_repeated_with_another_time_under_its_message_id(
    smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    smtp.data_answer = DROP
    sweep_and_deliver()
    smtp.data_answer = ""
    booking.reschedule(booking.start + 180 * MINUTE)
    for _run in range(2):  # the new time waits until it is clear what became of the reminder
        clock.shift(5 * MINUTE)
        delivery.drain()
    assert states(booking) == [
        ("upcoming", State.UNKNOWN, Reason.NEWER_MESSAGE),
        ("rescheduled", State.SENT, ""),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_move_that_was_never_told_is_not_taken_back(
    smtp: SmtpSink, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = visit()
    start = booking.start
    sweep_and_deliver()
    clock.shift(MINUTE)
    booking.reschedule(start + 30 * MINUTE)
    send = EmailBackend.send

    def moved_back_meanwhile(self: EmailBackend, message: object) -> Acceptance:
        monkeypatch.setattr(EmailBackend, "send", send)
        Booking.objects.get(pk=booking.pk).reschedule(start)
        connection.close()  # that of the thread that sends
        raise DeliveryError("unreachable")

    monkeypatch.setattr(EmailBackend, "send", moved_back_meanwhile)
    delivery.drain()
    clock.shift(5 * MINUTE)
    delivery.drain()
    assert len(smtp.messages) == 1, "told 10:00, and it is 10:00"


def test_a_reminder_that_comes_after_the_new_time_is_left_out(
    twilio: TwilioServer, smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit(phone="+442079460002")
    twilio.answers.append(Answer(503, "busy"))
    sweep_and_deliver()
    clock.shift(dt.timedelta(seconds=10))
    booking.reschedule(booking.start + 30 * MINUTE)
    delivery.drain()
    clock.shift(5 * MINUTE)
    delivery.drain()
    assert len(twilio.messages) == 1
    assert "new time" in twilio.messages[0]["Body"]


def test_a_new_reporter_hears_of_no_cancellation_of_a_visit_they_never_heard_of(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    order = booking.work_order
    order.reported_by = ContactFactory(account=order.account, email="new@example.com", mobile_phone="")
    order.save()
    booking.cancel()
    delivery.drain()
    assert [mail["To"].addresses[0].addr_spec for mail in smtp.messages] == ["jose@example.com"] * 2
    assert subjects(smtp)[1].startswith("Canceled")


def test_a_contact_made_anew_under_the_same_address_is_the_same_person(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    order = booking.work_order
    order.reported_by = ContactFactory(
        account=order.account, name="José A. Núñez", email="jose@example.com", mobile_phone=""
    )
    order.save()
    booking.reschedule(booking.start + 300 * MINUTE)
    delivery.drain()
    assert subjects(smtp)[1].startswith("New time")


def test_a_cancellation_names_the_time_that_was_told(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    booking.reschedule(booking.start + 8 * MINUTE)
    booking.cancel()
    delivery.drain()
    assert "10:00" in subjects(smtp)[1]
    assert "10:08" not in subjects(smtp)[1]


def test_a_message_is_sent_again_once_however_often_the_button_is_pressed(smtp: SmtpSink) -> None:
    visit()
    sweep_and_deliver()
    row, user = CustomerNotification.objects.get(channel="email"), UserFactory()
    outbox.send_again(row, by=user)
    with pytest.raises(ValueError, match="not ended"):
        outbox.send_again(row, by=user)
    delivery.drain()
    assert len(smtp.messages) == 2
    outbox.send_again(row, by=user)
    delivery.drain()
    assert len(smtp.messages) == 3


def test_a_run_that_is_out_of_time_leaves_the_rest(
    smtp: SmtpSink, clock: time_machine.Coordinates, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        visit(email=f"c{number}@example.com")
    reminders.sweep()
    monkeypatch.setattr(delivery, "EMAILS_PREPARED", 2)
    delivery.drain(budget=0)
    rows = CustomerNotification.objects.filter(channel="email")
    assert sorted(rows.values_list("state", flat=True)) == ["queued", "queued", "sent", "sent"]


def test_a_provider_that_cannot_be_set_up_costs_no_message(
    smtp: SmtpSink, settings: Settings, clock: time_machine.Coordinates
) -> None:
    booking = visit()
    settings.EMAIL_BACKEND = "anymail.backends.nonsense.EmailBackend"
    sweep_and_deliver()
    assert states(booking) == [("upcoming", State.QUEUED, Reason.NOT_CONNECTED)]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    clock.shift(20 * MINUTE)
    delivery.drain()
    assert len(smtp.messages) == 1
    assert CustomerNotification.objects.get(channel="email").attempts_made == 1
