"""What a search of the audit trail finds, among a million entries."""

import datetime as dt
import ipaddress
from typing import Any

from django.db.models import Q, QuerySet

from fsportal.models import AuditEntry
from fsportal.settings_area.search import words_of

#: Words are looked for in this many entries, the newest: those of a million would take seconds.
SEARCHED = 10_000
WORDS = ("action", "why", "by_name", "subject_name")


def found(entries: QuerySet[AuditEntry], text: str, *, by_address: bool) -> QuerySet[AuditEntry]:
    """Return the newest entries with each word of `text`; if it is an address, all that came from there."""
    if by_address and (address := as_address(text)):
        return entries.filter(address=address)
    return entries.filter(*(_says(word) for word in words_of(text)), at__gte=_searched_since())


def _says(word: str) -> Q:
    return Q(*((f"{path}__icontains", word) for path in WORDS), _connector=Q.OR)


def as_address(text: str) -> str | None:
    """Return an address as it is stored, or None if this is not one."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _searched_since() -> dt.datetime:
    """Return when the oldest entry was written whose words are searched."""
    moments: Any = AuditEntry.objects.order_by("-at", "-pk").values_list("at", flat=True)
    return next(iter(moments[SEARCHED : SEARCHED + 1]), dt.datetime.min.replace(tzinfo=dt.UTC))
