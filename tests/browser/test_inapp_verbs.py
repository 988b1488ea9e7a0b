"""Snoozing and taking a card in Chromium: by keyboard, without scripts, and as an assistive technology reads it."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fsportal.models import PortalSettings, User
from notifications.inapp import staff_cards
from notifications.models import AppNotification, Priority
from tests.browser.test_inapp import check, signed_in, watched
from tests.factories import AccountFactory
from tests.notifications.inapp.kinds import card_kind, says
from tests.notifications.web_api.stage import READ, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

KIND = "test_alarm"


@pytest.fixture
def ann(admin: User) -> User:
    PortalSettings.objects.update_or_create(defaults={"toast_seconds": 60})
    User.objects.filter(pk=admin.pk).update(first_name="Ann", last_name="One", is_superuser=True)
    return User.objects.get(pk=admin.pk)


@pytest.fixture
def ben(ann: User) -> User:
    """Return a colleague who has the same alarm as Ann."""
    staff_cards.register(card_kind(KIND))
    colleague = person(READ, first_name="Ben", last_name="Two")
    link = {"actions": [{"title": "See the account", "data": {"url": "?pagetype=entitylist&etn=account"}}]}
    staff_cards.tell(
        KIND, [ann, colleague], AccountFactory(), says(title="Will begin late", priority=Priority.HIGH, actions=link)
    )
    return colleague


def press_by_keyboard(page: Page, name: str) -> None:
    """Tab until a control of this name has the focus, then press Enter."""
    page.locator("body").press("Home")
    for _time in range(120):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement?.textContent.trim() ?? ''")
        if focused.startswith(name) and page.evaluate("Boolean(document.activeElement.closest('[data-center]'))"):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"no Tab leads to {name}")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_card_is_taken_snoozed_and_woken_by_keyboard_alone(
    browser: Browser, live_server: Any, ann: User, ben: User, width: int
) -> None:
    problems: list[str] = []
    AppNotification.objects.update(toasted_at=AppNotification.objects.all()[0].created_on)
    page = watched(signed_in(browser, live_server, ann, viewport={"width": width, "height": 900}), problems)
    page.goto(f"{live_server.url}/notifications/")
    press_by_keyboard(page, "I'll take it")
    card = page.locator("#content [data-note]")
    expect(card.get_by_text("You are on it", exact=True)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="You are on it. Your colleagues see that.")).to_have_count(1)
    assert page.evaluate("document.activeElement.closest('[data-note]') !== null"), "the focus stays at the card"
    press_by_keyboard(page, "Snooze")
    expect(page.get_by_label("Or until (UTC)")).to_be_visible()
    check(page, f"inapp-snooze-{width}")
    press_by_keyboard(page, "1 hour")
    expect(page.get_by_role("heading", name="Snoozed")).to_be_visible()
    expect(card).to_have_count(0)
    check(page, f"inapp-snoozed-{width}")
    press_by_keyboard(page, "Wake now")
    expect(card).to_have_count(1)
    assert problems == []


def test_all_of_it_works_without_scripts(browser: Browser, live_server: Any, ann: User, ben: User) -> None:
    page = signed_in(browser, live_server, ann, java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/notifications/")
    page.get_by_role("button", name="I'll take it").click()
    expect(page.get_by_text("You are on it. Your colleagues see that.")).to_be_visible()
    other = signed_in(browser, live_server, ben, java_script_enabled=False).new_page()
    other.goto(f"{live_server.url}/notifications/")
    expect(other.get_by_text("Ann One is on it")).to_be_visible()
    page.get_by_role("button", name="Give back").click()
    page.locator("summary").click()
    page.get_by_label("Or until (UTC)").fill("2020-01-01T10:00")
    page.get_by_role("button", name="Snooze until then").click()
    expect(page.get_by_text("That time has passed. Choose a later one.")).to_be_visible()
    page.locator("summary").click()
    page.get_by_role("button", name="Until tomorrow, 8:00").click()
    expect(page.get_by_role("heading", name="Snoozed")).to_be_visible()
    page.get_by_role("button", name="Wake now").click()
    expect(page.get_by_role("button", name="Give back")).to_have_count(0)
    expect(page.get_by_role("button", name="I'll take it")).to_be_visible()


def test_a_toast_can_be_taken_and_following_its_link_counts_as_opened(
    browser: Browser, live_server: Any, ann: User, ben: User
) -> None:
    problems: list[str] = []
    page = watched(signed_in(browser, live_server, ann, viewport={"width": 1280, "height": 900}), problems)
    page.goto(f"{live_server.url}/admin/")
    toast = page.locator(".toast")
    expect(toast.get_by_role("button", name="I'll take it")).to_be_visible()
    expect(toast.get_by_role("button", name="Mute")).to_have_count(0)
    check(page, "inapp-toast-verbs")
    toast.get_by_role("link", name="See the account").click()
    expect(page).to_have_url(f"{live_server.url}/admin/fsportal/account/")
    page.wait_for_load_state("networkidle")
    assert not AppNotification.objects.filter(opened_at=None).exists()
    assert AppNotification.objects.get(owner=ben).seen_at is None
    assert problems == []
