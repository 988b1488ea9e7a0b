"""The links that an app notification may have, among them those into this app (`?pagetype=…`).

Any other link stays plain text in markdown, and is refused in an action.
"""

import re
import uuid
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from django.urls import reverse

#: Control characters, spaces and backslashes, which browsers tolerate and filters overlook; and half surrogate pairs,
#: which cannot be encoded.
UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
SCHEMES = ("http", "https", "mailto", "tel")
LONGEST = 2000
PAGE_TYPES = ("entityrecord", "entitylist")
#: Where a link opens (navigationTarget); read by static/js, the default is `inline`, on the same page.
NAVIGATION_TARGETS = ("dialog", "inline", "newWindow")
LOGICAL_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")


@dataclass(frozen=True)
class OwnLink:
    """A link to a record or list of this app, in Dataverse's names. It is only checked when it is opened."""

    page_type: str
    table: str
    record: str = ""

    @classmethod
    def parse(cls, url: str) -> "OwnLink | None":
        """Return the link that `?pagetype=…` is, or None if it is neither to a record nor to a list."""
        query = parse_qs(url.removeprefix("?"), keep_blank_values=True)
        page_type, table, record = (query.get(name, [""])[0] for name in ("pagetype", "etn", "id"))
        if page_type not in PAGE_TYPES or not LOGICAL_NAME.fullmatch(table) or len(record) > 100:
            return None
        return cls(page_type, table, record if page_type == "entityrecord" else "")

    @property
    def record_id(self) -> uuid.UUID | None:
        """Return the record's GUID, in braces or not; None if it is not a GUID."""
        try:
            return uuid.UUID(self.record.strip("{}"))
        except ValueError:
            return None

    @property
    def address(self) -> str:
        """Return the address that opens it, or shows that there is no such record."""
        query = {"pagetype": self.page_type, "etn": self.table} | ({"id": self.record} if self.record else {})
        return f"{reverse('notification-open')}?{urlencode(query)}"


def href(url: str) -> str | None:
    """Return the address for a page, or None if the link is not allowed.

    Allowed are http and https (with a host, without user info), mailto, tel, `?pagetype=…` and paths of this app.
    """
    if not url or len(url) > LONGEST or UNSAFE.search(url):
        return None
    if url.startswith("?"):
        own = OwnLink.parse(url)
        return own.address if own else None
    if url.startswith("/"):
        return None if url.startswith("//") else url
    return _outside(url)


def _outside(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in SCHEMES:
        return None
    if parts.scheme in ("mailto", "tel"):
        return url if parts.path and not parts.netloc else None
    return url if parts.hostname and "@" not in parts.netloc else None


def is_own(address: str) -> bool:
    """Tell whether an address returned by `href` is in this app."""
    return address.startswith("/")
