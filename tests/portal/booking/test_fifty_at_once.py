"""Fifty customers after one free time, over HTTP, at once: one gets it, and the others are told and shown others."""

from contextlib import ExitStack, closing
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Booking, Resource
from portal.models import WebRole
from tests.factories import (
    BookingFactory,
    CodeFactory,
    ContactFactory,
    IncidentTypeFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
)
from tests.portal.crowd import at_once, browser_of, make_room, signed_in
from tests.portal.stage import HOUR, company
from tests.portal.visit.changing import address, visit_to_change

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("crowd")]


def test_of_fifty_customers_after_one_free_time_one_gets_it_and_the_others_are_shown_others(live_server: Any) -> None:
    people = 50
    make_room(live_server)
    first = visit_to_change(now=timezone.now(), days=3)
    kind = first.booking.work_order.incident_type
    hours = {str(day): ["06:00", "22:00"] for day in range(7)}
    wanted_from = ResourceFactory(name="The only one", working_hours=hours)
    away = first.booking.resource
    Resource.objects.filter(pk=away.pk).update(is_active=False)
    codes = [
        CodeFactory(
            booking=BookingFactory(
                work_order=WorkOrderFactory(incident_type=kind, account=contact.account, reported_by=contact),
                resource=away,
                start=first.booking.start + HOUR * number,
                end=first.booking.start + HOUR * (number + 1),
            )
        )
        for number, contact in enumerate(ContactFactory.create_batch(people))
    ]
    with ExitStack() as stack:
        browsers = [stack.enter_context(closing(browser_of(live_server.url, code))) for code in codes]
        key = browsers[0].first_time(address("change", codes[0]))
        for browser, code in zip(browsers, codes, strict=True):
            browser.look(address("check", code), time=key)
        press = [partial(browser.press, address("move", code)) for browser, code in zip(browsers, codes, strict=True)]
        answers = at_once(press)
    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 49
    for answer in answers:
        if answer.status_code == 409:
            assert "Somebody was quicker" in answer.text
            assert 'type="radio" name="time"' in answer.text
            assert f'value="{key}"' not in answer.text
    assert Booking.objects.filter(resource=wanted_from).count() == 1


def test_of_fifty_customers_who_book_one_time_one_gets_it_and_nobody_two(live_server: Any) -> None:
    people = 50
    make_room(live_server)
    company(self_scheduling=True)
    kind = IncidentTypeFactory(is_offered=True)
    only = ResourceFactory(working_hours={str(day): ["06:00", "22:00"] for day in range(7)})
    contacts = [ContactFactory(portal_user=UserFactory()) for _ in range(people)]
    for contact in contacts:
        WebRole.web_api_users().give(contact, by=None)
    with ExitStack() as stack:
        browsers = [
            stack.enter_context(closing(signed_in(live_server.url, contact.portal_user))) for contact in contacts
        ]
        key = browsers[0].first_time("/book/times/", service=str(kind.pk))
        for browser in browsers:
            browser.look("/book/check/", service=str(kind.pk), time=key)
        # Everybody presses, and presses again. (All hundred at once would be more than PostgreSQL lets in by default.)
        press = [partial(browser.press, "/book/make/") for browser in browsers]
        answers = at_once(press) + at_once(press)
    booking = Booking.objects.get()
    assert (booking.resource, booking.end - booking.start) == (only, HOUR)
    where = [answer.headers.get("Location") for answer in answers if answer.status_code == 302]
    assert where == [f"/book/done/{booking.pk}/"] * 2
    refused = [answer for answer in answers if answer.status_code == 409]
    assert len(refused) == 98
    assert all("Somebody was quicker" in answer.text and 'name="time"' in answer.text for answer in refused)
