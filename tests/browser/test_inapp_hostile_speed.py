"""Hostile content takes nobody's time: each text under 250 ms, rendered by the server and laid out in Chromium."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from playwright.sync_api import Browser, Page

from fsportal.models import User
from notifications.inapp.cards import NotificationCard
from notifications.inapp.errors import InvalidParameter
from notifications.models import AppNotification
from tests.browser.test_inapp import signed_in
from tests.browser.test_inapp_hostile import ADDRESSES, LONG, MARKUP
from tests.browser.test_visit_looks import EVERY_LOOK
from tests.cpu import least_cpu_seconds
from tests.factories import UserFactory
from tests.notifications.inapp.test_markdown import PIECES
from tests.notifications.web_api.stage import note

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ALLOWED = 0.25  # seconds
TEXTS = [(piece * 5000)[:4800] for piece in (*PIECES, *MARKUP, *(f"[x]({address}) " for address in ADDRESSES))] + LONG
#: How long each card takes from its HTML to its place on the screen, in seconds.
LAY_OUT = """cards => cards.map(html => {
  const place = document.querySelector('#content');
  place.replaceChildren();
  place.getBoundingClientRect();
  const begun = performance.now();
  place.innerHTML = html;
  place.getBoundingClientRect();
  return (performance.now() - begun) / 1000; })"""


@pytest.fixture
def boss(db: None) -> User:
    """Return somebody who may do everything."""
    user: User = UserFactory(username="boss", is_staff=True, is_superuser=True)
    return user


def is_slow(work: Callable[[], object]) -> bool:
    """Tell whether this process needs longer than allowed for it."""
    return least_cpu_seconds(work, enough=ALLOWED) > ALLOWED


def sent_slowly(boss: User) -> list[str]:
    """Send every text as title and as body; return those that took too long, refused or not."""

    def send(override: dict[str, str]) -> None:
        try:
            note(boss, override_content=override)
        except InvalidParameter:
            pass  # lists too deep, or too long for a title: an answer, too

    each = [{part: text} for text in TEXTS for part in ("title", "body")]
    return [str(override)[:30] for override in each if is_slow(partial(send, override))]


def rendered_slowly(rows: list[AppNotification], cards: list[str]) -> list[str]:
    """Render every card; return those that took too long."""

    def render(row: AppNotification) -> None:
        cards.append(render_to_string("notifications/inapp/card.html", {"card": NotificationCard(row, timezone.now())}))

    render(rows[0])  # reads the templates, which is done once
    return [row.body_html[:20] for row in rows if is_slow(partial(render, row))]


def laid_out_slowly(page: Page, address: str, cards: list[str]) -> list[str]:
    """Lay every card out; return those that took too long on a page of its own, three times in a row."""
    for _time in range(3):
        page.goto(address)
        times = page.evaluate(LAY_OUT, cards)
        cards = [card for card, seconds in zip(cards, times, strict=True) if seconds > ALLOWED]
        if not cards:
            break
    return cards


def test_nothing_hostile_takes_longer_than_a_quarter_of_a_second(
    browser: Browser, live_server: Any, boss: User
) -> None:
    assert sent_slowly(boss) == []
    rows = list(AppNotification.objects.all())
    assert len(rows) > len(TEXTS)
    cards: list[str] = []
    assert rendered_slowly(rows, cards) == []
    for look in ("desk-light", "phone-light"):
        page = signed_in(browser, live_server, boss, **EVERY_LOOK[look]).new_page()
        assert laid_out_slowly(page, f"{live_server.url}/notifications/preferences/", cards) == [], look
        page.context.close()
