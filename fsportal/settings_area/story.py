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

from fsportal.lib import zones
from fsportal.lib.keys_first import keys_first
from fsportal.models import AuditEntry
from fsportal.settings_area.parts import QUIET, company_moment

#: Entries on one page.
SHOWN = 20
#: The parameter of the address that asks for what happened before a place in the story.
BEFORE = "before"
#: Entries with the same moment that are paged through.
MOST_AT_ONE_MOMENT = 10_000
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
class StoryMark:
    """How far a story has been read: to a moment, and so many of what happened at that very moment.

    One verb gives many records the same moment: the visits of a series, an import.
    """

    at: dt.datetime
    shown: int


@dataclass(frozen=True)
class Source:
    """Rows that become entries. `time` names the column that says when; the rows come in no order."""

    rows: QuerySet[Any]
    time: str
    entry: Callable[[Any], Entry]

    def newest(self, place: "StoryMark | None") -> list[Entry]:
        """Return the newest entries from a place on, and as many more as one needs to know what was shown."""
        if place is None:
            rows, number = self.rows, SHOWN + 1
        else:
            rows, number = self.rows.filter(**{f"{self.time}__lte": place.at}), SHOWN + 1 + place.shown
        rows = rows.order_by(f"-{self.time}", "-pk")[:number]
        return [self.entry(row) for row in (keys_first(rows) if rows.query.select_related else rows)]


@dataclass(frozen=True)
class Story:
    """A page of a story. `older` is the query of the page that goes on, or "" if there is nothing older."""

    entries: list[Entry]
    older: str = ""
    #: Whether something newer was left out.
    is_later_page: bool = False


def told_from(sources: Sequence[Source], request: HttpRequest) -> Story:
    """Return the page of a story that the address asks for."""
    place = asked_place(request)
    found = sorted((entry for source in sources for entry in source.newest(place)), key=_moment, reverse=True)
    left = found[place.shown :] if place else found
    shown = left[:SHOWN]
    older = _query(request, _place_after(shown, place)) if len(left) > len(shown) else ""
    return Story(shown, older, place is not None)


def _place_after(shown: list[Entry], place: StoryMark | None) -> StoryMark:
    last = shown[-1].at
    before = place.shown if place and place.at == last else 0
    return StoryMark(last, before + sum(entry.at == last for entry in shown))


def asked_place(request: HttpRequest) -> StoryMark | None:
    """Return where the page shall begin; None for the newest, or if it cannot be read."""
    moment, _comma, number = request.GET.get(BEFORE, "").partition(",")
    try:
        place = StoryMark(dt.datetime.fromisoformat(moment), int(number))
    except ValueError:
        return None
    is_possible = place.at.tzinfo and place.at.year in zones.YEARS and 0 <= place.shown <= MOST_AT_ONE_MOMENT
    return place if is_possible else None


def audited(subject: models.Model) -> Source:
    """Return what the audit trail says of a record."""
    return Source(AuditEntry.of(subject), "at", _audit_entry)


def _audit_entry(entry: AuditEntry) -> Entry:
    lines = [entry.why] if entry.why else []
    return Entry(entry.at, company_moment(entry.at), QUIET, capfirst(entry.action), entry.by_whom, lines)


def seen_by(request: HttpRequest, *sources: tuple[str, Source]) -> list[Source]:
    """Return the sources whose right this person has."""
    return [source for right, source in sources if request.user.has_perm(right)]


def subject_url(entry: AuditEntry) -> str:
    """Return the address of the page of what an audit entry is about, without fetching it; empty if there is none."""
    kind = entry.subject_type
    if kind is None:
        return ""
    try:
        return reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.subject_id]) if kind else ""
    except NoReverseMatch:
        return ""


def _moment(entry: Entry) -> dt.datetime:
    return entry.at


def _query(request: HttpRequest, place: StoryMark) -> str:
    query = request.GET.copy()
    query[BEFORE] = f"{place.at.isoformat()},{place.shown}"
    return query.urlencode()
