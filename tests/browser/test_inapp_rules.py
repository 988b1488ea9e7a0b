"""When pages ask for notifications, how long toasts stay, what a screen reader hears, and everything by keyboard."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fsportal.models import PortalSettings, User
from notifications.inapp import cards
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification, InAppPreferences, ToastTime
from tests.browser.test_inapp import ACTIONS, check, last_retrieval, signed_in
from tests.factories import AccountFactory
from tests.notifications.web_api.stage import READ, note, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
POLL = re.compile(r"/notifications/poll$")
HIDE = """hidden => { Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
                      document.dispatchEvent(new Event('visibilitychange')); }"""


@pytest.fixture
def boss(admin: User) -> User:
    """Return an admin who may do everything."""
    admin.is_superuser = True
    admin.save()
    return admin


@pytest.fixture
def page(browser: Browser, live_server: Any, boss: User) -> Page:
    """Return a page of a signed-in admin."""
    return signed_in(browser, live_server, boss, viewport={"width": 1280, "height": 900}).new_page()


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Return the list to which each retrieval of `page` is added."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if POLL.search(request.url) else None)
    return found


def settings(**fields: Any) -> None:
    PortalSettings.objects.update_or_create(defaults=fields)


def idle(page: Page, go: Callable[[], Any]) -> None:
    """Do something and wait until the page has nothing more to load."""
    go()
    page.wait_for_load_state("networkidle")


def test_a_page_opened_behind_another_waits_until_it_is_seen(
    page: Page, live_server: Any, asked: list[str], boss: User
) -> None:
    note(boss, "Read me")
    page.add_init_script("Object.defineProperty(document, 'hidden', {configurable: true, get: () => true})")
    idle(page, lambda: page.goto(f"{live_server.url}/admin/"))
    assert not asked
    page.evaluate(HIDE, arg=False)
    expect(page.locator(".toast")).to_contain_text("Read me")


def test_a_dismissal_that_failed_says_so_where_it_can_be_seen(page: Page, live_server: Any, boss: User) -> None:
    note(boss, "Read me")
    page.goto(f"{live_server.url}/notifications/")
    page.route("**/dismiss*", lambda route: route.abort())
    page.locator("main").get_by_role("button", name="Dismiss").first.click()
    expect(page.locator(".toast", has_text="That did not work.")).to_be_visible()
    assert AppNotification.objects.count() == 1


def test_undo_stays_on_the_page_of_the_center_that_one_is_on(
    page: Page, live_server: Any, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "PAGE_SIZE", 2)
    for title in ("Oldest", "Old", "New", "Newest"):
        note(boss, title)
    page.goto(f"{live_server.url}/notifications/?page=2")
    titles = page.locator("main .note-title, #content .note-title")
    expect(titles).to_have_text(["Old", "Oldest"])
    page.get_by_role("button", name="Dismiss: Oldest").first.click()
    expect(titles).to_have_text(["Old"])
    page.get_by_role("button", name="Undo").click()
    expect(titles).to_have_text(["Old", "Oldest"])
    expect(page.get_by_role("button", name="Dismiss: Oldest").first).to_be_focused()


# --- Retrieval ------------------------------------------------------------------------------------------------------
def test_retrieval_at_start_and_on_navigation_a_minute_later(page: Page, live_server: Any, asked: list[str]) -> None:
    idle(page, lambda: page.goto(f"{live_server.url}/admin/"))
    assert len(asked) == 1
    idle(page, lambda: page.goto(f"{live_server.url}/notifications/"))
    idle(page, lambda: page.goto(f"{live_server.url}/admin/"))
    assert len(asked) == 1
    last_retrieval(page, "Date.now() - 40000")  # a page may take its time to load, too
    idle(page, page.reload)
    assert len(asked) == 1
    last_retrieval(page, "Date.now() - 61000")
    idle(page, page.reload)
    assert len(asked) == 2


def test_a_page_that_stays_open_asks_only_where_so_set_and_while_it_is_seen(
    page: Page, live_server: Any, asked: list[str]
) -> None:
    settings(in_app_poll_seconds=0)
    page.clock.install()
    idle(page, lambda: page.goto(f"{live_server.url}/admin/"))
    page.clock.run_for(3_600_000)
    assert len(asked) == 1
    settings(in_app_poll_seconds=60)
    idle(page, page.reload)
    assert len(asked) == 2
    with page.expect_response(POLL):
        page.clock.run_for(60_000)
    assert len(asked) == 3
    page.evaluate(HIDE, True)
    page.clock.run_for(3_600_000)
    assert len(asked) == 3
    with page.expect_response(POLL):
        page.evaluate(HIDE, False)
    assert len(asked) == 4


# --- How long toasts stay -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("wanted", "seconds"), [(None, 4), (ToastTime.LONGER, 12)])
def test_a_toast_stays_as_long_as_settings_and_user_say(
    page: Page, live_server: Any, boss: User, wanted: str | None, seconds: int
) -> None:
    settings(toast_seconds=4)
    if wanted:
        InAppPreferences.objects.create(user=boss, toast_time=wanted)
    note(boss)
    page.clock.install()
    page.goto(f"{live_server.url}/admin/")
    toast = page.locator(".toast")
    expect(toast).to_have_count(1)
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 0.2)  # seconds
    page.clock.run_for(seconds * 1000 - 2500)
    expect(toast).to_have_count(1)
    page.clock.run_for(2500)
    expect(toast).to_have_count(0)


def test_a_toast_can_stay_until_dismissed_or_never_come(page: Page, live_server: Any, boss: User) -> None:
    mine = InAppPreferences.objects.create(user=boss, toast_time=ToastTime.STAYS)
    note(boss)
    page.clock.install()
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator(".toast")).to_have_count(1)
    page.clock.run_for(3_600_000)
    expect(page.locator(".toast")).to_have_count(1)
    mine.toast_time = ToastTime.OFF
    mine.save()
    note(boss, "Quiet")
    idle(page, page.reload)
    expect(page.locator("[data-bell-badge]")).to_have_text("2")
    expect(page.locator(".toast")).to_have_count(0)
    assert AppNotification.objects.get(title="Quiet").toasted_at is None


def test_toasts_that_stay_are_three_at_most_however_many_come(page: Page, live_server: Any, boss: User) -> None:
    settings(in_app_poll_seconds=60)
    InAppPreferences.objects.create(user=boss, toast_time=ToastTime.STAYS)
    for title in ("First", "Second", "Third"):
        note(boss, title)
    page.clock.install()
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator(".toast .note")).to_have_count(3)
    for title, number in (("Fourth", 4), ("Fifth", 5)):
        note(boss, title)
        page.clock.run_for(60_000)
        expect(page.locator(".toast-more")).to_have_text(f"{number} new notifications")
        expect(page.locator(".toast .note")).to_have_count(3)
        expect(page.locator("[data-news]")).to_have_text(title)
    assert {"Fourth", "Fifth"} < set(page.locator(".toast .note-title").all_inner_texts())


def test_a_toast_that_somebody_reads_does_not_make_room(page: Page, live_server: Any, boss: User) -> None:
    settings(in_app_poll_seconds=60)
    InAppPreferences.objects.create(user=boss, toast_time=ToastTime.STAYS)
    note(boss, "Read me")
    page.clock.install()
    page.goto(f"{live_server.url}/admin/")
    page.locator(".toast .note-close").focus()
    for title in ("Second", "Third", "Fourth"):
        note(boss, title)
    page.clock.run_for(60_000)
    expect(page.locator(".toast-more")).to_have_text("4 new notifications")
    expect(page.locator(".toast .note")).to_have_count(3)
    expect(page.locator(".toast .note-title").first).to_have_text("Read me")
    expect(page.locator(".toast .note-close").first).to_be_focused()


@pytest.mark.parametrize("how", ["mouse", "focus"])
def test_a_toast_waits_for_the_mouse_and_for_focus(page: Page, live_server: Any, boss: User, how: str) -> None:
    settings(toast_seconds=4)
    note(boss)
    page.clock.install()
    page.goto(f"{live_server.url}/admin/")
    toast = page.locator(".toast")
    expect(toast).to_have_count(1)
    if how == "mouse":
        toast.hover()
    else:
        toast.get_by_role("button").focus()
    page.clock.run_for(60_000)
    expect(toast).to_have_count(1)
    if how == "mouse":
        page.mouse.move(10, 10)
    else:
        page.locator("[data-bell]").focus()
    page.clock.run_for(4100)
    expect(toast).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_toasts_taller_than_the_window_can_all_be_reached(
    browser: Browser, live_server: Any, boss: User, width: int
) -> None:
    InAppPreferences.objects.create(user=boss, toast_time=ToastTime.STAYS)
    for name in ("a", "b", "c"):
        note(boss, name, body="one line\n" * 50)
    page = signed_in(browser, live_server, boss, viewport={"width": width, "height": 700}).new_page()
    page.goto(f"{live_server.url}/admin/")
    toasts = page.locator(".toast")
    expect(toasts).to_have_count(3)
    for name in ("a", "c", "b"):
        page.get_by_role("button", name=f"Dismiss: {name}").click(timeout=5000)
        expect(page.locator(".toast .note")).to_have_count({"a": 2, "c": 1, "b": 0}[name])
    assert AppNotification.objects.filter(dismissed_at=None).count() == 0


# --- By ear ---------------------------------------------------------------------------------------------------------
def test_a_screen_reader_hears_a_new_toast_once(page: Page, live_server: Any, boss: User) -> None:
    page.add_init_script(
        """window.heard = [];
        new MutationObserver(changes => { for (const change of changes) {
          const region = change.target.closest && change.target.closest('[role=status], [role=alert], [aria-live]');
          if (region) { window.heard.push(region.textContent); }
        } }).observe(document, {childList: true, subtree: true, characterData: true});"""
    )
    note(boss, "Hello")
    page.goto(f"{live_server.url}/admin/")
    # The region stands before its text comes; one that comes with its text is not heard.
    expect(page.locator(".toast [role=status], .toast [role=alert], .toast[aria-live]")).to_have_count(0)
    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator("[data-news]")).to_have_attribute("role", "status")
    assert page.evaluate("heard") == ["Hello"]
    last_retrieval(page, "0")
    idle(page, page.reload)
    assert page.evaluate("heard") == []


# --- By keyboard ----------------------------------------------------------------------------------------------------
def test_everything_by_keyboard(page: Page, live_server: Any, boss: User) -> None:
    AccountFactory()
    settings(toast_seconds=1)
    send_app_notification(title="First", recipient=boss, actions=ACTIONS)
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator(".toast")).to_have_count(0)
    bell = page.locator("[data-bell]")
    bell.focus()
    page.keyboard.press("Enter")
    flyout = page.get_by_role("dialog", name="Notifications")
    expect(flyout.locator(".note")).to_have_count(1)
    expect(bell).to_have_attribute("aria-expanded", "true")
    dismiss = flyout.get_by_role("button", name="Dismiss: First")
    tab_to(page, dismiss)
    page.keyboard.press("Enter")
    expect(flyout.locator(".note")).to_have_count(0)
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(flyout.get_by_text("Nothing new.")).to_be_visible()
    expect(flyout.get_by_role("button", name="Dismiss all")).to_have_count(0)
    expect(undo).to_be_focused()
    check(page, "inapp-flyout-undo")
    page.keyboard.press("Enter")
    expect(flyout.locator(".note")).to_have_count(1)
    expect(dismiss).to_be_focused()
    action = flyout.get_by_role("link", name="In a dialog")
    tab_to(page, action)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="In a dialog")
    expect(dialog).to_be_visible()
    tab_to(page, dialog.get_by_role("button", name="Close"))
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(action).to_be_focused()
    page.keyboard.press("Escape")
    expect(flyout).to_be_hidden()
    expect(bell).to_be_focused()
    expect(bell).to_have_attribute("aria-expanded", "false")


def tab_to(page: Page, wanted: Any) -> None:
    """Press Tab until `wanted` has the focus."""
    for _time in range(30):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()


def test_focus_goes_to_the_bell_when_what_opened_a_dialog_has_faded(page: Page, live_server: Any, boss: User) -> None:
    AccountFactory()
    settings(toast_seconds=2)
    send_app_notification(title="First", recipient=boss, actions=ACTIONS)
    page.goto(f"{live_server.url}/admin/")
    page.locator(".toast").get_by_role("link", name="In a dialog").click()
    dialog = page.get_by_role("dialog", name="In a dialog")
    expect(dialog).to_be_visible()
    page.mouse.move(10, 10)
    expect(page.locator(".toast")).to_have_count(0)
    dialog.get_by_role("button", name="Close").press("Enter")
    expect(page.locator("[data-bell]")).to_be_focused()


# --- Privileges -----------------------------------------------------------------------------------------------------
def test_who_may_read_only_has_a_bell_with_their_own(browser: Browser, live_server: Any, boss: User) -> None:
    reader = person(READ, is_staff=True)
    note(reader, "Mine")
    note(boss, "Not mine")
    page = signed_in(browser, live_server, reader).new_page()
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator("[data-bell-badge]")).to_have_text("1")
    expect(page.locator(".toast .note-title")).to_have_text(["Mine"])
    page.goto(f"{live_server.url}/notifications/")
    expect(page.locator("#content .note-title")).to_have_text(["Mine"])
    rows = page.evaluate("Xrm.WebApi.retrieveMultipleRecords('appnotification', '?$select=title')")
    assert [row["title"] for row in rows["entities"]] == ["Mine"]
    refused = page.evaluate("Xrm.WebApi.createRecord('appnotification', {title: 'x'}).catch(error => error)")
    assert (refused["status"], bool(refused["message"]), AppNotification.objects.count()) == (403, True, 2)


# --- Xrm ------------------------------------------------------------------------------------------------------------
def test_xrm_creates_reads_changes_and_deletes(page: Page, live_server: Any, boss: User) -> None:
    page.goto(f"{live_server.url}/admin/")
    assert page.evaluate("Xrm.Utility.getGlobalContext().userSettings.userId") == f"{{{str(boss.pk).upper()}}}"
    made = page.evaluate(
        """Promise.all([1, 2, 3].map(n => Xrm.WebApi.online.createRecord('appnotification', {title: 'Row ' + n,
            'ownerid@odata.bind': '/systemusers(' + Xrm.Utility.getGlobalContext().getUserId().slice(1, -1) + ')'})))"""
    )
    assert {row["id"] for row in made} == {str(pk) for pk in AppNotification.objects.values_list("pk", flat=True)}
    assert {row["entityType"] for row in made} == {"appnotification"}
    read = "(options, size) => Xrm.WebApi.retrieveMultipleRecords('appnotification', options, size)"
    first = page.evaluate(f"({read})('?$select=title&$orderby=title', 2)")
    assert [row["title"] for row in first["entities"]] == ["Row 1", "Row 2"]
    query = first["nextLink"].partition("?")[2]
    rest = page.evaluate(f"q => ({read})('?' + q, 2)", query)
    assert ([row["title"] for row in rest["entities"]], "nextLink" in rest) == (["Row 3"], False)
    key = made[0]["id"]
    page.evaluate("id => Xrm.WebApi.updateRecord('appnotification', id, {title: 'New'})", key)
    row = page.evaluate("id => Xrm.WebApi.retrieveRecord('appnotification', '{' + id + '}', '?$select=title')", key)
    assert row["title"] == "New"
    assert page.evaluate("id => Xrm.WebApi.deleteRecord('appnotification', id)", key)["id"] == key
    assert AppNotification.objects.filter(dismissed_at=None).count() == 2
    for action in ("deleteRecord('appnotification', id)", "updateRecord('appnotification', id, {title: 'x'})"):
        error = page.evaluate(f"id => Xrm.WebApi.{action}.catch(error => error)", key)
        assert error["errorCode"] == 0x80040217
        assert error["message"] == f"appnotification With Id = {key} Does Not Exist"
    who = "{getMetadata: () => ({operationName: 'WhoAmI', operationType: 1, parameterTypes: {}})}"
    assert page.evaluate(f"Xrm.WebApi.execute({who}).then(r => r.json())")["UserId"] == str(boss.pk)
    for bad in ("null", "{}", "{getMetadata: () => ({operationName: '../x', operationType: 0})}"):
        assert page.evaluate(f"Xrm.WebApi.execute({bad}).catch(error => error)")["errorCode"] == 0x80040203
