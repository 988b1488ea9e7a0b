"""What a transactional test leaves behind: nothing, and nothing missing."""

import pytest
from django.contrib.auth.models import Group, Permission

from fsportal.models import PortalSettings, User
from tests.factories import UserFactory
from tests.fresh_database import FreshDatabase, rows_of

pytestmark = pytest.mark.django_db


def test_what_was_added_changed_and_deleted_is_as_before() -> None:
    fresh = FreshDatabase()
    assert fresh.rows["auth_permission"]
    assert fresh.rows["auth_group"]
    user: User = UserFactory(groups=["dispatcher"])
    user.user_permissions.set(Permission.objects.all()[:3])
    Permission.objects.last().delete()  # type: ignore[union-attr]
    portal = PortalSettings.load()
    portal.company_name = "Another"
    portal.save()
    Group.objects.filter(name="admin").update(name="boss")
    changed = {"auth_group", "auth_permission", "fsportal_portalsettings", "fsportal_user"}
    assert {table for table, rows in fresh.rows.items() if rows_of(table) != rows} >= changed
    fresh.restore()
    assert {table for table, rows in fresh.rows.items() if rows_of(table) != rows} == set()
