"""Microsoft's documented client scripts in a real browser, on a staff page, exactly as printed.

tests/data/dataverse_examples holds them; only the marked placeholders are filled in here. `title = "Welcome"` in a call
assigns a global and passes a value by position, so four of the six put an icon type where the priority belongs. Those
get the error that says so, and work as described once each argument is at its own place.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from fsportal.models import Account, PortalSettings, User
from notifications.models import AppNotification, IconType, Priority, ToastType
from tests.browser.test_inapp import check, last_retrieval, signed_in, watched
from tests.factories import AccountFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SCRIPTS = Path(__file__).parents[1] / "data" / "dataverse_examples"
REQUEST = (SCRIPTS / "request_function.js").read_text()
TASK, FIRST, SECOND = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
SHIFTED = {"inline_link": "Warning", "url_action": "Success", "side_pane": "Info", "teams_chat": "Info"}
GOT = {"Info": 100000000, "Success": 100000001, "Warning": 100000003}


@pytest.fixture
def boss(db: None) -> User:
    """Return somebody who may do everything."""
    user: User = UserFactory(username="boss", is_staff=True, is_superuser=True)
    return user


@pytest.fixture
def account(db: None) -> Account:
    """Return the account that the examples name."""
    made: Account = AccountFactory(name="Contoso")
    # Long enough to be looked at.
    PortalSettings.objects.update_or_create(defaults={"toast_seconds": 60})
    return made


@pytest.fixture
def page(browser: Browser, live_server: Any, boss: User, account: Account) -> Iterator[Page]:
    """Return a staff page opened by somebody who may do everything."""
    context = signed_in(browser, live_server, boss, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = watched(context, [])
    # What is sent before the first retrieval has been answered would be shown by this page already.
    with page.expect_response("**/notifications/poll"):
        page.goto(f"{live_server.url}/admin/")
    yield page
    context.close()


def script(name: str, boss: User, account: Account) -> str:
    """Return a documented script with its placeholders filled."""
    text = (SCRIPTS / f"{name}.js").read_text()
    for placeholder, value in {
        "<GUID of the user>": str(boss.pk),
        "<Task ID>": TASK,
        "<Microsoft Entra ID User ID 1>": FIRST,
        "<Microsoft Entra ID User ID 2>": SECOND,
        "<Account ID value>": str(account.pk),
    }.items():
        text = text.replace(placeholder, value)
    return text


def in_place(text: str) -> str:
    """Return the script with what it left out, so that each argument stands at its parameter's place."""
    text = text.replace("    iconType =", "    priority = undefined,\n    iconType =")
    text = text.replace("    toastType = 200000000,", "    toastType = 200000000,\n    expiry = undefined,")
    return (
        text
        if "overrideContent =" in text
        else text.replace("    actions =", "    overrideContent = undefined,\n    actions =")
    )


def run(page: Page, text: str) -> list[str]:
    """Run a script as a console would, in sloppy mode at the top level; return what it logged."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "log" else None)
    devtools = page.context.new_cdp_session(page)
    for source in (REQUEST, text):
        result = devtools.send("Runtime.evaluate", {"expression": source, "awaitPromise": True})
        assert "exceptionDetails" not in result, result
    return said


def toasted(page: Page) -> Any:
    """Come back to the page when the last retrieval is over a minute ago, and return the toast."""
    last_retrieval(page, "Date.now() - 61000")
    page.reload()
    expect(page.locator(".toast")).to_have_count(1)
    return page.locator(".toast .note")


def sent(page: Page, text: str) -> AppNotification:
    """Run a script that works; return the row that it wrote, which its own log names."""
    said = run(page, text)
    row = AppNotification.objects.get()
    assert said == ["Status: %s %s 200 OK", f"Response Body: %s {row.pk}"]
    return row


# --- As they stand --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", SHIFTED)
def test_a_script_that_shifts_its_arguments_is_told_where_the_value_would_fit(
    page: Page, boss: User, account: Account, name: str
) -> None:
    said = run(page, script(name, boss, account))
    icon = SHIFTED[name]
    told = f"The parameter 'Priority' got {GOT[icon]}; it allows 200000000 (Normal), 200000001 (High)."
    assert said == [f"{told} That value would be {icon} for IconType."]
    assert not AppNotification.objects.exists()


def test_the_basic_script_gives_a_welcome(page: Page, boss: User, account: Account) -> None:
    row = sent(page, script("basic", boss, account))
    assert (row.priority, row.icon_type, row.toast_type) == (Priority.NORMAL, IconType.INFO, ToastType.TIMED)
    assert (row.owner, row.sender) == (boss, boss)
    card = toasted(page)
    check(page, "documented-basic")
    expect(card.locator(".note-title")).to_have_text("Welcome")
    expect(card.locator(".note-body")).to_have_text("Welcome to the world of app notifications!")
    assert "note-info" in card.get_attribute("class").split()


def test_several_links_bold_and_italic(page: Page, boss: User, account: Account) -> None:
    row = sent(page, script("several_links", boss, account))
    assert (row.icon_type, row.ttl_in_seconds) == (IconType.MENTION, 120000)
    card = toasted(page)
    check(page, "documented-several-links")
    assert "note-mention" in card.get_attribute("class").split()
    title = card.locator(".note-title > a")
    expect(title).to_have_text("Complete overhaul required (sample)")
    assert opened(title) == {
        "pagetype": "entityrecord",
        "etn": "incident",
        "id": "0a9f62a8-90df-e311-9565-a45d36fc5fe8",
    }
    body = card.locator(".note-body")
    expect(body).to_have_text(
        'Maria Campbell mentioned you in a post: "@Paul we need to prioritize this overdue case, @Robert will work '
        'with you to engage with engineering team ASAP."'
    )
    expect(body.locator("a")).to_have_text(["Maria Campbell", "@Paul", "@Robert"])
    assert [opened(link)["id"] for link in body.locator("a").all()] == [
        "43m770h2-6567-ebm1-ob2b-000d3ac3kd6c",
        "03f770b2-6567-eb11-bb2b-000d3ac2be4d",
        "73f970b2-6567-eb11-bb2b-000d3ac2se4h",
    ]
    expect(body.locator("em > strong > a")).to_have_text("@Paul")
    expect(body.locator("em > a")).to_have_text("@Robert")


# --- With their arguments at their places ---------------------------------------------------------------------------
def test_a_body_with_an_inline_link(page: Page, boss: User, account: Account) -> None:
    row = sent(page, in_place(script("inline_link", boss, account)))
    assert (row.icon_type, row.priority) == (IconType.WARNING, Priority.NORMAL)
    card = toasted(page)
    check(page, "documented-inline-link")
    assert "note-warning" in card.get_attribute("class").split()
    expect(card.locator(".note-title > strong")).to_have_text("SLA critical")
    expect(card.locator(".note-body")).to_have_text(
        "Case record Complete overhaul required (sample) assigned is critically past SLA and has been escalated to "
        "your manager."
    )
    expect(card.locator(".note-body a")).to_have_text("Complete overhaul required (sample)")


def test_a_url_action_opens_a_new_window(page: Page, boss: User, account: Account) -> None:
    row = sent(page, in_place(script("url_action", boss, account)))
    assert row.title == "Congratulations"
    card = toasted(page)
    check(page, "documented-url-action")
    assert "note-success" in card.get_attribute("class").split()
    expect(card.locator(".note-title")).to_have_text("SLA critical")
    action = card.get_by_role("link", name="View cases")
    assert opened(action) == {"pagetype": "entitylist", "etn": "incident"}
    with page.expect_popup() as popup:
        action.click()
    expect(popup.value.get_by_role("heading", level=1)).to_be_visible()
    check(popup.value, "documented-url-action-window")


def test_a_side_pane_opens_beside_the_page(page: Page, boss: User, account: Account) -> None:
    sent(page, in_place(script("side_pane", boss, account)))
    card = toasted(page)
    assert "note-info" in card.get_attribute("class").split()
    card.get_by_role("link", name="View task").click()
    pane = page.get_by_role("dialog", name="Task Record")
    expect(pane).to_be_visible()
    # The width of the example, and the pane's own lines.
    assert pane.evaluate("pane => Math.round(pane.getBoundingClientRect().width)") == 400
    # This app has no tasks, and says so instead of showing an empty pane.
    frame = pane.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_be_visible()
    expect(frame.get_by_text("a record or a list that this app does not have")).to_be_visible()
    check(page, "documented-side-pane")


def test_a_side_pane_shows_a_record_of_this_app(page: Page, boss: User, account: Account) -> None:
    text = in_place(script("side_pane", boss, account)).replace('"task"', '"account"').replace(TASK, str(account.pk))
    sent(page, text)
    toasted(page).get_by_role("link", name="View task").click()
    frame = page.get_by_role("dialog", name="Task Record").frame_locator("iframe")
    expect(frame.locator("[name=name]")).to_have_value("Contoso")
    check(page, "documented-side-pane-account")


def test_a_teams_chat_opens_teams(page: Page, boss: User, account: Account) -> None:
    row = sent(page, in_place(script("teams_chat", boss, account)))
    context = row.content["actions"][0]["data"]["entityContext"]
    assert context == {"entityName": "account", "recordId": str(account.pk)}
    card = toasted(page)
    check(page, "documented-teams-chat")
    action = card.get_by_role("link", name="Chat with sales rep")
    address = f"https://teams.microsoft.com/l/chat/0/0?users={FIRST},{SECOND}"
    assert action.get_attribute("href") == address
    assert (action.get_attribute("target"), action.get_attribute("rel")) == ("_blank", "noopener noreferrer")


def opened(link: Any) -> dict[str, str]:
    """Return what a link of the app's own opens."""
    address = urlsplit(link.get_attribute("href"))
    assert address.path == "/notifications/open"
    return {name: values[0] for name, values in parse_qs(address.query).items()}
