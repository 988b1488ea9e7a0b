"""The tables of the Web API, and their columns as Dataverse spells them (Dynamics 365: appnotification, systemuser)."""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Case, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models.functions import Concat, Trim
from django.utils.translation import gettext_lazy as _

from fsportal.models import User
from notifications.inapp.privileges import read_level, readable, receivers, require_read, within
from notifications.models import AppNotification, IconType, Priority, ToastType
from notifications.models.app_notification import BODY_LENGTH, DATA_LENGTH, TITLE_LENGTH

#: Of Dataverse's types, actions and functions.
NAMESPACE = "Microsoft.Dynamics.CRM"


class EdmType(enum.Enum):
    """The primitive types that columns have here (OData 4.0 CSDL, 4.4)."""

    STRING = "Edm.String"
    GUID = "Edm.Guid"
    INT32 = "Edm.Int32"
    DATE_TIME_OFFSET = "Edm.DateTimeOffset"
    BOOLEAN = "Edm.Boolean"


@dataclass(frozen=True)
class TableColumn:
    """One column. `path` is its place in the ORM; only look-ups, named `_…_value`, have a `navigation_property`."""

    name: str
    edm_type: EdmType
    path: str = ""
    schema_name: str = ""
    label: Any = ""
    navigation_property: str = ""
    choices: type[models.IntegerChoices] | None = None
    max_length: int = 0
    nullable: bool = False
    writable: bool = False
    required: bool = False
    #: Whether $orderby takes it; databases differ in where they sort null.
    sortable: bool = True

    @property
    def logical_name(self) -> str:
        """Return the attribute's name: that of a look-up has no `_` and `_value`."""
        return self.navigation_property or self.name


@dataclass(frozen=True)
class Table:
    """A table: its names in Dataverse, its columns, and the rows that a user may read."""

    logical_name: str
    entity_set_name: str
    schema_name: str
    label: Any
    plural: Any
    type_code: int
    model: type[models.Model]
    primary_name: str
    columns: tuple[TableColumn, ...]
    rows: Callable[[User], QuerySet[Any]]
    writable: bool = False
    #: The ORM's path to the time of the last change; without one, rows have no ETag.
    version_path: str = ""

    @property
    def key(self) -> TableColumn:
        return self.columns[0]

    @cached_property
    def by_name(self) -> Mapping[str, TableColumn]:
        """Return the columns by every name that clients use: `_ownerid_value`, `ownerid`, `ownerid/systemuserid`."""
        found = {column.name: column for column in self.columns}
        for column in self.columns:
            if column.navigation_property:
                found |= {column.navigation_property: column, f"{column.navigation_property}/systemuserid": column}
        return found


def _notifications(user: User) -> QuerySet[Any]:
    require_read(user)
    return readable(user)


def _users(user: User) -> QuerySet[Any]:
    """Return the user, and the users within reach who can receive; customers are not among them."""
    others = receivers(User.objects.all()).filter(within(read_level(user), user))
    whole = Trim(Concat(F("first_name"), Value(" "), F("last_name")))
    return User.objects.filter(Q(pk=user.pk) | Q(pk__in=others.values("pk"))).annotate(
        full_name=Case(When(first_name="", last_name="", then=F("username")), default=whole),
        # Only active users are listed, but scripts that look up a user filter by it.
        is_disabled=ExpressionWrapper(Q(is_active=False), output_field=models.BooleanField()),
    )


APP_NOTIFICATIONS = Table(
    logical_name="appnotification",
    entity_set_name="appnotifications",
    schema_name="appnotification",
    label=_("Notification"),
    plural=_("Notifications"),
    type_code=10111,
    model=AppNotification,
    primary_name="title",
    rows=_notifications,
    writable=True,
    version_path="modified_on",
    columns=(
        TableColumn("appnotificationid", EdmType.GUID, "id", "AppNotificationId", _("Notification")),
        TableColumn(
            "title", EdmType.STRING, "title", "Title", _("Title"), max_length=TITLE_LENGTH, writable=True, required=True
        ),
        TableColumn(
            "body", EdmType.STRING, "body", "Body", _("Body"), max_length=BODY_LENGTH, nullable=True, writable=True
        ),
        TableColumn(
            "_ownerid_value",
            EdmType.GUID,
            "owner_id",
            "OwnerId",
            _("Owner"),
            navigation_property="ownerid",
            required=True,
        ),
        TableColumn(
            "icontype", EdmType.INT32, "icon_type", "IconType", _("Icon Type"), choices=IconType, writable=True
        ),
        TableColumn(
            "toasttype", EdmType.INT32, "toast_type", "ToastType", _("Toast Type"), choices=ToastType, writable=True
        ),
        TableColumn("priority", EdmType.INT32, "priority", "Priority", _("Priority"), choices=Priority, writable=True),
        TableColumn(
            "ttlinseconds", EdmType.INT32, "ttl_in_seconds", "TTLInSeconds", _("Expiry (seconds)"), writable=True
        ),
        TableColumn(
            "data", EdmType.STRING, "data", "Data", _("Data"), max_length=DATA_LENGTH, nullable=True, writable=True
        ),
        TableColumn("createdon", EdmType.DATE_TIME_OFFSET, "created_on", "CreatedOn", _("Created On")),
        TableColumn("modifiedon", EdmType.DATE_TIME_OFFSET, "modified_on", "ModifiedOn", _("Modified On")),
        TableColumn(
            "_createdby_value",
            EdmType.GUID,
            "sender_id",
            "CreatedBy",
            _("Created By"),
            navigation_property="createdby",
            nullable=True,
            sortable=False,
        ),
    ),
)

SYSTEM_USERS = Table(
    logical_name="systemuser",
    entity_set_name="systemusers",
    schema_name="SystemUser",
    label=_("User"),
    plural=_("Users"),
    type_code=8,
    model=User,
    primary_name="fullname",
    rows=_users,
    columns=(
        TableColumn("systemuserid", EdmType.GUID, "id", "SystemUserId", _("User")),
        TableColumn("fullname", EdmType.STRING, "full_name", "FullName", _("Full Name"), max_length=301),
        TableColumn(
            "firstname", EdmType.STRING, "first_name", "FirstName", _("First Name"), max_length=150, nullable=True
        ),
        TableColumn("lastname", EdmType.STRING, "last_name", "LastName", _("Last Name"), max_length=150, nullable=True),
        TableColumn("domainname", EdmType.STRING, "username", "DomainName", _("User Name"), max_length=150),
        TableColumn(
            "internalemailaddress",
            EdmType.STRING,
            "email",
            "InternalEMailAddress",
            _("Primary Email"),
            max_length=254,
            nullable=True,
        ),
        TableColumn("isdisabled", EdmType.BOOLEAN, "is_disabled", "IsDisabled", _("Status")),
        TableColumn(
            "_businessunitid_value",
            EdmType.GUID,
            "business_unit_id",
            "BusinessUnitId",
            _("Business Unit"),
            navigation_property="businessunitid",
            nullable=True,
            sortable=False,
        ),
    ),
)

TABLES = {table.entity_set_name: table for table in (APP_NOTIFICATIONS, SYSTEM_USERS)}
