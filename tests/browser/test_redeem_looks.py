"""Redeeming an invitation and looking as a customer, in a real browser: axe, a ruler, the keyboard, without scripts.

With SCREENSHOTS=<folder> in the environment each page is also kept as a picture, to be looked at.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from fsportal.models import Account, Contact, User
from portal.models import Invitation, OneTimeCode, WebRole
from tests.browser.test_visit_looks import NARROW, check, pages_in_all_looks
from tests.factories import PASSWORD as STAFF_PASSWORD
from tests.factories import AccountFactory, UserFactory
from tests.portal.invitations.doorstep import PASSWORD, group, sarah, single
from tests.portal.stage import company, visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page: Page, live_server: Any, user: User) -> None:
    """Give the browser the session of a user."""
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )


def enter(page: Page, live_server: Any, invitation: Invitation) -> None:
    """Follow the link of an invitation and go on; return on the next page, whatever it says."""
    page.goto(f"{live_server.url}/redeem/{invitation.code}/")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{live_server.url}/invitation/")


def at_start(page: Page, live_server: Any, invitation: Invitation) -> None:
    page.goto(f"{live_server.url}/redeem/")


def at_refusal(page: Page, live_server: Any, invitation: Invitation) -> None:
    page.goto(f"{live_server.url}/redeem/2346-789B-CDFG-HJKM/")
    expect(page.get_by_text("This code does not work.")).to_be_visible()


def at_masked(page: Page, live_server: Any, invitation: Invitation) -> None:
    page.goto(f"{live_server.url}/redeem/{invitation.code}/")


def at_masked_for_staff(page: Page, live_server: Any, invitation: Invitation) -> None:
    user, _made = User.objects.get_or_create(username="dispatch", is_staff=True)
    sign_in(page, live_server, user)
    page.goto(f"{live_server.url}/redeem/{invitation.code}/")


def at_profile(page: Page, live_server: Any, invitation: Invitation) -> None:
    enter(page, live_server, invitation)
    expect(page.get_by_role("button", name="Show password")).to_be_visible()


def at_profile_errors(page: Page, live_server: Any, invitation: Invitation) -> None:
    at_profile(page, live_server, invitation)
    page.get_by_label("User name").fill("ceo@example.org")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create profile").click()
    expect(page.get_by_text("too short")).to_be_visible()


def at_add(page: Page, live_server: Any, invitation: Invitation) -> None:
    user = User.objects.filter(username="nora").first() or UserFactory(username="nora")
    sign_in(page, live_server, user)
    enter(page, live_server, invitation)
    expect(page.get_by_role("button", name="Add this to your account (nora)")).to_be_visible()


def at_belongs(page: Page, live_server: Any, invitation: Invitation) -> None:
    contact = invitation.contacts.get()
    contact.portal_user = User.objects.filter(username="pat").first() or UserFactory(username="pat")
    contact.save()
    enter(page, live_server, invitation)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is a portal profile already")


def at_too_late(page: Page, live_server: Any, invitation: Invitation) -> None:
    Invitation.objects.update(withdrawn_at=None)
    enter(page, live_server, invitation)
    Invitation.objects.get().withdraw(by=None)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("no longer be redeemed")


STATES = [
    at_start,
    at_refusal,
    at_masked,
    at_masked_for_staff,
    at_profile,
    at_profile_errors,
    at_add,
    at_belongs,
    at_too_late,
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__[3:])
def test_each_step_passes_axe_in_every_look(
    browser: Browser, live_server: Any, state: Callable[[Page, Any, Invitation], None]
) -> None:
    company()
    invitation = single()
    for look, page in [*pages_in_all_looks(browser), ("narrow", browser.new_context(**NARROW).new_page())]:
        state(page, live_server, invitation)
        check(page, f"redeem-{state.__name__[3:]}-{look}")
        page.context.close()


def test_a_group_invitation_passes_axe_at_each_step(browser: Browser, live_server: Any) -> None:
    company()
    account: Account = AccountFactory(name="Riverside Apartments")
    invitation = group(account)
    for number, (look, page) in enumerate(pages_in_all_looks(browser)):
        page.goto(f"{live_server.url}/redeem/{invitation.code}/")
        check(page, f"group-masked-{look}")
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url(f"{live_server.url}/invitation/")
        check(page, f"group-who-{look}")
        page.get_by_label("Your name").fill("Nora Ng")
        page.get_by_label("Your email address").fill(f"nora{number}@example.com")
        page.get_by_role("button", name="Send me a code").click()
        page.get_by_label("Code from the email").fill("000 001")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Send another code").click()
        expect(page.get_by_text("A new code is on its way.")).to_be_visible()
        check(page, f"group-digits-{look}")
        page.get_by_label("Code from the email").fill(OneTimeCode.objects.latest("created_at").digits)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Create your portal profile")
        page.context.close()


def test_right_to_left_and_hostile_names(browser: Browser, live_server: Any) -> None:
    company(company_name="W" * 100)
    invitation = single(sarah(name="<b>" + "Ω" * 150, email=f"{'x' * 60}@{'y' * 60}.example", language="ar"))
    for look, page in [*pages_in_all_looks(browser), ("narrow", browser.new_context(**NARROW).new_page())]:
        enter_in_arabic(page, live_server, invitation)
        assert page.evaluate("document.documentElement.dir") == "rtl"
        check(page, f"redeem-rtl-{look}")
        page.context.close()


def enter_in_arabic(page: Page, live_server: Any, invitation: Invitation) -> None:
    page.goto(f"{live_server.url}/redeem/{invitation.code}/")
    page.locator("main form button").click()
    expect(page.locator("input[name=username]")).to_be_visible()


def test_the_whole_way_by_keyboard(page: Page, live_server: Any) -> None:
    company()
    contact: Contact = sarah()
    invitation = single(contact)
    page.goto(f"{live_server.url}/redeem/")
    page.get_by_label("Invitation code").focus()
    page.keyboard.insert_text(invitation.code.lower().replace("-", " "))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Create your portal profile")
    expect(page.get_by_role("button", name="Show password")).to_be_visible()  # a script puts it on the way of Tab
    page.get_by_label("User name").focus()
    page.keyboard.insert_text("sarah")
    page.keyboard.press("Tab")
    page.keyboard.insert_text(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Show password
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    expect(page.get_by_role("button", name="Hide password")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your portal profile is ready")).to_be_visible()
    assert page.url == f"{live_server.url}/"
    contact.refresh_from_db()
    assert contact.portal_user
    assert contact.portal_user.check_password(PASSWORD)
    page.goto(f"{live_server.url}/invitation/")
    assert page.url == f"{live_server.url}/"  # done is done


def test_a_double_click_makes_one_profile_and_is_signed_in(page: Page, live_server: Any) -> None:
    company()
    enter(page, live_server, single())
    page.get_by_label("User name").fill("sarah")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create profile").dblclick()
    expect(page.get_by_text("Your portal profile is ready")).to_be_visible()
    assert User.objects.count() == 1


def test_the_whole_way_without_scripts(browser: Browser, live_server: Any) -> None:
    company()
    page = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}).new_page()
    enter(page, live_server, single())
    page.get_by_label("User name").fill("sarah@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    expect(page.get_by_role("button", name="Show password")).to_have_count(0)
    page.get_by_role("button", name="Create profile").click()
    expect(page.get_by_text("Your portal profile is ready")).to_be_visible()
    page.context.close()


def test_looking_as_a_customer_from_the_button_to_leaving(browser: Browser, live_server: Any) -> None:
    company()
    code = visit("scheduled", now=timezone.now(), name="Sarah O'Brien")
    WebRole.web_api_users().give(code.contact, by=None)
    admin = UserFactory(username="ada", is_staff=True, is_superuser=True, password=STAFF_PASSWORD)
    for look, page in [*pages_in_all_looks(browser), ("narrow", browser.new_context(**NARROW).new_page())]:
        sign_in(page, live_server, admin)
        page.goto(live_server.url + reverse("admin:fsportal_contact_change", args=[code.contact.pk]))
        page.get_by_role("button", name="See the portal as this customer").click()
        assert page.url == f"{live_server.url}/"
        page.goto(live_server.url + reverse("booking", args=[code.booking.pk]))
        expect(page.get_by_role("region", name="You see the portal as a customer")).to_contain_text("Sarah O'Brien")
        check(page, f"see-as-{look}")
        page.get_by_role("button", name="Leave").click()
        expect(page.get_by_role("button", name="See the portal as this customer")).to_be_visible()
        page.context.close()
