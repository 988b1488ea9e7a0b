"""Bell, flyout, toasts, center, dialog and side pane in a real browser."""

import os
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Permission
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from fsportal.models import PortalSettings, User
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification
from tests.browser.test_visit_looks import AXE, LOOKS
from tests.factories import AccountFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ACTIONS = {
    "actions": [
        {"title": "View cases", "data": {"type": "url", "url": "?pagetype=entitylist&etn=account"}},
        {
            "title": "In a dialog",
            "data": {"url": "?pagetype=entitylist&etn=account", "navigationTarget": "dialog"},
        },
        {
            "title": "Chat with sales rep",
            "data": {"type": "teamsChat", "memberIds": ["0a9f62a8-90df-e311-9565-a45d36fc5fe8"]},
        },
    ]
}


@pytest.fixture
def boss(admin: User) -> User:
    """Return an admin who may read in-app notifications and see accounts."""
    admin.is_superuser = True
    admin.save()
    return admin


def signed_in(browser: Browser, live_server: Any, user: User, **look: Any) -> BrowserContext:
    """Return a browser context in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    context = browser.new_context(locale="en-GB", **look)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context


def watched(context: BrowserContext, problems: list[str]) -> Page:
    """Return a page whose script errors and refusals by the Content-Security-Policy are collected."""
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    return page


def check(page: Page, name: str, rules: dict[str, Any] | None = None) -> None:
    """Look at the page with axe, and keep a picture where one is wanted."""
    page.wait_for_load_state()
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png")
    result = Axe().run(page, options=rules or AXE)
    assert result.violations_count == 0, f"{name}: {result.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than its window"


def last_retrieval(page: Page, when: str) -> None:
    """Let the page believe that it asked for notifications last at `when` (JavaScript, in milliseconds)."""
    page.evaluate(
        f"""localStorage.setItem(
            'inapp-last-retrieval-' + document.querySelector('[data-bell]').dataset.userId, {when})"""
    )


def some(user: User) -> None:
    """Send the user one of each kind."""
    for number, icon in enumerate(range(100000000, 100000005)):
        send_app_notification(
            title=f"Number {number}",
            body="Case record assigned is critically past SLA.",
            recipient=user,
            icon_type=icon,
            priority=200000001 if number == 3 else None,
            actions=ACTIONS if number == 1 else None,
            override_content={
                "title": "**SLA critical**",
                "body": "Case record [Complete overhaul](?pagetype=entityrecord&etn=incident&id=1) is _past_ SLA:"
                "\r- first\r- second",
            }
            if number == 3
            else None,
        )


@pytest.mark.parametrize("look", LOOKS)
def test_center_flyout_toasts_dialog_and_pane_pass_axe(
    browser: Browser, live_server: Any, boss: User, look: str
) -> None:
    AccountFactory()
    PortalSettings.objects.update_or_create(defaults={"toast_seconds": 60})
    some(boss)
    problems: list[str] = []
    context = signed_in(browser, live_server, boss, **LOOKS[look])
    page = watched(context, problems)
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator(".toast")).to_have_count(4)
    expect(page.locator(".toast-more")).to_have_text("5 new notifications")
    check(page, f"inapp-toasts-{look}")
    page.locator("[data-bell]").click()
    expect(page.locator("dialog .note")).to_have_count(5)
    check(page, f"inapp-flyout-{look}")
    expect(page.locator("[data-bell-badge]")).to_be_hidden()
    page.get_by_role("button", name="Close").click()
    page.goto(f"{live_server.url}/notifications/")
    check(page, f"inapp-center-{look}")
    page.get_by_role("link", name="In a dialog").click()
    frame = page.frame_locator("dialog iframe")
    expect(frame.get_by_role("heading", name="Accounts")).to_be_visible()
    check(page, f"inapp-dialog-{look}")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.get_by_role("button", name="Dismiss all").click()
    expect(page.locator("main .note, #content .note")).to_have_count(0)
    check(page, f"inapp-undo-{look}")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#content .note")).to_have_count(5)
    assert problems == []


def test_without_read_privilege_there_is_no_bell(browser: Browser, live_server: Any, dispatcher: User) -> None:
    dispatcher.groups.clear()
    dispatcher.user_permissions.set(Permission.objects.filter(codename="view_booking"))
    page = signed_in(browser, live_server, dispatcher).new_page()
    page.goto(f"{live_server.url}/admin/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[data-bell]")).to_have_count(0)


def test_a_toast_comes_once_and_the_rest_is_for_the_center(browser: Browser, live_server: Any, boss: User) -> None:
    send_app_notification(title="Hello", recipient=boss)
    send_app_notification(title="Quiet", recipient=boss, toast_type=200000001)
    context = signed_in(browser, live_server, boss)
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator(".toast .note-title")).to_have_text("Hello")
    expect(page.locator("[data-bell-badge]")).to_have_text("2")
    assert AppNotification.objects.exclude(toasted_at=None).get().title == "Hello"
    other = context.new_page()
    with other.expect_response("**/notifications/poll") as polled:
        other.goto(f"{live_server.url}/admin/")
    assert polled.value.json()["toasts"] == []
