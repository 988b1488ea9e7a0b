"""Pages that stay right while rows come and go: each goes on after the last row of the one before, by order and key."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Q

from notifications.web_api.call import Call
from notifications.web_api.columns import EdmType, Table, TableColumn
from notifications.web_api.errors import bad_query
from notifications.web_api.headers import LARGEST_PAGE

SALT = "notifications.web_api.skiptoken"
MOST_COLUMNS = 5


@dataclass(frozen=True)
class Order:
    """The columns by which rows are ordered, and whether each descends; the key always comes last."""

    columns: tuple[tuple[TableColumn, bool], ...]

    @classmethod
    def parse(cls, table: Table, text: str) -> "Order":
        """Read a $orderby; raises 400. Without one, rows come by their key, which an index serves."""
        found: list[tuple[TableColumn, bool]] = []
        for item in text.split(",") if text.strip() else ():
            name, *words = item.split() or [""]
            column = table.by_name.get(name)
            if column is None or not column.sortable or words not in ([], ["asc"], ["desc"]):
                can = ", ".join(one.name for one in table.columns if one.sortable)
                raise bad_query(f"$orderby cannot read '{item.strip()[:60]}'; it takes asc or desc of {can}.")
            if column not in [one for one, _is_descending in found]:
                found.append((column, words == ["desc"]))
        if len(found) > MOST_COLUMNS:
            raise bad_query(f"$orderby allows {MOST_COLUMNS} columns; it got {len(found)}.")
        if table.key not in [column for column, _is_descending in found]:
            found.append((table.key, False))
        return cls(tuple(found))

    @property
    def paths(self) -> list[str]:
        """Return what the ORM orders by."""
        return [f"{'-' if is_descending else ''}{column.path}" for column, is_descending in self.columns]

    def after(self, values: Sequence[Any]) -> Q:
        """Return the condition on rows that come after the one with these values."""
        condition, same = Q(pk__in=[]), Q()
        for (column, is_descending), value in zip(self.columns, values, strict=True):
            condition |= same & Q(**{f"{column.path}__{'lt' if is_descending else 'gt'}": value})
            same &= Q(**{column.path: value})
        return condition


@dataclass(frozen=True)
class PagePosition:
    """Where a page begins: after which values, how many rows $top still allows, and how long pages are."""

    after: tuple[Any, ...]
    left: int | None
    size: int

    @classmethod
    def first(cls, call: Call, top: int | None) -> "PagePosition":
        """Return where reading begins."""
        return cls((), top, call.preferences.page_size or LARGEST_PAGE)

    @classmethod
    def of_token(cls, call: Call, order: Order, token: str) -> "PagePosition":
        """Return where a nextLink goes on; raises 400 for a token of another query, of somebody else, or made up."""
        wrong = bad_query("The $skiptoken is none of this query's; begin again without it.")
        try:
            held = signing.loads(token, salt=SALT)
        except signing.BadSignature:
            raise wrong from None
        if held["of"] != _query_of(call):
            raise wrong
        values = [_back(column, value) for (column, _), value in zip(order.columns, held["after"], strict=True)]
        return cls(tuple(values), held["left"], call.preferences.page_size or held["size"])

    def token_after(self, call: Call, order: Order, row: Mapping[str, Any], shown: int) -> str:
        """Return the token of the page that follows `row`, the last of `shown` rows on this page."""
        after = [_forth(row[column.path]) for column, _is_descending in order.columns]
        left = None if self.left is None else self.left - shown
        return signing.dumps({"of": _query_of(call), "after": after, "left": left, "size": self.size}, salt=SALT)


def _query_of(call: Call) -> str:
    """Return what a token belongs to: this user, this table, this filter in this order."""
    asked = sorted((name, value) for name, value in call.options.items() if name in ("$filter", "$orderby", "$top"))
    aliases = sorted((name, value) for name, value in call.options.items() if name.startswith("@"))
    return hashlib.sha256(repr((call.user.pk, call.path, asked, aliases)).encode()).hexdigest()[:32]


def _forth(value: Any) -> Any:
    return (
        value.isoformat() if isinstance(value, dt.datetime) else str(value) if isinstance(value, uuid.UUID) else value
    )


def _back(column: TableColumn, value: Any) -> Any:
    if column.kind is EdmType.DATE:
        return dt.datetime.fromisoformat(value)
    return uuid.UUID(value) if column.kind is EdmType.GUID else value
