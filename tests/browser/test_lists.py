"""Lists in a real browser: menus with counts, keys, headings that stay, and no sideways scroll on a phone."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from tests.browser.test_settings_area_looks import signed_in
from tests.factories import AccountFactory, ContactFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_list_is_worked_through_by_keyboard_and_fits_a_phone(browser: Browser, live_server: Any) -> None:
    account = AccountFactory(name="Llanfairpwllgwyngyllgogerychwyrndrobwll Heating and Ventilation Limited")
    made = [ContactFactory(account=account, name=f"Ann {number:02}", language="en") for number in range(40)]
    page = signed_in(browser, live_server.url, {"viewport": {"width": 1280, "height": 900}})
    page.goto(live_server.url + reverse("admin:fsportal_contact_changelist"))

    # A menu counts its choices when it is opened, and Escape gives the focus back.
    menu = page.locator("details[data-filter]").filter(has_text="Language")
    menu.locator("summary").press("Enter")
    expect(menu.get_by_role("link", name="English").locator(".list-count")).to_have_text("40")
    page.keyboard.press("Escape")
    expect(menu.locator("ul")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()

    # Twenty rows and more are on a screen, below headings that stay.
    page.locator("#result_list tbody tr").nth(39).scroll_into_view_if_needed()
    boxes = page.locator("#result_list tbody tr").evaluate_all("rows => rows.map((row) => row.getBoundingClientRect())")
    seen = sum(1 for box in boxes if box["top"] >= 0 and box["bottom"] <= 900)
    assert seen >= 20
    assert page.locator("#result_list thead th").nth(1).evaluate("cell => cell.getBoundingClientRect().top") == 0

    page.evaluate("scrollTo(0, 0)")
    for key in ("j", "j", "k", "x"):
        page.keyboard.press(key)
    expect(page.locator("#result_list tbody tr").first.locator(".action-select")).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('admin:fsportal_contact_change', args=[made[1].pk])}*")
    page.go_back()

    page.keyboard.press("?")
    page.get_by_label("Single keys are on").uncheck()
    page.locator("#content-start").focus()
    page.keyboard.press("j")
    assert page.locator("#result_list :focus").count() == 0
    page.locator("h1").click()  # closes the menu

    for width in (768, 390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
    page.context.close()
