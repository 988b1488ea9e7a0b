"""What the customer will be told, in a real browser: on the page before, in the log after, with and without scripts."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from bookings.messages import reminders
from bookings.models import Booking
from fsportal.lib import zones
from fsportal.models.consent import Channel
from notifications.customers import delivery, kinds
from notifications.models import CustomerNotification
from tests.admin_cast import account, booking, contact, make_booking, make_message, resource
from tests.browser.test_settings_area_looks import signed_in
from tests.browser.test_visit_looks import LOOKS

__all__ = ["account", "booking", "contact", "make_booking", "make_message", "resource"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOW = "Show what will be told"


def local(moment: dt.datetime) -> str:
    return zones.local(moment, "America/New_York").strftime("%Y-%m-%dT%H:%M")


def look(name: str, *, scripts: bool = True) -> dict[str, Any]:
    return {**LOOKS[name], "java_script_enabled": scripts}


def planned_at_once(page: Page) -> list[str]:
    """Return the messages that the page says go at once: "Booked, Email"."""
    lines = page.locator(".plan:not(.not-going) > li", has=page.locator(".plan-when", has_text="At once"))
    return sorted(line.inner_text().strip() for line in lines.locator(".plan-what").all())


def told(booking: Booking) -> list[str]:
    rows = CustomerNotification.objects.regarding(booking).exclude(told_at=None)
    return sorted(f"{kinds.label_of(row.event)}, {Channel(row.channel).label}" for row in rows)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_visit_in_three_hours_is_told_as_its_page_said_before(
    browser: Browser, live_server: Any, booking: Booking, scripts: bool
) -> None:
    page = signed_in(browser, live_server.url, look("phone-light", scripts=scripts))
    chosen = f"?work_order={booking.work_order_id}&resource={booking.resource_id}"
    page.goto(live_server.url + reverse("admin:new-visit") + chosen)
    start = timezone.now() + dt.timedelta(hours=3)
    page.get_by_role("radio", name="Another time").check()
    page.get_by_label("Start").fill(local(start))
    if not scripts:
        page.get_by_role("button", name=SHOW).click()
    expect(page.locator(".plan-what", has_text="Booked, Email")).to_be_visible()
    assert Booking.objects.count() == 1, "looking books nothing"
    planned = planned_at_once(page)
    page.get_by_role("button", name="Book", exact=True).click()
    made = Booking.objects.exclude(pk=booking.pk).get()
    page.goto(live_server.url + reverse("admin:bookings_booking_change", args=[made.pk]))
    assert planned_at_once(page) == planned
    for _look in range(2):
        delivery.drain()
        reminders.look(timezone.now())
    delivery.drain()
    assert told(made) == planned
    assert "Booked, Email" in planned
    page.reload()
    expect(page.locator(".timeline-title", has_text="Booked, Email to Ann Smith: Simulated")).to_be_visible()
    page.goto(f"{live_server.url}{reverse('admin:notifications_customernotification_changelist')}?q=Ann")
    expect(page.locator("#result_list")).to_contain_text("Booked")
    page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_before_a_visit_is_moved_its_page_says_who_will_be_told(
    browser: Browser, live_server: Any, make_booking: Callable[..., Booking], scripts: bool
) -> None:
    booking = make_booking(24 * 3)
    reminders.look(timezone.now())
    delivery.drain()
    before = told(booking)
    page = signed_in(browser, live_server.url, look("desk-dark", scripts=scripts))
    page.goto(live_server.url + reverse("admin:bookings_booking_action", args=[booking.pk, "reschedule"]))
    expect(page.get_by_text("As things are:")).to_be_visible()

    def shows(words: str) -> None:
        if not scripts:
            page.get_by_role("button", name=SHOW).click()
        expect(page.locator("[data-preview]")).to_contain_text(words)

    page.get_by_label("New start").fill(local(booking.start + dt.timedelta(hours=5)))
    page.get_by_label("New end").fill("")
    shows("Booking rescheduled, Email")
    page.get_by_label("Tell the customer nothing about this").check()
    shows("Whoever made the change chose to tell nobody")
    page.get_by_label("Tell the customer nothing about this").uncheck()
    shows("Booking rescheduled, Email")
    booking.refresh_from_db()
    assert booking.revision == 1, "looking moves nothing"
    planned = planned_at_once(page)
    page.get_by_role("button", name="Reschedule", exact=True).click()
    expect(page.get_by_text("The visit was moved.")).to_be_visible()
    delivery.drain()
    assert sorted(told(booking)) == sorted([*before, *planned])
    page.context.close()


def test_enter_in_a_field_presses_the_button_of_the_change(
    browser: Browser, live_server: Any, booking: Booking
) -> None:
    page = signed_in(browser, live_server.url, look("desk-dark"))
    page.goto(live_server.url + reverse("admin:bookings_booking_action", args=[booking.pk, "cancel"]))
    page.get_by_label("Why").fill("Called")
    page.get_by_label("Why").press("Enter")
    expect(page.get_by_text("The visit is canceled.")).to_be_visible()
    page.context.close()
