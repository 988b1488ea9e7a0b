"""What `manage.py start` does before anything runs."""

import pytest
from pytest_django import Settings

from fsportal.management import preparing
from fsportal.models import User
from tests.factories import UserFactory

# Outside a transaction, as it is in life: on PostgreSQL the lock is held by a session.
pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_harmless_when_repeated_and_says_nothing_when_all_is_there(settings: Settings) -> None:
    settings.DEMO = False
    said: list[str] = []
    for _ in range(2):
        preparing.prepare(static=False, say=said.append)
    assert said == []
    assert not User.objects.exists()


def test_the_demo_is_not_loaded_beside_somebody(settings: Settings) -> None:
    settings.DEMO = True
    UserFactory(username="first-admin")
    preparing.prepare(static=False, say=lambda line: None)
    assert list(User.objects.values_list("username", flat=True)) == ["first-admin"]
