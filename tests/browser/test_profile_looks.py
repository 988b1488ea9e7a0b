"""The profile and the unsubscribe page in a real browser: every look, errors, right to left, keyboard, no scripts."""

from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from fsportal.models import Contact
from fsportal.models.consent import Channel
from notifications.customers.subscriptions import Subscription
from portal.models import OneTimeCode, WebRole
from tests.browser.test_visit_looks import NARROW, check, pages_in_all_looks
from tests.factories import AccountFactory, ContactFactory, UserFactory
from tests.portal.stage import company, give_password

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def person(**values: Any) -> Contact:
    """Return a customer with an account and the role."""
    company()
    user = UserFactory(email="sam@example.com")
    contact: Contact = ContactFactory(
        **{"name": "Sam Green", "email": "sam@example.com", "mobile_phone": "+442079460018", "portal_user": user}
        | values
    )
    WebRole.web_api_users().give(contact, by=None)
    return contact


def sign_in(page: Page, url: str, contact: Contact) -> Page:
    """Give the browser the session of this contact's user."""
    client = Client()
    assert contact.portal_user is not None
    client.force_login(contact.portal_user)
    give_password(client)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
    return page


def test_the_profile_passes_axe_in_every_look(browser: Browser, live_server: Any) -> None:
    contact = person()
    contact.choose("completed", "sms", is_wanted=False)
    for look, page in pages_in_all_looks(browser):
        sign_in(page, live_server.url, contact).goto(f"{live_server.url}/profile/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Your profile")
        check(page, f"profile-{look}")
        page.context.close()


def test_errors_stopped_channels_and_two_accounts_pass_axe(browser: Browser, live_server: Any) -> None:
    contact = person()
    second = ContactFactory(
        portal_user=contact.portal_user, mobile_phone="", account=AccountFactory(name="Acme " + "W" * 90)
    )
    WebRole.web_api_users().give(second, by=None)
    contact.opt_out("sms", how="sms")
    contact.opt_out("email", how="link")
    for look, page in pages_in_all_looks(browser):
        sign_in(page, live_server.url, contact).goto(f"{live_server.url}/profile/")
        page.get_by_label("Name").fill("")
        page.get_by_label("Mobile phone").fill("call me maybe")
        page.get_by_role("button", name="Save details").click()
        expect(page.get_by_text("There is a problem")).to_be_visible()
        check(page, f"profile-errors-{look}")
        page.get_by_role("link", name="Acme").click()
        expect(page.get_by_text("add your mobile phone")).to_be_visible()
        check(page, f"profile-second-{look}")
        page.context.close()


@pytest.mark.parametrize("language", ["ar", "de"])
def test_the_profile_in_other_languages(browser: Browser, live_server: Any, language: str) -> None:
    contact = person(language=language, name="سارة" if language == "ar" else "Sabine")
    contact.opt_out("sms", how="profile")
    for look, page in pages_in_all_looks(browser):
        sign_in(page, live_server.url, contact).goto(f"{live_server.url}/profile/")
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
        check(page, f"profile-{language}-{look}")
        page.context.close()


def test_the_profile_at_four_hundred_percent(browser: Browser, live_server: Any) -> None:
    contact = person(name="W" * 120, email=f"{'x' * 60}@{'y' * 40}.example")
    page = browser.new_context(**NARROW).new_page()
    sign_in(page, live_server.url, contact).goto(f"{live_server.url}/profile/")
    check(page, "profile-narrow")
    page.context.close()


def test_another_email_address_without_scripts(browser: Browser, live_server: Any) -> None:
    contact = person()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = sign_in(context.new_page(), live_server.url, contact)
    page.goto(f"{live_server.url}/profile/")
    page.get_by_role("link", name="Change your email address").click()
    page.get_by_label("New email address").fill("new@example.com")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("textbox", name="Code")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill(OneTimeCode.objects.get().digits)
    page.get_by_role("button", name="Change my address").click()
    expect(page.get_by_role("status")).to_have_text("Your email address is changed.")
    expect(page.get_by_text("new@example.com").first).to_be_visible()
    context.close()


def test_the_pages_for_another_address_pass_axe(browser: Browser, live_server: Any) -> None:
    contact = person()
    for look, page in pages_in_all_looks(browser):
        sign_in(page, live_server.url, contact).goto(f"{live_server.url}/profile/email/")
        check(page, f"profile-email-{look}")
        page.get_by_label("New email address").fill("new@example.com")
        page.get_by_role("button", name="Send me a code").click()
        page.get_by_role("textbox", name="Code").fill("12")
        page.get_by_role("button", name="Change my address").click()
        expect(page.get_by_text("This is not the code.")).to_be_visible()
        check(page, f"profile-code-{look}")
        page.context.close()


def test_choosing_by_keyboard_and_coming_back(page: Page, live_server: Any) -> None:
    contact = person()
    sign_in(page, live_server.url, contact).goto(f"{live_server.url}/profile/")
    box = page.get_by_role("checkbox", name="On the way, SMS")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save choices").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your choice is saved.")
    expect(box).not_to_be_checked()
    assert not contact.wants("traveling", "sms")
    page.get_by_role("button", name="Stop all texts").press("Enter")
    expect(page.get_by_role("status")).to_have_text("You get no more texts from us.")
    assert contact.has_opted_out("sms")
    page.get_by_role("button", name="Send me texts again").press("Enter")
    expect(page.get_by_role("status")).to_have_text("You get our texts again.")
    assert not contact.has_opted_out("sms")


def test_no_page_of_the_profile_breaks_the_content_security_policy(page: Page, live_server: Any) -> None:
    contact = person()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for address in ("/profile/", "/profile/email/"):
        sign_in(page, live_server.url, contact).goto(live_server.url + address, wait_until="networkidle")
    assert complaints == []


def test_unsubscribing_leads_to_the_choice_and_back(browser: Browser, live_server: Any) -> None:
    contact = person()
    for look, page in pages_in_all_looks(browser):
        page.goto(live_server.url + "/" + Subscription(contact, Channel.EMAIL).unsubscribe_link.split("/", 3)[3])
        page.get_by_role("button", name="Stop emails").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You get no more emails from us")
        expect(page.get_by_role("link", name="Choose what you get")).to_be_visible()
        check(page, f"unsubscribed-{look}")
        page.get_by_role("button", name="Send me emails again").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You get our messages again")
        check(page, f"resubscribed-{look}")
        page.context.close()
    assert not contact.has_opted_out("email")
