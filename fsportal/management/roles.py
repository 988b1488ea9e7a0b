"""The roles of staff, as Django groups: admin, dispatcher, read-only, technician, Environment Maker.

After every migrate each group gets the permissions listed here and keeps what an admin added. Permissions that an admin
took away come back with the next upgrade; for other rights, make another group.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import connections

from fsportal.models import BusinessUnit, PortalSettings

OURS = ("fsportal", "notifications", "bookings", "portal")
#: Records that only the program writes; nobody changes them by hand, not even an admin.
RECORDS = (
    "auditentry",
    "bookingchange",
    "bulkchange",
    "bulkrow",
    "customernotification",
    "invitedaddress",
    "notificationattempt",
    "onetimecode",
    "position",
    "redemption",
    "route",
    "scheduledrun",
    "staffinvitation",
    "tap",
    "templateversion",
    "textreply",
    "workerheartbeat",
)
#: Who works here, and with which rights, is for admins only.
OF_STAFF = ("view_user", "view_group", "view_apitoken", "view_staffinvitation")
#: Where technicians are is for those who dispatch them.
WHEREABOUTS = ("view_position", "view_route", "view_tracker", "view_tap")

#: What sending app notifications to oneself takes (docs/domain.md, App notifications): create, read (Basic) and send.
SENDS_TO_ONESELF = tuple(f"notifications.{verb}_appnotification" for verb in ("add", "view", "send"))
#: Being allowed to read everything else does not include other people's notifications.
OF_OTHERS = tuple(f"view_{level}_appnotification" for level in ("local", "deep", "global"))
#: Dataverse's role that has *Send In-App Notification* (App notifications page, *Managing security for notifications*).
ENVIRONMENT_MAKER = "Environment Maker"

#: A dispatcher's work, by "app.codename".
DISPATCHER = (
    *SENDS_TO_ONESELF,
    *(f"bookings.{verb}_booking" for verb in ("view", "add", "change")),
    "bookings.change_status",
    "bookings.view_series",
    "bookings.view_bookingchange",
    "bookings.view_bulkchange",
    *(f"bookings.{verb}_workorder" for verb in ("view", "add", "change")),
    *(f"bookings.{verb}_bookingnotificationcode" for verb in ("view", "add", "change")),
    "bookings.show_link",
    *(f"bookings.{verb}_bookingimport" for verb in ("view", "add")),
    *(f"bookings.{verb}_customernote" for verb in ("view", "change")),
    *(f"bookings.{verb}_feedback" for verb in ("view", "change")),
    "bookings.view_position",
    *(f"bookings.{verb}_absence" for verb in ("view", "add", "change", "delete")),
    *(
        f"bookings.view_{model}"
        for model in ("resource", "specialday", "skill", "team", "incidenttype", "workordertype")
    ),
    *(f"fsportal.{verb}_{model}" for verb in ("view", "add", "change") for model in ("account", "contact", "optout")),
    "fsportal.view_auditentry",
    # Inviting includes sending; changing an invitation or a web role is for admins.
    *(f"portal.{right}" for right in ("view_invitation", "add_invitation", "show_code")),
    *(f"portal.view_{model}" for model in ("redemption", "webrole", "invitedaddress")),
    "notifications.view_customernotification",
    "notifications.view_notificationattempt",
    *(f"notifications.{verb}_conversation" for verb in ("view", "change")),
    *(f"notifications.{verb}_staffmessage" for verb in ("view", "add")),
    "notifications.view_messagetemplate",
    "notifications.view_templateversion",
    "notifications.send_again",
)


def install(using: str = "default", **kwargs: Any) -> None:
    """Make the roles, the settings record and the root business unit; harmless when repeated."""
    if using != "default" or not _is_ready(using):
        return
    for label in OURS:
        # Django makes permissions app by app after migrate; all of ours must exist before they are granted.
        create_permissions(apps.get_app_config(label), verbosity=0, using=using)
    ours = Permission.objects.filter(content_type__app_label__in=OURS)
    _grant("admin", [*(p for p in ours if _is_for_admins(p)), *_of_groups()])
    _grant("dispatcher", _named(ours, DISPATCHER))
    hidden = (*OF_STAFF, *OF_OTHERS, *WHEREABOUTS)
    _grant("read-only", [p for p in ours if p.codename.startswith("view_") and p.codename not in hidden])
    _grant("technician", _named(ours, SENDS_TO_ONESELF))
    _grant(ENVIRONMENT_MAKER, _named(ours, SENDS_TO_ONESELF))
    PortalSettings.objects.get_or_create(pk=1)
    if not BusinessUnit.objects.exists():
        BusinessUnit.objects.create(name="Company")


def _named(permissions: Iterable[Permission], names: Iterable[str]) -> list[Permission]:
    wanted = set(names)
    return [p for p in permissions if f"{p.content_type.app_label}.{p.codename}" in wanted]


def _is_ready(using: str) -> bool:
    """Tell whether the tables of every app exist; after a partial migrate they may not."""
    tables = set(connections[using].introspection.table_names())
    return {"auth_group", "django_content_type", "fsportal_portalsettings", "bookings_booking"} <= tables


def _is_for_admins(permission: Permission) -> bool:
    verb, _, model = permission.codename.partition("_")
    return model not in RECORDS or verb not in ("add", "change", "delete")


def _of_groups() -> list[Permission]:
    return list(Permission.objects.filter(content_type__app_label="auth", content_type__model="group"))


def _grant(name: str, permissions: list[Permission]) -> None:
    group, _created = Group.objects.get_or_create(name=name)
    group.permissions.add(*permissions)
