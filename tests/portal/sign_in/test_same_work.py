"""Nobody learns from the time it takes who has an account: the work is the same, counted in hashes of passwords."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from fsportal.models import Tally, User
from fsportal.models.portal_settings import remembered
from tests.factories import PASSWORD, UserFactory
from tests.portal.invitations.doorstep import group, press, type_code

pytestmark = pytest.mark.django_db
LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"


class CountingHasher(MD5PasswordHasher):
    algorithm = "counting"
    hashes = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).hashes += 1
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def cast(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    # Most customers' user name is their address.
    for name in ("chris@example.com", "closed@example.com", "keys@example.com"):
        UserFactory(username=name, email=name, is_active=not name.startswith("closed"))
    UserFactory(username="dora", email="dispatch@example.com", is_staff=True)
    keys = User.objects.get(username="keys@example.com")
    keys.set_unusable_password()
    keys.save()


LOGINS = ("chris@example.com", "closed@example.com", "keys@example.com", "nobody@example.com", "dora", "nobody")


def work(act: Callable[..., Any], *given: str) -> tuple[int, int]:
    """Return how many passwords were hashed and how many statements made; `act` answers."""
    Tally.objects.all().delete()
    remembered.forget()
    before = CountingHasher.hashes
    with CaptureQueriesContext(
        connection,
    ) as caught:
        answer = act(*given)
    assert answer.status_code < 400, answer.content.decode()
    return CountingHasher.hashes - before, len(caught)


def test_signing_in_hashes_one_password_for_everybody(client: Client) -> None:
    def sign_in(login: str, password: str = "guess") -> Any:
        return client.post(LOGIN, {"login": login, "password": password})

    client.get(LOGIN)  # what is remembered from then on
    sign_in("anybody")  # and with the first try of a process
    wrong = {login: work(sign_in, login) for login in LOGINS}
    assert {hashes for hashes, _statements in wrong.values()} == {1}
    of_addresses = {statements for login, (_hashes, statements) in wrong.items() if "@" in login}
    assert len(of_addresses) == 1, wrong
    assert wrong["dora"] == wrong["nobody"]
    assert work(sign_in, "dispatch@example.com", PASSWORD)[0] == 1
    assert "_auth_user_id" in client.session


@pytest.mark.parametrize("page", ["reset", "redeem"])
def test_other_pages_that_take_an_address_do_the_same_for_all(client: Client, page: str) -> None:
    invitation = group()

    def ask(address: str) -> Any:
        if page == "reset":
            return Client().post(RESET, {"email": address})
        return press(browsers[address], "who", name="Nora", email=address)

    addresses = [login for login in ("warm@example.com", *LOGINS) if "@" in login]
    browsers = {address: Client() for address in addresses}
    for browser in browsers.values():
        type_code(browser, invitation.code)
    done = [work(ask, address) for address in addresses]
    assert {hashes for hashes, _statements in done} == {0}
    assert len({statements for _hashes, statements in done[1:]}) == 1
