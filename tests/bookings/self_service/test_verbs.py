"""What customers do by themselves: the verbs, their refusals, and what stays behind in the history."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from bookings import staff_cards
from bookings.availability.free_times import FreeTime, times_to_book, times_to_move
from bookings.models import (
    Booking,
    BookingStatus,
    CustomerNote,
    IncidentType,
    NumberSeries,
    Resource,
    StaleBooking,
    Verb,
    Via,
    Wish,
    WorkOrder,
)
from bookings.models.resources import office_hours
from bookings.self_service import verbs
from bookings.self_service.policy import Why
from bookings.self_service.verbs import PolicyRefused, TimeTaken
from fsportal.models import Contact, PortalSettings, User
from notifications.models import AppNotification, CustomerNotification
from tests.factories import (
    AccountFactory,
    BookingFactory,
    ContactFactory,
    IncidentTypeFactory,
    ResourceFactory,
    WorkOrderFactory,
    WorkOrderTypeFactory,
)

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
#: A Tuesday.
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def portal_settings(db: None) -> PortalSettings:
    portal_settings = PortalSettings.load()
    portal_settings.self_scheduling = True
    portal_settings.save()
    return portal_settings


@pytest.fixture
def visit(now: dt.datetime) -> Booking:
    """Return a visit in a week, by a technician who works on weekdays from eight to five."""
    booking: Booking = BookingFactory(start=now + 7 * DAY)
    return booking


@pytest.fixture
def contact(visit: Booking) -> Contact:
    assert visit.reported_by is not None
    return visit.reported_by


@pytest.fixture
def service(db: None) -> IncidentType:
    kind: IncidentType = IncidentTypeFactory(
        is_offered=True, duration_minutes=90, default_work_order_type=WorkOrderTypeFactory(name="Repair")
    )
    return kind


@pytest.fixture
def how(contact: Contact, now: dt.datetime) -> dict[str, Any]:
    return {"contact": contact, "by": None, "why": "School run", "now": now}


def fresh(booking: Booking) -> Booking:
    return Booking.objects.with_visit().get(pk=booking.pk)


def to_move(booking: Booking, now: dt.datetime) -> list[FreeTime]:
    return times_to_move(booking, now, portal_settings=PortalSettings.load())


# --- Another time ---------------------------------------------------------------------------------------------------
def test_a_customer_moves_their_visit_and_the_history_names_them(
    visit: Booking, how: dict[str, Any], now: dt.datetime
) -> None:
    to = to_move(visit, now)[5]
    assert verbs.change_time(visit, to, **how)
    moved = fresh(visit)
    assert (moved.start, moved.end, moved.resource) == (to.start, to.end, to.resource)
    change = moved.changes.first()
    assert change is not None
    assert (change.verb, change.via, change.why) == (Verb.RESCHEDULE, Via.PORTAL, "School run")
    assert (change.contact, change.by) == (how["contact"], None)
    first = moved.changes.last()
    assert first is not None
    assert first.contact is None  # made by the office


def test_another_technician_is_assigned_with_the_other_time_and_it_counts_once(
    visit: Booking, how: dict[str, Any], now: dt.datetime, customer: User
) -> None:
    Resource.objects.update(is_active=False)
    other = ResourceFactory(name="The other one")
    to = to_move(visit, now)[0]
    assert to.resource == other
    verbs.change_time(visit, to, **{**how, "by": customer})
    moved = fresh(visit)
    assert (moved.resource, moved.start, moved.revision) == (other, to.start, 3)
    changes = list(moved.changes.order_by("revision").values_list("verb", "by", "via", "contact"))[1:]
    assert changes == [
        (Verb.ASSIGN, customer.pk, Via.PORTAL, how["contact"].pk),
        (Verb.RESCHEDULE, customer.pk, Via.PORTAL, how["contact"].pk),
    ]


def test_the_same_time_again_is_no_change_and_no_error(visit: Booking, how: dict[str, Any], now: dt.datetime) -> None:
    to, old = to_move(visit, now)[0], fresh(visit)
    assert verbs.change_time(visit, to, **how)
    assert not verbs.change_time(visit, to, **how)
    assert not verbs.change_time(old, to, **how)  # the page that was open before, sent once more
    assert (old.start, old.revision) == (to.start, 2)
    assert fresh(visit).changes.count() == 2


def test_who_looks_at_an_old_page_is_told_so_in_words_for_customers(
    visit: Booking, how: dict[str, Any], now: dt.datetime
) -> None:
    old, first, second = fresh(visit), *to_move(visit, now)[:2]
    verbs.change_time(visit, first, **how)
    with pytest.raises(StaleBooking, match="changed in the meantime"):
        verbs.change_time(old, second, **how)
    with pytest.raises(StaleBooking, match="changed in the meantime"):
        verbs.cancel(old, **how)
    assert (fresh(visit).start, fresh(visit).status) == (first.start, BookingStatus.SCHEDULED)


def test_a_time_that_somebody_booked_meanwhile_is_taken_and_nothing_changes(
    visit: Booking, how: dict[str, Any], now: dt.datetime
) -> None:
    to = to_move(visit, now)[0]
    BookingFactory(resource=to.resource, start=to.start + HOUR / 2)
    with pytest.raises(TimeTaken):
        verbs.change_time(visit, to, **how)
    assert (fresh(visit).start, fresh(visit).revision) == (visit.start, 1)


def test_a_time_to_which_somebody_would_have_to_fly_is_taken(
    visit: Booking, how: dict[str, Any], now: dt.datetime
) -> None:
    to = to_move(visit, now)[0]
    far = WorkOrderFactory(account=AccountFactory(latitude=51.7014))
    BookingFactory(resource=to.resource, work_order=far, start=to.end, end=to.end + HOUR)
    with pytest.raises(TimeTaken):
        verbs.change_time(visit, to, **how)
    assert (fresh(visit).start, fresh(visit).revision) == (visit.start, 1)


def test_a_visit_may_move_by_half_an_hour_across_itself(now: dt.datetime, how: dict[str, Any], visit: Booking) -> None:
    day = [time for time in to_move(visit, now) if time.resource == visit.resource]
    first = next(time for time in day if time.start > now + 3 * DAY)
    half = next(time for time in day if time.start == first.start + HOUR / 2)
    verbs.change_time(visit, first, **how)
    assert verbs.change_time(visit, half, **how)


def forged(resource: Resource, start: dt.datetime) -> FreeTime:
    return FreeTime(start, start + HOUR, resource)


def test_forged_times_are_refused(visit: Booking, how: dict[str, Any], now: dt.datetime) -> None:
    Resource.objects.update(working_hours=office_hours())
    offered = to_move(visit, now)[0]
    good = offered.resource
    unable, gone = ResourceFactory(), ResourceFactory(is_active=False)
    unable.incident_types.add(IncidentTypeFactory())
    far = ResourceFactory(start_latitude=10.0)
    bad = {
        "by night": forged(good, NOW + 3 * DAY - 8 * HOUR),
        "between the half hours": forged(good, NOW + 3 * DAY + dt.timedelta(minutes=7)),
        "in the past": forged(good, NOW - 14 * DAY),
        "today": forged(good, NOW + HOUR),
        "beyond the last day": forged(good, NOW + 70 * DAY),
        "by who does other work": forged(unable, offered.start),
        "by who has left": forged(gone, offered.start),
        "by who is far away": forged(far, offered.start),
        "by nobody": forged(Resource(name="Nobody"), offered.start),
    }
    for name, time in bad.items():
        with pytest.raises(TimeTaken):
            verbs.change_time(visit, time, **how)
        assert fresh(visit).revision == 1, name


def test_the_end_is_ours_to_say_whatever_was_sent(visit: Booking, how: dict[str, Any], now: dt.datetime) -> None:
    offered = to_move(visit, now)[0]
    long = FreeTime(offered.start, offered.start + 9 * HOUR, offered.resource)
    verbs.change_time(visit, long, **how)
    assert fresh(visit).end == offered.end


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ({"customers_may_change": False, "customers_may_cancel": False}, Why.POLICY),
        ({"cutoff_hours": 24 * 8}, Why.CUTOFF),
    ],
)
def test_the_policy_is_asked_again(
    visit: Booking, how: dict[str, Any], now: dt.datetime, policy: dict[str, Any], why: Why
) -> None:
    to = to_move(visit, now)[0]
    IncidentType.objects.update(**policy)  # while the page was open
    with pytest.raises(PolicyRefused) as refused:
        verbs.change_time(visit, to, **how)
    assert (refused.value.why, str(refused.value)) == (why, str(why.label))
    with pytest.raises(PolicyRefused) as refused:
        verbs.cancel(visit, **how)
    assert refused.value.why == why
    assert fresh(visit).revision == 1


def test_moving_more_often_than_allowed_is_refused(visit: Booking, how: dict[str, Any], now: dt.datetime) -> None:
    IncidentType.objects.update(max_changes=1)
    first, second = to_move(visit, now)[-2:]
    verbs.change_time(visit, first, **how)
    with pytest.raises(PolicyRefused) as refused:
        verbs.change_time(visit, second, **how)
    assert refused.value.why == Why.TOO_OFTEN


def test_what_has_begun_is_refused(visit: Booking, how: dict[str, Any], now: dt.datetime) -> None:
    to = to_move(visit, now)[0]
    visit.travel()
    with pytest.raises(PolicyRefused) as refused:
        verbs.change_time(visit, to, **how)
    assert refused.value.why == Why.STATUS
    with pytest.raises(PolicyRefused) as refused:
        verbs.cancel(visit, **how)
    assert refused.value.why == Why.STATUS


# --- Off ------------------------------------------------------------------------------------------------------------
def test_a_customer_cancels_and_twice_is_once(visit: Booking, how: dict[str, Any]) -> None:
    old = fresh(visit)
    assert verbs.cancel(visit, **how)
    assert not verbs.cancel(visit, **how)
    assert not verbs.cancel(old, **how)
    change = fresh(visit).changes.get(verb=Verb.CANCEL)
    assert (change.contact, change.via, change.why) == (how["contact"], Via.PORTAL, "School run")


# --- Asking ---------------------------------------------------------------------------------------------------------
def test_a_wish_waits_until_somebody_sees_to_it_and_the_same_words_are_one_wish(
    visit: Booking, contact: Contact, dispatcher: User
) -> None:
    note = verbs.ask(visit, contact=contact, wish=Wish.CHANGE, text=" Friday, please ")
    assert (note.text, note.wish, note.contact) == ("Friday, please", Wish.CHANGE, contact)
    assert verbs.ask(visit, contact=contact, wish=Wish.CHANGE, text="Friday, please") == note
    verbs.ask(visit, contact=contact, wish=Wish.CANCEL, text="Friday, please")
    assert CustomerNote.objects.waiting().count() == 2
    note.see_to(by=dispatcher)
    assert verbs.ask(visit, contact=contact, wish=Wish.CHANGE, text="Friday, please") != note


@pytest.mark.parametrize("status", [BookingStatus.COMPLETED, BookingStatus.CANCELED])
def test_nothing_is_asked_of_a_visit_that_is_over(contact: Contact, status: BookingStatus) -> None:
    with pytest.raises(PolicyRefused):
        verbs.ask(BookingFactory(status=status), contact=contact, wish=Wish.CHANGE, text="Another")
    assert not CustomerNote.objects.exists()


# --- Booking --------------------------------------------------------------------------------------------------------
def to_book(service: IncidentType, contact: Contact, now: dt.datetime) -> FreeTime:
    return times_to_book(service, contact.account, now, portal_settings=PortalSettings.load())[0]


def test_a_customer_books_and_work_visit_and_note_are_made(
    portal_settings: PortalSettings, service: IncidentType, contact: Contact, now: dt.datetime, customer: User
) -> None:
    at = to_book(service, contact, now)
    booking = verbs.book(contact, service, at, by=customer, details=" Mind the dog ", now=now)
    order = booking.work_order
    assert (booking.start, booking.end, booking.resource) == (at.start, at.start + HOUR * 1.5, at.resource)
    assert (order.number, order.account, order.reported_by) == ("P-000001", contact.account, contact)
    assert order.work_order_type is not None
    assert (order.incident_type, order.work_order_type.name, order.notes) == (service, "Repair", "Mind the dog")
    note = booking.customer_notes.get()
    assert (note.text, note.wish, note.contact) == ("Mind the dog", Wish.NOTE, contact)
    change = booking.changes.get()
    assert (change.verb, change.via, change.by, change.contact) == (Verb.SCHEDULE, Via.PORTAL, customer, contact)
    assert Booking.objects.for_contacts([contact]).filter(pk=booking.pk).exists()
    told = CustomerNotification.objects.regarding(booking)
    assert {(row.event, row.contact, row.channel) for row in told} == {
        ("booking_confirmed", contact, "email"),
        ("booking_confirmed", contact, "sms"),
    }


@pytest.mark.parametrize(
    ("details", "kinds"), [("", [staff_cards.CHANGED]), ("Dog", [staff_cards.CHANGED, staff_cards.WROTE])]
)
def test_dispatchers_hear_of_a_visit_that_a_customer_booked_with_a_note_or_without(
    portal_settings: PortalSettings,
    service: IncidentType,
    contact: Contact,
    now: dt.datetime,
    dispatcher: User,
    details: str,
    kinds: list[str],
) -> None:
    at = to_book(service, contact, now)
    with time_machine.travel(now, tick=False):  # a card about a visit that is past would end at once
        for _time in range(2):
            verbs.book(contact, service, at, by=None, details=details, now=now)
    cards = AppNotification.objects.filter(owner=dispatcher).order_by("kind")
    assert [card.kind for card in cards] == kinds
    assert cards[0].title.startswith(f"{contact.name} booked: {service.name}")


def test_the_same_press_again_is_the_same_visit(
    portal_settings: PortalSettings, service: IncidentType, contact: Contact, now: dt.datetime
) -> None:
    at = to_book(service, contact, now)
    first, again = (verbs.book(contact, service, at, by=None, details="x", now=now) for _ in range(2))
    assert first == again
    assert CustomerNote.objects.count() == 1
    other = ContactFactory(account=contact.account)
    with pytest.raises(TimeTaken):
        verbs.book(other, service, at, by=None, details="", now=now)


def test_who_canceled_may_book_the_same_time_again(
    portal_settings: PortalSettings, service: IncidentType, contact: Contact, now: dt.datetime
) -> None:
    IncidentType.objects.filter(pk=service.pk).update(cutoff_hours=0)
    at = to_book(service, contact, now)
    first = fresh(verbs.book(contact, service, at, by=None, details="", now=now))
    verbs.cancel(first, contact=contact, by=None, why="", now=now)
    assert verbs.book(contact, service, at, by=None, details="", now=now) != first


def test_without_details_there_is_no_note(
    portal_settings: PortalSettings, service: IncidentType, contact: Contact, now: dt.datetime
) -> None:
    booking = verbs.book(contact, service, to_book(service, contact, now), by=None, details="  ", now=now)
    assert not booking.customer_notes.exists()


def test_what_is_not_offered_is_not_booked(
    portal_settings: PortalSettings, service: IncidentType, contact: Contact, now: dt.datetime
) -> None:
    at = to_book(service, contact, now)
    kept = IncidentTypeFactory(is_offered=False)
    with pytest.raises(PolicyRefused):
        verbs.book(contact, kept, at, by=None, details="", now=now)
    contact.account.is_active = False
    with pytest.raises(PolicyRefused):
        verbs.book(contact, service, at, by=None, details="", now=now)
    contact.account.is_active = True
    PortalSettings.objects.update(self_scheduling=False)
    with pytest.raises(PolicyRefused):
        verbs.book(contact, service, at, by=None, details="", now=now)
    PortalSettings.objects.update(self_scheduling=True)
    night = FreeTime(at.start.replace(hour=2), at.end, at.resource)
    with pytest.raises(TimeTaken):
        verbs.book(contact, service, night, by=None, details="", now=now)
    assert WorkOrder.objects.count() == 1  # the one of the visit that was there before


def test_each_series_of_numbers_goes_on_by_itself() -> None:
    assert [NumberSeries.following("P"), NumberSeries.following("P"), NumberSeries.following("Q")] == [
        "P-000001",
        "P-000002",
        "Q-000001",
    ]


def test_a_number_that_is_there_already_is_passed_over(
    portal_settings: PortalSettings, service: IncidentType, contact: Contact, now: dt.datetime
) -> None:
    WorkOrderFactory(number="P-000001")
    booking = verbs.book(contact, service, to_book(service, contact, now), by=None, details="", now=now)
    assert booking.work_order.number == "P-000002"
