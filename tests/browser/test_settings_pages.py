"""A page of settings in a real browser: preview and effect follow what is typed, and answers come to their button."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Browser

from fsportal.models import PortalSettings
from portal.admin.settings_pages.subjects import BY_SLUG
from tests.browser.test_inapp import signed_in
from tests.browser.test_message_words import sound
from tests.browser.test_visit_looks import LOOKS
from tests.factories import BookingFactory

pytestmark = pytest.mark.browser


@pytest.mark.django_db(transaction=True)
def test_a_page_shows_what_it_changes_while_one_types(browser: Browser, live_server: Any) -> None:
    BookingFactory()
    user = get_user_model().objects.create_superuser("ada", "ada@example.com", "x")
    context = signed_in(browser, live_server, user, **LOOKS["phone-light"])
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.goto(live_server.url + BY_SLUG["messages"].url)
    page.get_by_label("Upcoming booking").uncheck()
    page.locator("#effect").get_by_text("would not go any more").first.wait_for()
    page.get_by_label("Message", exact=True).select_option("upcoming")
    page.frame_locator("iframe").last.get_by_text("it is switched off").wait_for()
    assert PortalSettings.load().send_upcoming
    page.get_by_role("button", name="Save").click()
    page.locator(".sp-history").get_by_text("from on to off").wait_for()
    page.goto(live_server.url + BY_SLUG["company"].url)
    page.get_by_label("Company name").fill("Neu & Co")
    page.frame_locator("iframe").last.get_by_text("Neu & Co").first.wait_for()
    assert sound(page)
    page.goto(live_server.url + BY_SLUG["delivery"].url)
    page.get_by_label("Guest list").fill("ann@example.com")
    page.get_by_role("button", name="Send me a test email").click()
    page.get_by_text("Nothing was sent: delivery is simulated.").wait_for()
    assert page.evaluate("document.activeElement.id") == "test-email-answer"
    assert page.get_by_label("Guest list").input_value() == "ann@example.com"  # what was typed stays
    assert told == []
    context.close()
