"""Dialogs and side panes: their contents, in all looks, and how they are closed."""

import uuid
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from fsportal.models import PortalSettings, User
from tests.browser.test_inapp import check, signed_in, watched
from tests.browser.test_settings_area_looks import RULES
from tests.browser.test_visit_looks import EVERY_LOOK, LOOKS
from tests.factories import AccountFactory, UserFactory
from tests.notifications.web_api.stage import note

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = EVERY_LOOK["desk-light"]
KINDS = ("dialog", "pane")


@pytest.fixture
def boss(db: None) -> User:
    """Return somebody who may do everything."""
    PortalSettings.objects.update_or_create(defaults={"toast_seconds": 60})
    user: User = UserFactory(username="boss", is_staff=True, is_superuser=True)
    return user


def card_that_opens(boss: User, kind: str, table: str, record: Any = None) -> None:
    """Send a card whose button opens a record or a list in a dialog or in a side pane of 400 px."""
    page_type = "entityrecord" if record else "entitylist"
    url = f"?pagetype={page_type}&etn={table}" + (f"&id={record}" if record else "")
    to = {"pageType": page_type, "entityName": table} | ({"entityId": str(record)} if record else {})
    pane = {"type": "sidepane", "paneOptions": {"title": "Look", "width": 400}, "navigationTarget": to}
    data = pane if kind == "pane" else {"type": "url", "url": url, "navigationTarget": "dialog"}
    note(boss, f"{kind} of {table}", actions={"actions": [{"title": "Look", "data": data}]})


def opened(page: Page, url: str) -> tuple[Locator, FrameLocator]:
    """Press the newest card's button in the center; return what opened, and the page in it."""
    page.goto(f"{url}/notifications/")
    page.locator("#content").get_by_role("link", name="Look").first.click()
    around = page.get_by_role("dialog", name="Look")
    inside = around.frame_locator("iframe")
    expect(inside.get_by_role("heading", level=1)).to_be_visible()
    expect(around.locator("[aria-busy]")).to_have_count(0)
    return around, inside


@pytest.mark.parametrize("look", LOOKS)
def test_dialog_and_pane_pass_axe(browser: Browser, live_server: Any, boss: User, look: str) -> None:
    account = AccountFactory(name="Contoso")
    problems: list[str] = []
    page = watched(signed_in(browser, live_server, boss, reduced_motion="reduce", **LOOKS[look]), problems)
    for kind, table, record in (
        ("pane", "account", account.pk),
        ("pane", "task", uuid.uuid4()),
        ("dialog", "account", account.pk),
        ("dialog", "account", None),
    ):
        card_that_opens(boss, kind, table, record)
        around, inside = opened(page, live_server.url)
        # A record that is not here is 404, which the console says, too.
        assert [problem for problem in problems if "404" not in problem] == []
        width = inside.locator("html").evaluate("html => [html.scrollWidth, html.clientWidth]")
        assert width[0] <= width[1], f"{kind} of {table} is wider than its frame"
        content = inside.locator("#content, main").first.bounding_box()
        frame = around.locator("iframe").bounding_box()
        assert content
        assert frame
        assert content["width"] > frame["width"] - 60, f"{kind} of {table} leaves room for what is not there"
        check(page, f"inapp-{kind}-{table}-{'record' if record else 'list'}-{look}")
        # axe stays in the page that it is given: the one inside is looked at by itself.
        found = Axe().run(page.frames[-1], options=RULES)
        assert found.violations_count == 0, found.generate_report()
        problems.clear()  # axe itself tries inline styles


@pytest.mark.parametrize("kind", KINDS)
def test_escape_inside_closes_it_and_a_page_further_on(
    browser: Browser, live_server: Any, boss: User, kind: str
) -> None:
    AccountFactory(name="Contoso")
    card_that_opens(boss, kind, "account")
    page = signed_in(browser, live_server, boss, **DESK).new_page()
    around, inside = opened(page, live_server.url)
    inside.get_by_role("link", name="Contoso").focus()
    page.keyboard.press("Escape")
    expect(around).to_have_count(0)
    expect(page.locator("#content").get_by_role("link", name="Look")).to_be_focused()
    around, inside = opened(page, live_server.url)
    inside.get_by_role("link", name="Contoso").click()
    name = inside.get_by_label("Name", exact=False).first
    expect(name).to_have_value("Contoso")
    expect(around.locator("[aria-busy]")).to_have_count(0)
    name.focus()
    page.keyboard.press("Escape")
    expect(around).to_have_count(0)


def test_escape_inside_first_closes_what_is_open_inside(browser: Browser, live_server: Any, boss: User) -> None:
    card_that_opens(boss, "pane", "account", AccountFactory(name="Contoso").pk)
    page = signed_in(browser, live_server, boss, **DESK).new_page()
    around, inside = opened(page, live_server.url)
    inside.locator(".select2-selection").first.click()
    expect(inside.locator(".select2-dropdown")).to_be_visible()
    page.keyboard.press("Escape")
    expect(inside.locator(".select2-dropdown")).to_have_count(0)
    expect(around).to_be_visible()
    page.keyboard.press("Escape")
    expect(around).to_have_count(0)


def test_what_is_saved_in_a_pane_is_saved_and_says_so_there(browser: Browser, live_server: Any, boss: User) -> None:
    account = AccountFactory(name="Contoso")
    card_that_opens(boss, "pane", "account", account.pk)
    page = signed_in(browser, live_server, boss, **DESK).new_page()
    around, inside = opened(page, live_server.url)
    inside.locator("[name=name]").fill("Fabrikam")
    inside.get_by_role("button", name="Save", exact=True).click()
    expect(inside.get_by_text("was changed successfully")).to_be_visible()
    expect(inside.locator("#header")).to_be_hidden()
    account.refresh_from_db()
    assert account.name == "Fabrikam"
    expect(around).to_be_visible()


@pytest.mark.parametrize("table", ["account", "task"])
def test_a_record_that_is_not_here_offers_no_way_around_in_a_pane(
    browser: Browser, live_server: Any, boss: User, table: str
) -> None:
    card_that_opens(boss, "pane", table, uuid.uuid4())
    page = signed_in(browser, live_server, boss, **DESK).new_page()
    _around, inside = opened(page, live_server.url)
    expect(inside.get_by_role("heading", level=1)).to_have_text("There is no such record here")
    for way in ("link", "button", "navigation"):
        expect(inside.get_by_role(way)).to_have_count(0)
    # As a page of its own it leads on.
    page.goto(f"{live_server.url}/notifications/open?pagetype=entityrecord&etn={table}&id={uuid.uuid4()}")
    expect(page.get_by_role("link", name="Settings area")).to_be_visible()


def test_the_account_form_in_a_pane_cuts_nothing(browser: Browser, live_server: Any, boss: User) -> None:
    card_that_opens(boss, "pane", "account", AccountFactory(name="Contoso").pk)
    page = signed_in(browser, live_server, boss, **DESK).new_page()
    _around, inside = opened(page, live_server.url)
    cut = inside.locator(".help, label, input, select, textarea").evaluate_all(
        """all => all.filter(one => one.checkVisibility()).filter(one => {
             const box = one.getBoundingClientRect();
             const isCut = one.matches('.help') && one.scrollWidth > one.clientWidth;
             return isCut || box.right > innerWidth || box.left < 0;
           }).map(one => one.outerHTML.slice(0, 120))"""
    )
    assert cut == []
