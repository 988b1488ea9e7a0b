"""Staff cards about bookings: technicians hear of their visits, dispatchers of their customers."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from bookings import staff_cards
from bookings.models import Booking, BookingStatus, Change, Resource, Via, Wish
from bookings.schedule_files import Origin, import_bookings
from bookings.self_service import verbs
from bookings.staff_cards import customers, technicians, texts, undelivered_messages
from fsportal.models import User
from notifications.customers.kinds import note_ends
from notifications.inapp.staff_cards import kinds
from notifications.models import AppNotification, CustomerNotification, Priority, Reason, State
from tests.factories import BookingFactory, ResourceFactory, UserFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def cards(user: User, kind: str = "") -> list[AppNotification]:
    rows = AppNotification.objects.filter(owner=user, dismissed_at=None)
    return list(rows.filter(kind=kind) if kind else rows)


@pytest.fixture
def omar(technician: User) -> Resource:
    return technician.resource


@pytest.fixture
def visit(omar: Resource) -> Booking:
    made: Booking = BookingFactory(resource=omar)
    return made


def message(booking: Booking, channel: str, state: str, **fields: Any) -> CustomerNotification:
    row = CustomerNotification.objects.create(
        event="upcoming",
        channel=channel,
        contact=booking.reported_by,
        regarding=booking,
        revision=booking.revision,
        dedupe_key=f"{channel}:{fields.get('revision', 0)}:{timezone.now().timestamp()}",
        state=state,
        **fields,
    )
    note_ends([row])
    return row


# --- Technicians ----------------------------------------------------------------------------------------------------


def test_a_technician_hears_of_a_visit_that_is_theirs_with_its_time_and_place(technician: User, visit: Booking) -> None:
    (card,) = cards(technician)
    assert card.kind == staff_cards.ASSIGNED
    assert card.regarding == visit
    assert visit.work_order.incident_type.name in card.title
    assert "London time" in card.title or "GMT" in card.title or "BST" in card.title
    assert visit.work_order.number in card.body
    assert visit.work_order.account.street in card.body


def test_a_visit_that_moves_before_it_was_read_stays_one_card_with_the_new_time(
    technician: User, visit: Booking
) -> None:
    before = cards(technician)[0].title
    visit.reschedule(visit.start + HOUR)
    (card,) = cards(technician)
    assert (card.kind, card.title != before) == (staff_cards.ASSIGNED, True)


def test_a_visit_that_moves_later_is_news(technician: User, visit: Booking) -> None:
    AppNotification.note_all_seen(technician)
    for _time in range(3):
        visit.reschedule(visit.start + HOUR)
    (card,) = cards(technician, staff_cards.MOVED)
    assert card.seen_at is None


def test_a_visit_given_to_somebody_else_is_told_to_both(technician: User, visit: Booking) -> None:
    other = UserFactory(groups=["technician"])
    visit.assign(ResourceFactory(user=other))
    assert [card.kind for card in cards(technician)] == [staff_cards.OFF]
    assert [card.kind for card in cards(other)] == [staff_cards.ASSIGNED]


def test_a_visit_that_comes_back_takes_back_that_it_was_given_away(technician: User, visit: Booking) -> None:
    mine, other = visit.resource, UserFactory(groups=["technician"])
    visit.assign(ResourceFactory(user=other))
    visit.assign(mine)
    assert [card.kind for card in cards(technician)] == [staff_cards.ASSIGNED]
    assert [card.kind for card in cards(other)] == [staff_cards.OFF]


def test_a_canceled_visit_takes_its_older_cards_back(technician: User, visit: Booking) -> None:
    visit.cancel()
    assert [card.kind for card in cards(technician)] == [staff_cards.OFF]
    visit.cancel()
    assert len(cards(technician)) == 1


def test_nobody_is_told_what_they_did_themselves_nor_of_what_is_over(technician: User, omar: Resource) -> None:
    mine = BookingFactory(resource=omar, change=Change(by=technician))
    mine.reschedule(mine.start + HOUR, change=Change(by=technician))
    mine.cancel(Change(by=technician))
    past = timezone.now() - dt.timedelta(days=30)
    BookingFactory(resource=omar, start=past, end=past + HOUR)
    assert cards(technician) == []


def test_a_change_that_is_undone_tells_nobody(technician: User, visit: Booking) -> None:
    with transaction.atomic():
        visit.cancel()
        transaction.set_rollback(True)
    assert [card.kind for card in cards(technician)] == [staff_cards.ASSIGNED]


# --- Dispatchers ----------------------------------------------------------------------------------------------------


def test_dispatchers_are_who_may_change_bookings_and_read(
    dispatcher: User, admin: User, reader: User, technician: User, django_assert_num_queries: Any
) -> None:
    UserFactory(username="gone", is_active=False, groups=["dispatcher"])
    with django_assert_num_queries(1):
        assert set(staff_cards.dispatchers()) == {dispatcher, admin}


def test_dispatchers_hear_that_a_customer_canceled_and_can_call(dispatcher: User, booking: Booking) -> None:
    contact = booking.reported_by
    assert contact is not None
    verbs.cancel(booking, contact=contact, by=None, why="", now=timezone.now())
    (card,) = cards(dispatcher)
    assert card.kind == staff_cards.CHANGED
    assert card.title.startswith(f"{contact.name} canceled")
    assert [one["data"]["url"].partition("&")[0] for one in card.content["actions"]] == [
        f"tel:{contact.mobile_phone}",
        "?pagetype=entityrecord",
    ]


def test_dispatchers_hear_a_wish_as_urgent_and_a_note_as_a_note(dispatcher: User, booking: Booking) -> None:
    contact = booking.reported_by
    assert contact is not None
    verbs.ask(booking, contact=contact, wish=Wish.NOTE, text="The bell is broken")
    (card,) = cards(dispatcher)
    assert (card.kind, card.priority) == (staff_cards.WROTE, Priority.NORMAL)
    assert "The bell is broken" in card.body
    verbs.ask(booking, contact=contact, wish=Wish.CHANGE, text="<b>Friday</b> " + "x" * 900)
    (card,) = cards(dispatcher)
    assert card.priority == Priority.HIGH
    assert "asks for another time" in card.title
    assert "<b>" not in card.body_html


def test_a_note_does_not_hide_a_wish_that_waits(dispatcher: User, booking: Booking) -> None:
    contact = booking.reported_by
    assert contact is not None
    wish = verbs.ask(booking, contact=contact, wish=Wish.CANCEL, text="We moved out")
    verbs.ask(booking, contact=contact, wish=Wish.NOTE, text="Thanks")
    (card,) = cards(dispatcher)
    assert (card.priority, "asks to cancel" in card.title, "Thanks" in card.body) == (Priority.HIGH, True, True)
    wish.see_to(by=dispatcher)
    verbs.ask(booking, contact=contact, wish=Wish.NOTE, text="The bell is broken")
    (card,) = cards(dispatcher)
    assert (card.priority, "wrote" in card.title) == (Priority.NORMAL, True)


def test_a_low_rating_is_told_once_and_a_good_one_is_not(dispatcher: User) -> None:
    for rating in (5, 3, 2):
        done = BookingFactory(status=BookingStatus.COMPLETED)
        verbs.rate(done, done.reported_by, rating, "Late again")
        verbs.rate(done, done.reported_by, rating, "Late again")
    (card,) = cards(dispatcher)
    assert card.kind == staff_cards.LOW_RATING
    assert card.title.startswith("2 of 5")
    assert "Late again" in card.body


def test_cards_speak_the_installations_language_whatever_the_customers(
    dispatcher: User, technician: User, visit: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: set[str | None] = set()

    def noted(words: str) -> str:
        spoken.add(translation.get_language())
        return translation.gettext(words)

    for module in (customers, undelivered_messages, technicians, texts):
        monkeypatch.setattr(module, "_", noted)
    contact = visit.reported_by
    assert contact is not None
    with translation.override("ar"):
        staff_cards.customer_booked(visit, contact)
        staff_cards.customer_moved(visit, contact)
        for wish in Wish:
            verbs.ask(visit, contact=contact, wish=wish, text="words")
        visit.reschedule(visit.start + HOUR)
        message(visit, "sms", State.FAILED, reason=Reason.REFUSED)
        cards_before = list(AppNotification.objects.all())
        verbs.cancel(visit, contact=contact, by=None, why="", now=timezone.now())
        done = BookingFactory(status=BookingStatus.COMPLETED)
        verbs.rate(done, done.reported_by, 1, "Late")
    assert spoken == {"en"}
    every = [*cards_before, *AppNotification.objects.all()]
    assert {card.kind for card in every} == {
        staff_cards.ASSIGNED,
        staff_cards.CHANGED,
        staff_cards.WROTE,
        staff_cards.UNDELIVERED,
        staff_cards.LOW_RATING,
        staff_cards.OFF,
    }
    said = "".join(card.title + card.body + card.data for card in every)
    assert not [letter for letter in said if "\u0590" <= letter <= "\u06ff"]


# --- Messages that did not arrive -----------------------------------------------------------------------------------


def test_a_message_that_failed_says_what_whom_and_why(dispatcher: User, booking: Booking) -> None:
    contact = booking.reported_by
    assert contact is not None
    failed = message(booking, "sms", State.FAILED, reason=Reason.REFUSED)
    (card,) = cards(dispatcher)
    assert card.kind == staff_cards.UNDELIVERED
    assert card.title == f"{contact.name} was not told: Upcoming booking"
    assert str(Reason.REFUSED.label) in card.body
    assert contact.mobile_phone not in card.body
    urls = [one["data"]["url"] for one in card.content["actions"]]
    assert urls[0] == f"tel:{contact.mobile_phone}"
    assert urls[1] == f"/admin/notifications/customernotification/{failed.pk}/change/"


@pytest.mark.parametrize("state", [State.SENT, State.DELIVERED])
def test_it_is_taken_back_when_another_channel_delivers(dispatcher: User, booking: Booking, state: str) -> None:
    message(booking, "sms", State.FAILED)
    message(booking, "email", State.FAILED)
    assert len(cards(dispatcher)) == 1
    message(booking, "email", state)
    assert cards(dispatcher) == []


def test_it_is_not_told_when_another_channel_has_delivered(dispatcher: User, booking: Booking) -> None:
    message(booking, "email", State.SENT)
    message(booking, "sms", State.FAILED)
    assert cards(dispatcher) == []


def test_another_message_that_arrives_settles_nothing(dispatcher: User, booking: Booking) -> None:
    message(booking, "sms", State.UNKNOWN)
    CustomerNotification.objects.all().update(revision=7)
    message(booking, "email", State.DELIVERED)
    assert len(cards(dispatcher)) == 1


def test_what_a_newer_message_says_is_no_failure(dispatcher: User, booking: Booking) -> None:
    message(booking, "sms", State.UNKNOWN, reason=Reason.NEWER_MESSAGE)
    assert cards(dispatcher) == []


# --- Imports --------------------------------------------------------------------------------------------------------

HEADING = "external_id,work_order,account,time_zone,incident_type,resource,start,end,status"


def sheet(rows: int, *, hour: int = 9, status: str = "Scheduled") -> bytes:
    day = (timezone.now() + dt.timedelta(days=5)).date()
    lines = [
        f"B{n},W{n},Acme,Europe/London,Boiler,Omar Haddad,{day} {hour:02}:{n:02},{day} {hour + 2:02}:{n:02},{status}"
        for n in range(rows)
    ]
    return "\n".join([HEADING, *lines]).encode()


def test_a_file_is_one_card_per_technician_however_many_rows(technician: User, dispatcher: User) -> None:
    origin = Origin("week.csv", dispatcher)
    import_bookings(sheet(30), origin)
    (card,) = cards(technician)
    assert (card.kind, card.title) == (staff_cards.FILE, "30 visits of yours changed")
    assert card.body == "30 given to you (file “week.csv”)"
    import_bookings(sheet(30, hour=10), origin)
    assert cards(technician)[0].body == "30 moved (file “week.csv”)"
    import_bookings(sheet(30, hour=10), origin)
    assert cards(technician)[0].body == "30 moved (file “week.csv”)"
    import_bookings(sheet(30, hour=10, status="Canceled"), origin)
    assert [one.body for one in cards(technician)] == ["30 off (file “week.csv”)"]
    assert Booking.objects.filter(changes__via=Via.IMPORT).exists()


def test_looking_at_a_file_first_tells_nobody(technician: User) -> None:
    import_bookings(sheet(3), Origin("week.csv"), dry_run=True)
    assert cards(technician) == []


def test_rows_cost_no_queries_for_cards(technician: User) -> None:
    counts = []
    for rows in (5, 25):
        Booking.objects.all().delete()
        with CaptureQueriesContext(connection) as caught:
            import_bookings(sheet(rows), Origin("week.csv"))
        counts.append(sum("appnotification" in query["sql"] for query in caught))
    assert counts[0] == counts[1]


def test_every_kind_says_what_it_is() -> None:
    ours = {kind.name: kind for kind in kinds()}
    assert {kind.name for kind in staff_cards.KINDS} <= set(ours)
    assert all(str(ours[kind.name].label) and str(ours[kind.name].says) for kind in staff_cards.KINDS)
