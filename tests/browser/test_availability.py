"""Absences and conflicts in a real browser: a technician is out, and a conflict is resolved by keyboard alone."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from bookings.models import Absence, Booking
from fsportal.lib import zones
from tests.admin_cast import account, booking, contact, make_booking, make_message, resource
from tests.browser.test_plan import look
from tests.browser.test_settings_area_looks import signed_in
from tests.factories import ResourceFactory

__all__ = ["account", "booking", "contact", "make_booking", "make_message", "resource"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wall(moment: dt.datetime, pattern: str) -> str:
    return zones.local(moment, "America/New_York").strftime(pattern)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_technician_is_out_and_the_visits_of_the_day_go_to_others(
    browser: Browser, live_server: Any, make_booking: Callable[..., Booking], scripts: bool
) -> None:
    visits = [make_booking(hours) for hours in (48, 50, 52, 54, 56, 58)]
    lena = ResourceFactory(name="Lena", time_zone="America/New_York", start_latitude=42.65, start_longitude=-73.75)
    page = signed_in(browser, live_server.url, look("phone-light", scripts=scripts))
    page.goto(live_server.url + reverse("admin:bookings_resource_change", args=[visits[0].resource_id]))
    page.get_by_role("link", name="Is out").click()
    page.get_by_label("First day").fill(wall(visits[0].start, "%Y-%m-%d"))
    page.get_by_label("Last day").fill(wall(visits[-1].start, "%Y-%m-%d"))
    page.get_by_role("button", name="Show the visits of this time").click()
    expect(page.get_by_role("heading", name="6 visits")).to_be_visible()
    page.get_by_role("combobox").last.select_option(label="Cancel the visit")
    if not scripts:
        page.get_by_role("button", name="Show what will be told").click()
    expect(page.locator(".out-told li").nth(5)).not_to_contain_text("at once")
    assert not Absence.objects.exists()
    page.get_by_role("button", name="Record the absence and do all this").click()
    expect(page.get_by_text("Now with Lena")).to_have_count(5)
    expect(page.get_by_text("Canceled.")).to_have_count(1)
    assert Booking.objects.filter(resource=lena).count() == 5
    assert Absence.objects.count() == 1


def test_a_conflict_is_seen_while_typing_and_accepted_by_keyboard(
    browser: Browser, live_server: Any, make_booking: Callable[..., Booking]
) -> None:
    other, mine = make_booking(48), make_booking(24)
    page = signed_in(browser, live_server.url, look("desk-dark"))
    page.goto(live_server.url + reverse("admin:bookings_booking_action", args=[mine.pk, "reschedule"]))
    page.get_by_label("New start").fill(wall(other.start + dt.timedelta(minutes=15), "%Y-%m-%dT%H:%M"))
    box = page.get_by_role("region", name="What stands against it")
    expect(box).to_contain_text("Omar Haddad has another visit at this time")
    page.get_by_label("Why:", exact=True).focus()
    page.keyboard.type("Same street")
    box.get_by_role("checkbox", name="Book all the same").focus()
    page.keyboard.press("Space")
    page.get_by_label("Why:", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("In spite of: Another visit at this time")).to_be_visible()
    mine.refresh_from_db()
    assert mine.start == other.start + dt.timedelta(minutes=15)
