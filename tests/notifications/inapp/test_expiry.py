"""Expiry: to the second, in chunks, and never more at once than was asked for."""

import datetime as dt

import pytest
from django.utils import timezone

from notifications.inapp.draft import expires_at
from notifications.models import AppNotification
from notifications.models.app_notification import LONGEST_TTL, UNDO_FOR, expire
from tests.notifications.web_api.stage import READ, note, person

pytestmark = pytest.mark.django_db


def test_one_is_deleted_at_the_second_at_which_it_expires_and_not_before() -> None:
    sent = note(person(READ), expiry=60)
    assert expire(sent.expires_at - dt.timedelta(microseconds=1)) == 0
    assert expire(sent.expires_at) == 1


def test_what_was_dismissed_stays_as_long_as_it_can_be_undone() -> None:
    user = person(READ)
    sent = note(user)
    AppNotification.dismiss(user, sent.pk)
    sent.refresh_from_db()
    assert sent.dismissed_at is not None
    assert expire(sent.dismissed_at + UNDO_FOR) == 0
    assert expire(sent.dismissed_at + UNDO_FOR + dt.timedelta(microseconds=1)) == 1


def test_it_goes_in_chunks_and_the_rest_waits_for_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.models.app_notification.CHUNK", 2)
    user = person(READ)
    for _time in range(7):
        note(user, expiry=1)
    late = timezone.now() + dt.timedelta(seconds=2)
    assert [expire(late, chunks=2), expire(late), expire(late)] == [4, 3, 0]


@pytest.mark.parametrize("year", [2026, 9990])
def test_the_longest_life_ends_with_the_calendar_at_the_latest(year: int) -> None:
    created = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
    assert created < expires_at(created, LONGEST_TTL) <= dt.datetime.max.replace(tzinfo=dt.UTC)
