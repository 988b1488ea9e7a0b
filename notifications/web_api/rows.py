"""What a row looks like on the wire: values, ETag, annotations, look-ups spelled out."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from fsportal.models import BusinessUnit, User
from fsportal.settings_area.parts import utc_moment
from notifications.web_api.call import Call
from notifications.web_api.columns import SYSTEM_USERS, EdmType, Table, TableColumn
from notifications.web_api.errors import bad_query

LONGEST = 2000


def names(text: str) -> list[str]:
    """Return the names of a $select; `*` and an empty text mean all and give none."""
    found = [name.strip() for name in text.split(",")]
    return [] if found in ([""], ["*"]) else found


def parse_expand(text: str) -> dict[str, Mapping[str, str]]:
    """Return each name of a $expand with its own options, for example `OptionSet($select=Options)`; raises 400."""
    if len(text) > LONGEST:
        raise bad_query(f"$expand allows {LONGEST} characters; it got {len(text)}.")
    found: dict[str, Mapping[str, str]] = {}
    for item in _split(text, ","):
        name, opened, rest = item.strip().partition("(")
        if not name or (opened and not rest.endswith(")")):
            raise bad_query(f"$expand cannot read '{item[:60]}'.")
        found[name.strip()] = _options(rest[:-1]) if opened else {}
    return found


def _options(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in _split(text, ";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark that stands in no parentheses and in no quotes; raises 400 when those do not match."""
    parts, depth, is_quoted, start = [], 0, False, 0
    for at, letter in enumerate(text):
        if letter == "'":
            is_quoted = not is_quoted
        elif is_quoted:
            continue
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == mark and depth == 0:
            parts.append(text[start:at])
            start = at + 1
        if depth < 0:
            break
    if depth or is_quoted:
        raise bad_query("$expand has parentheses or quotes that do not match.")
    return [*parts, text[start:]]


FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOOKUP_NAME = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"
#: What look-ups lead to, by navigation property: the logical name, and the model that has the names.
TARGETS: Mapping[str, tuple[str, type[models.Model]]] = {
    "ownerid": ("systemuser", User),
    "createdby": ("systemuser", User),
    "businessunitid": ("businessunit", BusinessUnit),
}

Row = Mapping[str, Any]


def selected(table: Table, text: str) -> list[TableColumn]:
    """Return the columns that a $select names, all of them when it names none; raises 400 for one there is not."""
    wanted = names(text)
    for name in wanted:
        if name not in table.by_name:
            raise bad_query(f"Could not find a property named '{name[:60]}' on type '{type_name(table)}'.")
    return [table.by_name[name] for name in wanted] or list(table.columns)


def type_name(table: Table) -> str:
    """Return the qualified name of a table's entity type."""
    return f"Microsoft.Dynamics.CRM.{table.logical_name}"


def wire(column: TableColumn, value: Any) -> Any:
    """Return a value as JSON has it: an empty text is null, times are in UTC to the second as Dataverse has them."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value if value != "" or not column.nullable else None


def etag_of(version: dt.datetime) -> str:
    """Return the ETag of a row that was last changed at `version`."""
    since = version - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return f'W/"{since // dt.timedelta(microseconds=1)}"'


def address(call: Call, table: Table, key: object) -> str:
    """Return a row's own address."""
    return f"{call.root}{table.set_name}({key})"


class Representation:
    """How the rows of one answer look: which columns, which annotations, what is expanded."""

    def __init__(self, call: Call, table: Table, columns: Sequence[TableColumn], expand: str = "") -> None:
        self.call, self.table, self.columns = call, table, columns
        self.expanded = {name: _expanded(table, name, options) for name, options in _expands(expand)}
        self._names: dict[Any, str] = {}
        self._related: dict[Any, dict[str, Any]] = {}

    @property
    def paths(self) -> list[str]:
        """Return what the query has to fetch."""
        lookups = [column.path for column in self.table.columns if column.lookup in self.expanded]
        own = [column.path for column in self.columns]
        version = [self.table.version_path] if self.table.version_path else []
        return [*dict.fromkeys([self.table.key.path, *own, *lookups, *version])]

    def context(self, *, single: bool) -> str:
        """Return the address of what describes the answer."""
        listed = [column.name for column in self.columns] if len(self.columns) < len(self.table.columns) else []
        listed += [f"{name}({','.join(column.name for column in columns)})" for name, columns in self.expanded.items()]
        chosen = f"({','.join(listed)})" if listed else ""
        return f"{self.call.root}$metadata#{self.table.set_name}{chosen}{'/$entity' if single else ''}"

    def all(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return rows (values by path) as JSON; look-ups cost one query each for the whole page."""
        self._fetch_names(rows)
        self._fetch_related(rows)
        return [self._one(row) for row in rows]

    def _one(self, row: Row) -> dict[str, Any]:
        made = self._control(row)
        for column in self.columns:
            value = row[column.path]
            made |= self._annotations(column, value)
            made[column.name] = wire(column, value)
        # Dataverse always gives the key, chosen or not, and its clients count on it.
        made[self.table.key.name] = str(row[self.table.key.path])
        for name in self.expanded:
            made[name] = self._related.get((name, row[self.table.by_name[name].path]))
        return made

    def _control(self, row: Row) -> dict[str, Any]:
        if self.call.level == "none":
            return {}
        made = {}
        if self.call.level == "full":
            here = address(self.call, self.table, row[self.table.key.path])
            made = {"@odata.type": f"#{type_name(self.table)}", "@odata.id": here, "@odata.editLink": here}
        if self.table.version_path:
            made["@odata.etag"] = etag_of(row[self.table.version_path])
        return made

    def _annotations(self, column: TableColumn, value: Any) -> dict[str, Any]:
        if value is None or not self.call.preferences.annotations:
            return {}
        found = {FORMATTED: self._formatted(column, value)}
        if column.lookup:
            found |= {NAVIGATION: column.lookup, LOOKUP_NAME: TARGETS[column.lookup][0]}
        wanted = self.call.preferences.wants
        return {f"{column.name}@{name}": said for name, said in found.items() if said is not None and wanted(name)}

    def _formatted(self, column: TableColumn, value: Any) -> str | None:
        if column.choices:
            return str(column.choices(value).label)
        if column.lookup:
            return self._names.get(value)
        if column.kind is EdmType.DATE:
            return utc_moment(value)
        if column.kind is EdmType.BOOL:
            return _("Yes") if value else _("No")
        return number_format(value, use_l10n=True, force_grouping=True) if column.kind is EdmType.INT else None

    def _fetch_names(self, rows: Iterable[Row]) -> None:
        if not self.call.preferences.wants(FORMATTED):
            return
        for column in self.columns:
            if column.lookup:
                ids = {row[column.path] for row in rows} - {None}
                found = TARGETS[column.lookup][1]._default_manager.in_bulk(list(ids))
                self._names |= {key: str(record) for key, record in found.items()}

    def _fetch_related(self, rows: Iterable[Row]) -> None:
        for name, columns in self.expanded.items():
            ids = {row[self.table.by_name[name].path] for row in rows} - {None}
            inner = Representation(self.call, SYSTEM_USERS, columns)
            found = SYSTEM_USERS.rows(self.call.user).filter(pk__in=ids).values(*inner.paths)
            keys = [row[SYSTEM_USERS.key.path] for row in found]
            self._related |= {(name, key): made for key, made in zip(keys, inner.all(list(found)), strict=True)}


def _expands(text: str) -> Iterable[tuple[str, Mapping[str, str]]]:
    return parse_expand(text).items() if text else ()


def _expanded(table: Table, name: str, options: Mapping[str, str]) -> list[TableColumn]:
    column = table.by_name.get(name)
    if column is None or name != column.lookup or TARGETS[name][0] != SYSTEM_USERS.logical_name:
        can = ", ".join(one.lookup for one in table.columns if one.lookup and TARGETS[one.lookup][1] is User) or "none"
        raise bad_query(f"$expand takes the navigation properties {can}; it got '{name[:60]}'.")
    if set(options) - {"$select"}:
        raise bad_query(f"$expand={name} takes the option $select only.")
    return selected(SYSTEM_USERS, options.get("$select", ""))
