"""The pages around sign-in in a real browser: axe, looks, no page that breaks its own CSP; passkeys, codes, keyboard.

With SCREENSHOTS=<folder> in the environment each page is also kept as a picture, to be looked at.
"""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from fsportal.models import PortalSettings, User
from portal.models import WebRole
from tests.browser.test_visit_looks import LOOKS, NARROW, check
from tests.factories import PASSWORD, ContactFactory, UserFactory
from tests.portal.sign_in.identity_server import IdentityServer
from tests.portal.stage import company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STRANGERS = {
    "sign-in": "/",
    "sign-in-next": "/accounts/login/?next=/bookings/1/",
    "forgot": "/accounts/password/reset/",
    "forgot-sent": "/accounts/password/reset/done/",
    "reset-dead-link": "/accounts/password/reset/key/abc-def/",
    "reset-done": "/accounts/password/reset/key/done/",
    "closed": "/accounts/signup/",
    "inactive": "/accounts/inactive/",
    "provider-stopped": "/accounts/3rdparty/login/cancelled/",
    "provider": "/accounts/oidc/acme/login/",
}
MINE = {
    "overview": "/accounts/2fa/",
    "sign-out": "/accounts/logout/",
    "password": "/accounts/password/change/",
    "sessions": "/accounts/sessions/",
    "connections": "/accounts/3rdparty/",
    "reauthenticate": "/accounts/reauthenticate/",
    "reauthenticate-code": "/accounts/2fa/reauthenticate/",
    "reauthenticate-passkey": "/accounts/2fa/webauthn/reauthenticate/",
    "app-remove": "/accounts/2fa/totp/deactivate/",
    "codes": "/accounts/2fa/recovery-codes/",
    "codes-new": "/accounts/2fa/recovery-codes/generate/",
    "passkey-add": "/accounts/2fa/webauthn/add/",
    "passkeys": "/accounts/2fa/webauthn/",
    "not-staff": "/admin/",
}


@pytest.fixture
def acme(settings: Any) -> Iterator[IdentityServer]:
    with IdentityServer() as server:
        settings.SOCIALACCOUNT_PROVIDERS = server.providers
        yield server


@pytest.fixture
def chris() -> User:
    company()
    user: User = UserFactory(username="chris", email="chris@example.com")
    # Signing in leads home, which is for those who have the role.
    WebRole.web_api_users().give(ContactFactory(portal_user=user, email=user.email), by=None)
    return user


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """Collect what the browser complains of: what the CSP refuses, scripts that fail."""
    return listen(page)


def listen(page: Page) -> list[str]:
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(page: Page, server: str, name: str = "chris") -> None:
    page.goto(server)
    page.get_by_label("User name or email address").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page, server: str) -> None:
    page.goto(f"{server}/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("User name or email address")).to_be_visible()


def show_it_is_you(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def virtual_key(page: Page) -> None:
    """Give the browser a passkey device whose owner always agrees (WebAuthn over the DevTools protocol)."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def add_passkey(page: Page, server: str) -> None:
    page.goto(f"{server}/accounts/2fa/webauthn/add/")
    show_it_is_you(page)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")


# --- Looks ----------------------------------------------------------------------------------------------------------
def look_at(browser: Browser, server: str, pages: dict[str, str], cookie: str = "") -> None:
    wrong = []
    for look, kwargs in LOOKS.items():
        context = browser.new_context(locale="en-GB", **kwargs)
        if cookie:
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": server}])
        page = context.new_page()
        heard = listen(page)
        for name, address in pages.items():
            page.goto(server + address)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            check(page, f"{name}-{look}")
            wrong += [f"{name}: {complaint}" for complaint in heard if "status of 4" not in complaint]
            heard.clear()
        context.close()
    assert not wrong, "\n".join(wrong)


def test_what_strangers_see_passes_axe_and_keeps_its_csp(
    browser: Browser, live_server: Any, acme: IdentityServer, chris: User
) -> None:
    look_at(browser, live_server.url, STRANGERS)


def test_what_people_see_of_their_own_sign_in_passes_axe_and_keeps_its_csp(
    page: Page, browser: Browser, live_server: Any, acme: IdentityServer, chris: User
) -> None:
    elsewhere = Client(headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/604.1"}, REMOTE_ADDR="198.51.100.7")
    elsewhere.post("/accounts/login/", {"login": "chris", "password": PASSWORD})
    virtual_key(page)
    sign_in(page, live_server.url)
    add_passkey(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/2fa/totp/activate/")
    secret = (page.locator(".key").text_content() or "").replace(" ", "")
    page.get_by_label("Code that the app shows").fill(code_for(secret))
    page.get_by_role("button", name="Use this app").click()
    expect(page.get_by_text("The authenticator app is set up.")).to_be_visible()
    key = Authenticator.objects.get(type="webauthn").pk
    pages = {
        **MINE,
        "passkey-rename": f"/accounts/2fa/webauthn/keys/{key}/edit/",
        "passkey-remove": f"/accounts/2fa/webauthn/keys/{key}/remove/",
    }
    cookie = next(each["value"] for each in page.context.cookies() if each.get("name") == "sessionid")
    look_at(browser, live_server.url, pages, str(cookie))


def test_setting_an_app_up_passes_axe(browser: Browser, live_server: Any, chris: User) -> None:
    client = Client()
    client.force_login(chris)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    pages = {"app": "/accounts/2fa/totp/activate/", "overview-bare": "/accounts/2fa/"}
    look_at(browser, live_server.url, pages, client.cookies["sessionid"].value)


def test_errors_stand_beside_their_fields_and_pass_axe(browser: Browser, live_server: Any, chris: User) -> None:
    client = Client()
    key = f"{chris.pk.hex}-{default_token_generator.make_token(chris)}"
    for look, kwargs in LOOKS.items():
        page = browser.new_context(locale="en-GB", **kwargs).new_page()
        page.goto(live_server.url)
        page.get_by_label("User name or email address").fill("chris")
        page.get_by_label("Password", exact=True).fill("wrong")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("alert").first).to_contain_text("do not go together")
        check(page, f"sign-in-wrong-{look}")
        page.goto(f"{live_server.url}/accounts/password/reset/key/{key}/")
        page.get_by_label("New password", exact=True).fill("chris")
        page.get_by_label("New password again").fill("other")
        page.get_by_role("button", name="Keep this password").click()
        expect(page.locator(".field-error").first).to_be_visible()
        check(page, f"reset-wrong-{look}")
        page.context.close()
    assert client.post("/accounts/login/", {"login": "chris", "password": PASSWORD}).status_code == 302


def test_the_second_step_passes_axe(browser: Browser, live_server: Any, chris: User) -> None:
    setting = Client()
    setting.post("/accounts/login/", {"login": "chris", "password": PASSWORD})
    setting.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = setting.get("/accounts/2fa/totp/activate/").content.decode()
    found = re.search(r'class="key"><bdi dir="ltr">([A-Z2-7 ]+)<', page)
    assert found
    setting.post("/accounts/2fa/totp/activate/", {"code": code_for(found[1].replace(" ", ""))})
    client = Client()
    client.post("/accounts/login/", {"login": "chris", "password": PASSWORD})
    second = {"second-step": "/accounts/2fa/authenticate/"}
    look_at(browser, live_server.url, second, client.cookies["sessionid"].value)


def test_staff_who_must_set_one_up_see_why(browser: Browser, live_server: Any, chris: User) -> None:
    PortalSettings.objects.update(staff_second_factor=True)
    client = Client()
    client.force_login(UserFactory(username="boss", is_staff=True, is_superuser=True))
    look_at(browser, live_server.url, {"must-have-one": "/admin/"}, client.cookies["sessionid"].value)


def test_too_many_tries_pass_axe(browser: Browser, live_server: Any, chris: User) -> None:
    for look, kwargs in LOOKS.items():
        page = browser.new_context(locale="en-GB", **kwargs).new_page()
        for _try in range(6):
            page.goto(f"{live_server.url}/accounts/password/reset/")
            page.get_by_label("Email address").fill("chris@example.com")
            page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Too many tries")
        check(page, f"too-many-{look}")
        page.context.close()


def test_four_hundred_percent(browser: Browser, live_server: Any, acme: IdentityServer, chris: User) -> None:
    company(company_name="W" * 60)
    page = browser.new_context(**NARROW).new_page()
    for name, address in STRANGERS.items():
        page.goto(live_server.url + address)
        check(page, f"narrow-{name}")
    page.context.close()


@pytest.mark.parametrize("language", ["ar", "he"])
def test_the_entrance_reads_from_right_to_left(
    browser: Browser, live_server: Any, chris: User, language: str, acme: IdentityServer
) -> None:
    page = browser.new_context(locale=language, **LOOKS["phone-light"]).new_page()
    page.goto(live_server.url)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    check(page, f"sign-in-{language}")
    page.context.close()


# --- Doing ----------------------------------------------------------------------------------------------------------
def test_signing_in_and_out_by_keyboard_alone(page: Page, live_server: Any, chris: User, complaints: list[str]) -> None:
    page.goto(live_server.url)
    presses(page, "User name or email address")
    page.keyboard.type("chris@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("input[name=password]")).to_have_count(0)
    page.goto(f"{live_server.url}/accounts/2fa/")
    presses(page, "See where")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Where you are signed in")
    page.goto(f"{live_server.url}/accounts/logout/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign out?")
    presses(page, "Sign out")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    assert not complaints


def presses(page: Page, wanted: str, most: int = 40) -> None:
    """Press Tab until something of this name has the focus, which must be seen."""
    name = """() => { const e = document.activeElement; return e.labels && e.labels.length
                     ? e.labels[0].textContent.trim() : e.textContent.trim() }"""
    for _press in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(name) == wanted:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"{wanted!r} is not reached by keyboard")


def test_a_passkey_is_made_and_opens_the_account_without_a_password(
    page: Page, live_server: Any, chris: User, complaints: list[str]
) -> None:
    assert live_server.url.startswith("http://localhost:")
    virtual_key(page)
    sign_in(page, live_server.url)
    add_passkey(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/")
    expect(page.get_by_text("Works without a password.")).to_be_visible()
    sign_out(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/login/?next=/accounts/sessions/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where you are signed in")
    assert not complaints


def test_a_passkey_as_second_step_rename_and_removal(
    page: Page, live_server: Any, chris: User, complaints: list[str]
) -> None:
    virtual_key(page)
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/add/")
    show_it_is_you(page)
    page.get_by_label("Sign in with this passkey alone").uncheck()
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    sign_out(page, live_server.url)
    sign_in(page, live_server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/accounts/2fa/webauthn/")
    page.get_by_role("link", name="Rename").click()
    show_it_is_you(page)
    page.get_by_label("Name").fill("Blue key")
    page.get_by_role("button", name="Keep this name").click()
    expect(page.get_by_text("Blue key").first).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert not Authenticator.objects.exists()
    assert not complaints


def test_a_passkey_that_is_refused_is_said_in_words(page: Page, live_server: Any, chris: User) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "isUserVerified": False}})
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("[data-passkey-words]")).to_contain_text("Try again", timeout=15_000)


def test_staff_set_an_app_up_and_come_in(page: Page, live_server: Any, complaints: list[str]) -> None:
    company()
    PortalSettings.objects.update(staff_second_factor=True)
    UserFactory(username="boss", is_staff=True, is_superuser=True)
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("User name or email address").fill("boss")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("everybody who works here needs one")).to_be_visible()
    page.get_by_role("link", name="Set up an app").click()
    show_it_is_you(page)
    secret = (page.locator(".key").text_content() or "").replace(" ", "")
    page.get_by_label("Code that the app shows").fill(code_for(secret))
    page.get_by_role("button", name="Use this app").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    page.get_by_role("link", name="Settings area").click()
    expect(page).to_have_url(f"{live_server.url}/admin/")
    assert not complaints


def test_connecting_a_provider_and_coming_in_by_it(
    page: Page, live_server: Any, chris: User, acme: IdentityServer, complaints: list[str]
) -> None:
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/3rdparty/")
    page.get_by_role("button", name="Connect Acme").click()
    show_it_is_you(page)
    expect(page.get_by_text("The service is connected.")).to_be_visible()
    sign_out(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/login/?next=/accounts/sessions/")
    page.get_by_role("button", name="Sign in with Acme").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Where you are signed in")
    assert not complaints, "the CSP would refuse a form that leads to another site"


def test_without_scripts_everything_but_passkeys_works(browser: Browser, live_server: Any, chris: User) -> None:
    page = browser.new_context(locale="en-GB", java_script_enabled=False).new_page()
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/accounts/2fa/totp/activate/")
    show_it_is_you(page)
    secret = (page.locator(".key").text_content() or "").replace(" ", "")
    page.get_by_label("Code that the app shows").fill(code_for(secret))
    page.get_by_role("button", name="Use this app").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your recovery codes")
    sign_out(page, live_server.url)
    page.goto(live_server.url)
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    page.context.close()
