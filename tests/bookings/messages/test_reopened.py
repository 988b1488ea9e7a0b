"""*Booking reopened*: whoever was told that a visit is over hears that it is not, and nobody else does."""

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import time_machine
from icalendar import Calendar

from bookings.messages import reminders
from bookings.messages.told import Told
from bookings.models import Booking, BookingStatus
from fsportal.models import Contact, OptOut, PortalSettings
from notifications.customers import delivery, delivery_reports, outbox
from notifications.models import CustomerNotification, Reason, State
from tests.factories import BookingFactory, ContactFactory
from tests.servers import DROP, SmtpSink, TwilioServer

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
ON = "Your visit is on after all: Thu 26 Nov, 10:00 to 11:00 (London time)"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def visit(*, phone: str = "", start: dt.datetime = NOW + 2 * DAY) -> Booking:
    made: Booking = BookingFactory(
        work_order__reported_by__email="jose@example.com",
        work_order__reported_by__mobile_phone=phone,
        start=start,
        end=start + HOUR,
    )
    return made


def subjects(smtp: SmtpSink) -> list[str]:
    return [str(mail["Subject"]) for mail in smtp.messages]


def body(smtp: SmtpSink) -> str:
    part = smtp.messages[-1].get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def sweep_and_deliver() -> None:
    reminders.sweep()
    delivery.drain()


def done(booking: Booking, *verbs: str) -> Booking:
    """Do the verbs, and deliver after each."""
    for verb in verbs:
        getattr(booking, verb)()
        delivery.drain()
    return Booking.objects.get(pk=booking.pk)


def of_event(booking: Booking, event: str, channel: str = "email") -> list[tuple[str, str]]:
    rows = CustomerNotification.objects.regarding(booking).filter(event=event, channel=channel)
    return [(row.state, row.reason) for row in rows.order_by("created_at", "revision")]


# --- Canceled, and on after all ---------------------------------------------------------------------------------------
def test_who_was_told_that_it_is_canceled_hears_that_it_is_on(smtp: SmtpSink, twilio: TwilioServer) -> None:
    booking = visit(phone="+442079460002")
    sweep_and_deliver()
    done(booking, "cancel", "reopen")
    assert subjects(smtp)[1:] == ["Canceled: your visit on Thu 26 Nov, 10:00 to 11:00 (London time)", ON]
    assert "Our last message was a mistake." in body(smtp)
    assert len(twilio.messages) == 3
    assert f": {ON.removeprefix('Your')}"[2:] in twilio.messages[-1]["Body"]
    assert CustomerNotification.objects.get(event="reopened", channel="sms").segments == 1
    assert Told.about(booking).start(booking.reported_by) == booking.start


def test_the_calendar_takes_the_visit_back_in(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    done(booking, "cancel", "reopen")
    files = [next(part for part in mail.walk() if part.get_content_type() == "text/calendar") for mail in smtp.messages]
    calendars = [Calendar.from_ical(part.get_content()) for part in files]
    events = [calendar.walk("VEVENT")[0] for calendar in calendars]
    assert [calendar["METHOD"] for calendar in calendars] == ["PUBLISH", "CANCEL", "PUBLISH"]
    assert [(event["STATUS"], event["SEQUENCE"]) for event in events] == [
        ("CONFIRMED", 1),
        ("CANCELLED", 2),
        ("CONFIRMED", 3),
    ]
    assert len({event["UID"] for event in events}) == 1


def test_who_was_not_told_yet_that_it_is_canceled_hears_nothing(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    booking.cancel()
    booking.reopen()
    delivery.drain()
    assert len(smtp.messages) == 1
    assert of_event(booking, "canceled") == [(State.SUPERSEDED, Reason.STATUS_CHANGED)]
    assert of_event(booking, "reopened") == []


def test_who_was_never_reminded_hears_neither_and_is_reminded_in_time(
    smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit(start=NOW + 20 * DAY)
    done(booking, "cancel", "reopen")
    assert subjects(smtp) == []
    clock.shift(14 * DAY)
    sweep_and_deliver()
    assert subjects(smtp) == ["Your visit: Mon 14 Dec, 10:00 to 11:00 (London time)"]


def test_a_reminder_that_the_cancellation_stopped_goes_at_the_next_sweep(smtp: SmtpSink) -> None:
    booking = visit()
    reminders.sweep()
    done(booking, "cancel", "reopen")
    assert of_event(booking, "upcoming") == [(State.SUPERSEDED, Reason.STATUS_CHANGED)]
    sweep_and_deliver()
    assert len(smtp.messages) == 1


def test_on_after_all_weeks_ahead_is_no_reminder(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit(start=NOW + 20 * DAY)
    outbox.queue("booking_confirmed", contact=booking.reported_by, channels=["email"], regarding=booking, revision=1)
    delivery.drain()
    done(booking, "cancel", "reopen")
    clock.shift(14 * DAY)
    sweep_and_deliver()
    assert [subject.partition(":")[0] for subject in subjects(smtp)] == [
        "Your visit is booked",
        "Canceled",
        "Your visit is on after all",
        "Your visit",
    ]


def test_moved_before_it_went_out_it_names_the_new_time_and_nothing_more_is_said(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    booking = done(booking, "cancel")
    booking.reopen()
    booking.reschedule(booking.start + HOUR)
    delivery.drain()
    assert subjects(smtp)[2:] == ["Your visit is on after all: Thu 26 Nov, 11:00 to 12:00 (London time)"]
    assert of_event(booking, "rescheduled") == [(State.SUPERSEDED, Reason.CHANGED_BACK)]


def test_a_later_move_and_a_later_cancellation_are_told_again(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    booking = done(booking, "cancel", "reopen")
    booking.reschedule(booking.start + HOUR)
    delivery.drain()
    done(booking, "cancel", "reopen", "cancel")
    assert [subject.partition(":")[0] for subject in subjects(smtp)[3:]] == [
        "New time for your visit",
        "Canceled",
        "Your visit is on after all",
        "Canceled",
    ]


def test_canceled_again_before_it_went_out_nothing_is_said_twice(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    done(booking, "cancel")
    booking.reopen()
    booking.cancel()
    delivery.drain()
    assert len(smtp.messages) == 2
    assert of_event(booking, "reopened") == [(State.SUPERSEDED, Reason.STATUS_CHANGED)]
    assert of_event(booking, "canceled")[1:] == [(State.SUPERSEDED, Reason.NOTHING_TO_CORRECT)]


def test_its_time_has_passed_nobody_is_told_that_it_is_on_but_of_its_new_time(
    smtp: SmtpSink, clock: time_machine.Coordinates
) -> None:
    booking = visit(start=NOW + HOUR)
    sweep_and_deliver()
    done(booking, "cancel")
    clock.shift(2 * HOUR)
    booking = done(booking, "reopen")
    assert of_event(booking, "reopened") == [(State.EXPIRED, Reason.TOO_LATE)]
    booking.reschedule(NOW + DAY)
    delivery.drain()
    assert [subject.partition(":")[0] for subject in subjects(smtp)] == [
        "Your visit",
        "Canceled",
        "New time for your visit",
    ]


def test_somebody_sets_off_first_and_that_says_it(smtp: SmtpSink) -> None:
    booking = visit(start=NOW + HOUR)
    sweep_and_deliver()
    done(booking, "cancel")
    booking.reopen()
    booking.travel()
    delivery.drain()
    assert of_event(booking, "reopened") == [(State.SUPERSEDED, Reason.STATUS_CHANGED)]
    assert "is on the way to you" in subjects(smtp)[-1]


# --- Completed, and not finished after all ----------------------------------------------------------------------------
def test_who_was_told_that_the_work_is_done_hears_that_it_goes_on(smtp: SmtpSink, twilio: TwilioServer) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"survey_url": "https://survey.example/s/1"})
    booking = visit(phone="+442079460002", start=NOW - HOUR / 2)
    done(booking, "start_work", "complete", "reopen")
    assert subjects(smtp)[1:] == [f"Not finished after all: {booking.work_order.incident_type.name}"]
    assert "The work is not finished after all." in body(smtp)
    assert "survey" not in body(smtp)
    assert not [part for part in smtp.messages[-1].walk() if part.get_content_type() == "text/calendar"]
    text = twilio.messages[-1]["Body"]
    assert "The work is not finished after all. Sorry, our message came too early." in text
    assert "survey" not in text
    row = CustomerNotification.objects.get(event="reopened", channel="sms")
    assert (row.named_time, row.segments) == (None, 1)
    assert Told.about(booking).start(booking.reported_by) is None


def test_completed_again_is_told_again(smtp: SmtpSink) -> None:
    booking = visit(start=NOW - HOUR / 2)
    done(booking, "start_work", "complete", "reopen", "complete")
    assert [subject.partition(":")[0] for subject in subjects(smtp)] == ["Done", "Not finished after all", "Done"]


def test_a_slip_of_the_finger_that_was_undone_in_time_is_told_to_nobody(smtp: SmtpSink) -> None:
    booking = visit(start=NOW - HOUR / 2)
    booking.complete()
    booking.reopen()
    delivery.drain()
    assert subjects(smtp) == []
    assert of_event(booking, "completed") == [(State.SUPERSEDED, Reason.STATUS_CHANGED)]


def test_completed_long_before_its_time_it_is_on_after_all(smtp: SmtpSink) -> None:
    booking = done(visit(), "complete", "reopen")
    assert booking.status == BookingStatus.SCHEDULED
    assert subjects(smtp)[1:] == [ON]


def test_it_is_of_use_for_three_days(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit(start=NOW - HOUR / 2)
    done(booking, "start_work", "complete")
    smtp.rcpt_answer = "451 try later"
    done(booking, "reopen")
    smtp.rcpt_answer = ""
    clock.shift(3 * DAY + MINUTE)
    delivery.drain()
    assert of_event(booking, "reopened") == [(State.EXPIRED, Reason.TOO_LATE)]


def test_one_that_may_have_gone_out_is_repeated_word_for_word(smtp: SmtpSink, clock: time_machine.Coordinates) -> None:
    booking = visit(start=NOW - HOUR / 2)
    done(booking, "start_work", "complete")
    smtp.data_answer = DROP
    done(booking, "reopen")
    smtp.data_answer = ""
    clock.shift(HOUR)
    delivery.drain()
    sent = CustomerNotification.objects.get(event="reopened", channel="email")
    assert (sent.state, sent.attempts_made, sent.named_time) == (State.SENT, 2, None)


# --- Each channel, and each person ------------------------------------------------------------------------------------
def test_each_channel_takes_back_what_it_said_itself(smtp: SmtpSink, twilio: TwilioServer) -> None:
    booking = visit(phone="+442079460002")
    sweep_and_deliver()
    booking.cancel()
    # Only the email goes out before the visit is reopened.
    CustomerNotification.objects.filter(event="canceled", channel="sms").update(due_at=NOW + HOUR)
    delivery.drain()
    done(booking, "reopen")
    assert of_event(booking, "canceled", "sms") == [(State.QUEUED, "")]
    assert of_event(booking, "reopened") == [(State.SENT, "")]
    assert of_event(booking, "reopened", "sms") == [(State.SUPERSEDED, Reason.NOT_TOLD_OTHERWISE)]
    assert len(twilio.messages) == 1


def test_a_channel_that_said_nothing_at_all_goes_by_the_other_one(smtp: SmtpSink, twilio: TwilioServer) -> None:
    booking = visit()
    sweep_and_deliver()
    done(booking, "cancel")
    Contact.objects.filter(pk=booking.reported_by.pk).update(mobile_phone="+442079460002")  # type: ignore[union-attr]
    done(booking, "reopen")
    assert of_event(booking, "reopened", "sms") == [(State.SENT, "")]


@pytest.mark.parametrize(
    ("outcome", "then"),
    [
        ({"state": State.SENT, "told_at": NOW}, (State.SENT, "")),
        ({"state": State.FAILED}, (State.SUPERSEDED, Reason.NOT_TOLD_OTHERWISE)),
    ],
    ids=["went out", "failed"],
)
def test_while_the_cancellation_is_being_sent_it_waits_for_what_becomes_of_that(
    smtp: SmtpSink, clock: time_machine.Coordinates, outcome: dict[str, object], then: tuple[str, str]
) -> None:
    booking = visit()
    sweep_and_deliver()
    done(booking, "cancel")
    sending = CustomerNotification.objects.filter(event="canceled", channel="email")
    sending.update(state=State.SENDING, told_at=None, claim=uuid.uuid4(), lease_until=NOW + MINUTE / 2)
    done(booking, "reopen")
    assert of_event(booking, "reopened") == [(State.QUEUED, "")]
    sending.update(**outcome)
    clock.shift(MINUTE)
    delivery.drain()
    assert of_event(booking, "reopened") == [then]


def test_a_cancellation_that_did_not_arrive_needs_no_correction(twilio: TwilioServer, smtp: SmtpSink) -> None:
    booking = visit(phone="+442079460002")
    Contact.objects.filter(pk=booking.reported_by.pk).update(email="")  # type: ignore[union-attr]
    sweep_and_deliver()
    done(booking, "cancel")
    text = CustomerNotification.objects.get(event="canceled", channel="sms")
    delivery_reports.note_report(text.pk, "failed", provider_id=text.provider_id, detail="")
    done(booking, "reopen")
    assert len(twilio.messages) == 2


def test_who_was_told_is_told_also_if_somebody_else_is_told_by_now(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    done(booking, "cancel")
    order = booking.work_order
    order.reported_by = ContactFactory(account=order.account, email="new@example.com", mobile_phone="")
    order.save()
    done(booking, "reopen")
    assert [mail["To"].rpartition("<")[2] for mail in smtp.messages] == ["jose@example.com>"] * 3


def test_the_switch_and_the_customers_choice_turn_it_off(smtp: SmtpSink) -> None:
    booking = visit()
    sweep_and_deliver()
    done(booking, "cancel")
    PortalSettings.objects.update_or_create(pk=1, defaults={"send_reopened": False})
    done(booking, "reopen")
    assert of_event(booking, "reopened") == [(State.SUPPRESSED, Reason.SWITCHED_OFF)]
    other = visit()
    PortalSettings.objects.update(send_reopened=True)
    sweep_and_deliver()
    done(other, "cancel")
    assert other.reported_by is not None
    OptOut.objects.create(contact=other.reported_by, channel="email", how="link")
    done(other, "reopen")
    assert of_event(other, "reopened") == [(State.SUPPRESSED, Reason.OPTED_OUT)]
