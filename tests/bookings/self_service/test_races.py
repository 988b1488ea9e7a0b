"""Fifty customers after one free slot, for real: threads with connections of their own, on either database."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from bookings.availability.free_times import FreeTime, times_to_book, times_to_move
from bookings.models import Booking, Resource, WorkOrder
from bookings.self_service import verbs
from fsportal.models import Account, Contact, PortalSettings
from notifications.models import CustomerNotification
from tests.factories import BookingFactory, ContactFactory, IncidentTypeFactory, ResourceFactory, WorkOrderFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]
CUSTOMERS = 50


def at_once(work: Callable[[int], Any], people: int = CUSTOMERS) -> Counter[str]:
    """Let all people do it at the same moment; returns how often each outcome came, "won" or the refusal's name."""
    gate = Barrier(people)

    def one(person: int) -> str:
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            work(person)
        except verbs.TimeTaken:
            return "TimeTaken"
        else:
            return "won"
        finally:
            connection.close()

    with ThreadPoolExecutor(people) as pool:
        return Counter(pool.map(one, range(people)))


def overlaps() -> list[tuple[Booking, Booking]]:
    visits = list(Booking.objects.active().order_by("resource", "start"))
    return [(a, b) for a in visits for b in visits if a.pk < b.pk and _overlap(a, b)]


def _overlap(a: Booking, b: Booking) -> bool:
    return a.resource_id == b.resource_id and a.start < b.end and b.start < a.end


def open_portal() -> PortalSettings:
    portal_settings = PortalSettings.load()
    portal_settings.self_scheduling = True
    portal_settings.save()
    return portal_settings


def test_of_fifty_customers_who_book_one_free_time_one_gets_it_and_49_are_told() -> None:
    portal_settings, now = open_portal(), timezone.now()
    ResourceFactory()
    service = IncidentTypeFactory(is_offered=True)
    contacts: list[Contact] = ContactFactory.create_batch(CUSTOMERS)
    at = times_to_book(service, contacts[0].account, now, portal_settings=portal_settings)[0]

    def book(person: int) -> None:
        verbs.book(contacts[person], service, at, by=None, details="", now=now)

    assert at_once(book) == {"won": 1, "TimeTaken": CUSTOMERS - 1}
    won = Booking.objects.get()
    assert (won.start, won.resource) == (at.start, at.resource)
    assert WorkOrder.objects.count() == 1  # who was refused left nothing behind
    assert {row.contact for row in CustomerNotification.objects.all()} == {won.reported_by}


def test_of_fifty_customers_who_move_to_one_free_time_one_gets_it_and_49_keep_theirs() -> None:
    portal_settings, now = open_portal(), timezone.now()
    resource: Resource = ResourceFactory(name="The only one who is free")
    service = IncidentTypeFactory(cutoff_hours=0)
    start = (now + dt.timedelta(days=40)).replace(microsecond=0)
    visits = [
        BookingFactory(
            work_order=WorkOrderFactory(incident_type=service),
            resource=ResourceFactory(working_hours={}),
            start=start,
        )
        for _customer in range(CUSTOMERS)
    ]
    to = times_to_move(visits[0], now, portal_settings=portal_settings)[0]
    assert to.resource == resource

    def move(person: int) -> None:
        visit = Booking.objects.with_visit().get(pk=visits[person].pk)
        verbs.change_time(visit, to, contact=visit.reported_by, by=None, why="", now=now)  # type: ignore[arg-type]

    assert at_once(move) == {"won": 1, "TimeTaken": CUSTOMERS - 1}
    assert Booking.objects.filter(resource=resource).count() == 1
    assert Booking.objects.filter(start=start).count() == CUSTOMERS - 1
    assert not overlaps()


def test_times_that_overlap_by_half_race_for_the_technician_too() -> None:
    portal_settings, now = open_portal(), timezone.now()
    ResourceFactory()
    service = IncidentTypeFactory(is_offered=True, duration_minutes=60)
    contacts: list[Contact] = ContactFactory.create_batch(12)
    times = times_to_book(service, contacts[0].account, now, portal_settings=portal_settings)[:6]

    def book(person: int) -> None:
        verbs.book(contacts[person], service, times[person % 6], by=None, details="", now=now)

    outcome = at_once(book, 12)
    assert outcome["won"] in (2, 3)  # six half hours hold two or three hours' visits, by who came first
    assert Booking.objects.count() == outcome["won"]
    assert not overlaps()


def test_work_numbers_are_given_once_where_many_book_different_technicians() -> None:
    portal_settings, now = open_portal(), timezone.now()
    service = IncidentTypeFactory(is_offered=True)
    account: Account = ContactFactory().account
    first: Resource = ResourceFactory()
    resources = [first, *ResourceFactory.create_batch(19)]
    contacts: list[Contact] = ContactFactory.create_batch(20, account=account)
    at = times_to_book(service, account, now, portal_settings=portal_settings)[0]

    def book(person: int) -> None:
        mine = FreeTime(at.start, at.end, resources[person])
        verbs.book(contacts[person], service, mine, by=None, details="", now=now)

    assert at_once(book, 20) == {"won": 20}
    assert sorted(WorkOrder.objects.values_list("number", flat=True)) == [f"P-{n:06}" for n in range(1, 21)]


def test_a_double_click_books_one_visit() -> None:
    portal_settings, now = open_portal(), timezone.now()
    ResourceFactory()
    service = IncidentTypeFactory(is_offered=True)
    contact: Contact = ContactFactory()
    at = times_to_book(service, contact.account, now, portal_settings=portal_settings)[0]
    made = []

    def book(person: int) -> None:
        made.append(verbs.book(contact, service, at, by=None, details="", now=now).pk)

    assert at_once(book, 8) == {"won": 8}
    assert len(set(made)) == Booking.objects.count() == 1
