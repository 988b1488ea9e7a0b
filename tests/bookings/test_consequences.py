"""What follows from a verb: who hears of it, by the table, whatever the way in."""

import datetime as dt

import pytest

from bookings.consequences import CONSEQUENCES
from bookings.models import Booking, Change, Verb, Via
from fsportal.models import Contact, User
from notifications.models import AppNotification, CustomerNotification
from tests.factories import BookingFactory, UserFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def told() -> tuple[list[str], set[tuple[str, str]]]:
    """Return the events of which customers hear, and the cards of staff as (user, kind)."""
    messages = CustomerNotification.objects.filter(channel="email").order_by("created_at")
    cards = AppNotification.objects.values_list("owner__username", "kind")
    return [message.event for message in messages], set(cards)


@pytest.fixture
def visit(technician: User) -> Booking:
    made: Booking = BookingFactory(resource=technician.resource)
    AppNotification.objects.all().delete()
    return made


def test_each_verb_has_its_row() -> None:
    assert set(CONSEQUENCES) == set(Verb)


@pytest.mark.parametrize("via", [via for via in Via if via != Via.IMPORT])
def test_a_technician_hears_whatever_the_way_in(technician: User, visit: Booking, via: Via) -> None:
    visit.reschedule(visit.start + HOUR, change=Change(via=via))
    assert told() == ([], {("technician", "booking_moved")})


def test_a_file_tells_no_technician_row_by_row_but_every_customer(visit: Booking, dispatcher: User) -> None:
    visit.reschedule(visit.start + HOUR, change=Change(via=Via.IMPORT))
    visit.travel(Change(via=Via.IMPORT))
    assert told() == (["traveling"], set())


def test_what_is_quiet_is_told_to_nobody(visit: Booking, dispatcher: User) -> None:
    visit.travel(Change(quiet=True))
    visit.complete(Change(quiet=True))
    assert told() == ([], set())


def test_dispatchers_hear_of_what_a_customer_did(visit: Booking, dispatcher: User) -> None:
    contact = visit.reported_by
    assert isinstance(contact, Contact)
    change = Change(via=Via.PORTAL, contact=contact)
    BookingFactory(work_order=visit.work_order, change=change)
    visit.reschedule(visit.start + HOUR, change=change)
    visit.cancel(change)
    events, cards = told()
    assert events == ["booking_confirmed", "rescheduled", "canceled"]
    assert cards == {("dispatcher", "customer_changed"), ("technician", "booking_off")}
    assert list(visit.changes.filter(contact=contact).values_list("verb", flat=True)) == ["cancel", "reschedule"]


def test_a_visit_handed_over_on_the_way_is_told_to_its_customer_and_to_both_technicians(visit: Booking) -> None:
    other = BookingFactory(resource__user=UserFactory(username="omar", groups=["technician"])).resource
    AppNotification.objects.all().delete()
    visit.travel()
    visit.assign(other)
    events, cards = told()
    assert events == ["traveling", "traveling"]
    assert cards == {("technician", "booking_off"), ("omar", "booking_assigned")}
