"""YES and NO by text message: what is understood, which visit it is about, and what is answered."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from bookings.messages import reminders
from bookings.models import Booking, BookingNotificationCode, CustomerAnswer, Reminder, Via
from fsportal.models import Contact, User
from fsportal.models.consent import Channel, OptOutSource
from notifications.customers import delivery
from notifications.customers.channels.sms_text import segments
from notifications.customers.replies.handling import IncomingText, handle
from notifications.customers.replies.yes_or_no import answer_of
from notifications.models import AppNotification, CustomerNotification, TextReply
from tests.bookings.confirming.asking import DAY, HOUR, MINUTE, NOW, asked, asking, customer_of, send, text, visit_in
from tests.factories import ContactFactory, IncidentTypeFactory, WorkOrderFactory

YES = [
    "YES", "yes please", "Y", "c", "C.", "Confirm", "OK", "Ok thanks!", "👍", "👍🏽 👍", "Yes 👍", "no problem",
    "see you then", "I confirm the appointment", "Y E S", "ja", "Ja, passt", "geht klar", "Bestätigt", "kein Problem",
    "Oui", "D’accord, merci", "ça me va", "pas de souci", "Sí", "Si, confirmo", "نعم", "نَعَم", "نعم، شكرا", "لا مشكلة",
    "כן", "כן, תודה", "אין בעיה",
]  # fmt: skip
NO = [
    "NO", "n", "No thanks", "Nope", "change", "Change please", "doesn't suit me", "I can’t make it", "👎", "Nein danke",
    "das passt mir leider nicht", "Geht nicht", "Non", "ça ne me va pas", "no puedo", "لا", "لا يناسبني", "לא",
    "לא מתאים",
]  # fmt: skip
FOR_A_PERSON = [
    "", "?", "thanks", "yes but no", "Yes, but later", "no change", "not ok", "ok no", "yes I do not want this",
    "Yes, see you at the bus stop", "ja nein", "ok pero más tarde", "Is it the blue gate?", "YES " * 80,
]  # fmt: skip


def test_an_answer_is_understood_as_people_write_it_and_nothing_else_is() -> None:
    said = {True: YES, False: NO, None: FOR_A_PERSON}
    wrong = [(words, answer_of(words)) for meant, texts in said.items() for words in texts if answer_of(words) != meant]
    assert wrong == []


# --- With visits ------------------------------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as clock:
        asking()
        yield clock


@pytest.fixture
def visit() -> Booking:
    return asked()


def again(visit: Booking) -> Booking:
    return Booking.objects.with_visit().get(pk=visit.pk)


def cards(user: User) -> list[str]:
    return list(AppNotification.objects.filter(owner=user, kind="visit_unconfirmed").values_list("title", flat=True))


def test_yes_confirms_names_the_visit_and_counts_once(visit: Booking, dispatcher: User) -> None:
    words = text(customer_of(visit), "Yes please!")
    assert words == "Confirmed: Wed 25 Nov, 10:00 (London time)"
    assert (again(visit).answer, again(visit).changes.get(verb="confirm").via) == (CustomerAnswer.YES, Via.TEXT)
    assert text(customer_of(visit), "Yes please!") == "", "the same text, delivered twice"
    assert TextReply.objects.get().regarding == visit
    assert AppNotification.objects.count() == 0


@pytest.mark.parametrize(
    ("language", "body", "words"),
    [
        ("de", "Ja", "Bestätigt: "),
        ("fr", "oui merci", "Confirme : "),
        ("ar", "نعم", "تم التأكيد: "),
        ("he", "כן", "אושר: "),
    ],
)
def test_the_answer_is_in_the_language_of_the_customer_and_one_segment(language: str, body: str, words: str) -> None:
    visit = asked(work_order=WorkOrderFactory(reported_by__language=language))
    answer = text(customer_of(visit), body)
    assert words.replace("é", "e") in answer.replace("é", "e")
    assert segments(answer) == 1


def test_no_leads_to_other_times_or_to_a_person_and_dispatchers_hear_of_it(dispatcher: User) -> None:
    visit = asked(2 * DAY)
    words = text(customer_of(visit), "NO")
    code = BookingNotificationCode.objects.get(booking=visit)
    assert words == f"Choose another time here: {code.link}?to=change"
    assert code.code not in TextReply.objects.get().answer, "the record holds no secret"
    assert again(visit).answer == CustomerAnswer.NO
    assert cards(dispatcher) == [f"Does not suit {customer_of(visit).name}: {_named(visit)}"]
    # Whoever may not change it is told that we see to it.
    fixed = asked(2 * HOUR, work_order=WorkOrderFactory(incident_type=IncidentTypeFactory(cutoff_hours=24)))
    assert text(customer_of(fixed), "no", 2) == "Thank you. We will contact you about another time."
    assert len(cards(dispatcher)) == 2
    # The card is over once somebody has found another time.
    again(visit).reschedule(visit.start + DAY)
    assert len(cards(dispatcher)) == 1


def _named(visit: Booking) -> str:
    return f"{visit.work_order.incident_type.name}, Thu 26 Nov, 10:00 to 11:00 (London time)"


def test_of_several_questions_the_one_asked_last_by_text_counts(clock: time_machine.Coordinates) -> None:
    order = WorkOrderFactory()
    contact, account = order.reported_by, order.account
    first = asked(DAY, work_order=order)
    clock.shift(HOUR)
    second = send(visit_in(5 * HOUR, work_order=WorkOrderFactory(account=account, reported_by=contact)))
    contact.opt_out(Channel.SMS, how=OptOutSource.SMS)
    clock.shift(HOUR)
    by_email = send(visit_in(30 * HOUR, work_order=WorkOrderFactory(account=account, reported_by=contact)))
    contact.opt_in(Channel.SMS, how=OptOutSource.SMS)
    assert text(contact, "Y", 1) == "Confirmed: Tue 24 Nov, 15:00 (London time)"
    assert text(contact, "Y", 2) == "Confirmed: Wed 25 Nov, 10:00 (London time)"
    assert text(contact, "Y", 3) == "Confirmed: Wed 25 Nov, 16:00 (London time)"
    assert {again(one).answer for one in (first, second, by_email)} == {CustomerAnswer.YES}
    # Nothing is open any more: they may change their mind about the last one.
    assert "Confirmed" not in text(contact, "Y", 4)
    text(contact, "NO", 5)
    assert again(second).answer == CustomerAnswer.NO


def test_without_a_question_yes_starts_texts_again_or_is_for_a_person(visit: Booking) -> None:
    contact, stranger = customer_of(visit), ContactFactory()
    assert "Confirmed" not in text(stranger, "YES", 1)
    assert again(visit).answer == ""
    stranger.opt_out(Channel.SMS, how=OptOutSource.SMS)
    assert "again" in text(stranger, "YES", 2)
    assert not stranger.has_opted_out(Channel.SMS)
    # With one it is its answer, and whoever has stopped texts gets none.
    contact.opt_out(Channel.SMS, how=OptOutSource.SMS)
    assert text(contact, "YES", 3) == ""
    assert (again(visit).answer, contact.has_opted_out(Channel.SMS)) == (CustomerAnswer.YES, True)


def test_an_answer_to_the_old_time_does_not_confirm_the_new_one(
    visit: Booking, clock: time_machine.Coordinates
) -> None:
    again(visit).reschedule(visit.start + 3 * HOUR)
    assert "Confirmed" not in text(customer_of(visit), "YES", 1)
    assert again(visit).answer == ""
    clock.shift(dt.timedelta(minutes=1))
    delivery.drain()  # the message about the new time asks again
    assert text(customer_of(visit), "YES", 2) == "Confirmed: Wed 25 Nov, 13:00 (London time)"
    again(visit).travel()
    assert "Confirmed" not in text(customer_of(visit), "NO", 3)


def test_whoever_shares_the_number_may_answer(visit: Booking) -> None:
    older: Any = ContactFactory(mobile_phone=customer_of(visit).mobile_phone)
    Contact.objects.filter(pk=older.pk).update(created_at=NOW - 900 * DAY)
    assert "Confirmed" in text(customer_of(visit), "ok")
    assert again(visit).changes.get(verb="confirm").contact == customer_of(visit)


def of_the_same(visit: Booking, lead: dt.timedelta) -> Booking:
    """Return another visit of the same customer, not asked about yet."""
    order = visit.work_order
    return visit_in(lead, work_order=WorkOrderFactory(account=order.account, reported_by=order.reported_by))


def test_yes_said_twice_does_not_confirm_a_visit_that_was_declined_before(
    visit: Booking, clock: time_machine.Coordinates
) -> None:
    text(customer_of(visit), "NO", 1)
    clock.shift(HOUR)
    later = send(of_the_same(visit, 5 * HOUR))
    assert text(customer_of(visit), "YES", 2) == "Confirmed: Tue 24 Nov, 15:00 (London time)"
    assert "Confirmed" not in text(customer_of(visit), "Yes", 3)
    assert (again(visit).answer, again(later).answer) == (CustomerAnswer.NO, CustomerAnswer.YES)


def test_an_answer_that_was_on_its_way_for_long_is_about_what_had_been_asked(
    visit: Booking, clock: time_machine.Coordinates
) -> None:
    contact, said_at = customer_of(visit), NOW + MINUTE
    clock.shift(HOUR)
    send(of_the_same(visit, 5 * HOUR))
    again(visit).reschedule(visit.start + 3 * HOUR)
    clock.shift(MINUTE)
    delivery.drain()  # the new time is asked about, too
    assert again(visit).asked_at is not None
    late = handle(IncomingText("late", contact.mobile_phone, "YES", said_at=said_at), dt.datetime.now(dt.UTC))
    assert "Confirmed" not in late
    assert not Booking.objects.exclude(answer="").exists()
    on_time = IncomingText("now", contact.mobile_phone, "YES", said_at=dt.datetime.now(dt.UTC))
    assert handle(on_time, dt.datetime.now(dt.UTC)) == "Confirmed: Wed 25 Nov, 13:00 (London time)"


def test_a_reminder_that_does_not_ask_is_not_the_last_question(visit: Booking, clock: time_machine.Coordinates) -> None:
    clock.shift(HOUR)
    asking(repeat_gap_hours=0)
    Reminder.objects.create(lead_days=0, lead_hours=20)
    later = send(of_the_same(visit, 30 * HOUR))
    clock.move_to(NOW + 6 * HOUR)
    reminders.sweep(NOW + 6 * HOUR)
    delivery.drain()
    about = CustomerNotification.objects.filter(event="upcoming", channel="sms").order_by("-told_at")
    assert [row.regarding_id for row in about][:2] == [visit.pk, later.pk], "the first one was reminded last"
    text(customer_of(visit), "YES")
    assert (again(visit).answer, again(later).answer) == ("", CustomerAnswer.YES)


def test_with_simulated_delivery_answers_count_too() -> None:
    with time_machine.travel(NOW, tick=True):
        visit = asked(work_order=WorkOrderFactory(reported_by__email=""))
        assert "Confirmed" in text(customer_of(visit), "YES")
