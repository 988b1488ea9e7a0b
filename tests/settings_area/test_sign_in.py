"""The sign-in of the Settings area, and its limit against guessing."""

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from fsportal.settings_area.sign_in import BY_CLIENT, BY_NAME
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("boss")]


@pytest.fixture
def boss() -> None:
    UserFactory(username="boss", is_staff=True, is_superuser=True)


def try_it(password: str, *, name: str = "boss", address: str = "192.0.2.1") -> HttpResponse:
    given = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post(reverse("admin:login"), given)  # type: ignore[return-value]


def test_the_right_password_opens_the_settings_area() -> None:
    assert try_it(PASSWORD).status_code == 302


@time_machine.travel("2026-11-24T10:00:00Z", tick=False)
def test_after_too_many_tries_not_even_the_right_password_is_looked_at() -> None:
    for _try in range(BY_CLIENT.limit):
        assert "correct username and password" in try_it("guess").content.decode()
    refused = try_it(PASSWORD)
    assert refused.status_code == 200
    assert "Too many tries. Wait 5 minutes" in refused.content.decode()
    assert try_it(PASSWORD, address="192.0.2.2").status_code == 302, "somebody elsewhere is not locked out"


def test_the_limit_passes() -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as clock:
        for _try in range(BY_CLIENT.limit + 1):
            try_it("guess")
        clock.shift(BY_CLIENT.seconds)
        assert try_it(PASSWORD).status_code == 302


@time_machine.travel("2026-11-24T10:00:00Z", tick=False)
def test_one_name_cannot_be_guessed_at_from_everywhere() -> None:
    for number in range(BY_NAME.limit):
        try_it("guess", address=f"198.51.100.{number}", name="BOSS" if number % 2 else "boss")
    assert "Too many tries" in try_it(PASSWORD).content.decode()
