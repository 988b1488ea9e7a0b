"""The frame of customers' pages: what was just done is said, and where one is, is marked."""

import pytest
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from fsportal.templatetags.portal_page import here


def request_for(path: str) -> HttpRequest:
    return RequestFactory().get(path)


@pytest.mark.parametrize(
    ("path", "page", "below", "expected"),
    [
        ("/", "/", ("/bookings/",), ' aria-current="page"'),
        ("/bookings/1/", "/", ("/bookings/",), ' aria-current="true"'),
        ("/profile/", "/", ("/bookings/",), ""),
        ("/profile/", "/profile/", (), ' aria-current="page"'),
        ("/profile/phone/", "/profile/", (), ' aria-current="true"'),
    ],
)
def test_the_navigation_marks_where_one_is(path: str, page: str, below: tuple[str, ...], expected: str) -> None:
    assert here(request_for(path), page, *below) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/leave/", "/unsubscribe/x/undo/"])
def test_an_address_of_a_button_that_a_browser_opens_is_no_blank_page(client: Client, address: str) -> None:
    browser = client.get(address, headers={"accept": "text/html,*/*"})
    assert (browser.status_code, browser["Allow"]) == (405, "POST")
    assert "Nothing was done" in browser.content.decode()
    assert 'href="/"' in browser.content.decode()
    assert "Content-Security-Policy" in browser.headers
    assert client.get(address).content == b"", "programs get none"


@pytest.mark.parametrize(
    ("level", "role"),
    [(messages.SUCCESS, "status"), (messages.INFO, "status"), (messages.WARNING, "status"), (messages.ERROR, "alert")],
)
def test_what_was_done_is_announced_and_stays_text(level: int, role: str) -> None:
    note = Message(level, "Moved <b>it</b>.")
    page = render_to_string("portal/notices.html", {"messages": [note]})
    assert f'class="notice notice-{messages.DEFAULT_TAGS[level]}" role="{role}"' in page
    assert "Moved &lt;b&gt;it&lt;/b&gt;." in page
    assert not render_to_string("portal/notices.html", {"messages": []}).strip()
