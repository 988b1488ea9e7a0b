"""$orderby, and pages by $skiptoken: a page begins after the last row of the one before, so new rows shift nothing."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Q

from notifications.web_api.errors import bad_query
from notifications.web_api.headers import LARGEST_PAGE
from notifications.web_api.request import ODataRequest
from notifications.web_api.tables import EdmType, Table, TableColumn

SALT = "notifications.web_api.skiptoken"
MOST_COLUMNS = 5


@dataclass(frozen=True)
class OrderBy:
    """Columns to order by, each with whether it descends; the key always comes last."""

    columns: tuple[tuple[TableColumn, bool], ...]

    @classmethod
    def parse(cls, table: Table, text: str) -> "OrderBy":
        """Read a $orderby; raises 400. An empty one orders by the key, which has an index."""
        found: list[tuple[TableColumn, bool]] = []
        for item in text.split(",") if text.strip() else ():
            name, *direction = item.split() or [""]
            column = table.by_name.get(name)
            if column is None or not column.sortable or direction not in ([], ["asc"], ["desc"]):
                can = ", ".join(one.name for one in table.columns if one.sortable)
                raise bad_query(f"$orderby cannot read '{item.strip()[:60]}'; it takes asc or desc of {can}.")
            if column not in [one for one, _is_descending in found]:
                found.append((column, direction == ["desc"]))
        if len(found) > MOST_COLUMNS:
            raise bad_query(f"$orderby allows {MOST_COLUMNS} columns; it got {len(found)}.")
        if table.key not in [column for column, _is_descending in found]:
            found.append((table.key, False))
        return cls(tuple(found))

    @property
    def paths(self) -> list[str]:
        return [f"{'-' if is_descending else ''}{column.path}" for column, is_descending in self.columns]

    def after(self, values: Sequence[Any]) -> Q:
        """Return the condition on the rows after the one with these values."""
        condition, same = Q(pk__in=[]), Q()
        for (column, is_descending), value in zip(self.columns, values, strict=True):
            condition |= same & Q(**{f"{column.path}__{'lt' if is_descending else 'gt'}": value})
            same &= Q(**{column.path: value})
        return condition


@dataclass(frozen=True)
class SkipToken:
    """Where a page begins: after which values, how many rows $top still allows, and the page size."""

    after: tuple[Any, ...]
    left: int | None
    size: int

    @classmethod
    def start(cls, request: ODataRequest, top: int | None) -> "SkipToken":
        return cls((), top, request.preferences.page_size or LARGEST_PAGE)

    @classmethod
    def parse(cls, request: ODataRequest, order: OrderBy, token: str) -> "SkipToken":
        """Read a $skiptoken; raises 400 for one of another query or another user, or a made-up one."""
        wrong = bad_query("The $skiptoken is not one of this query's; begin again without it.")
        try:
            held = signing.loads(token, salt=SALT)
        except signing.BadSignature:
            raise wrong from None
        if held["of"] != _query_of(request):
            raise wrong
        values = [_from_json(column, value) for (column, _), value in zip(order.columns, held["after"], strict=True)]
        return cls(tuple(values), held["left"], request.preferences.page_size or held["size"])

    def following(self, request: ODataRequest, order: OrderBy, row: Mapping[str, Any], shown: int) -> str:
        """Return the $skiptoken of the page after `row`, the last of `shown` rows on this page."""
        after = [_to_json(row[column.path]) for column, _is_descending in order.columns]
        left = None if self.left is None else self.left - shown
        return signing.dumps({"of": _query_of(request), "after": after, "left": left, "size": self.size}, salt=SALT)


def _query_of(request: ODataRequest) -> str:
    """Return a fingerprint of what a token belongs to: user, table, filter and order."""
    asked = sorted((name, value) for name, value in request.options.items() if name in ("$filter", "$orderby", "$top"))
    aliases = sorted((name, value) for name, value in request.options.items() if name.startswith("@"))
    return hashlib.sha256(repr((request.user.pk, request.path, asked, aliases)).encode()).hexdigest()[:32]


def _to_json(value: Any) -> Any:
    return (
        value.isoformat() if isinstance(value, dt.datetime) else str(value) if isinstance(value, uuid.UUID) else value
    )


def _from_json(column: TableColumn, value: Any) -> Any:
    if column.edm_type is EdmType.DATE_TIME_OFFSET:
        return dt.datetime.fromisoformat(value)
    return uuid.UUID(value) if column.edm_type is EdmType.GUID else value
