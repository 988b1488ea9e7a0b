"""Writing the words of messages in a real browser: the pages, and the script that counts a text message."""

import base64
import random
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import Browser, Page, Route

from notifications.customers.wording.sms_count import TABLES, counted
from notifications.models import MessageTemplate
from tests.browser.test_inapp import signed_in
from tests.browser.test_settings_area_looks import RULES
from tests.browser.test_visit_looks import LOOKS
from tests.factories import BookingFactory

pytestmark = pytest.mark.browser

SCRIPT = Path(__file__).parents[2] / "static" / "js" / "sms-text.js"
VALUES = {"company": "Łódź & Söhne “AG”", "when": "Tue 24 Nov, 10:20 (London time)", "link": "https://x.example/é?a=1&b=2",
          "emoji": "👩‍🔧", "empty": "", "arabic": "غدا 5 م"}  # fmt: skip
PIECES = [
    *(f"[{name}]" for name in (*VALUES, "unknown", "Not a name")),
    *("[[", "]", "[", "{when}", "\n", "\r\n", "\t", "  ", "\u00a0", "\u200b", "\u00ad", "\ufeff", "\u202e", "\x07"),
    *("\x85", "e\u0301", "o\u0308", "\u0345", "\u3000", "\u2028", "1\ufe0f\u20e3", "\u2764\ufe0f", "\u00d7"),
    *"abcXYZ 0123 éèüßñ àÅåΔΦ €^{}\\~| “”‘’–—…• ŁłĐđŒœŐőÞþıẞ ěščřžýáíé ążźćń ộ ﬁ ½ ™ ☃ 😀 日本 Привет Ελλάδα",
    *("שלום", "مرحبا", "Acme", "https://example.com/?a=[when]&b=[company]", "http://[link]"),
]


def test_the_script_counts_as_the_server_does(page: Page) -> None:
    chance = random.Random(5)
    texts = ["", *PIECES, *("".join(chance.choices(PIECES, k=chance.randint(2, 60))) for _number in range(400))]
    page.goto("about:blank")
    module = "data:text/javascript;base64," + base64.b64encode(SCRIPT.read_bytes()).decode()
    found = page.evaluate(
        """async ([module, tables, texts, values]) => {
            const { SmsText } = await import(module);
            const sms = new SmsText(tables);
            const rtls = [false, true];
            return texts.map((text) => [
                rtls.map((rtl) => sms.count(text, values, rtl, ["empty"])),
                rtls.map((rtl) => sms.countText(text, text, rtl)),
            ]);
        }""",
        [module, TABLES, texts, VALUES],
    )
    for text, (answers, of_free_text) in zip(texts, found, strict=True):
        for language, answer in zip(("en", "he"), of_free_text, strict=True):
            here = counted(text.replace("[", "[["), {}, language)
            counts = (here.characters, here.segments, here.is_gsm7)
            assert (answer["characters"], answer["segments"], answer["is_gsm7"]) == counts, (language, text)
        for language, answer in zip(("en", "he"), answers, strict=True):
            here = counted(text, VALUES, language, optional=("empty",))
            wanted = {**vars(here), "costly": [*map(list, here.costly)], "double": [*map(list, here.double)]}
            assert answer == wanted, (language, text)


@pytest.mark.django_db(transaction=True)
def test_words_are_written_and_looked_at(browser: Browser, live_server: Any) -> None:
    BookingFactory()
    user = get_user_model().objects.create_superuser("ada", "ada@example.com", "x")
    words = reverse("admin:message-words", args=["upcoming", "en", "all"])
    context = signed_in(browser, live_server, user, **LOOKS["phone-light"])
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.goto(live_server.url + words)
    page.get_by_label("Text message", exact=True).fill("[company] 😀 on ")
    page.get_by_role("button", name="[when]").click()
    assert page.get_by_label("Text message", exact=True).input_value() == "[company] 😀 on [when]"
    page.get_by_text("instead of 160: 😀 (character 11)").wait_for()
    page.get_by_role("button", name="Text message").click()
    page.frame_locator("iframe").last.get_by_text("😀 on").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved as version 1").wait_for()
    assert told == []
    page.get_by_label("Text", exact=True).fill("On [wen].")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Do you mean [when]?").wait_for()
    assert sound(page)
    context.close()
    context = signed_in(browser, live_server, user, **LOOKS["desk-dark"])
    page = context.new_page()
    page.route("**/preview/*", out_of_the_sandbox)
    for address in (
        reverse("admin:message-history", args=["upcoming", "en", "all"]),
        reverse("admin:notifications_messagetemplate_changelist"),
        reverse("admin:message-words", args=["upcoming", "ar", "all"]),
        reverse("admin:message-preview", args=["upcoming", "ar", "all"]) + "?look=sms",
    ):
        page.goto(live_server.url + address)
        assert sound(page), address
    context.close()
    assert MessageTemplate.objects.get().current is not None


def out_of_the_sandbox(route: Route) -> None:
    """Let scripts look at a page that allows none: in the sandbox axe would wait for ever."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={"Content-Type": answer.headers["content-type"]})


def sound(page: Page) -> bool:
    """Tell whether axe finds nothing and nothing is wider than the screen."""
    assert Axe().run(page, options=RULES).response["violations"] == []
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
