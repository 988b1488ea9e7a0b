"""Who may call: bearer tokens and sessions, what is wrong with either, and what is never told."""

import datetime as dt
import json
import logging

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from fsportal.models import ApiToken, AuditEntry, User
from notifications.models import AppNotification
from tests.notifications.web_api.stage import CREATE, READ, ROOT, SEND, Api, Reply, note, person

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 1, 10, 25, tzinfo=dt.UTC)


@pytest.fixture
def user(db: None) -> User:
    return person(READ, SEND, CREATE)


# --- Tokens ---------------------------------------------------------------------------------------------------------
def test_a_token_signs_in_as_its_user(user: User) -> None:
    assert Api(user).get("WhoAmI").json["UserId"] == str(user.pk)


def test_a_token_is_stored_as_its_hash_only(user: User) -> None:
    token, text = ApiToken.issue(user, "ERP", days=1)
    assert len(text) >= 43
    stored = json.dumps(list(ApiToken.objects.values()), default=str)
    assert text not in stored
    assert token.last_four == text[-4:]
    assert ApiToken.of(text) == token
    assert ApiToken.of(token.digest) is None


@pytest.mark.parametrize("what", ["expired", "revoked", "inactive user", "unknown", "empty", "hash", "too long"])
def test_a_token_that_does_not_work_is_a_401(user: User, what: str) -> None:
    api = Api(user)
    token = ApiToken.objects.get()
    if what == "expired":
        ApiToken.objects.update(expires_at=timezone.now())
    elif what == "revoked":
        token.revoke()
    elif what == "inactive user":
        User.objects.update(is_active=False)
    else:
        api.token = {"unknown": "fsp_x", "empty": " ", "hash": token.digest, "too long": "x" * 100_000}[what]
    for answer in (api.get("WhoAmI"), api.send(user)):
        assert (answer.status, bool(answer.error)) == (401, True)
        assert answer["WWW-Authenticate"] == 'Bearer realm="Web API", error="invalid_token"'
    assert not AppNotification.objects.exists()


def test_a_session_does_not_stand_in_for_a_wrong_token(user: User) -> None:
    client = Client()
    client.force_login(user)
    assert client.get(f"{ROOT}WhoAmI", headers={"Authorization": "Bearer x"}).status_code == 401


def test_wrong_tokens_are_counted_and_right_ones_let_in(user: User) -> None:
    wrong = Api(None)
    wrong.token = "fsp_wrong"
    with time_machine.travel(NOW, tick=False):
        statuses = [wrong.get("WhoAmI").status for _ in range(31)]
        assert statuses == [401] * 30 + [429]
        answer = wrong.get("WhoAmI")
        assert (answer.status, 0 < int(answer["Retry-After"]) <= 300, bool(answer.error)) == (429, True, True)
        assert Api(user).get("WhoAmI").status == 200


def test_a_user_who_writes_too_much_waits(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from fsportal.lib.throttle import Throttle

    monkeypatch.setattr("notifications.web_api.sign_in.WRITES", Throttle("test", limit=2, seconds=300))
    api = Api(user)
    with time_machine.travel(timezone.now(), tick=False):
        answers: list[Reply] = [api.send(user) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert AppNotification.objects.count() == 2


def test_no_line_of_the_log_holds_a_token(user: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    api = Api(user)
    api.send(user)
    api.get("nothing")
    ApiToken.objects.get().revoke()
    api.get("WhoAmI")
    assert caplog.text
    assert api.token not in caplog.text


# --- Last use -------------------------------------------------------------------------------------------------------
def test_the_last_use_is_known_to_the_hour_and_reading_writes_no_row(user: User) -> None:
    with time_machine.travel(NOW, tick=False):
        api = Api(user)
        assert ApiToken.objects.get().last_use is None
        api.get("WhoAmI")
        token = ApiToken.objects.get()
        assert (token.last_used_at, token.last_use) == (None, NOW.replace(minute=0))
        call_command("expire_due")
        assert ApiToken.objects.get().last_used_at == NOW.replace(minute=0)
    with time_machine.travel(NOW + dt.timedelta(hours=2), tick=False):
        api.send(user)
        assert ApiToken.objects.get().last_used_at == NOW.replace(hour=12, minute=0)


def test_making_and_revoking_are_noted_in_the_audit_trail(user: User) -> None:
    token, _text = ApiToken.issue(user, "ERP", days=1, by=user)
    token.revoke(by=user)
    first = token.revoked_at
    token.revoke(by=user)
    assert [entry.action for entry in AuditEntry.of(token)] == ["token revoked", "token created"]
    assert ApiToken.objects.get().revoked_at == first


# --- Sessions -------------------------------------------------------------------------------------------------------
@pytest.fixture
def browser(user: User) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    return client


def csrf(client: Client) -> str:
    client.get("/accounts/login/")
    return client.cookies["csrftoken"].value


def send(client: Client, user: User, **headers: str) -> Reply:
    body = json.dumps({"Title": "t", "Recipient": f"/systemusers({user.pk})"})
    return Reply(client.post(f"{ROOT}SendAppNotification", body, "application/json", headers=headers))


def test_a_session_reads(browser: Client, user: User) -> None:
    note(user)
    assert len(Reply(browser.get(f"{ROOT}appnotifications")).rows) == 1


def test_a_session_writes_with_its_csrf_token_only(browser: Client, user: User) -> None:
    for headers in ({}, {"X-CSRFToken": "x" * 32}):
        refused = send(browser, user, **headers)
        assert (refused.status, "X-CSRFToken" in refused.error) == (403, True)
    assert not AppNotification.objects.exists()
    browser.logout()
    token = csrf(browser)
    browser.force_login(user)
    assert send(browser, user, **{"X-CSRFToken": token}).status == 200


@pytest.mark.parametrize("header", ["MSCRMCallerID", "CallerObjectId"])
def test_nobody_acts_for_another_user(user: User, header: str) -> None:
    other = person(READ)
    assert Api(user).get("appnotifications", **{header: f"{{{str(user.pk).upper()}}}"}).status == 200
    answer = Api(user).get("appnotifications", **{header: str(other.pk)})
    assert (answer.status, answer.json["error"]["code"]) == (403, "0x80040220")


def test_a_bearer_token_needs_no_csrf_token(user: User) -> None:
    assert Api(user).send(user).status == 200


def test_an_inactive_users_session_is_a_401(browser: Client, user: User) -> None:
    User.objects.update(is_active=False)
    answer = Reply(browser.get(f"{ROOT}WhoAmI"))
    assert (answer.status, bool(answer.error)) == (401, True)


def test_answers_are_kept_by_nobody(user: User) -> None:
    answer = Api(user).get("WhoAmI")
    assert (answer["Cache-Control"], "Authorization" in answer["Vary"]) == ("no-store", True)
