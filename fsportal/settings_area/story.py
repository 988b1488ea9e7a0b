"""The story of a record: what happened to it, newest first, a page at a time.

It comes from several tables. Each is a source that is asked once, for no more than a page can show.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from fsportal.lib import zones
from fsportal.models import AuditEntry
from fsportal.settings_area.parts import QUIET, company_moment

#: Entries on one page.
SHOWN = 20
#: The parameter of the address that asks for what happened before a moment.
BEFORE = "before"
#: Who may see the audit trail.
SEES_AUDIT = "fsportal.view_auditentry"


@dataclass(frozen=True)
class Entry:
    """One thing that happened: when (aware), what, by whom, more in lines, and where to read on."""

    at: dt.datetime
    when: str
    tone: str
    title: str
    by: str = ""
    lines: list[str] = field(default_factory=list)
    url: str = ""


@dataclass(frozen=True)
class Source:
    """Rows that become entries. `time` names the column that says when; the rows come in no order."""

    rows: QuerySet[Any]
    time: str
    entry: Callable[[Any], Entry]

    def newest(self, before: dt.datetime | None) -> list[Entry]:
        """Return the newest entries before a moment, one more than a page shows if there are more."""
        earlier = self.rows if before is None else self.rows.filter(**{f"{self.time}__lt": before})
        return [self.entry(row) for row in earlier.order_by(f"-{self.time}", "-pk")[: SHOWN + 1]]


@dataclass(frozen=True)
class Story:
    """A page of a story. `older` is the query of the page that goes on, or "" if there is nothing older."""

    entries: list[Entry]
    older: str = ""
    #: Whether something newer was left out.
    is_later_page: bool = False


def told_from(sources: Sequence[Source], request: HttpRequest) -> Story:
    """Return the page of a story that the address asks for."""
    before = asked_before(request)
    found = sorted((entry for source in sources for entry in source.newest(before)), key=_moment, reverse=True)
    shown = found[:SHOWN]
    # What happened at the very same moment as the last entry comes along: the next page begins before that.
    shown += [entry for entry in found[SHOWN:] if entry.at == shown[-1].at]
    older = _query(request, shown[-1].at) if len(found) > len(shown) else ""
    return Story(shown, older, before is not None)


def asked_before(request: HttpRequest) -> dt.datetime | None:
    """Return the moment before which the page shall begin; None for the newest, or if it cannot be read."""
    try:
        moment = dt.datetime.fromisoformat(request.GET.get(BEFORE, ""))
    except ValueError:
        return None
    return moment if moment.tzinfo and moment.year in zones.YEARS else None


def audited(subject: models.Model) -> Source:
    """Return what the audit trail says of a record."""
    return Source(AuditEntry.of(subject), "at", _audit_entry)


def _audit_entry(entry: AuditEntry) -> Entry:
    by = str(entry.by) if entry.by else _("System")
    lines = [entry.why] if entry.why else []
    return Entry(entry.at, company_moment(entry.at), QUIET, capfirst(entry.action), by, lines)


def seen_by(request: HttpRequest, *sources: tuple[str, Source]) -> list[Source]:
    """Return the sources whose right this person has."""
    return [source for right, source in sources if request.user.has_perm(right)]


def subject_url(entry: AuditEntry) -> str:
    """Return the address of the page of what an audit entry is about, without fetching it; empty if there is none."""
    kind = entry.subject_type
    if kind is None:
        return ""
    try:
        return reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.subject_id])
    except NoReverseMatch:
        return ""


def _moment(entry: Entry) -> dt.datetime:
    return entry.at


def _query(request: HttpRequest, before: dt.datetime) -> str:
    query = request.GET.copy()
    query[BEFORE] = before.isoformat()
    return query.urlencode()
