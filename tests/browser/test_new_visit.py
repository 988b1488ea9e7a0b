"""A visit booked on one page: how many fields and clicks it takes, by mouse, by keyboard alone, and without scripts."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from bookings.models import Booking, IncidentType, Resource
from fsportal.models import Contact, PortalSettings
from tests.admin_cast import account, booking, contact, make_booking, make_message, resource
from tests.browser.test_settings_area_looks import RULES, signed_in
from tests.browser.test_visit_looks import LOOKS

__all__ = ["account", "booking", "contact", "make_booking", "make_message", "resource"]  # fixtures
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
#: What a caller is kept waiting for: fields to fill in, and clicks (or keys that choose).
MOST_FIELDS, MOST_CLICKS = 8, 6


class Dispatcher:
    """Counts what somebody does to book."""

    def __init__(self, page: Page) -> None:
        self.page, self.fields, self.clicks = page, 0, 0

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)
        self.fields += 1

    def click(self, target: Any) -> None:
        target.click()
        self.clicks += 1


def check(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert not found.violations_count, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def company(resource: Resource) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"time_zone": "America/New_York"})
    IncidentType.objects.create(name="Boiler service")
    Resource.objects.filter(pk=resource.pk).update(start_latitude=42.65, start_longitude=-73.75)


def test_a_new_caller_is_booked_with_few_fields_and_clicks(browser: Browser, live_server: Any, company: None) -> None:
    page = signed_in(browser, live_server.url, LOOKS["desk-dark"])
    page.goto(live_server.url + reverse("admin:index"))
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="New visit", level=1)).to_be_visible()
    caller = Dispatcher(page)
    caller.fill("Find the customer", "Ada Hart")
    expect(page.get_by_role("radio", name="New customer")).to_be_checked()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ada Hart")
    caller.fill("Mobile phone", "202 555 0177")
    caller.fill("Street", "5 High St")
    caller.fill("City", "Albany")
    caller.fill("Postal code", "12207")
    first = page.locator(".nv-times .nv-choice").first
    caller.click(first)
    expect(page.locator(".plan-what", has_text="Booked, SMS")).to_be_visible()
    check(page)
    caller.click(page.get_by_role("button", name="Book", exact=True))
    expect(page.locator(".messagelist")).to_contain_text("Booked:")
    made = Booking.objects.get()
    assert made.work_order.reported_by is not None
    assert made.work_order.reported_by.mobile_phone == "+12025550177"
    assert (caller.fields, caller.clicks) <= (MOST_FIELDS, MOST_CLICKS)
    assert caller.clicks <= MOST_CLICKS
    page.get_by_role("link", name="Another visit for the same customer").click()
    expect(page.get_by_role("radio", name="Ada Hart")).to_be_checked()
    page.context.close()


def test_a_known_caller_is_booked_by_keyboard_alone(
    browser: Browser, live_server: Any, company: None, contact: Contact
) -> None:
    page = signed_in(browser, live_server.url, LOOKS["phone-light"])
    page.goto(live_server.url + reverse("admin:new-visit"))
    expect(page.get_by_label("Find the customer")).to_be_focused()
    page.keyboard.type("(202) 555-0123")
    expect(page.get_by_role("radio", name="Ann Smith")).to_be_checked()
    check(page)
    keys = 0
    while not page.evaluate("document.activeElement.name === 'when'"):
        page.keyboard.press("Tab")
        keys += 1
        assert keys < 25
    page.keyboard.press("Space")
    expect(page.locator(".plan-what", has_text="Booked, Email")).to_be_visible()
    while not page.evaluate("document.activeElement.name === 'save'"):
        page.keyboard.press("Tab")
        keys += 1
        assert keys < 45
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Booked:")
    assert Booking.objects.get().work_order.reported_by == contact
    page.context.close()


def test_without_scripts_each_button_keeps_what_was_typed(
    browser: Browser, live_server: Any, company: None, contact: Contact
) -> None:
    page = signed_in(browser, live_server.url, {**LOOKS["phone-light"], "java_script_enabled": False})
    page.goto(live_server.url + reverse("admin:new-visit"))
    page.get_by_label("Find the customer").fill("smith")
    page.get_by_label("Words for the technician").fill("Ring twice")
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("radio", name="Ann Smith").check()
    page.get_by_role("button", name="Show free times").click()
    expect(page.get_by_label("Words for the technician")).to_have_value("Ring twice")
    page.locator(".nv-times input").first.check()
    page.get_by_role("button", name="Show what will be told").click()
    expect(page.locator(".plan-what", has_text="Booked, Email")).to_be_visible()
    assert not Booking.objects.exists()
    page.get_by_role("button", name="Book", exact=True).click()
    assert Booking.objects.get().work_order.notes == "Ring twice"
    page.context.close()
