"""The preview of an import. Kept with the uploaded file, so that showing the preview again only reads.

Finding out means importing the whole file and rolling back, and meanwhile SQLite lets nobody else write.
"""

import datetime as dt
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bookings.admin.plans import Totals, as_sentences
from bookings.availability.conflicts import ConflictKind
from bookings.models import BookingStatus
from bookings.schedule_files import ImportReport, Problem, RowOutcome
from fsportal.lib import zones

PROBLEMS_SHOWN = 200
#: What stands against one row, at most.
MOST_AGAINST = 3


def preview_of(report: ImportReport, *, is_quiet: bool) -> dict[str, Any]:
    """Return a report as plain JSON values, in the active language; `is_quiet` if customers are to be told nothing."""
    now = timezone.now()
    return {
        "counts": [[str(what), count] for what, count in report.summary()],
        "fingerprint": report.fingerprint(),
        "changes_nothing": report.changes_nothing,
        "error_count": len(report.errors),
        "errors": _problems(report.errors),
        "warnings": _problems(report.warnings),
        "rows": [_row(outcome, report, now) for outcome in report.outcomes],
        "conflicts": _conflict_counts(report),
        "is_quiet": is_quiet,
        "totals": asdict(Totals.of([*report.plans.values()])),
    }


def _problems(problems: list[Problem]) -> list[dict[str, Any]]:
    shown = problems[:PROBLEMS_SHOWN]
    return [{"row": one.row, "column": one.column, "reason": one.reason} for one in shown]


def _conflict_counts(report: ImportReport) -> list[tuple[str, int]]:
    """Return each kind of conflict with the number of visits that have it, the most frequent first."""
    kinds = Counter(kind for some in report.conflicts.values() for kind in {conflict.kind for conflict in some})
    return [(str(kind.label), count) for kind, count in kinds.most_common()]


def _row(outcome: RowOutcome, report: ImportReport, now: dt.datetime) -> dict[str, Any]:
    plan = report.plans.get(outcome.external_id)
    # A place that is missing is missing in every row of that technician: the summary says it once.
    against = [one for one in report.conflicts.get(outcome.external_id, []) if one.kind != ConflictKind.PLACE]
    return {
        "row": outcome.row,
        "external_id": outcome.external_id,
        "said": describe(outcome),
        "is_quiet": outcome.is_quiet,
        "told": as_sentences(plan, now) if plan is not None else [],
        "against": [one.words for one in against[:MOST_AGAINST]],
    }


def describe(outcome: RowOutcome) -> list[str]:
    """Return what would happen to one row, in sentences; times in the site's zone."""
    said = []
    if outcome.is_new and outcome.times:
        said.append(_("New: %(when)s") % {"when": _when(outcome.times, outcome.zone)})
    if outcome.moved:
        before, after = (_when(times, outcome.zone) for times in outcome.moved)
        said.append(_("Moved from %(before)s to %(after)s") % {"before": before, "after": after})
    if outcome.assigned:
        before, after = outcome.assigned
        said.append(_("Given from %(before)s to %(after)s") % {"before": before, "after": after})
    if outcome.status:
        before, after = (str(BookingStatus(value).label) for value in outcome.status)
        said.append(_("From %(before)s to %(after)s") % {"before": before, "after": after})
    if outcome.details:
        said.append(_("Work order changed: %(what)s") % {"what": ", ".join(outcome.details)})
    return [*said, *outcome.notes] or [_("Unchanged")]


def _when(times: tuple[dt.datetime, dt.datetime], zone: str) -> str:
    return zones.when(*times, zone, get_language() or "en")
