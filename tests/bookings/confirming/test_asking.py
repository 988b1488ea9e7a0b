"""Reminders that ask whether the time suits, and what another time does to the answer."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from bookings.messages import reminders
from bookings.models import AnsweredBy, Booking, Change, CustomerAnswer, NotAllowed, Reminder, Verb, Via
from bookings.models.draft import Draft
from bookings.models.window import window_of
from bookings.plan import plan
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from tests.bookings.confirming.asking import DAY, HOUR, MINUTE, NOW, asked, asking, customer_of, somebody, visit_in
from tests.factories import IncidentTypeFactory, WorkOrderFactory
from tests.servers import SmtpSink

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def words(channel: str, visit: Booking, event: str = "upcoming") -> str:
    found: str = CustomerNotification.objects.regarding(visit).get(event=event, channel=channel).words
    return found


# --- What the customer reads ------------------------------------------------------------------------------------------
ANSWERS = {"en": ("YES", "NO"), "de": ("JA", "NEIN"), "fr": ("OUI", "NON"), "ar": ("نعم", "لا"), "he": ("כן", "לא")}


def test_a_reminder_asks_in_the_language_of_the_customer_and_the_visit_counts_as_asked(
    clock: time_machine.Coordinates,
) -> None:
    asking()
    visits = {
        language: visit_in(DAY, work_order=WorkOrderFactory(reported_by__language=language)) for language in ANSWERS
    }
    reminders.sweep(NOW)
    delivery.drain()
    for language, visit in visits.items():
        sms = words("sms", visit)
        assert all(word in sms for word in ANSWERS[language]), sms
        assert sms.strip("\u200f\u202b\u202c").endswith("[link]")
        visit.refresh_from_db()
        assert (visit.asked_at, visit.answer, visit.revision) == (NOW, "", 1)
    email = words("email", visits["en"])
    assert "Please confirm your visit" in email
    assert "Confirm: [link]#answer" in email.replace("\n", " ") or "[link]#answer" in email


def test_a_company_that_does_not_ask_and_a_visit_that_is_confirmed_get_no_question(
    clock: time_machine.Coordinates,
) -> None:
    asking(reminder_asks=False)
    silent = asked()
    assert "YES" not in words("sms", silent)
    assert silent.asked_at is None
    asking()
    confirmed = visit_in(DAY)
    confirmed.confirm(Change(via=Via.ADMIN))
    reminders.sweep(NOW)
    delivery.drain()
    assert "YES" not in words("sms", confirmed)
    assert "suit" in words("email", confirmed)


def test_a_question_that_no_message_brought_was_not_asked(clock: time_machine.Coordinates, smtp: SmtpSink) -> None:
    asking(communication_type="email")
    smtp.rcpt_answer = "550 5.1.1 no such user"
    visit = asked()
    row = CustomerNotification.objects.regarding(visit).get()
    assert (row.state, visit.asked_at) == (State.FAILED, None)


# --- Reminders only for those who have not confirmed ------------------------------------------------------------------
def test_the_second_reminder_leaves_out_who_has_confirmed_and_the_plan_says_so(clock: time_machine.Coordinates) -> None:
    asking()
    second = Reminder.objects.create(lead_days=0, lead_hours=20, channel="sms", asks=True, only_unconfirmed=True)
    open_, confirmed, queued = asked(DAY), asked(DAY), asked(DAY)
    confirmed.confirm()
    [at] = [one.at for one in plan(open_, NOW).going]
    assert at == open_.start - 20 * HOUR
    assert plan(confirmed, NOW).going == []
    later = NOW + 4 * HOUR
    clock.move_to(later)
    assert reminders.sweep(later).queued == 2
    queued.refresh_from_db()
    queued.confirm()
    delivery.drain()
    rows = CustomerNotification.objects.filter(dedupe_key__endswith=str(second.pk))
    assert {(row.regarding, row.state, row.reason) for row in rows} == {
        (open_, State.SIMULATED, ""),
        (queued, State.SUPERSEDED, Reason.CONFIRMED),
    }
    # Whoever changes their mind is looked at again; they know the time, and staff know that it does not suit.
    queued.decline()
    assert reminders.sweep(later).looked_at_again == 1
    delivery.drain()
    assert rows.get(regarding_id=queued.pk).reason == Reason.ALREADY_TOLD


# --- Another time -----------------------------------------------------------------------------------------------------
def test_another_time_is_asked_about_afresh_and_a_small_move_is_not(clock: time_machine.Coordinates) -> None:
    asking()
    visit = asked()
    visit.confirm(Change(via=Via.TEXT, contact=customer_of(visit)))
    row = visit.changes.get(verb=Verb.CONFIRM)
    assert (row.via, row.contact, row.revision) == (Via.TEXT, customer_of(visit), 2)
    assert (visit.answer, visit.answered_by, visit.answered_at) == (CustomerAnswer.YES, AnsweredBy.TEXT, NOW)
    assert not visit.confirm(), "said already"
    clock.shift(MINUTE)
    visit.assign(somebody())
    visit.reschedule(visit.start + 10 * MINUTE)
    assert visit.answer == CustomerAnswer.YES
    visit.reschedule(visit.start + 10 * MINUTE)
    assert (visit.answer, visit.asked_at, visit.answered_at, visit.answered_by) == ("", None, None, "")
    # The first reminder has gone, so the message about the new time asks.
    delivery.drain()
    visit.refresh_from_db()
    assert "YES" in words("sms", visit, "rescheduled")
    assert visit.asked_at == NOW + MINUTE


def test_a_move_inside_the_arrival_window_keeps_the_answer_also_in_a_draft(clock: time_machine.Coordinates) -> None:
    order = WorkOrderFactory(incident_type=IncidentTypeFactory(window_minutes=240))
    start = NOW + DAY
    visit = asked(work_order=order)
    assert visit.window == window_of(start, 240, order.zone_name) is not None
    visit.confirm()
    draft: Draft[Booking, object] = Draft()
    draft.take(visit)
    visit.reschedule(start + HOUR)
    assert visit.answer == CustomerAnswer.YES
    visit.reschedule(start + 6 * HOUR)
    assert visit.answer == ""
    assert {"answer", "asked_at", "answered_at", "answered_by"} <= draft.fields[visit.pk]
    assert Booking.objects.get(pk=visit.pk).answer == CustomerAnswer.YES, "only in memory"


def test_a_visit_that_has_begun_or_was_off_is_not_confirmed(clock: time_machine.Coordinates) -> None:
    visit = asked()
    visit.confirm()
    visit.cancel()
    with pytest.raises(NotAllowed):
        visit.decline()
    visit.reopen()
    assert (visit.answer, visit.asked_at) == ("", None)
    visit.travel()
    with pytest.raises(NotAllowed):
        visit.confirm()
    assert dt.timedelta() < visit.start - NOW
