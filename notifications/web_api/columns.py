"""The tables that the Web API knows, and their columns as Dataverse spells them (domain.md, In-app notifications)."""

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


class EdmType(enum.Enum):
    """What a column holds; the value is the EDM type."""

    TEXT = "Edm.String"
    GUID = "Edm.Guid"
    INT = "Edm.Int32"
    DATE = "Edm.DateTimeOffset"
    BOOL = "Edm.Boolean"


@dataclass(frozen=True)
class TableColumn:
    """One column. `path` is where the ORM finds it; `lookup` is the navigation property of a `_…_value` column."""

    name: str
    kind: EdmType
    path: str = ""
    schema_name: str = ""
    label: Any = ""
    lookup: str = ""
    choices: type[models.IntegerChoices] | None = None
    longest: int = 0
    nullable: bool = False
    writable: bool = False
    required: bool = False
    #: Rows can be put in its order; the order of a column that can be null differs between databases.
    sortable: bool = True

    @property
    def logical_name(self) -> str:
        """Return the attribute's own name: that of a look-up is without `_` and `_value`."""
        return self.lookup or self.name


@dataclass(frozen=True)
class Table:
    """A table: its names in Dataverse, its columns, and which rows somebody may read."""

    logical_name: str
    set_name: str
    schema_name: str
    label: Any
    plural: Any
    type_code: int
    model: type[models.Model]
    primary_name: str
    columns: tuple[TableColumn, ...]
    rows: Callable[[User], QuerySet[Any]]
    writable: bool = False
    #: Where the ORM finds when a row was last changed; what has none has no ETag.
    version_path: str = ""

    @property
    def key(self) -> TableColumn:
        """Return the primary key."""
        return self.columns[0]

    @cached_property
    def by_name(self) -> Mapping[str, TableColumn]:
        """Return the columns by every name that clients use: `_ownerid_value`, `ownerid`, `ownerid/systemuserid`."""
        found = {column.name: column for column in self.columns}
        for column in self.columns:
            if column.lookup:
                found |= {column.lookup: column, f"{column.lookup}/systemuserid": column}
        return found


def _notifications(user: User) -> QuerySet[Any]:
    require_read(user)
    return readable(user)


def _users(user: User) -> QuerySet[Any]:
    """Return oneself, and those within reach who can receive; customers are none of them."""
    others = receivers(User.objects.all()).filter(within(read_level(user), user))
    whole = Trim(Concat(F("first_name"), Value(" "), F("last_name")))
    return User.objects.filter(Q(pk=user.pk) | Q(pk__in=others.values("pk"))).annotate(
        full_name=Case(When(first_name="", last_name="", then=F("username")), default=whole),
        # Nobody else is listed, but scripts that look somebody up ask for it.
        is_disabled=ExpressionWrapper(Q(is_active=False), output_field=models.BooleanField()),
    )


APP_NOTIFICATIONS = Table(
    logical_name="appnotification",
    set_name="appnotifications",
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
            "title", EdmType.TEXT, "title", "Title", _("Title"), longest=TITLE_LENGTH, writable=True, required=True
        ),
        TableColumn("body", EdmType.TEXT, "body", "Body", _("Body"), longest=BODY_LENGTH, nullable=True, writable=True),
        TableColumn("_ownerid_value", EdmType.GUID, "owner_id", "OwnerId", _("Owner"), lookup="ownerid", required=True),
        TableColumn("icontype", EdmType.INT, "icon_type", "IconType", _("Icon Type"), choices=IconType, writable=True),
        TableColumn(
            "toasttype", EdmType.INT, "toast_type", "ToastType", _("Toast Type"), choices=ToastType, writable=True
        ),
        TableColumn("priority", EdmType.INT, "priority", "Priority", _("Priority"), choices=Priority, writable=True),
        TableColumn(
            "ttlinseconds", EdmType.INT, "ttl_in_seconds", "TTLInSeconds", _("Expiry (seconds)"), writable=True
        ),
        TableColumn("data", EdmType.TEXT, "data", "Data", _("Data"), longest=DATA_LENGTH, nullable=True, writable=True),
        TableColumn("createdon", EdmType.DATE, "created_on", "CreatedOn", _("Created On")),
        TableColumn("modifiedon", EdmType.DATE, "modified_on", "ModifiedOn", _("Modified On")),
        TableColumn(
            "_createdby_value",
            EdmType.GUID,
            "sender_id",
            "CreatedBy",
            _("Created By"),
            lookup="createdby",
            nullable=True,
            sortable=False,
        ),
    ),
)

SYSTEM_USERS = Table(
    logical_name="systemuser",
    set_name="systemusers",
    schema_name="SystemUser",
    label=_("User"),
    plural=_("Users"),
    type_code=8,
    model=User,
    primary_name="fullname",
    rows=_users,
    columns=(
        TableColumn("systemuserid", EdmType.GUID, "id", "SystemUserId", _("User")),
        TableColumn("fullname", EdmType.TEXT, "full_name", "FullName", _("Full Name"), longest=301),
        TableColumn("firstname", EdmType.TEXT, "first_name", "FirstName", _("First Name"), longest=150, nullable=True),
        TableColumn("lastname", EdmType.TEXT, "last_name", "LastName", _("Last Name"), longest=150, nullable=True),
        TableColumn("domainname", EdmType.TEXT, "username", "DomainName", _("User Name"), longest=150),
        TableColumn(
            "internalemailaddress",
            EdmType.TEXT,
            "email",
            "InternalEMailAddress",
            _("Primary Email"),
            longest=254,
            nullable=True,
        ),
        TableColumn("isdisabled", EdmType.BOOL, "is_disabled", "IsDisabled", _("Status")),
        TableColumn(
            "_businessunitid_value",
            EdmType.GUID,
            "business_unit_id",
            "BusinessUnitId",
            _("Business Unit"),
            lookup="businessunitid",
            nullable=True,
            sortable=False,
        ),
    ),
)

TABLES = {table.set_name: table for table in (APP_NOTIFICATIONS, SYSTEM_USERS)}
