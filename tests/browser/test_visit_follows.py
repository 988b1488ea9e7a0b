"""The visit page in a real browser: it counts its opening, follows the visit by itself, and works without scripts."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from bookings.models import Booking
from tests.portal.stage import company, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_real_opening_is_counted_once_per_load(page: Page, live_server: Any) -> None:
    code = visit(now=timezone.now())
    for times in (1, 2):
        with page.expect_response(lambda answer: answer.url.endswith("/opened/")) as told:
            page.goto(f"{live_server.url}/visit/{code.code}/")
        assert told.value.status == 204
        code.refresh_from_db()
        assert code.times_opened == times


def test_the_page_follows_the_visit_and_keeps_the_focus(page: Page, live_server: Any) -> None:
    company()
    code = visit("traveling", now=timezone.now())
    page.clock.install()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Omar Haddad is on the way")
    page.locator("main a[href^=mailto]").focus()
    Booking.objects.get(pk=code.booking.pk).start_work()
    with page.expect_response(lambda answer: "/visit/see/" in answer.url and "/opened/" not in answer.url):
        page.clock.run_for(31_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your technician is working")
    expect(page.get_by_text("Omar Haddad")).to_have_count(0)
    expect(page.locator("[data-news]")).to_have_text("Your technician is working")
    expect(page.locator("main a[href^=mailto]")).to_be_focused()
    expect(page).to_have_title("Working · Your visit · Brightside Plumbing")


def test_a_link_that_is_blocked_closes_the_open_page(page: Page, live_server: Any) -> None:
    company()
    code = visit("traveling", now=timezone.now())
    page.clock.install()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    code.block(by=None, why="lost phone")
    page.clock.run_for(31_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not open a visit")


def test_being_offline_is_said_and_taken_back(page: Page, live_server: Any) -> None:
    code = visit("traveling", now=timezone.now())
    page.goto(f"{live_server.url}/visit/{code.code}/")
    note = page.get_by_text("You are offline.")
    expect(note).to_be_hidden()
    page.context.set_offline(True)
    expect(note).to_be_visible()
    page.context.set_offline(False)
    expect(note).to_be_hidden()


def test_without_scripts_nothing_is_missing(browser: Browser, live_server: Any) -> None:
    company()
    code = visit("traveling", now=timezone.now())
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{live_server.url}/visit/{code.code}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Omar Haddad is on the way")
    expect(page.get_by_role("link", name="Add to calendar")).to_be_visible()
    expect(page.get_by_role("link", name="Call +44 20 7946 0123")).to_be_visible()
    assert page.url.endswith(f"/visit/see/{code.public_id}/")
    code.refresh_from_db()
    assert code.times_opened == 0
    context.close()


def test_the_keyboard_reaches_everything_in_order(page: Page, live_server: Any) -> None:
    company()
    code = visit("traveling", now=timezone.now())
    page.goto(f"{live_server.url}/visit/{code.code}/")
    order = []
    for _ in range(8):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"))
    assert order == [
        "Skip to the content",
        "Brightside Plumbing",
        "Call +44 20 7946 0123",
        "Add to calendar",
        "Call 020 7946 0999",
        "Email hello@brightside.example",
        "020 7946 0999",
        "hello@brightside.example",
    ]


def test_nothing_breaks_the_content_security_policy(page: Page, live_server: Any) -> None:
    company()
    code = visit("traveling", now=timezone.now())
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{live_server.url}/visit/{code.code}/", wait_until="networkidle")
    page.goto(live_server.url, wait_until="networkidle")
    assert complaints == []
