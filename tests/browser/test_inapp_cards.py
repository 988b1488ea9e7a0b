"""Cards in Chromium: their order wherever they show, and the icon of the documented example."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from fsportal.models import PortalSettings, User
from notifications.models import AppNotification, Priority, UploadedIcon
from tests.browser.test_inapp import check, signed_in, watched
from tests.factories import UserFactory
from tests.notifications.admin.test_app_notifications import ICONS, SVG
from tests.notifications.web_api.stage import Api, note
from tests.notifications.web_api.test_send_app_notification import EXAMPLE, EXAMPLE_HEADERS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
#: The size of a picture that is there; 0 for one that is broken.
SIZE = "picture => picture.decode().then(() => picture.naturalWidth, () => 0)"


@pytest.fixture
def boss(db: None) -> User:
    """Return somebody who may do everything, and who has time to look at toasts."""
    PortalSettings.objects.update_or_create(defaults={"toast_seconds": 60})
    user: User = UserFactory(username="boss", is_staff=True, is_superuser=True)
    return user


@pytest.fixture
def problems() -> list[str]:
    """Return the list of what goes wrong on `page`."""
    return []


@pytest.fixture
def page(browser: Browser, live_server: Any, boss: User, problems: list[str]) -> Page:
    """Return a page of theirs."""
    return watched(signed_in(browser, live_server, boss, viewport={"width": 1280, "height": 900}), problems)


def test_high_priority_first_then_the_newest_in_toasts_flyout_and_center(
    page: Page, live_server: Any, boss: User
) -> None:
    for title, priority, hours in (
        ("Normal, older", Priority.NORMAL, 2),
        ("High, older", Priority.HIGH, 30),
        ("Normal, newer", Priority.NORMAL, 0),
        ("High, newer", Priority.HIGH, 3),
    ):
        row = note(boss, title, priority=priority.value)
        AppNotification.objects.filter(pk=row.pk).update(created_on=timezone.now() - dt.timedelta(hours=hours))
    in_order = ["High, newer", "High, older", "Normal, newer", "Normal, older"]
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator(".toast .note-title")).to_have_text(in_order[:3])
    assert seen_from_above(page.locator(".toast .note-title")) == in_order[:3]
    page.locator("[data-bell]").click()
    flyout = page.get_by_role("dialog", name="Notifications").locator("[data-list] .note-title")
    expect(flyout).to_have_text(in_order)
    assert seen_from_above(flyout) == in_order
    page.goto(f"{live_server.url}/notifications/")
    center = page.locator("#content .note-title")
    expect(center).to_have_text(in_order)
    assert seen_from_above(center) == in_order


def seen_from_above(titles: Locator) -> list[str]:
    """Return the words in the order in which they stand on the screen."""
    found: list[str] = titles.evaluate_all(
        """titles => titles.map(title => [title.getBoundingClientRect().top, title.textContent])
           .sort((one, other) => one[0] - other[0]).map(pair => pair[1])"""
    )
    return found


def test_the_icon_of_the_documented_example_is_uploaded_and_shown(
    page: Page, live_server: Any, boss: User, problems: list[str]
) -> None:
    page.goto(f"{live_server.url}{ICONS}add/")
    page.get_by_label("Name").fill("cr245_AlertOn")
    page.get_by_label("Image").set_input_files({"name": "alert.svg", "mimeType": "image/svg+xml", "buffer": SVG})
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert Api(boss).post("SendAppNotification", (EXAMPLE % boss.pk).encode(), **EXAMPLE_HEADERS).status == 200
    page.evaluate("localStorage.clear()")
    page.goto(f"{live_server.url}/admin/")
    for where in (".toast", "#content"):
        card = page.locator(where).locator(".note")
        expect(card.locator(".note-title")).to_have_text("Welcome")
        picture = card.locator("img.note-icon")
        expect(picture).to_have_attribute("src", "/WebResources/cr245_AlertOn")
        assert picture.evaluate(SIZE) > 0
        assert picture.evaluate("picture => picture.getBoundingClientRect().width") == 24
        expect(card.locator("svg")).to_be_hidden()
        check(page, f"documented-custom-icon-{where.strip('.#')}")
        page.goto(f"{live_server.url}/notifications/")
    assert problems == []


def test_an_icon_that_is_not_there_leaves_the_bell_in_its_place(page: Page, live_server: Any, boss: User) -> None:
    assert Api(boss).post("SendAppNotification", (EXAMPLE % boss.pk).encode(), **EXAMPLE_HEADERS).status == 200
    assert not UploadedIcon.objects.exists()
    page.goto(f"{live_server.url}/admin/")
    for where in (".toast", "#content"):
        card = page.locator(where).locator(".note")
        expect(card.locator("svg")).to_be_visible()
        expect(card.locator("img")).to_be_hidden()
        assert card.locator(".note-text").evaluate("text => text.getBoundingClientRect().width") > 200
        check(page, f"documented-no-icon-{where.strip('.#')}")
        page.goto(f"{live_server.url}/notifications/")
