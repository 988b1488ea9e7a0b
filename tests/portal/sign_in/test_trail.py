"""Signing in and out, failing, being kept out: who, from where, in the audit trail and as one line of the log."""

import logging
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from fsportal.models import ApiToken, AuditEntry, User
from tests.factories import PASSWORD, CodeFactory, UserFactory
from tests.portal.sign_in.test_mfa import AUTHENTICATE, LOGIN, sign_in, with_app

pytestmark = pytest.mark.django_db
HERE: dict[str, Any] = {"REMOTE_ADDR": "203.0.113.9"}


def rows(*fields: str) -> list[Any]:
    return list(AuditEntry.objects.filter(kind="sign_in").order_by("pk").values_list("action", *fields))


def test_signing_in_failing_and_signing_out_are_noted_with_how_and_from_where(client: Client) -> None:
    chris = UserFactory(username="chris")
    for _ in range(3):
        client.post(LOGIN, {"login": "chris", "password": "guess"}, **HERE)
    client.post(LOGIN, {"login": "my pass phrase", "password": "x"}, **HERE)
    client.post(LOGIN, {"login": "sam@example.com", "password": "x"}, **HERE)
    client.post(LOGIN, {"login": "chris", "password": PASSWORD}, **HERE)
    client.post("/accounts/logout/", **HERE)
    client.post("/accounts/password/reset/", {"email": "chris@example.com"}, **HERE)
    assert rows("number", "why", "address") == [
        ("sign-in failed", 3, "", "203.0.113.9"),
        ("sign-in failed", 2, "m••• p••• p•••", "203.0.113.9"),
        ("signed in", 1, "password", "203.0.113.9"),
        ("signed out", 1, "", "203.0.113.9"),
        ("password reset asked", 1, "c•••@example.com", "203.0.113.9"),
    ]
    assert [entry.action for entry in AuditEntry.sign_ins_of(chris)] == ["signed out", "signed in", "sign-in failed"]


def test_a_password_with_an_at_sign_in_the_wrong_field_is_not_taken_for_an_address(client: Client) -> None:
    client.post(LOGIN, {"login": "P@ssw0rd!very-long", "password": "x"}, **HERE)
    assert rows("why") == [("sign-in failed", "P•••")]


def test_factors_recovery_codes_and_limits_are_noted(client: Client) -> None:
    chris = UserFactory(username="chris")
    with_app()
    code = Authenticator.objects.get(type="recovery_codes").wrap().generate_codes()[0]
    AuditEntry.objects.all().delete()
    sign_in(client)
    client.post(AUTHENTICATE, {"code": "000000"})
    client.post(AUTHENTICATE, {"code": code})
    for _ in range(25):
        Client().post(LOGIN, {"login": "dora", "password": "x"}, REMOTE_ADDR="203.0.113.10")
    assert rows("subject_id", "number") == [
        ("second factor refused", str(chris.pk), 1),
        ("recovery code used", str(chris.pk), 1),
        ("signed in", str(chris.pk), 1),
        ("sign-in failed", "", 20),
        ("sign-in limited", "", 5),
    ]
    assert AuditEntry.objects.get(action="signed in").why == "password, recovery code"
    assert code not in str(list(AuditEntry.objects.values_list("why", "changes", "way_name")))


def test_a_refusal_is_one_line_of_the_log_and_one_row_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    user = User.objects.create_user("nora", is_staff=True)
    client = Client()
    client.force_login(user)
    page = reverse("admin:fsportal_user_changelist")
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            assert client.get(page).status_code == 403
    assert [(record.name, record.exc_info) for record in caplog.records] == [("fsportal.audit", None)] * 3
    assert page in caplog.records[0].getMessage()
    assert rows("number", "why", "by_name") == [("refused", 3, page, "nora")]


def test_a_shut_link_and_the_first_use_of_a_token_on_a_day_are_noted() -> None:
    code = CodeFactory()
    code.block(by=None, why="lost")
    for _ in range(2):
        Client().get(f"/visit/{code.code}/", **HERE)
    Client().get("/visit/nobodysnobodysnobodys/", **HERE)
    token, text = ApiToken.issue(UserFactory(is_staff=True), "ERP", days=1)
    for address in ("203.0.113.1", "203.0.113.1", "203.0.113.2"):
        Client().get("/api/data/v9.2/", headers={"Authorization": f"Bearer {text}"}, REMOTE_ADDR=address)
    Client().get("/api/data/v9.2/", headers={"Authorization": "Bearer wrong"}, **HERE)
    assert rows("subject_id", "number") == [
        ("link refused", str(code.pk), 2),
        ("link refused", "", 1),
        ("API token used", str(token.pk), 1),
        ("API token used", str(token.pk), 1),
        ("API token refused", "", 1),
    ]
    assert AuditEntry.objects.filter(way="api", way_name="ERP").count() == 2
