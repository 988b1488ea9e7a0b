"""The one sign-in of customers and staff: who gets in, where to, and how often somebody may guess."""

import re
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.test import Client
from django.urls import reverse

from fsportal.models import User
from tests.factories import PASSWORD, UserFactory
from tests.portal.stage import company

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
CLIENT_LIMIT, NAME_LIMIT = 20, 50


@pytest.fixture
def chris() -> User:
    user: User = UserFactory(username="Chris", email="Chris@Example.com")
    return user


def try_it(name: str, password: str = PASSWORD, *, address: str = "192.0.2.1", next_page: str = "") -> Any:
    given = {"login": name, "password": password, **({"next": next_page} if next_page else {})}
    return Client(REMOTE_ADDR=address).post(LOGIN, given)


# --- The page -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("address", ["/", LOGIN])
def test_a_stranger_sees_both_ways_in_and_how_a_visit_opens_without_an_account(client: Client, address: str) -> None:
    company()
    page = client.get(address).content.decode()
    assert re.search(r'href="/" aria-current="page">Sign in<', page)
    assert 'href="/redeem/">Redeem invitation<' in page
    assert "Open your visit with the link in our message." in page
    assert 'href="tel:02079460999"' in page
    assert "Forgot your password?" in page
    assert "Getting started" not in page
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page), "a script in the page itself"
    assert "style=" not in page


def test_head_is_answered_as_get_is(client: Client) -> None:
    assert client.head("/").status_code == 200
    assert client.head(LOGIN).status_code == 200


def test_the_page_that_was_asked_for_stays_known_on_both_tabs(client: Client) -> None:
    page = client.get(f"{LOGIN}?next=/bookings/1/%3Fa%3D1").content.decode()
    assert 'href="/accounts/login/?next=%2Fbookings%2F1%2F%3Fa%3D1"' in page
    assert 'href="/redeem/?next=%2Fbookings%2F1%2F%3Fa%3D1"' in page


# --- Getting in -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["Chris", "chris", "chris@example.com", "CHRIS@example.com", "  Chris "])
def test_user_name_and_address_open_in_any_case(chris: User, name: str) -> None:
    answer = try_it(name)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert get_user(answer.wsgi_request) == chris


@pytest.mark.parametrize(
    ("name", "password"),
    [("Chris", "wrong"), ("chris@example.com", "wrong"), ("nobody", PASSWORD), ("no@example.com", PASSWORD)],
)
def test_what_does_not_go_together_is_told_alike_and_what_was_typed_stays(
    chris: User, name: str, password: str
) -> None:
    answer = try_it(name, password)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Name and password do not go together." in page
    assert f'value="{name}"' in page
    assert password not in page


def test_a_closed_account_gets_a_page_that_says_so(chris: User) -> None:
    chris.is_active = False
    chris.save()
    answer = try_it("Chris")
    assert answer["Location"] == "/accounts/inactive/"
    assert not get_user(answer.wsgi_request).is_authenticated
    assert "This account is closed" in Client().get("/accounts/inactive/").content.decode()


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/admin/", "/admin/"),
        ("/bookings/1/", "/bookings/1/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("http://localhost/", "/"),  # among ALLOWED_HOSTS, and perhaps another program
        ("http://[x", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_one_lands_where_one_wanted_to_and_never_on_another_site(chris: User, wanted: str, expected: str) -> None:
    assert try_it("Chris", next_page=wanted)["Location"] == expected


def test_the_session_is_a_new_one_after_signing_in(client: Client, chris: User) -> None:
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    before = str(session.session_key)
    client.cookies["sessionid"] = before
    client.post(LOGIN, {"login": "Chris", "password": PASSWORD})
    assert client.session.session_key != before
    assert not client.session.exists(before)
    assert get_user(Client(headers={"cookie": f"sessionid={before}"}).get("/").wsgi_request).is_anonymous


@pytest.mark.parametrize(("stays", "age"), [(True, 14 * 24 * 3600), (False, "")])
def test_the_session_ends_with_the_browser_unless_one_asks_to_stay(
    client: Client, chris: User, stays: bool, age: object
) -> None:
    client.post(LOGIN, {"login": "Chris", "password": PASSWORD, **({"remember": "on"} if stays else {})})
    cookie = client.cookies["sessionid"]
    assert cookie["max-age"] == age
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_who_is_signed_in_is_led_on(client: Client, chris: User) -> None:
    client.force_login(chris)
    assert client.get(f"{LOGIN}?next=/redeem/")["Location"] == "/redeem/"


# --- Out ------------------------------------------------------------------------------------------------------------
def test_looking_at_the_sign_out_page_signs_nobody_out(client: Client, chris: User) -> None:
    client.force_login(chris)
    assert "Sign out?" in client.get("/accounts/logout/").content.decode()
    assert client.session.get("_auth_user_id")


def test_signing_out_is_a_post_and_ends_the_session(client: Client, chris: User) -> None:
    client.post(LOGIN, {"login": "Chris", "password": PASSWORD})
    key = str(client.session.session_key)
    answer = client.post("/accounts/logout/")
    assert answer["Location"] == "/"
    assert not client.session.exists(key)
    assert "You are signed out." in client.get("/").content.decode()


def test_signing_out_needs_the_forms_own_token(chris: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(chris)
    assert client.post("/accounts/logout/").status_code == 403
    assert client.session.get("_auth_user_id")


# --- Guessing -------------------------------------------------------------------------------------------------------
@time_machine.travel("2026-11-24T10:00:00Z", tick=False)
def test_after_too_many_tries_not_even_the_right_password_is_looked_at(chris: User) -> None:
    for _try in range(CLIENT_LIMIT):
        assert "do not go together" in try_it("Chris", "guess").content.decode()
    refused = try_it("Chris")
    assert refused.status_code == 200
    assert "Too many tries. Wait five minutes" in refused.content.decode()
    assert try_it("Chris", address="192.0.2.2").status_code == 302, "somebody elsewhere is not locked out"


def test_the_limit_passes(chris: User) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        for _try in range(CLIENT_LIMIT + 1):
            try_it("Chris", "guess")
        clock.shift(300)
        assert try_it("Chris").status_code == 302


@time_machine.travel("2026-11-24T10:00:00Z", tick=False)
def test_one_name_cannot_be_guessed_at_from_everywhere(chris: User) -> None:
    for number in range(NAME_LIMIT):
        try_it("CHRIS" if number % 2 else "chris", "guess", address=f"198.51.100.{number}")
    assert "Too many tries" in try_it("Chris").content.decode()


@time_machine.travel("2026-11-24T10:00:00Z", tick=False)
def test_an_ipv6_household_counts_as_one(chris: User) -> None:
    for number in range(CLIENT_LIMIT):
        try_it("Chris", "guess", address=f"2001:db8:1:2::{number:x}")
    assert "Too many tries" in try_it("Chris", address="2001:db8:1:2:ffff::1").content.decode()
    assert try_it("Chris", address="2001:db8:1:3::1").status_code == 302


@time_machine.travel("2026-11-24T10:00:00Z", tick=False)
def test_behind_our_proxy_what_a_client_claims_does_not_count(chris: User, settings: Any) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for number in range(CLIENT_LIMIT):
        Client(headers={"x-forwarded-for": f"10.0.0.{number}, 198.51.100.7"}).post(
            LOGIN, {"login": "Chris", "password": "guess"}
        )
    answer = Client(headers={"x-forwarded-for": "10.9.9.9, 198.51.100.7"}).post(
        LOGIN, {"login": "Chris", "password": PASSWORD}
    )
    assert "Too many tries" in answer.content.decode()


def test_a_flood_of_sign_ins_is_answered_with_a_page_of_ours(chris: User) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        answers = [try_it("Chris") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [302] * 60 + [429]
    assert "Too many tries" in answers[-1].content.decode()
    assert "<html lang" in answers[-1].content.decode()


# --- No second way in -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["get", "post"])
def test_signing_up_is_closed_and_says_how_to_come_in(client: Client, method: str) -> None:
    given = {"username": "me", "email": "me@example.com", "password1": PASSWORD, "password2": PASSWORD}
    answer = getattr(client, method)("/accounts/signup/", given)
    assert "You need an invitation" in answer.content.decode()
    assert 'href="/redeem/"' in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("address", ["/accounts/confirm-email/", "/accounts/confirm-email/some-key/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_a_second_address_to_come_in_by(client: Client, chris: User, address: str, method: str) -> None:
    client.force_login(chris)
    assert getattr(client, method)(address).status_code == 404


def test_the_page_of_addresses_leads_to_the_overview_and_takes_none(client: Client, chris: User) -> None:
    client.force_login(chris)
    assert client.get("/accounts/email/")["Location"] == "/accounts/2fa/"
    client.post("/accounts/email/", {"email": "second@example.com", "action_add": ""})
    assert not EmailAddress.objects.exists()


@pytest.mark.parametrize("address", ["/accounts/login/code/", "/accounts/login/code/confirm/"])
def test_there_is_no_sign_in_by_code(client: Client, address: str) -> None:
    assert client.get(address).status_code in (302, 404)


# --- The Settings area ----------------------------------------------------------------------------------------------
def test_a_stranger_at_the_settings_area_is_led_to_the_one_sign_in_and_back(client: Client) -> None:
    UserFactory(username="boss", is_staff=True, is_superuser=True)
    answer = client.get("/admin/fsportal/user/?q=1", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/?next=/admin/fsportal/user/")
    wanted = answer.context["redirect_field_value"]
    answer = client.post(LOGIN, {"login": "boss", "password": PASSWORD, "next": wanted}, follow=True)
    assert answer.request["PATH_INFO"] == "/admin/fsportal/user/"
    assert answer.status_code == 200


def test_the_admins_own_sign_in_form_is_gone(client: Client) -> None:
    UserFactory(username="boss", is_staff=True, is_superuser=True)
    answer = client.post("/admin/login/", {"username": "boss", "password": PASSWORD})
    assert answer["Location"] == "/accounts/login/"
    assert "_auth_user_id" not in client.session


def test_a_customer_at_the_settings_area_reads_whose_it_is(client: Client, chris: User) -> None:
    client.force_login(chris)
    answer = client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert len(answer.redirect_chain) == 1
    page = answer.content.decode()
    assert "This is the area of our staff" in page
    assert "Sign out" in page


@pytest.mark.parametrize(
    ("wanted", "expected"), [("/admin/today/", "/admin/today/"), ("//evil.example/", "/admin/"), ("", "/admin/")]
)
def test_staff_who_are_signed_in_are_led_on(client: Client, admin: User, wanted: str, expected: str) -> None:
    client.force_login(admin)
    assert client.get("/admin/login/", {"next": wanted})["Location"] == expected


def test_leaving_the_settings_area_is_the_portals_sign_out(client: Client, admin: User) -> None:
    client.force_login(admin)
    client.get("/admin/logout/")
    assert "_auth_user_id" in client.session, "a GET signs nobody out"
    assert client.post("/admin/logout/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_the_settings_area_changes_passwords_on_the_portals_page(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.get(reverse("admin:password_change"))["Location"] == "/accounts/password/change/"


@pytest.mark.parametrize("path", ["account/emailaddress", "mfa/authenticator", "socialaccount/socialapp",
                                  "socialaccount/socialtoken", "usersessions/usersession"])  # fmt: skip
def test_rows_of_sign_in_have_no_page_in_the_settings_area(client: Client, path: str) -> None:
    client.force_login(UserFactory(username="boss", is_staff=True, is_superuser=True))
    assert client.get(f"/admin/{path}/").status_code == 404


def test_an_address_is_kept_as_it_is_looked_up(chris: User) -> None:
    assert User.objects.get(pk=chris.pk).email == "chris@example.com"
