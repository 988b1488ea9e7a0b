"""*Reports*: one subject at a time, for a period and compared with the one before."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.admin.reports.files import FILES
from bookings.admin.reports.query import OWN, WEEKS, ReportQuery, reports_of
from bookings.admin.reports.table import chart_of, number_words, table_of, words
from bookings.models import Booking
from bookings.reports import figures
from bookings.reports.message_figures import messages
from bookings.reports.subjects import MESSAGES, NUMBER, SHARE, Measure
from fsportal.models import AuditEntry
from notifications.models import CustomerNotification

MAY_SEE = "bookings.view_booking"
MAY_SEE_MESSAGES = "notifications.view_customernotification"
#: Figures at the top besides the main one.
HEADLINES = 4


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    if not request.user.has_perm(MAY_SEE):
        raise PermissionDenied
    now = timezone.now()
    reports = reports_of(sees_messages=request.user.has_perm(MAY_SEE_MESSAGES))
    query = ReportQuery.of(request.GET, reports, timezone.localdate(now))
    if query.report is MESSAGES:
        found = messages(query.period, query.column, now)
    else:
        found = figures.visits(query.period, query.column, query.report.numbers, now)
    table = table_of(query, found)
    if make := FILES.get(request.POST.get("file", "")):
        _note_file(request, query, len(table.rows))
        return make(table, f"{query.report.slug}-{query.period.first}-{query.period.last}")
    return TemplateResponse(
        request, "admin/reports.html", context | _shown(query, found, reports) | {"table": table} | _chart(query, table)
    )


def _note_file(request: HttpRequest, query: ReportQuery, number: int) -> None:
    """Note who took the file, as of an export of a list; a page that is looked at notes nothing."""
    model = CustomerNotification if query.report is MESSAGES else Booking
    rows = ngettext("%(number)d row", "%(number)d rows", number) % {"number": number}
    days = f"{query.period.first} – {query.period.last}"
    why = f"{request.POST['file'].upper()}, {query.report.slug}, {days}, {rows}"
    AuditEntry.note_of_list(model, "report exported", by=request.user, why=why)


def _chart(query: ReportQuery, table: Any) -> dict[str, Any]:
    return {"chart": chart_of(query, table, _days(query.period)), "by_week": not query.column}


def _shown(query: ReportQuery, found: figures.Figures, reports: list[Any]) -> dict[str, Any]:
    report = query.report
    return {
        "title": _("Reports"),
        "query": query,
        "tabs": [(one.label, query.but(report=one.slug, by="week"), one is report) for one in reports],
        "spans": [(str(number), _weeks(number), query.span == str(number)) for number in WEEKS],
        "is_own": query.span == OWN,
        "days": _days(query.period),
        "days_before": _days(query.period.before),
        "headlines": [_headline(one, found) for one in (report.main, *report.measures[:HEADLINES])],
        "has_any": any(found.total.values()),
        "pending": found.pending,
        "files": [(kind, kind.upper()) for kind in FILES],
        "address": query.but(),
    }


def _headline(measure: Measure, found: figures.Figures) -> dict[str, str]:
    value, before = measure.value(found.total), measure.value(found.before)
    return {
        "label": str(measure.label),
        "value": words(measure, value),
        "before": words(measure, before),
        "change": "" if value is None or before is None else _change(measure, value - before),
    }


def _change(measure: Measure, by: float) -> str:
    sign = "+" if by > 0 else "\N{MINUS SIGN}" if by < 0 else "±"
    number = number_words(abs(100 * by if measure.kind == SHARE else by), 0 if measure.kind == NUMBER else 1)
    if measure.kind == SHARE:
        # Translators: the change of a share, in percentage points: "+3.1 points".
        return _("%(sign)s%(number)s points") % {"sign": sign, "number": number}
    return f"{sign}{number}"


def _weeks(number: int) -> str:
    return ngettext("%(count)d week", "%(count)d weeks", number) % {"count": number}


def _days(period: figures.Period) -> str:
    first, last = (formats.date_format(day, "D j M Y") for day in (period.first, period.last))
    return first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
