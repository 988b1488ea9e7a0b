"""A repeating visit in a real browser without scripts: made from a booking, and changed from one of its visits on."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from bookings.models import Booking, Series
from bookings.series.making import make_due
from tests.browser.test_settings_area_looks import signed_in
from tests.browser.test_visit_looks import LOOKS
from tests.factories import BookingFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_this_and_the_following_are_moved_without_scripts(browser: Browser, live_server: Any) -> None:
    start = (timezone.now() + dt.timedelta(days=2)).replace(hour=9, minute=0, second=0, microsecond=0)
    visit: Booking = BookingFactory(start=start)
    page = signed_in(browser, live_server.url, {**LOOKS["phone-light"], "java_script_enabled": False})
    page.goto(live_server.url + reverse("admin:bookings_booking_change", args=[visit.pk]))
    page.get_by_role("link", name="Repeat this visit").click()
    page.get_by_label("Name").fill("Pool, weekly")
    page.get_by_role("button", name="Repeat this visit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pool, weekly")
    make_due(timezone.now())
    page.reload()
    page.locator(".visits a").nth(1).click()
    page.get_by_role("link", name="Change this and the following").click()
    page.get_by_label("Start").fill("15:30")
    page.get_by_role("button", name="Show what will be told").click()
    expect(page.get_by_label("Start")).to_have_value("15:30")
    assert Series.objects.count() == 1, "looking changes nothing"
    page.get_by_role("button", name="Change this and the following").click()
    after = Series.objects.get(follows__isnull=False)
    visits = Booking.objects.filter(occurrence__series=after)
    starts = {booking.start for booking in visits}
    assert len(starts) >= 8
    assert {after.start_on(moment.date()) for moment in starts if moment} == starts
    page.context.close()
