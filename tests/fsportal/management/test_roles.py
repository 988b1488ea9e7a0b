"""The roles of a fresh database."""

import pytest
from django.contrib.auth.models import Group, Permission

from fsportal.management import roles
from fsportal.models import BusinessUnit, PortalSettings, User

pytestmark = pytest.mark.django_db


def rights(name: str) -> set[str]:
    permissions = Group.objects.get(name=name).permissions.select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}


def test_a_fresh_database_has_roles_settings_and_a_root_unit() -> None:
    names = {"admin", "dispatcher", "read-only", "technician", "Environment Maker"}
    assert set(Group.objects.values_list("name", flat=True)) == names
    assert PortalSettings.objects.filter(pk=1).exists()
    assert BusinessUnit.objects.filter(parent=None).count() == 1


def test_the_admin_may_do_everything_but_rewrite_what_the_machinery_wrote(admin: User) -> None:
    rights_of_theirs = (
        "bookings.change_status",
        "bookings.show_link",
        "fsportal.change_portalsettings",
        "auth.add_group",
    )
    for right in rights_of_theirs:
        assert admin.has_perm(right)
    assert admin.has_perm("notifications.view_customernotification")
    machinery = (
        "notifications.change_customernotification",
        "fsportal.delete_auditentry",
        "bookings.add_bookingchange",
        "portal.add_redemption",
        "portal.delete_invitedaddress",
        "portal.change_onetimecode",
    )
    for right in machinery:
        assert not admin.has_perm(right)
    assert not any(right.startswith("django_q.") for right in rights("admin"))


def test_every_right_that_a_dispatcher_is_given_exists() -> None:
    assert rights("dispatcher") == set(roles.DISPATCHER)


def test_a_dispatcher_books_and_does_not_configure(dispatcher: User) -> None:
    for right in ("bookings.add_booking", "bookings.change_status", "bookings.show_link", "notifications.send_again"):
        assert dispatcher.has_perm(right)
    for right in ("fsportal.change_portalsettings", "fsportal.view_user", "bookings.delete_booking"):
        assert not dispatcher.has_perm(right)


def test_a_dispatcher_invites_and_leaves_roles_and_undoing_to_the_admin(dispatcher: User, admin: User) -> None:
    for right in ("portal.add_invitation", "portal.show_code", "portal.view_webrole"):
        assert dispatcher.has_perm(right)
    for right in ("portal.change_invitation", "portal.change_webrole", "portal.undo_redemption"):
        assert not dispatcher.has_perm(right)
        assert admin.has_perm(right)


def test_read_only_sees_everything_but_secrets_and_changes_nothing(reader: User) -> None:
    assert all(right.partition(".")[2].startswith("view_") for right in rights("read-only"))
    ours = Permission.objects.filter(content_type__app_label__in=roles.OURS, codename__startswith="view_")
    # Not users and their invitations, API tokens, where somebody is, others' in-app notifications.
    assert len(rights("read-only")) == ours.count() - 10
    assert not reader.has_perm("fsportal.view_user")
    assert not reader.has_perm("fsportal.view_apitoken")
    assert not reader.has_perm("portal.view_staffinvitation")
    assert not reader.has_perm("bookings.show_link")
    assert not reader.has_perm("portal.show_code")


def test_a_technician_has_a_bell_and_no_rights_in_the_settings_area() -> None:
    assert all(right.endswith("_appnotification") for right in rights("technician"))


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("admin", {"view", "add", "change", "delete", "send", "view_local", "view_deep", "view_global"}),
        ("dispatcher", {"view", "add", "send"}),
        ("technician", {"view", "add", "send"}),
        ("Environment Maker", {"view", "add", "send"}),
        ("read-only", {"view"}),
    ],
)
def test_each_role_has_its_privileges_on_app_notifications(role: str, expected: set[str]) -> None:
    ours = {right.partition(".")[2] for right in rights(role) if right.endswith("_appnotification")}
    assert {name.removesuffix("_appnotification") for name in ours} == expected


def test_upgrading_keeps_what_an_admin_added_and_gives_back_what_is_missing() -> None:
    group = Group.objects.get(name="dispatcher")
    extra = Permission.objects.get(codename="change_portalsettings")
    group.permissions.set([extra])
    roles.install()
    assert rights("dispatcher") == set(roles.DISPATCHER) | {"fsportal.change_portalsettings"}
    assert BusinessUnit.objects.count() == 1
