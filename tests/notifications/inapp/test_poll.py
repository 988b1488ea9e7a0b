"""The poll: what it says is true at its second, and what has not changed costs no look at the database."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fsportal.models import User
from notifications.inapp.poll import HOLDS_FOR
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification
from tests.notifications.inapp.test_send import READ, person

pytestmark = pytest.mark.django_db

POLL = "/notifications/poll"
#: Statements of a poll that is answered by the database and has no toast.
FULL = 9


@pytest.fixture
def reading() -> User:
    return person(READ)


@pytest.fixture
def page(client: Client, reading: User) -> Client:
    client.force_login(reading)
    return client


def badge(answer: Any) -> str:
    return str(json.loads(answer.content)["badge"])


def test_what_has_not_changed_is_answered_without_the_database_but_for_the_stamp(
    page: Client, reading: User, django_assert_num_queries: Any
) -> None:
    send_app_notification(title="t", recipient=reading)
    etag = page.get(POLL)["ETag"]
    with django_assert_num_queries(0):  # the tests' cache is not in the database
        assert page.get(POLL, headers={"If-None-Match": etag}).status_code == 304


def test_an_etag_holds_until_the_very_moment_at_which_the_next_unseen_one_expires(page: Client, reading: User) -> None:
    now = timezone.now().replace(microsecond=0)
    with time_machine.travel(now, tick=False) as clock:
        send_app_notification(title="short", recipient=reading, expiry=7)
        send_app_notification(title="long", recipient=reading, expiry=1000)
        answer = page.get(POLL)
        assert badge(answer) == "2"
        clock.shift(dt.timedelta(seconds=6, milliseconds=900))
        assert page.get(POLL, headers={"If-None-Match": answer["ETag"]}).status_code == 304
        clock.shift(dt.timedelta(milliseconds=100))
        assert badge(page.get(POLL, headers={"If-None-Match": answer["ETag"]})) == "1"


def test_one_that_has_been_seen_may_expire_without_another_answer(page: Client, reading: User) -> None:
    now = timezone.now().replace(microsecond=0)
    with time_machine.travel(now, tick=False) as clock:
        row = send_app_notification(title="short", recipient=reading, expiry=7)
        AppNotification.note_seen(reading, [row.pk])
        answer = page.get(POLL)
        assert badge(answer) == ""
        clock.shift(dt.timedelta(seconds=20))
        assert page.get(POLL, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_no_etag_holds_longer_than_five_minutes(page: Client) -> None:
    now = timezone.now().replace(microsecond=0)
    with time_machine.travel(now, tick=False) as clock:
        etag = page.get(POLL)["ETag"]
        clock.shift(HOLDS_FOR - dt.timedelta(seconds=1))
        assert page.get(POLL, headers={"If-None-Match": etag}).status_code == 304
        clock.shift(dt.timedelta(seconds=1))
        assert page.get(POLL, headers={"If-None-Match": etag}).status_code == 200
        clock.shift(HOLDS_FOR)
        with CaptureQueriesContext(connection) as asked:
            assert page.get(POLL).status_code == 200
        assert len(asked) == FULL, "nor does an answer that was kept"


def test_a_changed_poll_asks_few_questions(
    page: Client, reading: User, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """Session and user twice, two for the permissions, settings, unseen, preferences, toasts: any more is too many."""
    with django_assert_num_queries(FULL):
        page.get(POLL)
    with django_capture_on_commit_callbacks(execute=True):
        send_app_notification(title="t", recipient=reading)
    with django_assert_num_queries(FULL + 1):
        assert len(json.loads(page.get(POLL).content)["toasts"]) == 1


@pytest.mark.parametrize("etag", ['"made.up.1.2"', '"x"', "", '"..."', "W/", '"é.1"'])
def test_an_etag_that_is_none_of_ours_is_no_etag(page: Client, etag: str) -> None:
    assert page.get(POLL, headers={"If-None-Match": etag}).status_code == 200
