"""The link of a received email, opened in a real Chromium at phone size, until an admin blocks it."""

import re

import httpx
import pytest
from django.apps import apps
from django.core import serializers
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from bookings.messages import reminders
from bookings.models import BookingNotificationCode
from fsportal.conf.environment import email_config
from notifications.customers import delivery
from tests.factories import PASSWORD, BookingFactory, UserFactory, name_company
from tests.servers import SmtpSink

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest.fixture
def link(live_server: LiveServer, settings: Settings) -> str:
    """Return the link out of a reminder that went through a real SMTP server."""
    settings.SITE_URL, settings.DELIVERY_MODE = live_server.url, "live"
    with SmtpSink() as smtp:
        settings.EMAIL = email_config(smtp.url)
        for name, value in settings.EMAIL.settings.items():
            setattr(settings, name, value)
        name_company()
        BookingFactory(work_order__number="WO-4711", resource__name="Omar Haddad")
        reminders.sweep()
        delivery.drain()
        [mail] = smtp.messages
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    [found] = re.findall(r"http://\S+/visit/\S+", text)
    return found


def everything() -> list[str]:
    """Return every row of our own tables and of the sessions, as text."""
    return [
        serializers.serialize("json", model._default_manager.order_by("pk"))
        for app in ("fsportal", "notifications", "bookings", "portal", "sessions")
        for model in apps.get_app_config(app).get_models()
    ]


def test_the_link_opens_the_visit_until_it_is_blocked_in_the_settings_area(
    link: str, browser: Browser, page: Page, live_server: LiveServer
) -> None:
    phone = browser.new_page(viewport=PHONE)
    phone.goto(link)
    expect(phone.get_by_text("WO-4711")).to_be_visible()
    code = BookingNotificationCode.objects.get()
    assert code.code not in phone.url
    assert code.code[10:] not in phone.content()

    admin = UserFactory(username="boss", is_staff=True, is_superuser=True)
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("User name or email address").fill(admin.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    page.goto(f"{live_server.url}/admin/bookings/bookingnotificationcode/{code.pk}/change/")
    page.get_by_role("link", name="Block…").click()
    page.get_by_label("Why").fill("Shared in public")
    page.get_by_role("button", name="Block").click()
    expect(page.get_by_text("The link is blocked.")).to_be_visible()

    answer = phone.reload()
    assert answer is not None
    assert answer.status == 404
    expect(phone.get_by_text("WO-4711")).to_have_count(0)
    again = browser.new_page(viewport=PHONE).goto(link)
    assert again is not None
    assert again.status == 404


def test_fifty_gets_and_heads_of_a_mail_scanner_change_no_row(link: str) -> None:
    before = everything()
    with httpx.Client(follow_redirects=True) as scanner:
        for _number in range(25):
            assert scanner.get(link).status_code == 200
            assert scanner.head(link).status_code == 200
    assert everything() == before


def test_a_person_who_opens_it_is_counted_once(link: str, browser: Browser) -> None:
    phone = browser.new_page(viewport=PHONE)
    with phone.expect_response(re.compile("/opened/")) as told:
        phone.goto(link)
    assert told.value.status == 204
    assert BookingNotificationCode.objects.get().times_opened == 1
