"""Sign-in by an identity provider that the environment names: connecting, coming in, and never as somebody new."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import get_user
from django.test import Client

from fsportal.models import User
from notifications.models import CustomerNotification
from tests.factories import PASSWORD, UserFactory
from tests.portal.sign_in.identity_server import IdentityServer
from tests.portal.sign_in.test_mfa import with_app

pytestmark = pytest.mark.django_db

START, CONNECTIONS = "/accounts/oidc/acme/login/", "/accounts/3rdparty/"


@pytest.fixture
def acme(settings: Any) -> Iterator[IdentityServer]:
    with IdentityServer() as server:
        settings.SOCIALACCOUNT_PROVIDERS = server.providers
        yield server


@pytest.fixture
def chris() -> User:
    user: User = UserFactory(username="chris", email="chris@example.com")
    return user


def through(client: Client, process: str, *, next_page: str = "") -> Any:
    """Press the button, follow to the provider and back; returns our answer to what the provider sent us."""
    query = f"?process={process}" + (f"&next={next_page}" if next_page else "")
    page = client.post(START + query)
    assert page.status_code == 200, "our own page goes on: the CSP lets no form lead elsewhere"
    found = re.search(r'<a class="button" href="([^"]+)"', page.content.decode())
    assert found
    there = unescape(found[1])
    assert page["Refresh"] == f"0; url={there}"
    assert "no-store" in page["Cache-Control"]
    back = httpx.get(there).headers["Location"]
    assert back.startswith("http://testserver/accounts/oidc/acme/login/callback/")
    return client.get(back.removeprefix("http://testserver"))


def connected(client: Client) -> None:
    """Connect the account of the signed-in person."""
    answer = through(client, "connect")
    if answer["Location"].startswith("/accounts/reauthenticate/"):
        answer = client.post(answer["Location"], {"password": PASSWORD})
    assert answer["Location"] == CONNECTIONS


def test_the_buttons_are_there_when_the_environment_names_a_provider(client: Client, acme: IdentityServer) -> None:
    page = client.get("/").content.decode()
    assert "Sign in with Acme" in page
    assert re.search(rf'<form method="post" action="{START}\?process=login"', page)


def test_without_a_provider_there_are_none(client: Client, chris: User) -> None:
    assert "Sign in with" not in client.get("/").content.decode().replace("Sign in with a passkey", "")
    assert client.post(START).status_code == 404
    client.force_login(chris)
    assert "external authentication" not in client.get("/accounts/2fa/").content.decode()


def test_connecting_asks_once_more_who_it_is_and_then_opens_the_account(
    client: Client, acme: IdentityServer, chris: User
) -> None:
    client.force_login(chris)
    assert "Manage external authentication" in client.get("/accounts/2fa/").content.decode()
    answer = through(client, "connect")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not SocialAccount.objects.exists()
    answer = client.post(answer["Location"], {"password": PASSWORD}, follow=True)
    assert "The service is connected." in answer.content.decode()
    assert "Chris at Acme" in answer.content.decode() or "chris@acme.example" in answer.content.decode()
    assert SocialAccount.objects.get().user == chris
    assert CustomerNotification.objects.filter(event="security_notice").count() == 1

    stranger = Client()
    answer = through(stranger, "login", next_page="/redeem/")
    assert answer["Location"] == "/redeem/"
    assert get_user(answer.wsgi_request) == chris


def test_somebody_whom_only_the_provider_knows_is_told_how_to_come_in(
    client: Client, acme: IdentityServer, chris: User
) -> None:
    acme.subject["email"] = chris.email  # the provider's word for an address is not ours
    answer = through(client, "login")
    assert "You need an invitation" in answer.content.decode()
    assert 'href="/redeem/"' in answer.content.decode()
    assert get_user(answer.wsgi_request).is_anonymous
    assert list(User.objects.all()) == [chris]
    assert not SocialAccount.objects.exists()
    assert client.get("/accounts/3rdparty/signup/")["Location"] == "/accounts/login/"
    assert not CustomerNotification.objects.exists(), "and allauth sends nothing by itself"


def test_a_second_factor_is_asked_for_all_the_same(client: Client, acme: IdentityServer, chris: User) -> None:
    with_app()
    SocialAccount.objects.create(user=chris, provider="acme", uid="acme|1")
    answer = through(client, "login")
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert get_user(answer.wsgi_request).is_anonymous


def test_a_service_of_somebody_elses_account_is_not_taken_over(
    client: Client, acme: IdentityServer, chris: User
) -> None:
    other = UserFactory(username="other")
    SocialAccount.objects.create(user=other, provider="acme", uid="acme|1")
    client.force_login(chris)
    answer = through(client, "connect")
    if answer["Location"].startswith("/accounts/reauthenticate/"):
        client.post(answer["Location"], {"password": PASSWORD})
    assert SocialAccount.objects.get().user == other
    assert "somebody else here" in client.get(CONNECTIONS).content.decode()


def test_taking_it_off_is_a_post_and_told_by_email(client: Client, acme: IdentityServer, chris: User) -> None:
    client.post("/accounts/login/", {"login": "chris", "password": PASSWORD})
    connected(client)
    account = SocialAccount.objects.get()
    assert f'value="{account.pk}"' in client.get(CONNECTIONS).content.decode()
    client.post(CONNECTIONS, {"account": account.pk})
    assert not SocialAccount.objects.exists()
    assert CustomerNotification.objects.filter(event="security_notice").count() == 2


def test_the_last_way_in_is_not_taken_off(client: Client, acme: IdentityServer, chris: User) -> None:
    client.post("/accounts/login/", {"login": "chris", "password": PASSWORD})
    connected(client)
    chris.set_unusable_password()
    chris.save()
    client.force_login(chris)
    page = client.post(CONNECTIONS, {"account": SocialAccount.objects.get().pk}).content.decode()
    assert "Set a password first" in page
    assert SocialAccount.objects.exists()


def test_who_stops_at_the_provider_reads_that_nothing_was_changed(client: Client, acme: IdentityServer) -> None:
    acme.refuses = True
    answer = through(client, "login")
    page = client.get(answer["Location"]) if answer.status_code == 302 else answer
    assert "Nothing was changed" in page.content.decode()


def test_an_answer_without_our_own_state_opens_nothing(client: Client, acme: IdentityServer, chris: User) -> None:
    SocialAccount.objects.create(user=chris, provider="acme", uid="acme|1")
    answer = client.get("/accounts/oidc/acme/login/callback/?code=x&state=made-up")
    assert "That did not work" in answer.content.decode()
    assert get_user(answer.wsgi_request).is_anonymous


def test_a_provider_that_is_down_is_told_kindly(client: Client, acme: IdentityServer, settings: Any) -> None:
    providers = acme.providers
    providers["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:1"
    settings.SOCIALACCOUNT_PROVIDERS = providers
    answer = client.post(START)
    assert answer.status_code == 502
    assert "That did not work" in answer.content.decode()
