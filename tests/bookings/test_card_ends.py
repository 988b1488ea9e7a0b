"""Cards that end: every kind, and every way on which what it is about comes to an end."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from bookings import staff_cards
from bookings.models import (
    Booking,
    BookingImport,
    BookingStatus,
    Change,
    CustomerNote,
    Feedback,
    Resource,
    Series,
    Via,
    Wish,
    WorkOrder,
)
from bookings.self_service import verbs
from bookings.series import changing
from bookings.staff_cards.kinds import UNREACHED_BY_US
from fsportal.models import Contact, User
from notifications.customers import text_limits
from notifications.customers.delivery_reports import note_report
from notifications.customers.kinds import note_ends
from notifications.customers.replies.handling import IncomingText, handle
from notifications.inapp import ending
from notifications.inapp import staff_cards as every_kind
from notifications.models import AppNotification, Conversation, CustomerNotification, Reason, StaffMessage, State
from tests.factories import BookingFactory, ResourceFactory, UserFactory, WorkOrderFactory
from tests.notifications.inapp.kinds import says

pytestmark = pytest.mark.django_db

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NOW = dt.datetime(2026, 3, 4, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=True) as clock:
        yield clock


@pytest.fixture
def visit(clock: Any, technician: User) -> Booking:
    """Return a visit of the technician, tomorrow at nine."""
    made: Booking = BookingFactory(resource=technician.resource, start=NOW + DAY, end=NOW + DAY + HOUR)
    return made


def kinds_of(user: User) -> list[str]:
    return sorted(AppNotification.objects.filter(owner=user, dismissed_at=None).values_list("kind", flat=True))


def customer_of(visit: Booking) -> Contact:
    assert visit.reported_by is not None
    return visit.reported_by


def user_of(resource: Resource) -> User:
    assert resource.user is not None
    return resource.user


def fresh(visit: Booking) -> Booking:
    return Booking.objects.with_visit().get(pk=visit.pk)


def message(visit: Booking, channel: str, state: str, event: str = "upcoming", **fields: Any) -> CustomerNotification:
    fields = {"contact": visit.reported_by, "revision": visit.revision, "finished_at": timezone.now()} | fields
    row = CustomerNotification.objects.create(
        event=event,
        channel=channel,
        regarding=visit,
        dedupe_key=f"{CustomerNotification.objects.count()}",
        state=state,
        **fields,
    )
    note_ends([row])
    return row


# --- The rule ---------------------------------------------------------------------------------------------------------
def test_every_registered_kind_says_when_its_cards_are_over_in_code_and_in_words() -> None:
    for kind in every_kind.kinds():
        assert kind.ends, kind.name
        assert str(kind.until).endswith("."), kind.name
        assert not ending.is_over(timezone.now(), [kind]).negated
    assert {"booking_assigned", "channel_down", "invitation_redeemed", "on_call_unreached"} <= {
        kind.name for kind in every_kind.kinds()
    }


def test_every_kind_has_a_case_below() -> None:
    """Whoever adds a kind shows how its cards end."""
    shown = set(CASES) | {"channel_down", "invitation_redeemed", "on_call_unreached"}
    assert {kind.name for kind in every_kind.kinds() if not kind.name.startswith("test_")} == shown


def test_all_conditions_together_are_one_question(
    visit: Booking, dispatcher: User, django_assert_num_queries: Any
) -> None:
    other: list[Booking] = BookingFactory.create_batch(
        5, resource=visit.resource, start=NOW + DAY, end=NOW + DAY + HOUR
    )
    ending.end_all(timezone.now())  # asks for the content types, which stay known
    with django_assert_num_queries(3):  # a savepoint, and one question
        assert ending.end_all(timezone.now()) == 0
    Booking.objects.update(status=BookingStatus.COMPLETED)
    with django_assert_num_queries(4):
        assert ending.end_all(timezone.now()) == 1 + len(other)


# --- Each kind: how its card is made, for whom, and what ends it ------------------------------------------------------
def assigned(visit: Booking, _dispatcher: User) -> None:
    """The card comes with the visit."""


def moved(visit: Booking, _dispatcher: User) -> None:
    AppNotification.note_all_seen(user_of(visit.resource))
    visit.reschedule(visit.start + HOUR)
    AppNotification.objects.exclude(kind=staff_cards.MOVED).delete()


def off(visit: Booking, _dispatcher: User) -> None:
    visit.cancel()


def given_away(visit: Booking, _dispatcher: User) -> None:
    visit.assign(ResourceFactory(user=UserFactory(groups=["technician"])))


def by_file(visit: Booking, _dispatcher: User) -> None:
    AppNotification.objects.all().delete()
    resource = Resource.objects.get(pk=visit.resource_id)
    every_kind.tell(staff_cards.FILE, [user_of(resource)], resource, says(title="3 visits of yours changed"))


def booked_by_customer(visit: Booking, _dispatcher: User) -> None:
    visit.reschedule(visit.start + HOUR, change=Change(contact=customer_of(visit)))


def canceled_by_customer(visit: Booking, _dispatcher: User) -> None:
    visit.cancel(Change(contact=customer_of(visit)))


def wrote(visit: Booking, _dispatcher: User) -> None:
    verbs.ask(visit, contact=customer_of(visit), wish=Wish.CHANGE, text="Friday?")


def asked_for_time(visit: Booking, _dispatcher: User) -> None:
    order = visit.work_order
    order.request, order.waits_since = "Any morning", timezone.now()
    order.save()
    staff_cards.customer_asked_for_time(order)


def plan_it(visit: Booking, _clock: Any) -> None:
    WorkOrder.objects.filter(pk=visit.work_order_id).update(waits_since=None)


def delete_the_work(visit: Booking, _clock: Any) -> None:
    visit.delete()
    visit.work_order.delete()


def undelivered(visit: Booking, _dispatcher: User) -> None:
    message(visit, "sms", State.UNKNOWN)


def undelivered_cancellation(visit: Booking, _dispatcher: User) -> None:
    visit.cancel()
    message(visit, "sms", State.FAILED, "canceled")


def undelivered_completion(visit: Booking, _dispatcher: User) -> None:
    visit.complete()
    message(visit, "sms", State.FAILED, "completed")


def spent(visit: Booking, _dispatcher: User) -> None:
    UserFactory(is_staff=True, is_superuser=True)
    waiting = message(visit, "sms", State.QUEUED, reason=Reason.SPENDING_LIMIT, finished_at=None)
    text_limits.tell_of([waiting])


def late(visit: Booking, _dispatcher: User) -> None:
    visit.run_late(90)


def unconfirmed(visit: Booking, _dispatcher: User) -> None:
    Booking.objects.filter(pk=visit.pk).update(asked_at=NOW)
    staff_cards.nobody_answered(visit)


def declined(visit: Booking, _dispatcher: User) -> None:
    visit.decline(Change(contact=customer_of(visit), via=Via.TEXT))


def rated(visit: Booking, _dispatcher: User) -> None:
    visit.complete()
    verbs.rate(visit, customer_of(visit), 1, "Late")


def imported(visit: Booking, dispatcher: User) -> None:
    done = BookingImport.objects.create(file_name="week.csv", uploaded_by=dispatcher, imported_at=timezone.now())
    staff_cards.import_finished(done, [])


def nobody_for_series(visit: Booking, _dispatcher: User) -> None:
    series = changing.repeat(
        visit, Series(name="Pool", first_day=visit.start.date(), start_time=visit.start.time()), by=None
    )
    order = WorkOrderFactory(account=visit.work_order.account, number="R-1", waits_since=timezone.now())
    staff_cards.series_waits(series, order, visit.start.date())


Way = Callable[[Booking, Any], object]


def later(by: dt.timedelta) -> Way:
    def pass_time(_visit: Booking, clock: Any) -> None:
        clock.shift(by)

    return pass_time


def hand_over(visit: Booking, _clock: Any) -> None:
    visit.assign(ResourceFactory())


def answer(visit: Booking, _clock: Any) -> None:
    for note in CustomerNote.objects.filter(booking=visit):
        note.see_to(by=None)


def plan_by_hand(visit: Booking, _clock: Any) -> None:
    order = WorkOrder.objects.get(number="R-1")
    Booking.schedule(work_order=order, resource=visit.resource, start=visit.end + HOUR, end=visit.end + 2 * HOUR)


def want_no_more(_visit: Booking, _clock: Any) -> None:
    WorkOrder.objects.filter(number="R-1").update(waits_since=None)


def confirm(visit: Booking, _clock: Any) -> None:
    visit.confirm(Change(contact=customer_of(visit), via=Via.TEXT))


def note_their_no(visit: Booking, _clock: Any) -> None:
    visit.decline(Change(via=Via.ADMIN))


def see_to_rating(visit: Booking, _clock: Any) -> None:
    Feedback.objects.get(booking=visit).see_to(by=None)


def report_delivered(_visit: Booking, _clock: Any) -> None:
    row = CustomerNotification.objects.get(state=State.UNKNOWN)
    assert note_report(row.pk, State.DELIVERED, provider_id="SM1", detail="")


def release_texts(_visit: Booking, _clock: Any) -> None:
    CustomerNotification.objects.filter(reason=Reason.SPENDING_LIMIT).update(reason="")


def deliver_otherwise(visit: Booking, _clock: Any) -> None:
    message(visit, "email", State.SENT)


def tell_the_new_time(visit: Booking, _clock: Any) -> None:
    message(visit, "email", State.SENT, "rescheduled", revision=visit.revision + 1)


def begin(visit: Booking, _clock: Any) -> None:
    visit.start_work()


def set_off(visit: Booking, _clock: Any) -> None:
    visit.travel()


def complete(visit: Booking, _clock: Any) -> None:
    visit.complete()


def cancel(visit: Booking, _clock: Any) -> None:
    visit.cancel()


def cancel_in_silence(visit: Booking, _clock: Any) -> None:
    visit.cancel(Change(quiet=True))


def move(visit: Booking, _clock: Any) -> None:
    visit.reschedule(visit.start + 3 * HOUR)


def delete(visit: Booking, _clock: Any) -> None:
    visit.delete()


def leave(visit: Booking, _clock: Any) -> None:
    Resource.objects.filter(pk=visit.resource_id).update(user=None)


def texted(visit: Booking, _dispatcher: User) -> None:
    handle(IncomingText("SM1", customer_of(visit).mobile_phone, "Is it dear?"), timezone.now())


def see_to_text(_visit: Booking, _clock: Any) -> None:
    Conversation.objects.get().see_to(by=None)


def forget_texts(_visit: Booking, _clock: Any) -> None:
    Conversation.objects.all().delete()


def unreached(visit: Booking, dispatcher: User) -> None:
    written = StaffMessage.objects.create(body="We are closed on Friday.", author=dispatcher)
    message(visit, "sms", State.FAILED, "free_message")
    staff_cards.unreached(written, CustomerNotification.objects.get())


def forget_file(_visit: Booking, _clock: Any) -> None:
    BookingImport.objects.all().delete()


AT_ONCE = {begin, set_off, complete, cancel, cancel_in_silence, hand_over, move, report_delivered, deliver_otherwise}
AT_ONCE |= {confirm, note_their_no}
OF_TECHNICIAN: tuple[Way, ...] = (begin, set_off, complete, hand_over, later(DAY + 2 * HOUR), delete, leave)
#: Kind: how its card is made, and the ways on which it ends.
CASES: dict[str, list[tuple[Callable[[Booking, User], None], tuple[Way, ...]]]] = {
    staff_cards.ASSIGNED: [(assigned, (*OF_TECHNICIAN, cancel_in_silence))],
    staff_cards.MOVED: [(moved, (*OF_TECHNICIAN, cancel_in_silence))],
    staff_cards.OFF: [(off, (later(DAY + HOUR), delete)), (given_away, (begin, complete, later(DAY + HOUR), delete))],
    staff_cards.FILE: [(by_file, (later(3 * DAY), leave))],
    staff_cards.CHANGED: [
        (booked_by_customer, (begin, set_off, complete, cancel, move, hand_over, later(DAY + 2 * HOUR), delete)),
        (canceled_by_customer, (later(DAY + HOUR), delete)),
    ],
    staff_cards.WROTE: [(wrote, (answer, complete, cancel, later(DAY + HOUR), delete))],
    staff_cards.REQUESTED: [(asked_for_time, (plan_it, delete_the_work))],
    staff_cards.UNDELIVERED: [
        (
            undelivered,
            (
                report_delivered,
                deliver_otherwise,
                tell_the_new_time,
                begin,
                complete,
                cancel,
                later(DAY + HOUR),
                delete,
            ),
        ),
        (undelivered_cancellation, (later(DAY + HOUR), delete)),
        (undelivered_completion, (later(DAY), delete)),
    ],
    text_limits.CARD: [(spent, (release_texts,))],
    staff_cards.LATE: [(late, (begin, complete, cancel, move, later(DAY + 3 * HOUR), delete))],
    staff_cards.UNCONFIRMED: [(unconfirmed, (note_their_no, later(DAY))), (declined, (confirm, move))],
    staff_cards.LOW_RATING: [(rated, (see_to_rating, delete))],
    staff_cards.SERIES_WAITS: [(nobody_for_series, (plan_by_hand, want_no_more))],
    staff_cards.TEXTED: [(texted, (see_to_text, forget_texts))],
    UNREACHED_BY_US: [(unreached, (later(3 * DAY),))],
    staff_cards.IMPORTED: [(imported, (later(3 * DAY), forget_file))],
}
EACH_WAY = [
    pytest.param(kind, make, end, id=f"{kind}-{make.__name__}-{end.__name__}-{number}")
    for kind, cases in CASES.items()
    for make, ends in cases
    for number, end in enumerate(ends)
]


@pytest.mark.parametrize(("kind", "make", "end"), EACH_WAY)
def test_a_card_is_gone_once_its_cause_is(
    kind: str, make: Callable[[Booking, User], None], end: Way, clock: Any, visit: Booking, dispatcher: User
) -> None:
    make(visit, dispatcher)
    card = AppNotification.objects.filter(kind=kind)[0]
    ending.end_all(timezone.now())
    assert AppNotification.objects.filter(pk=card.pk).exists(), "it is there while its cause is"
    had = set(AppNotification.objects.filter(kind=kind).values_list("pk", flat=True))
    # The same card of somebody who has put it off.
    snoozed = AppNotification.objects.get(pk=card.pk)
    snoozed.pk, snoozed.owner, snoozed.snoozed_until = uuid.uuid4(), UserFactory(), NOW + 30 * DAY
    snoozed.save(force_insert=True)
    end(fresh(visit), clock)
    if end not in AT_ONCE:
        ending.end_all(timezone.now())
    assert not AppNotification.objects.filter(pk__in=had).exists()
    ending.end_all(timezone.now())
    assert not AppNotification.objects.filter(pk=snoozed.pk).exists()


# --- What is not over stays -------------------------------------------------------------------------------------------
def test_who_runs_late_is_no_answer_to_a_customer_who_moved(visit: Booking, dispatcher: User) -> None:
    booked_by_customer(visit, dispatcher)
    visit.run_late(10)
    assert staff_cards.CHANGED in kinds_of(dispatcher)


def test_a_cancellation_that_nobody_was_told_of_stays_until_its_time(visit: Booking, dispatcher: User) -> None:
    undelivered(visit, dispatcher)
    undelivered_cancellation(visit, dispatcher)
    ending.end_all(timezone.now())
    assert kinds_of(dispatcher) == [staff_cards.UNDELIVERED]


def test_a_reminder_that_failed_is_no_news_once_the_technician_is_there(visit: Booking, dispatcher: User) -> None:
    visit.start_work()
    message(visit, "sms", State.FAILED)
    assert kinds_of(dispatcher) == []


def test_a_visit_that_was_handed_over_on_the_way_is_news_until_work_begins(
    visit: Booking, technician: User, clock: Any
) -> None:
    visit.travel()
    other = UserFactory(groups=["technician"])
    visit.assign(ResourceFactory(user=other))
    ending.end_all(timezone.now())
    assert (kinds_of(technician), kinds_of(other)) == ([staff_cards.OFF], [staff_cards.ASSIGNED])
    visit.start_work()
    assert (kinds_of(technician), kinds_of(other)) == ([], [])


def test_setting_off_late_renews_the_card_that_nobody_had(visit: Booking, dispatcher: User, clock: Any) -> None:
    clock.move_to(visit.start + 2 * HOUR)
    staff_cards.is_missed(fresh(visit))
    (card,) = AppNotification.objects.filter(owner=dispatcher)
    assert "Nobody has set off" in card.body
    fresh(visit).run_late(30)
    (card,) = AppNotification.objects.filter(owner=dispatcher)
    assert "arrives about" in card.body


def test_marking_a_low_rating_as_seen_to_takes_the_card_at_once(
    client: Client, visit: Booking, dispatcher: User
) -> None:
    rated(visit, dispatcher)
    client.force_login(dispatcher)
    feedback = Feedback.objects.get()
    page = f"/admin/bookings/feedback/{feedback.pk}"
    assert "Seen to" in client.get(f"{page}/change/").content.decode()
    client.post(f"{page}/do/seen-to/")
    feedback.refresh_from_db()
    assert (feedback.handled_by, kinds_of(dispatcher)) == (dispatcher, [])
    assert "already" in client.post(f"{page}/do/seen-to/", follow=True).content.decode()


def test_seeing_to_a_wish_takes_the_card_at_once(client: Client, visit: Booking, dispatcher: User) -> None:
    wrote(visit, dispatcher)
    client.force_login(dispatcher)
    client.post(f"/admin/bookings/customernote/{CustomerNote.objects.get().pk}/do/seen-to/")
    assert kinds_of(dispatcher) == []


# --- Messages that failed, in each status -----------------------------------------------------------------------------
def undelivered_cards(user: User) -> int:
    ending.end_all(timezone.now())
    return kinds_of(user).count(staff_cards.UNDELIVERED)


def test_whoever_was_not_told_that_work_goes_on_is_told_by_somebody_for_a_day(
    visit: Booking, dispatcher: User, clock: Any
) -> None:
    visit.start_work()
    visit.complete()
    visit.reopen()
    assert visit.status == BookingStatus.IN_PROGRESS
    message(visit, "sms", State.FAILED, "reopened")
    assert undelivered_cards(dispatcher) == 1
    visit.pause()
    assert undelivered_cards(dispatcher) == 1
    clock.shift(DAY)
    assert undelivered_cards(dispatcher) == 0


@pytest.mark.parametrize("seen", [begin, complete, cancel])
def test_that_a_visit_is_on_after_all_is_seen_once_work_begins(
    visit: Booking, dispatcher: User, clock: Any, seen: Way
) -> None:
    visit.cancel()
    visit.reopen()
    message(visit, "sms", State.FAILED, "reopened")
    assert undelivered_cards(dispatcher) == 1
    seen(fresh(visit), clock)
    assert undelivered_cards(dispatcher) == 0


@pytest.mark.parametrize(("verb", "event"), [("cancel", "canceled"), ("complete", "completed")])
def test_what_a_reopened_visit_is_no_more_nobody_has_to_be_told(
    visit: Booking, dispatcher: User, verb: str, event: str
) -> None:
    getattr(visit, verb)()
    message(visit, "sms", State.UNKNOWN, event)
    assert undelivered_cards(dispatcher) == 1
    visit.reopen()
    assert undelivered_cards(dispatcher) == 0


def test_that_somebody_is_on_the_way_matters_only_then(visit: Booking, dispatcher: User) -> None:
    visit.travel()
    message(visit, "sms", State.FAILED, "traveling")
    assert undelivered_cards(dispatcher) == 1
    visit.turn_back()
    assert undelivered_cards(dispatcher) == 0


@pytest.mark.parametrize(("failed", "later"), [("booked", "upcoming"), ("traveling", "delayed")])
def test_whoever_is_told_the_time_later_knows_it(
    visit: Booking, dispatcher: User, clock: Any, failed: str, later: str
) -> None:
    visit.travel() if failed == "traveling" else None
    message(visit, "sms", State.FAILED, failed)
    assert undelivered_cards(dispatcher) == 1
    clock.shift(HOUR)
    message(visit, "sms", State.SENT, later, revision=0, told_at=timezone.now())
    assert undelivered_cards(dispatcher) == 0


@pytest.mark.parametrize(("moved", "cards"), [(dt.timedelta(), 0), (HOUR, 1)])
def test_a_first_reminder_that_failed_matters_if_what_was_told_before_it_was_another_time(
    visit: Booking, dispatcher: User, clock: Any, moved: dt.timedelta, cards: int
) -> None:
    message(visit, "sms", State.SENT, "booked", told_at=timezone.now(), named_time=visit.start)
    clock.shift(HOUR)
    if moved:
        visit.reschedule(visit.start + moved, change=Change(quiet=True))
    message(visit, "sms", State.FAILED, "upcoming", revision=0, named_time=visit.start)
    assert undelivered_cards(dispatcher) == cards


# --- A visit that is on again -----------------------------------------------------------------------------------------
def come_back(visit: Booking) -> None:
    visit.reopen()


def come_back_in_silence(visit: Booking) -> None:
    visit.reopen(Change(quiet=True))


@pytest.mark.parametrize("back", [come_back, come_back_in_silence])
def test_a_reopened_visit_gets_back_what_still_waits(
    visit: Booking, dispatcher: User, back: Callable[[Booking], None]
) -> None:
    wrote(visit, dispatcher)
    undelivered(visit, dispatcher)
    visit.cancel()
    assert kinds_of(dispatcher) == []
    back(visit)
    assert kinds_of(dispatcher) == [staff_cards.WROTE, staff_cards.UNDELIVERED]


def test_a_reopened_visit_gets_nothing_back_that_was_seen_to(visit: Booking, dispatcher: User, clock: Any) -> None:
    wrote(visit, dispatcher)
    answer(visit, clock)
    visit.cancel()
    visit.reopen()
    assert kinds_of(dispatcher) == []


def test_a_visit_that_is_moved_out_of_the_past_gets_back_what_still_waits(
    visit: Booking, dispatcher: User, clock: Any
) -> None:
    wrote(visit, dispatcher)
    clock.shift(2 * DAY)
    ending.end_all(timezone.now())
    assert kinds_of(dispatcher) == []
    visit.reschedule(timezone.now() + DAY)
    assert kinds_of(dispatcher) == [staff_cards.WROTE]


def test_reopening_what_a_customer_canceled_takes_the_card_about_that(visit: Booking, dispatcher: User) -> None:
    canceled_by_customer(visit, dispatcher)
    assert kinds_of(dispatcher) == [staff_cards.CHANGED]
    visit.reopen()
    assert kinds_of(dispatcher) == []
