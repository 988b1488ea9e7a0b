"""Inviting by hand as documented, step by step in a real browser, from the admin to the customer's home page.

Notifications page, *Manually send an invite* and *Advanced user notifications*.
"""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from fsportal.models import Account, Contact, PortalSettings, User
from fsportal.models.portal_settings import InviteWhom
from notifications.models import CustomerNotification
from portal.invitations import automatic
from portal.models import WEB_API_USERS, Invitation, WebRole
from tests.end_to_end.test_link_in_browser import PHONE
from tests.factories import PASSWORD, AccountFactory, BookingFactory, ContactFactory, UserFactory, WorkOrderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHOSEN = "correct horse battery staple"


@pytest.fixture
def desk(page: Page, live_server: LiveServer, settings: Settings) -> Page:
    """Return an admin's browser, signed in by the sign-in page, at the Settings area."""
    settings.SITE_URL = live_server.url
    # A test that ran before has emptied every table, the role among them.
    WebRole.web_api_users()
    UserFactory(username="ada", is_staff=True, is_superuser=True)
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("User name or email").fill("ada")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("link", name="Invitations", exact=True)).to_be_visible()
    return page


def open_contact(desk: Page, live_server: LiveServer, contact: Contact) -> None:
    desk.goto(live_server.url + reverse("admin:fsportal_contact_change", args=[contact.pk]))


def create_invitation(desk: Page) -> str:
    """Press *Create Invitation* and return the code that is ready to copy."""
    desk.get_by_role("button", name="Create Invitation").click()
    code = desk.get_by_role("textbox", name="Invite code").input_value()
    assert re.fullmatch(r"([2-9A-Z]{4}-){3}[2-9A-Z]{4}", code)
    return code


def add_web_role(desk: Page) -> None:
    """Related > Web Roles > Add existing."""
    desk.get_by_role("region", name="Belongs to this contact").get_by_role("link", name="Web Roles").click()
    expect(desk.get_by_text("This contact has no web role")).to_be_visible()
    desk.get_by_label("Add existing web role").select_option(label=WEB_API_USERS)
    desk.get_by_role("button", name="Add", exact=True).click()
    expect(desk.get_by_role("link", name=WEB_API_USERS)).to_be_visible()


def redeem(phone: Page, live_server: LiveServer, typed: str, username: str) -> None:
    """Open the portal, *Redeem invitation*, type the code, make a profile."""
    phone.goto(live_server.url)
    phone.get_by_role("link", name="Redeem invitation").click()
    phone.get_by_label("Invitation code").fill(typed)
    phone.get_by_role("button", name="Continue").click()
    expect(phone.get_by_text("p•••@example.com", exact=True)).to_be_visible()
    phone.get_by_label("User name").fill(username)
    phone.get_by_label("Password", exact=True).fill(CHOSEN)
    phone.get_by_role("button", name="Create profile").click()


def test_a_contact_is_invited_by_hand(desk: Page, browser: Browser, live_server: LiveServer) -> None:
    contact: Contact = ContactFactory(name="Paula Page", email="paula@example.com")
    BookingFactory(work_order=WorkOrderFactory(number="WO-4711", account=contact.account, reported_by=contact))
    open_contact(desk, live_server, contact)
    code = create_invitation(desk)
    open_contact(desk, live_server, contact)
    add_web_role(desk)
    phone = browser.new_page(viewport=PHONE)
    # As people type: small letters, blanks instead of dashes.
    redeem(phone, live_server, code.lower().replace("-", " "), "paula")
    expect(phone.get_by_role("heading", name="Your visits")).to_be_visible()
    expect(phone.get_by_text("Service")).not_to_have_count(0)
    assert Contact.objects.get(pk=contact.pk).portal_user == User.objects.get(username="paula")
    again = browser.new_page(viewport=PHONE)
    again.goto(f"{live_server.url}/redeem/")
    again.get_by_label("Invitation code").fill(code)
    again.get_by_role("button", name="Continue").click()
    expect(again.get_by_text("This code does not work.")).to_be_visible()


def test_a_contact_who_was_deleted_and_added_again_is_invited_by_hand(
    desk: Page, browser: Browser, live_server: LiveServer
) -> None:
    portal_settings = PortalSettings.load()
    portal_settings.auto_invite, portal_settings.auto_invite_whom = True, InviteWhom.ALL
    portal_settings.save()
    account: Account = AccountFactory()
    first: Contact = ContactFactory(account=account, name="Paula Page", email="paula@example.com")
    assert automatic.sweep(timezone.now()) == 1
    desk.goto(live_server.url + reverse("admin:fsportal_contact_delete", args=[first.pk]))
    desk.get_by_role("button", name=re.compile("Yes")).click()
    expect(desk.get_by_text("deleted successfully")).to_be_visible()
    # Added again, the address has had its one automatic invite.
    contact: Contact = ContactFactory(account=account, name="Paula Page", email="paula@example.com")
    assert automatic.sweep(timezone.now()) == 0
    assert not CustomerNotification.objects.filter(event="invitation", contact=contact).exists()
    # The documented workaround: contact, Create Invitation, copy the code, web role, send it on.
    open_contact(desk, live_server, contact)
    code = create_invitation(desk)
    open_contact(desk, live_server, contact)
    add_web_role(desk)
    phone = browser.new_page(viewport=PHONE)
    redeem(phone, live_server, code.replace("-", ""), "paula.page")
    expect(phone.get_by_role("heading", name="Your visits")).to_be_visible()
    assert Contact.objects.get(pk=contact.pk).portal_user == User.objects.get(username="paula.page")
    [invitation] = Invitation.objects.filter(contacts=contact)
    assert not invitation.is_automatic
