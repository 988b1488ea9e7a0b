"""Hostile content in Chromium: what senders write never becomes more than the allowed markdown, and no script runs."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from fsportal.lib.text import HARMFUL
from fsportal.models import PortalSettings, User
from notifications.models import AppNotification
from tests.browser.test_inapp import signed_in, watched
from tests.factories import UserFactory
from tests.notifications.web_api.stage import Api, stored

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RUN = "window.pwned=1"
ADDRESSES = [
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f" javascript:{RUN}",
    f"java\tscript:{RUN}",
    f"java\nscript:{RUN}",
    f"java\rscript:{RUN}",
    f"\x01javascript:{RUN}",
    f"javascript\u200b:{RUN}",
    f"\u202ejavascript:{RUN}",
    f"&#106;avascript:{RUN}",
    f"&#x6A&#x61vascript:{RUN}",
    f"javascript&colon;{RUN}",
    f"%6aavascript:{RUN}",
    f"javascript://%0a{RUN}",
    f"javascript://host.example/%0a{RUN}",
    f"vbscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    "data:text/html;base64,PHNjcmlwdD53aW5kb3cucHduZWQ9MTwvc2NyaXB0Pg==",
    "blob:https://evil.example/1",
    "file:///etc/passwd",
    "filesystem:https://evil.example/1",
    "view-source:https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:\\\\evil.example",
    "https:evil.example",
    "https://user@evil.example/",
    "ftp://evil.example/",
]
MARKUP = [
    f"<script>{RUN}</script>",
    f"</h2><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg onload={RUN}><animate onbegin={RUN}>",
    f"<a href=javascript:{RUN} onclick={RUN}>x</a>",
    f'"><iframe srcdoc="<script>parent.pwned=1</script>">',  # noqa: F541
    f"<details open ontoggle={RUN}>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}>",
    f"<style>@import 'x'</style><base href=//evil.example><form action=//evil.example><input autofocus onfocus={RUN}>",
    "<!--><template><object data=x><embed src=x><meta http-equiv=refresh content=0;url=//evil.example>",
    f'[x](https://a.example/"onmouseover="{RUN}")',
    f"[x](<javascript:{RUN}>)",
    f"[a [b](javascript:{RUN}) c](javascript:{RUN})",
    f"[[x](https://a.example)](javascript:{RUN})",
    f"![x](javascript:{RUN})",
    f"[x]: javascript:{RUN}\n\n[x]",
    f"<javascript:{RUN}>",
    f"**_<b onclick={RUN}>_**",
    "`code` # heading > quote | table | ~~gone~~ ***",
    "\u202egpj.exe\u202c \u2066isolated \u200fright to left",
    "{{ 7|add:7 }} {% debug %} ${window.pwned=1}",
]
SAFE = (
    "[mail](mailto:a@b.example) [call](tel:+15550100) [web](https://a.example/) [own](?pagetype=entitylist&etn=account)"
)
LONG = [
    "[" * 4900,
    "](" * 2400,
    "[a](" * 1200,
    "**" * 2400,
    "_" * 4900,
    "[x](javascript:1)" * 280,
    "<b>" * 1600,
    "&" * 4900,
]

FOUND = """() => [...document.querySelectorAll('#content .note-title *, #content .note-body *')].map(e => [
  e.localName, e.getAttributeNames().sort().join(' '), e.protocol || '', e.origin || ''])"""
ATTRIBUTES = {"", "href", "href rel", "href target", "href rel target", "start"}


@pytest.fixture
def boss(db: None) -> User:
    """Return somebody who may do everything."""
    user: User = UserFactory(username="boss", is_staff=True, is_superuser=True)
    return user


def nothing_ran(page: Page, problems: list[str], live_server: Any) -> list[list[str]]:
    """Check the center's DOM; return what the cards are made of."""
    found: list[list[str]] = page.evaluate(FOUND)
    assert {tag for tag, *_ in found} <= {"p", "strong", "em", "ul", "ol", "li", "a", "br"}
    assert {names for _tag, names, *_ in found} <= ATTRIBUTES
    for tag, _names, protocol, origin in found:
        if tag == "a":
            assert protocol in ("http:", "https:", "mailto:", "tel:")
            assert protocol != "http:" or origin == live_server.url
    assert page.evaluate("window.pwned") is None
    assert problems == []  # neither an error, nor a refusal by the Content-Security-Policy, nor a dialog
    return found


def opened(browser: Browser, live_server: Any, boss: User, problems: list[str], cards: int) -> Page:
    page = watched(signed_in(browser, live_server, boss), problems)

    def note_dialog(dialog: Dialog) -> None:
        problems.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note_dialog)
    page.goto(f"{live_server.url}/notifications/")
    expect(page.locator("#content .note")).to_have_count(cards)
    page.wait_for_load_state("networkidle")
    return page


def test_markup_stays_text_in_title_body_and_override(browser: Browser, live_server: Any, boss: User) -> None:
    api = Api(boss)
    for text in MARKUP:
        override = {"title": text, "body": f"{SAFE}\n\n{text}"}
        for more in ({"Title": text, "Body": text}, {"Title": "t", "OverrideContent": override}):
            answer = api.send(boss, **more)
            assert answer.status == 200, answer.text
    problems: list[str] = []
    page = opened(browser, live_server, boss, problems, 2 * len(MARKUP))
    found = nothing_ran(page, problems, live_server)
    assert {protocol for _tag, _names, protocol, _origin in found} >= {"mailto:", "tel:", "https:", "http:"}
    text = page.locator("#content").inner_text()
    assert f"<script>{RUN}</script>" in text
    assert not HARMFUL.search(text.replace("\n", " ").replace("\t", " "))


def test_no_spelling_of_a_forbidden_address_becomes_a_link(browser: Browser, live_server: Any, boss: User) -> None:
    api = Api(boss)
    for address in ADDRESSES:
        text = f"[click]({address}) [click](<{address}>)"
        assert api.send(boss, OverrideContent={"title": text, "body": text}).status == 200
    problems: list[str] = []
    page = opened(browser, live_server, boss, problems, len(ADDRESSES))
    nothing_ran(page, problems, live_server)
    assert (
        page.locator("#content .note-title a, #content .note-body a").evaluate_all("links => links.map(a => a.href)")
        == []
    )


def test_forbidden_addresses_of_actions_and_icons_are_refused(boss: User) -> None:
    api = Api(boss)
    for address, target in itertools.product(ADDRESSES, (None, "dialog", "newWindow")):
        data = {"type": "url", "url": address} | ({"navigationTarget": target} if target else {})
        answer = api.send(boss, Actions={"actions": [{"title": "t", "data": data}]})
        assert answer.status == 400, address
        assert "Actions.actions[0].data.url" in answer.error
    for address in [*ADDRESSES, "/static/../x.svg", "https://evil.example/x.svg", "data:image/svg+xml,<svg/>"]:
        answer = api.send(boss, IconType=100000005, OverrideContent={"iconUrl": address})
        assert answer.status == 400, address
        assert "OverrideContent.iconUrl" in answer.error
    assert stored() == []


def test_five_thousand_characters_of_brackets(browser: Browser, live_server: Any, boss: User) -> None:
    api = Api(boss)
    for text in LONG:
        assert api.send(boss, OverrideContent={"body": text}).status == 200
    problems: list[str] = []
    page = opened(browser, live_server, boss, problems, len(LONG))
    nothing_ran(page, problems, live_server)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


def test_lists_to_depth_eight_are_shown_and_deeper_ones_refused(browser: Browser, live_server: Any, boss: User) -> None:
    def nested(depth: int) -> str:
        return "\r".join(f"{'  ' * level}- level {level + 1}" for level in range(depth))

    api = Api(boss)
    assert api.send(boss, OverrideContent={"body": nested(8)}).status == 200
    for depth in (9, 20, 60):
        refused = api.send(boss, OverrideContent={"body": nested(depth)})
        assert (refused.status, "deeper than 8" in refused.error) == (400, True)
    assert AppNotification.objects.count() == 1
    problems: list[str] = []
    page = opened(browser, live_server, boss, problems, 1)
    nothing_ran(page, problems, live_server)
    expect(page.locator("#content .note-body " + "ul > li " * 8)).to_have_text("level 8")


def test_hostile_content_in_toasts_and_flyout(browser: Browser, live_server: Any, boss: User) -> None:
    PortalSettings.objects.update_or_create(defaults={"toast_seconds": 60})
    for text in MARKUP[:3]:
        assert Api(boss).send(boss, text, OverrideContent={"body": text}).status == 200
    problems: list[str] = []
    page = watched(signed_in(browser, live_server, boss), problems)
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator(".toast .note")).to_have_count(3)
    page.locator("[data-bell]").click()
    expect(page.locator("dialog .note")).to_have_count(3)
    expect(page.locator(".note script, .note img, .note svg svg")).to_have_count(0)
    assert page.evaluate("window.pwned") is None
    assert problems == []
