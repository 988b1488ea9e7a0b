"""Who may send, read and delete app notifications (App notifications page, *Managing security for notifications*).

The access levels follow the business units: Basic covers the user, Local the unit, Deep the unit and those below,
Global everybody. Each is a Django permission; the highest one counts.
"""

from enum import IntEnum

from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, Q, QuerySet

from fsportal.models import BusinessUnit, PortalSettings, User
from notifications.inapp.errors import InvalidParameter, MissingPrivilege
from notifications.models import AppNotification
from notifications.models.app_notification import AppNotificationQuerySet

READ = "notifications.view_appnotification"
CREATE = "notifications.add_appnotification"
WRITE = "notifications.change_appnotification"
DELETE = "notifications.delete_appnotification"
SEND = "notifications.send_appnotification"


class Level(IntEnum):
    """How far a privilege reaches."""

    NONE = 0
    BASIC = 1
    LOCAL = 2
    DEEP = 3
    GLOBAL = 4


_READ_AT = (
    (Level.GLOBAL, "notifications.view_global_appnotification"),
    (Level.DEEP, "notifications.view_deep_appnotification"),
    (Level.LOCAL, "notifications.view_local_appnotification"),
    (Level.BASIC, READ),
)


def read_level(user: User) -> Level:
    """Return the level of a user's read privilege."""
    return next((level for level, permission in _READ_AT if user.has_perm(permission)), Level.NONE)


def has_bell(user: User, portal_settings: PortalSettings | None = None) -> bool:
    """Tell whether a user has a bell: they have Read at some level, and the feature is on.

    Pass `portal_settings` if they are already loaded.
    """
    may_read = user.is_active and read_level(user) > Level.NONE
    return may_read and (portal_settings or PortalSettings.load()).in_app_notifications


def within(level: Level, user: User) -> Q:
    """Return the condition on the users within reach of `user` at `level`; all levels but NONE include the user."""
    oneself = Q(pk=user.pk)
    if level is Level.GLOBAL:
        return Q()
    if level is Level.NONE:
        return Q(pk__in=[])
    if level is Level.BASIC or user.business_unit_id is None:
        return oneself
    units = {user.business_unit_id} if level is Level.LOCAL else units_below(user.business_unit_id)
    return oneself | Q(business_unit__in=units)


def units_below(root: object) -> set[object]:
    """Return a business unit and all below it. One query for the whole tree, as units are few."""
    children: dict[object, list[object]] = {}
    for pk, parent in BusinessUnit.objects.values_list("pk", "parent"):
        children.setdefault(parent, []).append(pk)
    found, new = set(), [root]
    while new:
        unit = new.pop()
        if unit not in found:
            found.add(unit)
            new += children.get(unit, [])
    return found


def readable(user: User) -> AppNotificationQuerySet:
    """Return the app notifications that a user may read through the Web API; dismissed ones count as deleted."""
    reach = User.objects.filter(within(read_level(user), user))
    rows = AppNotification.objects.filter(dismissed_at=None)
    return rows if read_level(user) is Level.GLOBAL else rows.filter(owner__in=reach.values("pk"))


def require_read(user: User) -> None:
    """Raise MissingPrivilege for a user who may not even read their own."""
    if read_level(user) is Level.NONE:
        raise MissingPrivilege("Read privilege on the app notification table is missing.")


def check_send(sender: User | None, recipients: "QuerySet[User]") -> None:
    """Raise MissingPrivilege unless `sender` may send to every one of `recipients`; None is the product itself."""
    if sender is None:
        return
    if not sender.has_perm(SEND):
        raise MissingPrivilege("The privilege prvSendAppNotification (Send In-App Notification) is missing.")
    require_read(sender)
    level = read_level(sender)
    if level is Level.BASIC:
        _check_self(sender, recipients)
    elif level is not Level.GLOBAL and recipients.exclude(within(level, sender)).exists():
        raise MissingPrivilege(
            f"Read privilege on the app notification table at {level.name.title()} level does not reach the recipient"
            f"; it needs {'Deep or Global' if level is Level.LOCAL else 'Global'} level."
        )


def _check_self(sender: User, recipients: "QuerySet[User]") -> None:
    if recipients.exclude(pk=sender.pk).exists():
        raise MissingPrivilege(
            "To send to others, Read privilege on the app notification table is needed at Local, Deep or Global level."
        )
    if not sender.has_perm(CREATE):
        raise MissingPrivilege("To send to oneself, Create privilege on the app notification table is needed.")


def receivers(recipients: "QuerySet[User]") -> "QuerySet[User]":
    """Return those of `recipients` who can receive: active users with Read at any level."""
    wanted = [permission.partition(".")[2] for _level, permission in _READ_AT]
    reading = Permission.objects.filter(content_type__app_label="notifications", codename__in=wanted)
    # EXISTS, as in a join a user in two groups would be two recipients. Correlated, as IN would list all readers first;
    # but the groups are looked up once, not for each user.
    reading_groups = Group.objects.filter(permissions__in=reading).values("pk")
    by_group = User.groups.through.objects.filter(user_id=OuterRef("pk"), group__in=reading_groups)
    by_user = User.user_permissions.through.objects.filter(user_id=OuterRef("pk"), permission__in=reading)
    return recipients.filter(Q(is_superuser=True) | Exists(by_group) | Exists(by_user), is_active=True)


def receivers_with(permission: str) -> "QuerySet[User]":
    """Return the users who have a permission ("app.codename") and can receive, in one query."""
    label, _dot, codename = permission.partition(".")
    right = Permission.objects.filter(content_type__app_label=label, codename=codename)
    by_group = User.groups.through.objects.filter(group__permissions__in=right).values("user_id")
    by_user = User.user_permissions.through.objects.filter(permission__in=right).values("user_id")
    return receivers(User.objects.filter(Q(is_superuser=True) | Q(pk__in=by_group) | Q(pk__in=by_user)))


def require_receiver(recipient: User) -> None:
    """Raise InvalidParameter for a recipient who cannot receive."""
    if not receivers(User.objects.filter(pk=recipient.pk)).exists():
        raise InvalidParameter(
            "Recipient", "names a user without Read privilege on the app notification table: nothing would be received."
        )
