"""The Settings area's pages of API tokens in Chromium: made, copied, looked at, used, revoked; axe finds nothing."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fsportal.models import ApiToken, User
from tests.browser.test_inapp import check, signed_in, watched
from tests.browser.test_settings_area_looks import RULES
from tests.browser.test_visit_looks import LOOKS
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIST = "/admin/fsportal/apitoken/"


@pytest.mark.parametrize("look", LOOKS)
def test_a_token_is_made_copied_once_and_revoked(browser: Browser, live_server: Any, admin: User, look: str) -> None:
    UserFactory(username="integrator")
    context = signed_in(browser, live_server, admin, permissions=["clipboard-read", "clipboard-write"], **LOOKS[look])
    problems: list[str] = []
    page = watched(context, problems)
    page.goto(f"{live_server.url}{LIST}add/")
    look_at(page, problems, f"token-add-{look}")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Nothing was saved yet")).to_be_visible()
    look_at(page, problems, f"token-wrong-{look}")
    page.get_by_role("combobox", name="User").click()
    page.locator(".select2-search__field").fill("integ")
    page.get_by_role("option", name="integrator").click()
    page.get_by_label("Name").fill("ERP " + "W" * 60)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The new token")
    look_at(page, problems, f"token-new-{look}")
    text = page.get_by_role("textbox", name="Copy it now").input_value()
    assert re.fullmatch(r"fsp_[\w-]{43}", text)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ERP")
    assert text not in page.content()
    look_at(page, problems, f"token-one-{look}")
    page.goto(f"{live_server.url}{LIST}")
    assert text not in page.content()
    look_at(page, problems, f"token-list-{look}")
    page.locator("#result_list").get_by_role("link", name="ERP").click()
    page.get_by_role("link", name="Revoke").or_(page.get_by_role("button", name="Revoke")).click()
    expect(page.get_by_text("signed out at once")).to_be_visible()
    look_at(page, problems, f"token-revoke-{look}")
    assert ApiToken.of(text) is not None
    page.locator("#content").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("The token opens nothing from now on.")).to_be_visible()
    expect(page.get_by_text("Revoked", exact=True)).to_be_visible()
    look_at(page, problems, f"token-revoked-{look}")
    assert ApiToken.of(text) is None


def look_at(page: Page, problems: list[str], name: str) -> None:
    """Let axe look at the page, on which nothing has gone wrong until now; axe itself tries inline styles."""
    assert problems == []
    check(page, name, RULES)
    problems.clear()
