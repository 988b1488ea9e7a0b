"""Limits of sign-in and marks of used codes hold whatever becomes of the cache, and for many at once."""

import time
from collections import Counter
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.cache import cache
from django.test import Client

from fsportal.models import Tally
from portal.sign_in.forms import CODE_USED
from tests.factories import UserFactory
from tests.portal.invitations.test_redeem_races import all_at_once
from tests.portal.sign_in.test_mfa import AUTHENTICATE, code_for, sign_in, with_app

LOGIN = "/accounts/login/"
NOON = "2026-11-24T12:00:00Z"


def guess(client: Client, **extra: Any) -> str:
    answer = client.post(LOGIN, {"login": "chris", "password": "guess"}, **extra)
    return "limited" if "Too many tries" in answer.content.decode() else "wrong"


def second_step(code: str) -> bool:
    """Sign in with the password in another browser; tell whether `code` is taken."""
    client = Client()
    assert sign_in(client)["Location"] == AUTHENTICATE
    client.post(AUTHENTICATE, {"code": code})
    return "_auth_user_id" in client.session


@pytest.mark.django_db
def test_a_code_of_an_app_works_a_step_early_or_late_and_once(client: Client) -> None:
    UserFactory(username="chris")
    with time_machine.travel(NOON, tick=False) as clock:
        secret = with_app()
        clock.shift(CODE_USED + 30)
        now = code_for(secret)
        clock.shift(30)
        later = code_for(secret)
        assert second_step(now), "the step before is taken: a code is typed at the end of one"
        clock.shift(-30)
        assert second_step(later), "and the one after: a phone may be ahead"
        cache.clear()  # what django-allauth remembers for 30 seconds goes when the cache does
        for seconds in (0, 31, 29):
            clock.shift(seconds)
            assert not any(second_step(code) for code in (now, later, f"{now[:3]}-{now[3:]}")), seconds


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_comes_in_with_a_recovery_code_and_no_code_comes_back() -> None:
    UserFactory(username="chris")
    with_app()
    codes = Authenticator.objects.get(type="recovery_codes").wrap().generate_codes()
    browsers = [Client() for _ in range(8)]
    for browser in browsers:
        assert sign_in(browser)["Location"] == AUTHENTICATE
    all_at_once(8, lambda one: browsers[one].post(AUTHENTICATE, {"code": codes[one % 4]}))
    assert sum("_auth_user_id" in browser.session for browser in browsers) == 4
    left = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert left == codes[4:]


@pytest.mark.django_db
def test_the_limit_of_wrong_passwords_outlives_the_cache_and_is_not_wiped_by_an_account_of_ones_own() -> None:
    UserFactory(username="chris")
    UserFactory(username="mallory")
    with time_machine.travel(NOON, tick=False) as clock:
        secret = with_app("mallory")
        clock.shift(CODE_USED)
        assert {guess(Client()) for _ in range(19)} == {"wrong"}
        mallory = Client()
        sign_in(mallory, "mallory")
        mallory.post(AUTHENTICATE, {"code": code_for(secret)})
        assert "_auth_user_id" in mallory.session
        cache.clear()
        assert [guess(Client()) for _ in range(3)] == ["wrong", "limited", "limited"]
        assert guess(Client(), REMOTE_ADDR="192.0.2.9") == "wrong"
        clock.shift(301)
        assert guess(Client()) == "wrong"
    assert not [key for key in Tally.objects.values_list("key", flat=True) if "127.0.0.1" in key or "192.0.2.9" in key]


@pytest.mark.django_db(transaction=True)
def test_of_many_wrong_passwords_at_once_as_many_are_looked_at_as_the_limit_says() -> None:
    UserFactory(username="chris")
    browsers = [Client() for _ in range(40)]
    assert Counter(all_at_once(40, lambda one: guess(browsers[one]))) == {"wrong": 20, "limited": 20}


@pytest.mark.django_db
def test_a_token_of_an_identity_provider_signs_in_once() -> None:
    with time_machine.travel(NOON, tick=False):
        token = {"iss": "https://login.example", "jti": "one", "exp": time.time() + 600}
        jwtkit.verify_jti(token)
        cache.clear()
        with pytest.raises(OAuth2Error):
            jwtkit.verify_jti(token)
        jwtkit.verify_jti(token | {"jti": "two"})
        jwtkit.verify_jti({"iss": "https://login.example"})
