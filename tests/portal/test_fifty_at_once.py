"""Fifty customers after one free time, over HTTP, at once: one gets it, and the others are told and shown others."""

from contextlib import ExitStack, closing
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from bookings.models import Booking, Resource
from fsportal.models import PortalSettings
from tests.factories import BookingFactory, CodeFactory, ContactFactory, ResourceFactory, WorkOrderFactory
from tests.portal.changing import address, visit_to_change
from tests.portal.crowd import at_once, browser_of
from tests.portal.stage import HOUR

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_fifty_customers_after_one_free_time_one_gets_it_and_the_others_are_shown_others(live_server: Any) -> None:
    people = 50
    PortalSettings.load()
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
            browser.look(address("change", code), step="check", time=key)
        press = [
            partial(browser.press, address("change", code), step="move")
            for browser, code in zip(browsers, codes, strict=True)
        ]
        answers = at_once(press)
    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 49
    for answer in answers:
        if answer.status_code == 409:
            assert "Somebody was quicker" in answer.text
            assert 'type="radio" name="time"' in answer.text
            assert f'value="{key}"' not in answer.text
    assert Booking.objects.filter(resource=wanted_from).count() == 1
