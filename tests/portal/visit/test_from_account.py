"""The visit of a signed-in customer, as a ladder; and what can be done with it signed in or by link."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, BookingNotificationCode, CustomerNote, Wish
from fsportal.models import User
from portal.models import WebRole
from tests.factories import ContactFactory
from tests.portal.stage import (
    HOUR,
    NOW,
    STATES,
    TECHNICIAN,
    TECHNICIAN_PHONE,
    clean_address,
    company,
    customer_of,
    open_link,
    visit,
    wipe,
)
from tests.portal.visit.test_page import contents, words
from tests.portal.visit.test_words import SENTENCES

pytestmark = pytest.mark.django_db
ACCESS = ["account", "link"]
#: The pages of a visit that only show something, by the names of their addresses.
PAGES = ["booking", "booking-calendar", "booking-photo"]
WAYS = ["change", "cancel", "ask"]


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def neighbours(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.portal.neighbours"


def at(access: str, code: BookingNotificationCode) -> tuple[Client, str]:
    """Return a browser that has come to the visit, and the visit's address there."""
    client = Client()
    if access == "link":
        open_link(client, code)
        return client, clean_address(code)
    client.force_login(customer_of(code.contact))
    return client, reverse("booking", args=[code.booking.pk])


def seen(access: str, code: BookingNotificationCode) -> str:
    client, address = at(access, code)
    return client.get(address).content.decode()


def offered(page: str) -> list[str]:
    return [way for way in WAYS if f'/{way}/"' in page]


# --- Who gets in ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", PAGES)
def test_a_stranger_is_asked_to_sign_in(client: Client, name: str) -> None:
    address = reverse(name, args=[visit("traveling").booking.pk])
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"?next={address}")


@pytest.mark.parametrize("name", PAGES)
def test_without_the_role_nothing_of_the_visit_shows(client: Client, name: str) -> None:
    code = visit("traveling")
    client.force_login(customer_of(code.contact))
    WebRole.web_api_users().take_away(code.contact, by=None)
    answer = client.get(reverse(name, args=[code.booking.pk]))
    assert answer.status_code == 403
    for secret in (TECHNICIAN, "Boiler service", "12 Rose Lane"):
        assert secret not in answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_another_customers_visit_is_answered_like_none_at_all(client: Client, name: str) -> None:
    code = visit("traveling")
    client.force_login(customer_of(ContactFactory()))
    theirs = client.get(reverse(name, args=[code.booking.pk]))
    code.booking.codes.all().delete()
    Booking.objects.all().delete()
    nobodys = client.get(reverse(name, args=[code.booking.pk]))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.content == nobodys.content


@pytest.mark.parametrize("name", PAGES)
def test_staff_are_no_customers(client: Client, admin: User, name: str) -> None:
    client.force_login(admin)
    answer = client.get(reverse(name, args=[visit("traveling").booking.pk]))
    assert answer.status_code == 403
    assert TECHNICIAN not in answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_only_looking_is_allowed(name: str) -> None:
    code = visit("traveling")
    client, _address = at("account", code)
    for method in (client.post, client.put, client.delete):
        assert method(reverse(name, args=[code.booking.pk])).status_code == 405


def test_a_link_opens_its_visit_and_no_account(client: Client) -> None:
    code = visit()
    open_link(client, code)
    assert client.get(reverse("booking", args=[code.booking.pk])).status_code == 302
    assert "masthead-nav" not in client.get(clean_address(code)).content.decode()


# --- What it says ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", STATES)
def test_it_says_what_the_link_says_and_leads_back_to_the_visits(state: str) -> None:
    company()
    client, address = at("account", visit(state))
    before = contents()
    answer = client.get(address)
    assert SENTENCES[state] in words(answer)
    back = "/?show=past" if state in ("completed", "canceled") else "/"
    assert f'<a class="trail-link" href="{back}">Your visits</a>' in answer.content.decode()
    assert '<a class="masthead-link" href="/" aria-current="true">' in answer.content.decode()
    assert contents() == before


@pytest.mark.parametrize("state", [state for state in STATES if state != "traveling"])
def test_nothing_of_the_technician_shows_unless_they_travel(state: str) -> None:
    page = seen("account", visit(state))
    for secret in (TECHNICIAN, "Omar", TECHNICIAN_PHONE):
        assert secret not in page


@pytest.mark.parametrize("access", ACCESS)
def test_the_contacts_own_clock_stands_beside_the_places(access: str) -> None:
    page = seen(access, visit(time_zone="Asia/Kathmandu"))
    assert page.count("Wed 25 Nov, 10:00 to 11:00 (London time); 15:45 where you are") == 1
    assert '<p class="status-hint">15:45 where you are</p>' in page
    page = seen(access, visit_again("traveling", time_zone="Asia/Kathmandu"))
    assert '<p class="status-hint">16:05 where you are</p>' in page


def visit_again(state: str, **contact: Any) -> BookingNotificationCode:
    wipe()
    return visit(state, **contact)


@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("state", ["working", "completed", "canceled"])
def test_the_own_clock_is_not_beside_a_sentence_without_a_time(access: str, state: str) -> None:
    assert '<p class="status-hint">15:45 where you are</p>' not in seen(
        access, visit(state, time_zone="Asia/Kathmandu")
    )


@pytest.mark.parametrize("access", ACCESS)
def test_what_the_customer_wrote_is_shown_to_them_and_to_nobody_else(access: str) -> None:
    code = visit()
    client, address = at(access, code)
    other = ContactFactory(account=code.contact.account)
    CustomerNote.objects.create(booking=code.booking, contact=code.contact, text="The <bell> is broken.\nKnock.")
    CustomerNote.objects.create(booking=code.booking, contact=other, text="Ring twice.", wish=Wish.CHANGE)
    CustomerNote.objects.create(booking=code.booking, contact=None, text="Nobody's words.")
    page = client.get(address).content.decode()
    assert "The &lt;bell&gt; is broken.\nKnock." in page
    assert "Tue 24 Nov, 10:00 (London time)" in page
    assert "Ring twice." not in page
    assert "Nobody" not in page


def test_the_visit_of_another_contact_of_the_account_says_whose_it_is() -> None:
    code = visit(name="Maria Other")
    account = code.booking.work_order.account
    account.shares_visits = True
    account.save()
    client = Client()
    client.force_login(customer_of(ContactFactory(account=account)))
    page = client.get(reverse("booking", args=[code.booking.pk]))
    assert "Visit of Maria Other" in words(page)
    assert "Visit of" not in words(at("account", code)[0].get(reverse("booking", args=[code.booking.pk])))


# --- What can be done -----------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("access", ACCESS)
def test_long_before_it_can_be_changed_and_until_when_is_said(access: str) -> None:
    code = visit()
    Booking.objects.filter(pk=code.booking.pk).update(start=NOW + 48 * HOUR, end=NOW + 49 * HOUR)
    page = seen(access, code)
    assert offered(page) == ["change", "cancel"]
    assert "You can change or cancel until Wed 25 Nov, 10:00 (London time)." in page


@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("state", STATES)
def test_after_the_cut_off_one_asks_and_once_it_has_begun_there_is_the_phone(access: str, state: str) -> None:
    company()
    page = seen(access, visit(state))
    assert offered(page) == (["ask"] if state in ("scheduled", "due", "missed") else [])
    assert ("It is too close to the visit for that." in page) is (state == "scheduled")
    assert ("Its time has come already." in page) is (state in ("due", "missed"))
    assert "You can change" not in page
    assert page.count('href="tel:02079460999"') == 2


@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize(
    ("hours", "cancel_hours", "ways", "said"),
    [
        (24, 2, ["change", "cancel"], ["change the time until Wed 25 Nov, 10:00", "cancel until Thu 26 Nov, 08:00"]),
        (60, 2, ["cancel", "ask"], ["cannot be changed here. It is too close", "cancel until Thu 26 Nov, 08:00"]),
        (2, 60, ["change", "ask"], ["cannot be canceled here. It is too close", "time until Thu 26 Nov, 08:00"]),
        (60, 60, ["ask"], ["<p>It is too close to the visit for that."]),
    ],
)
def test_the_latest_change_and_the_latest_cancel_are_said_one_by_one(
    access: str, hours: int, cancel_hours: int, ways: list[str], said: list[str]
) -> None:
    code = visit()
    Booking.objects.filter(pk=code.booking.pk).update(start=NOW + 48 * HOUR, end=NOW + 49 * HOUR)
    kind = code.booking.work_order.incident_type
    kind.cutoff_hours, kind.cancel_cutoff_hours = hours, cancel_hours
    kind.save()
    page = seen(access, code)
    assert offered(page) == ways
    assert [words for words in said if words not in page] == []


@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize(
    ("change", "cancel", "ways", "sentence"),
    [
        (True, False, ["change", "ask"], "You can change the time until Wed 25 Nov, 10:00 (London time)."),
        (False, True, ["cancel", "ask"], "You can cancel until Wed 25 Nov, 10:00 (London time)."),
        (False, False, ["ask"], ""),
    ],
)
def test_the_policy_of_the_service_decides(
    access: str, change: bool, cancel: bool, ways: list[str], sentence: str
) -> None:
    code = visit()
    Booking.objects.filter(pk=code.booking.pk).update(start=NOW + 48 * HOUR, end=NOW + 49 * HOUR)
    kind = code.booking.work_order.incident_type
    kind.customers_may_change, kind.customers_may_cancel = change, cancel
    kind.save()
    page = seen(access, code)
    assert offered(page) == ways
    assert sentence in page
    assert ("until" in page) is bool(sentence)
    assert "We decide that together with you" in page
    assert ("Ask us to cancel it" in page) is change
    assert ("This visit cannot be canceled here. We decide" in page) is change
    assert ("This visit cannot be changed here. We decide" in page) is cancel


@pytest.mark.usefixtures("neighbours")
def test_buttons_lead_through_the_door_by_which_one_came() -> None:
    code = visit()
    client, address = at("account", code)
    assert f'href="{address}ask/"' in client.get(address).content.decode()
    client, address = at("link", code)
    assert f'href="{address}ask/"' in client.get(address).content.decode()
