"""The frame of the Settings area in a real browser: by keyboard, on a phone, without scripts, from right to left."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_settings_area_looks import signed_in
from tests.factories import AccountFactory, ContactFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def covered(page: Page) -> bool:
    """Tell whether the navigation lies over the page's heading, or something over what the heading says."""
    return bool(
        page.evaluate(
            """() => {
              const words = document.querySelector("#content h1").getBoundingClientRect();
              const nav = document.querySelector("#shell-navigation").getBoundingClientRect();
              const apart = nav.width === 0 || nav.right <= words.left || words.right <= nav.left;
              const range = document.createRange();
              range.selectNodeContents(document.querySelector("#content h1"));
              const text = range.getBoundingClientRect();
              const seen = [text.left + 2, text.right - 2].every((x) =>
                document.elementFromPoint(x, text.top + text.height / 2)?.closest("h1"));
              return !apart || !seen || document.documentElement.scrollWidth > innerWidth;
            }"""
        )
    )


def test_menu_and_search_work_by_keyboard(browser: Browser, live_server: Any) -> None:
    contact = ContactFactory(account=AccountFactory(name="Larkspur House"), name="Zebulon Quartermaine")
    page = signed_in(browser, live_server.url, {"viewport": {"width": 390, "height": 844}})
    page.goto(live_server.url + reverse("admin:fsportal_account_changelist"))
    menu, nav = page.get_by_role("button", name="Menu", exact=True), page.locator("#shell-navigation")
    menu.press("Enter")
    expect(nav).to_be_visible()
    expect(nav.get_by_role("link", name="Accounts")).to_have_attribute("aria-current", "page")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(nav.locator(":focus")).to_have_text("Today")
    page.keyboard.press("Escape")
    expect(nav).to_be_hidden()
    expect(menu).to_be_focused()

    page.set_viewport_size({"width": 1280, "height": 800})
    page.locator("#content-start").focus()
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Find anything")
    expect(box).to_be_focused()
    page.keyboard.type("quarterm")
    expect(page.get_by_role("option", name="Zebulon Quartermaine").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox", name="Find anything")).to_be_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{reverse('admin:fsportal_contact_change', args=[contact.pk])}")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find anything")).to_be_focused()
    page.context.close()


def test_the_navigation_covers_nothing_without_scripts_either(browser: Browser, live_server: Any) -> None:
    page = signed_in(browser, live_server.url, {"java_script_enabled": False})
    address = live_server.url + reverse("admin:fsportal_contact_changelist")
    page.goto(address)
    for width in (1280, 1025, 1024, 390, 320):
        page.set_viewport_size({"width": width, "height": 600})
        assert not covered(page), width
    page.set_viewport_size({"width": 1025, "height": 600})
    page.get_by_role("button", name="Narrow menu").click()
    assert page.locator("#shell-navigation").bounding_box()["width"] < 80  # type: ignore[index]
    assert not covered(page)
    page.context.add_cookies([{"name": "django_language", "value": "ar", "url": live_server.url}])
    page.goto(address)
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert not covered(page)
    page.locator("button.shell-wide").click()  # its name is Arabic here
    assert not covered(page)
    page.context.close()
