"""Settings > People and access > API tokens: made and shown once, listed, revoked."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from fsportal.models import ApiToken, AuditEntry, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADD = "admin:fsportal_apitoken_add"
LIST = "admin:fsportal_apitoken_changelist"


@pytest.fixture
def integrator(db: None) -> User:
    user: User = UserFactory(username="integrator")
    return user


def as_one_of(client: Client, group: str) -> Client:
    client.force_login(UserFactory(username="someone", is_staff=True, groups=[group]))
    return client


def page_of(token: ApiToken) -> str:
    return reverse("admin:fsportal_apitoken_change", args=[token.pk])


def revoke_of(token: ApiToken) -> str:
    return reverse("admin:fsportal_apitoken_action", args=[token.pk, "revoke"])


def make(client: Client, owner: User, **changes: object) -> str:
    values = {"user": owner.pk, "name": "ERP", "days": 30} | changes
    return str(client.post(reverse(ADD), values).content.decode())


def test_a_token_is_shown_this_once_and_works(client: Client, integrator: User) -> None:
    page = make(as_one_of(client, "admin"), integrator)
    found = re.search(r'value="(fsp_[\w-]{43})"', page)
    assert found
    token = ApiToken.objects.get()
    assert ApiToken.of(found[1]) == token
    assert (token.user, token.name, token.created_by) == (integrator, "ERP", User.objects.get(username="someone"))
    for address in (reverse(LIST), page_of(token), revoke_of(token), reverse("admin:index")):
        shown = client.get(address).content.decode()
        assert found[1] not in shown
        assert token.digest not in shown
    assert token.last_four in client.get(page_of(token)).content.decode()
    assert "token created" in AuditEntry.objects.get().action
    assert found[1] not in str(list(client.session.items()))


def test_the_page_with_the_token_is_kept_nowhere(client: Client, integrator: User) -> None:
    answer = as_one_of(client, "admin").post(reverse(ADD), {"user": integrator.pk, "name": "ERP", "days": 30})
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert "style=" not in answer.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "required"),
        ({"days": 0}, "greater than"),
        ({"days": 3651}, "less than"),
        ({"user": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    client: Client, integrator: User, changes: dict[str, object], words: str
) -> None:
    assert words in make(as_one_of(client, "admin"), integrator, **changes)
    assert not ApiToken.objects.exists()


def test_nobody_gets_a_superusers_token_but_a_superuser(client: Client) -> None:
    boss = UserFactory(username="boss", is_superuser=True, is_staff=True)
    assert "Only a superuser" in make(as_one_of(client, "admin"), boss)
    token, _text = ApiToken.issue(boss, "boss's", days=1)
    assert token.last_four not in client.get(reverse(LIST)).content.decode()
    client.post(revoke_of(token))
    token.refresh_from_db()
    assert token.works
    client.force_login(boss)
    assert "fsp_" in make(client, boss)


def test_no_token_is_made_for_a_user_who_is_not_active(client: Client) -> None:
    assert "not active" in make(as_one_of(client, "admin"), UserFactory(is_active=False))
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_after_a_question_and_only_by_post(client: Client, integrator: User) -> None:
    token, text = ApiToken.issue(integrator, "ERP", days=1)
    as_one_of(client, "admin")
    assert "signed out at once" in client.get(revoke_of(token)).content.decode()
    assert ApiToken.of(text) is not None
    client.post(revoke_of(token))
    assert ApiToken.of(text) is None
    assert "Revoked" in client.get(page_of(token)).content.decode()


@pytest.mark.parametrize("group", ["dispatcher", "read-only", "technician"])
def test_others_see_no_tokens_and_make_none(client: Client, integrator: User, group: str) -> None:
    token, text = ApiToken.issue(integrator, "ERP", days=1)
    as_one_of(client, group)
    for address in (reverse(LIST), reverse(ADD), page_of(token)):
        assert client.get(address).status_code in (302, 403)
    for address in (reverse(ADD), revoke_of(token)):
        assert client.post(address, {"user": integrator.pk, "name": "x", "days": 1}).status_code in (302, 403)
    assert ApiToken.objects.count() == 1
    assert ApiToken.of(text) is not None


def test_nobody_changes_or_deletes_a_token(client: Client, integrator: User) -> None:
    token, _text = ApiToken.issue(integrator, "ERP", days=1)
    as_one_of(client, "admin")
    assert client.post(page_of(token), {"name": "Other"}).status_code == 403
    assert client.post(reverse("admin:fsportal_apitoken_delete", args=[token.pk]), {"post": "yes"}).status_code == 403
    token.refresh_from_db()
    assert token.name == "ERP"
