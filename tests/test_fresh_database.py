"""What a transactional test leaves behind: nothing, and nothing missing."""

import pytest
from django.contrib.auth.models import Group, Permission

from fsportal.models import User
from tests.factories import UserFactory
from tests.fresh_database import FreshDatabase

pytestmark = pytest.mark.django_db


def test_what_was_added_changed_and_deleted_is_as_before() -> None:
    fresh = FreshDatabase()
    assert fresh.rows["auth_permission"]
    assert fresh.rows["auth_group"]
    user: User = UserFactory(groups=["dispatcher"])
    user.user_permissions.set(Permission.objects.all()[:3])
    Permission.objects.last().delete()  # type: ignore[union-attr]
    Group.objects.filter(name="admin").update(name="boss")
    assert FreshDatabase().rows != fresh.rows
    fresh.restore()
    assert FreshDatabase().rows == fresh.rows
