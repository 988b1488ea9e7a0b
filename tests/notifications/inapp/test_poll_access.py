"""Nobody is told that nothing is new once they may no longer be told anything: each way out, with and without ETag."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.test import Client

from fsportal.lib.sessions import end_sessions
from fsportal.models import PortalSettings, User
from notifications.inapp import kept
from notifications.inapp.send import send_app_notification
from tests.notifications.inapp.test_send import READ, person

pytestmark = pytest.mark.django_db

POLL = "/notifications/poll"


@pytest.fixture
def user() -> User:
    made = person(READ)
    made.groups.add(Group.objects.get_or_create(name="technician")[0])
    return made


@pytest.fixture
def page(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def copied(client: Client) -> Client:
    """Return a browser with a copy of the cookie, which no answer takes away."""
    other = Client()
    other.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return other


def sign_out(client: Client, user: User) -> None:
    client.post("/accounts/logout/")


def flush(client: Client, user: User) -> None:
    client.session.flush()


def end_all(client: Client, user: User) -> None:
    assert end_sessions(user) == 1


def end_elsewhere(client: Client, user: User) -> None:
    import_module(settings.SESSION_ENGINE).SessionStore().delete(client.session.session_key)


def change_password(client: Client, user: User) -> None:
    user.set_password("another one, long enough")
    user.save()


def deactivate(client: Client, user: User) -> None:
    user.is_active = False
    user.save()


def deactivate_by_update(client: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def delete(client: Client, user: User) -> None:
    user.delete()


def take_privilege(client: Client, user: User) -> None:
    user.user_permissions.clear()
    user.groups.clear()


def switch_off(client: Client, user: User) -> None:
    record = PortalSettings.load()
    record.in_app_notifications = False
    record.save()


WAYS: dict[Callable[[Client, User], None], int] = {
    sign_out: 401,
    flush: 401,
    end_all: 401,
    end_elsewhere: 401,
    change_password: 401,
    deactivate: 401,
    deactivate_by_update: 401,
    delete: 401,
    take_privilege: 403,
    switch_off: 403,
}


@pytest.mark.parametrize("has_etag", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_who_has_no_bell_any_more_is_told_so_at_once(
    way: Callable[[Client, User], None],
    has_etag: bool,
    page: Client,
    user: User,
    django_capture_on_commit_callbacks: Any,
    django_assert_num_queries: Any,
) -> None:
    etag = page.get(POLL)["ETag"]
    headers = {"If-None-Match": etag} if has_etag else {}
    browser = copied(page)
    with django_assert_num_queries(0):
        assert browser.get(POLL, headers=headers).status_code == (304 if has_etag else 200)
    with django_capture_on_commit_callbacks(execute=True):
        way(page, user)
    answer = browser.get(POLL, headers=headers)
    assert answer.status_code == WAYS[way]
    assert b"badge" not in answer.content


def test_staff_without_the_second_factor_that_is_now_needed_are_sent_to_set_one_up(
    page: Client, user: User, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)
    app = Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    record = PortalSettings.load()
    record.staff_second_factor = True
    record.save()
    assert page.get(POLL).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        app.delete()
    assert page.get(POLL).status_code == 302


def test_what_a_session_was_told_is_told_to_no_other(page: Client, user: User) -> None:
    etag = page.get(POLL)["ETag"]
    assert Client().get(POLL, headers={"If-None-Match": etag}).status_code == 401
    other = Client()
    other.force_login(user)
    assert other.get(POLL, headers={"If-None-Match": etag}).status_code == 200, "an ETag is of one session"


def test_a_page_that_was_only_just_opened_is_told_the_same_without_the_database(
    page: Client, django_assert_num_queries: Any
) -> None:
    first = page.get(POLL)
    with django_assert_num_queries(0):  # the tests' cache is not in the database
        again = page.get(POLL)
    assert (again.status_code, again.content) == (200, first.content)
    del first.headers["X-Request-ID"], again.headers["X-Request-ID"]
    assert dict(again.items()) == dict(first.items()), "with what the middleware says"


def test_what_is_new_is_told_at_once(page: Client, user: User, django_capture_on_commit_callbacks: Any) -> None:
    assert page.get(POLL).json()["badge"] == ""
    with django_capture_on_commit_callbacks(execute=True):
        send_app_notification(title="t", recipient=user)
    told = page.get(POLL).json()
    assert (told["badge"], len(told["toasts"])) == ("1", 1)


def test_an_answer_with_toasts_is_not_kept(page: Client, user: User) -> None:
    send_app_notification(title="t", recipient=user)
    answer = page.get(POLL)
    assert len(answer.json()["toasts"]) == 1
    assert kept.answer(answer.wsgi_request) is None


def test_the_words_are_in_the_language_of_each_page(page: Client) -> None:
    assert page.get(POLL, headers={"Accept-Language": "en"})["Content-Language"] == "en"
    assert page.get(POLL, headers={"Accept-Language": "de"})["Content-Language"] == "de"


@pytest.mark.usefixtures("dead_cache")
def test_without_a_cache_every_poll_asks_the_database(page: Client, user: User) -> None:
    etag = page.get(POLL)["ETag"]
    Session.objects.all().delete()
    assert page.get(POLL, headers={"If-None-Match": etag}).status_code == 401
