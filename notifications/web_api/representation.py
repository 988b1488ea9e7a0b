"""Rows as JSON: values, ETag, annotations, expanded navigation properties."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from fsportal.lib import zones
from fsportal.models import BusinessUnit, User
from notifications.web_api.errors import bad_query
from notifications.web_api.request import ODataRequest
from notifications.web_api.select_expand import names, parse_expand
from notifications.web_api.tables import NAMESPACE, SYSTEM_USERS, EdmType, Table, TableColumn

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOOKUP_NAME = f"{NAMESPACE}.lookuplogicalname"
NAVIGATION = f"{NAMESPACE}.associatednavigationproperty"
#: Targets of navigation properties: the logical name, and the model that has the display names.
TARGETS: Mapping[str, tuple[str, type[models.Model]]] = {
    "ownerid": ("systemuser", User),
    "createdby": ("systemuser", User),
    "businessunitid": ("businessunit", BusinessUnit),
}

Row = Mapping[str, Any]


def selected(table: Table, text: str) -> list[TableColumn]:
    """Return the columns that a $select names, or all of them; raises 400 for an unknown one."""
    wanted = names(text)
    for name in wanted:
        if name not in table.by_name:
            raise bad_query(f"Could not find a property named '{name[:60]}' on type '{type_name(table)}'.")
    return [table.by_name[name] for name in wanted] or list(table.columns)


def type_name(table: Table) -> str:
    """Return the qualified name of a table's entity type."""
    return f"{NAMESPACE}.{table.logical_name}"


def wire(column: TableColumn, value: Any) -> Any:
    """Return a value for JSON: an empty text becomes null if it may, times are in UTC to the second as in Dataverse."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value if value != "" or not column.nullable else None


def etag_of(version: dt.datetime) -> str:
    """Return the ETag of a row that was last changed at `version`."""
    since = version - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return f'W/"{since // dt.timedelta(microseconds=1)}"'


def address(request: ODataRequest, table: Table, key: object) -> str:
    return f"{request.root}{table.entity_set_name}({key})"


class Representation:
    """The form that the rows of one response take: columns, annotations, expansions."""

    def __init__(self, request: ODataRequest, table: Table, columns: Sequence[TableColumn], expand: str = "") -> None:
        self.request, self.table, self.columns = request, table, columns
        self.expanded = {name: _expanded(table, name, options) for name, options in _expands(expand)}
        self._names: dict[Any, str] = {}
        self._related: dict[Any, dict[str, Any]] = {}

    @property
    def paths(self) -> list[str]:
        lookups = [column.path for column in self.table.columns if column.navigation_property in self.expanded]
        own = [column.path for column in self.columns]
        version = [self.table.version_path] if self.table.version_path else []
        return [*dict.fromkeys([self.table.key.path, *own, *lookups, *version])]

    def fragment(self, *, single: bool) -> str:
        """Return the fragment of the context address, which names the set and what of it is shown."""
        listed = [column.name for column in self.columns] if len(self.columns) < len(self.table.columns) else []
        listed += [f"{name}({','.join(column.name for column in columns)})" for name, columns in self.expanded.items()]
        chosen = f"({','.join(listed)})" if listed else ""
        return f"#{self.table.entity_set_name}{chosen}{'/$entity' if single else ''}"

    def all(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return rows (values by path) for JSON; a look-up costs one query for the whole page."""
        self._fetch_names(rows)
        self._fetch_related(rows)
        return [self._one(row) for row in rows]

    def _one(self, row: Row) -> dict[str, Any]:
        made = self._control(row)
        for column in self.columns:
            value = row[column.path]
            made |= self._annotations(column, value)
            made[column.name] = wire(column, value)
        # Dataverse returns the key even if it is not selected, and clients count on it.
        made[self.table.key.name] = str(row[self.table.key.path])
        for name in self.expanded:
            made[name] = self._related.get((name, row[self.table.by_name[name].path]))
        return made

    def _control(self, row: Row) -> dict[str, Any]:
        if self.request.level == "none":
            return {}
        made = {}
        if self.request.level == "full":
            here = address(self.request, self.table, row[self.table.key.path])
            made = {"@odata.type": f"#{type_name(self.table)}", "@odata.id": here, "@odata.editLink": here}
        if self.table.version_path:
            made["@odata.etag"] = etag_of(row[self.table.version_path])
        return made

    def _annotations(self, column: TableColumn, value: Any) -> dict[str, Any]:
        if value is None or not self.request.preferences.annotations:
            return {}
        found = {FORMATTED: self._formatted(column, value)}
        if column.navigation_property:
            found |= {NAVIGATION: column.navigation_property, LOOKUP_NAME: TARGETS[column.navigation_property][0]}
        wanted = self.request.preferences.wants
        return {f"{column.name}@{name}": said for name, said in found.items() if said is not None and wanted(name)}

    def _formatted(self, column: TableColumn, value: Any) -> str | None:
        if column.choices:
            return str(column.choices(value).label)
        if column.navigation_property:
            return self._names.get(value)
        if column.edm_type is EdmType.DATE_TIME_OFFSET:
            return _in_utc(value)
        if column.edm_type is EdmType.BOOLEAN:
            return _("Yes") if value else _("No")
        return number_format(value, use_l10n=True, force_grouping=True) if column.edm_type is EdmType.INT32 else None

    def _fetch_names(self, rows: Iterable[Row]) -> None:
        if not self.request.preferences.wants(FORMATTED):
            return
        for column in self.columns:
            if column.navigation_property:
                ids = {row[column.path] for row in rows} - {None}
                found = TARGETS[column.navigation_property][1]._default_manager.in_bulk(list(ids))
                self._names |= {key: str(record) for key, record in found.items()}

    def _fetch_related(self, rows: Iterable[Row]) -> None:
        for name, columns in self.expanded.items():
            ids = {row[self.table.by_name[name].path] for row in rows} - {None}
            inner = Representation(self.request, SYSTEM_USERS, columns)
            found = SYSTEM_USERS.rows(self.request.user).filter(pk__in=ids).values(*inner.paths)
            keys = [row[SYSTEM_USERS.key.path] for row in found]
            self._related |= {(name, key): made for key, made in zip(keys, inner.all(list(found)), strict=True)}


def _in_utc(moment: dt.datetime) -> str:
    """Return a time for people, in UTC like the value beside it."""
    language = zones.supported_language(get_language() or "en")
    return f"{zones.day(moment, 'UTC', language)}, {zones.clock(moment, 'UTC', language)} UTC"


def _expands(text: str) -> Iterable[tuple[str, Mapping[str, str]]]:
    return parse_expand(text).items() if text else ()


def _expanded(table: Table, name: str, options: Mapping[str, str]) -> list[TableColumn]:
    column = table.by_name.get(name)
    if column is None or name != column.navigation_property or TARGETS[name][0] != SYSTEM_USERS.logical_name:
        can = (
            ", ".join(
                one.navigation_property
                for one in table.columns
                if one.navigation_property and TARGETS[one.navigation_property][1] is User
            )
            or "none"
        )
        raise bad_query(f"$expand takes the navigation properties {can}; it got '{name[:60]}'.")
    if set(options) - {"$select"}:
        raise bad_query(f"$expand={name} takes the option $select only.")
    return selected(SYSTEM_USERS, options.get("$select", ""))
