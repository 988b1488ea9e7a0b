"""A customer's home, the visit from an account, and feedback in a real browser: axe, a ruler, and pictures.

With SCREENSHOTS=<folder> in the environment each page is also kept as a picture, to be looked at.
"""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from bookings.models import Booking, BookingStatus, CustomerNote, Feedback
from bookings.self_service import verbs
from fsportal.models import User
from portal.models import WebRole
from tests.browser.test_visit_looks import NARROW, check, pages_in_all_looks
from tests.factories import AccountFactory, ContactFactory, IncidentTypeFactory, WorkOrderFactory
from tests.portal.stage import STATES, company, customer_of, visit, visit_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
S = BookingStatus
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def neighbours(settings: Any) -> None:
    """Let the pages link to every neighbouring room."""
    settings.ROOT_URLCONF = "tests.portal.neighbours"


def sign_in(page: Page, user: User, address: str) -> None:
    """Give the browser the session of a user."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


def look(browser: Browser, live_server: Any, user: User, path: str, name: str, **narrow: Any) -> None:
    """Look at a page in every look, and where it is as narrow as can be."""
    looks = [*pages_in_all_looks(browser), ("narrow", browser.new_context(**NARROW).new_page())]
    for each, page in looks:
        sign_in(page, user, live_server.url)
        page.goto(live_server.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check(page, f"{name}-{each}")
        page.context.close()


def a_busy_customer(**contact: Any) -> User:
    """Return a customer of two accounts, one of which shares its visits, with visits of every kind."""
    now = timezone.now().replace(second=0, microsecond=0)
    code = visit("traveling", now=timezone.now(), **contact)
    mine = code.contact
    account = AccountFactory(
        name="Acme & Sons", street="Via Roma 1", city="Roma", country="IT", time_zone="Europe/Rome", shares_visits=True
    )
    there = ContactFactory(account=account, **contact)
    maria = ContactFactory(account=account, name="Maria Bianchi")

    def book(contact: Any, service: str, start: dt.datetime, status: BookingStatus = S.SCHEDULED) -> Booking:
        kind = IncidentTypeFactory(name=service)
        order = WorkOrderFactory(account=contact.account, reported_by=contact, incident_type=kind)
        return visit_of(contact, status, work_order=order, start=start)

    book(mine, "Tap replacement", now + 20 * HOUR)
    book(there, "Air conditioning check", now + 3 * DAY)
    book(maria, "Water softener", now + 3 * DAY + 2 * HOUR)
    book(mine, "Radiator bleeding", now - HOUR / 2, S.IN_PROGRESS)
    book(mine, "Leak detection", now - 3 * HOUR)
    book(mine, "Boiler inspection", now - 5 * DAY, S.COMPLETED)
    book(mine, "Drain cleaning", now - 90 * DAY, S.COMPLETED)
    book(maria, "Gas check", now - 8 * DAY, S.COMPLETED)
    book(there, "Pump repair", now - 2 * DAY, S.CANCELED)
    return customer_of(mine, there, first_name="Chris", last_name="Rose")


def test_home_passes_axe_with_much_on_it(browser: Browser, live_server: Any) -> None:
    company(self_scheduling=True, survey_url="")
    user = a_busy_customer(time_zone="Asia/Kathmandu")
    look(browser, live_server, user, "/", "home-busy")
    look(browser, live_server, user, "/?show=past", "home-past")


def test_home_passes_axe_with_nothing_on_it(browser: Browser, live_server: Any) -> None:
    company(self_scheduling=True)
    user = customer_of(ContactFactory())
    look(browser, live_server, user, "/", "home-empty")
    look(browser, live_server, user, "/?show=past", "home-empty-past")


def test_home_passes_axe_with_many_pages(browser: Browser, live_server: Any) -> None:
    company(self_scheduling=True, survey_url="")
    contact = ContactFactory()
    order = WorkOrderFactory(account=contact.account, reported_by=contact)
    for days in range(1, 46):
        visit_of(contact, S.COMPLETED, work_order=order, start=timezone.now() - days * DAY)
    look(browser, live_server, customer_of(contact), "/?show=past&page=2", "home-pages")


def test_home_reads_from_right_to_left(browser: Browser, live_server: Any) -> None:
    company(company_name="شركة السباكة", self_scheduling=True, survey_url="")
    user = a_busy_customer(language="ar", name="سارة", time_zone="Asia/Kathmandu")
    look(browser, live_server, user, "/", "home-rtl")


def test_without_the_role_the_page_passes_axe(browser: Browser, live_server: Any) -> None:
    company()
    contact = ContactFactory()
    user = customer_of(contact, first_name="Chris", last_name="Rose")
    WebRole.web_api_users().take_away(contact, by=None)
    look(browser, live_server, user, "/", "role-missing")


# What they have beyond the page that a link opens, which is looked at in every state.
@pytest.mark.parametrize("state", STATES[::3])
def test_a_visit_from_an_account_passes_axe(browser: Browser, live_server: Any, state: str) -> None:
    company(self_scheduling=True, survey_url="")
    code = visit(state, now=timezone.now(), time_zone="Asia/Kathmandu")
    CustomerNote.objects.create(booking=code.booking, contact=code.contact, text="The bell is broken.\nPlease knock.")
    look(browser, live_server, customer_of(code.contact), f"/bookings/{code.booking.pk}/", f"account-{state}")


def test_a_visit_that_can_be_changed_passes_axe(browser: Browser, live_server: Any) -> None:
    company(self_scheduling=True)
    code = visit(now=timezone.now() + 2 * DAY)
    look(browser, live_server, customer_of(code.contact), f"/bookings/{code.booking.pk}/", "account-changeable")


def test_feedback_passes_axe_from_the_question_to_the_thanks(browser: Browser, live_server: Any) -> None:
    company(survey_url="")
    code = visit("completed", now=timezone.now())
    user = customer_of(code.contact)
    address = f"/bookings/{code.booking.pk}/feedback/"
    look(browser, live_server, user, address, "feedback")
    for each, page in pages_in_all_looks(browser):
        sign_in(page, user, live_server.url)
        page.goto(live_server.url + address)
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Choose how your visit was.")).to_be_visible()
        check(page, f"feedback-errors-{each}")
        page.context.close()
    for rating, name in ((5, "good"), (1, "low")):
        Feedback.objects.all().delete()
        verbs.rate(code.booking, code.contact, rating, "Very quick.\nThank you!")
        look(browser, live_server, user, address, f"feedback-thanks-{name}")
    look(browser, live_server, user, f"/bookings/{code.booking.pk}/", "account-answered")


# --- By hand --------------------------------------------------------------------------------------------------------
def without_scripts(browser: Browser) -> Page:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    return context.new_page()


def test_from_home_to_feedback_without_scripts_and_back_again(browser: Browser, live_server: Any) -> None:
    company(survey_url="")
    code = visit("completed", now=timezone.now())
    page = without_scripts(browser)
    sign_in(page, customer_of(code.contact), live_server.url)
    page.goto(live_server.url)
    page.get_by_role("link", name="Past").click()
    page.get_by_role("link", name="Send feedback").click()
    page.get_by_label("Not good").check()
    page.get_by_label("What should we know?").fill("The tap still drips.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. We are sorry that it was not good")
    page.go_back()
    expect(page.get_by_text("The tap still drips.")).to_be_visible()
    assert Feedback.objects.values_list("rating", "comment").get() == (2, "The tap still drips.")
    page.context.close()


def test_feedback_by_keyboard_through_the_link(page: Page, live_server: Any) -> None:
    company(survey_url="")
    code = visit("completed", now=timezone.now())
    page.goto(f"{live_server.url}/visit/{code.code}/")
    page.get_by_role("link", name="Tell us how it was").press("Enter")
    page.get_by_label("Very good").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Send").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, that helps us")
    assert Feedback.objects.get().rating == 4


def test_home_follows_the_visit_by_itself(page: Page, live_server: Any) -> None:
    company()
    code = visit("traveling", now=timezone.now())
    sign_in(page, customer_of(code.contact), live_server.url)
    page.clock.install()
    page.goto(live_server.url)
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Omar Haddad is on the way")
    Booking.objects.get(pk=code.booking.pk).start_work()
    page.clock.run_for(31_000)
    expect(page.get_by_text("Omar Haddad is on the way")).to_have_count(0)
    expect(page.locator("main").get_by_text("Working")).to_be_visible()


def test_whoever_is_signed_out_elsewhere_is_asked_to_sign_in(page: Page, live_server: Any) -> None:
    code = visit("traveling", now=timezone.now())
    user = customer_of(code.contact)
    sign_in(page, user, live_server.url)
    page.clock.install()
    page.goto(f"{live_server.url}/bookings/{code.booking.pk}/")
    user.set_password("another-long-pass-phrase")
    user.save()
    page.clock.run_for(31_000)
    page.wait_for_url("**/?next=/bookings/**")


def test_nothing_breaks_the_content_security_policy(page: Page, live_server: Any) -> None:
    company(self_scheduling=True, survey_url="")
    user = a_busy_customer()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, user, live_server.url)
    for path in ("/", "/?show=past", f"/bookings/{Booking.objects.filter(status=S.TRAVELING).get().pk}/"):
        page.goto(live_server.url + path, wait_until="networkidle")
    assert complaints == []
