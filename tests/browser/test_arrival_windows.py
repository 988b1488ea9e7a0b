"""Arrival windows from end to end: a customer chooses one on a phone, and reads it everywhere; the minute nowhere."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from bookings.models import Booking, BookingNotificationCode, IncidentType
from fsportal.lib import zones
from notifications.customers import delivery
from notifications.models import CustomerNotification
from tests.browser.test_changing_looks import code, heading, in_all_looks, sign_in
from tests.browser.test_visit_looks import check

__all__ = ["code", "sign_in"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_customer_books_a_window_and_reads_it_everywhere(
    browser: Browser, live_server: Any, code: BookingNotificationCode, sign_in: Callable[[BrowserContext], None]
) -> None:
    IncidentType.objects.update(window_minutes=120)
    made: set[Any] = set()
    for look, page in in_all_looks(browser):
        sign_in(page.context)
        page.goto(f"{live_server.url}/book/")
        check(page, f"windows-what-{look}")
        page.get_by_role("radio").first.check()
        page.get_by_role("button").filter(has_text="Go on").click()
        expect(page.get_by_text("When can you be there?")).to_be_visible()
        check(page, f"windows-when-{look}")
        page.locator(".time").filter(has_text="08:00 to 10:00").nth(len(made)).click()
        page.get_by_role("button", name="Go on with this time").click()
        check(page, f"windows-check-{look}")
        page.get_by_role("button", name="Book this appointment").click()
        expect(heading(page)).to_have_text("Your appointment is booked")
        booking = Booking.objects.exclude(pk__in=made).latest("created_at")
        made.add(booking.pk)
        words = booking.told_time.words(booking.zone_name, "en")
        assert "between 08:00 and 10:00" in words
        page.get_by_role("link", name="See your visit").click()
        check(page, f"windows-visit-{look}")
        expect(page.locator("main")).to_contain_text("between 08:00 and 10:00")
        minute = f"{zones.clock(booking.end, booking.zone_name, 'en')}"
        expect(page.locator("main")).not_to_contain_text(minute)
    delivery.drain()
    told = CustomerNotification.objects.filter(event="booking_confirmed", channel="sms", told_at__isnull=False)
    assert all("between 08:00 and 10:00" in row.words for row in told)
