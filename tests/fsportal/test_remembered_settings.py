"""The settings record is read once a second per process: a change shows at once to staff, and soon to everybody."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory

from fsportal.models import PortalSettings, User
from fsportal.models.portal_settings import REMEMBERED_FOR, Remembered, remembered
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def asked_by(user: Any) -> PortalSettings:
    request = RequestFactory().get("/")
    request.user = user
    return PortalSettings.of(request)


def changed_elsewhere(title: str) -> None:
    """Change it as another process does: nothing in this one hears of it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE fsportal_portalsettings SET page_title = %s", [title])


@pytest.fixture
def staff() -> User:
    made: User = UserFactory(is_staff=True)
    return made


def test_customers_share_what_was_read_a_moment_ago(django_assert_num_queries: Any) -> None:
    asked_by(AnonymousUser())
    with django_assert_num_queries(0):
        asked_by(AnonymousUser())


def test_staff_get_it_as_it_is_whichever_process_they_changed_it_in(staff: User) -> None:
    asked_by(AnonymousUser())
    changed_elsewhere("New")
    assert asked_by(staff).page_title == "New"


def test_others_get_a_change_of_another_process_within_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_by(AnonymousUser())
    changed_elsewhere("New")
    assert asked_by(AnonymousUser()).page_title != "New"
    assert REMEMBERED_FOR <= 2
    found = remembered._found
    assert found is not None
    monkeypatch.setattr(remembered, "_found", (found[0], found[1] - REMEMBERED_FOR))
    assert asked_by(AnonymousUser()).page_title == "New"


@pytest.mark.parametrize("way", ["save", "update", "delete"])
def test_a_change_of_this_process_shows_to_everybody_at_once(way: str) -> None:
    record = PortalSettings.load()
    record.page_title = "Old"
    record.save()
    assert asked_by(AnonymousUser()).page_title == "Old"
    record.page_title = "New"
    if way == "save":
        record.save()
    elif way == "update":
        PortalSettings.objects.update(page_title="New")
    else:
        record.delete()
    assert asked_by(AnonymousUser()).page_title == ("Your visit" if way == "delete" else "New")


def test_what_was_read_before_a_change_is_not_remembered_after_it() -> None:
    memory, old = Remembered(), PortalSettings(page_title="Old")

    def read_while_it_is_changed() -> PortalSettings:
        memory.forget()
        return old

    assert memory.get(read_while_it_is_changed) is old
    assert memory.get(lambda: PortalSettings(page_title="New")).page_title == "New"
