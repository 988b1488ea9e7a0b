"""The table of a report: a row for each group, all together, and the period before; on the page and in files."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_percent
from django.utils import formats, translation
from django.utils.translation import gettext as _

from bookings.admin.reports.query import ReportQuery
from bookings.reports.figures import OF_COLUMN, Figures, names_of
from bookings.reports.subjects import NUMBER, SHARE, Measure
from fsportal.lib import zones
from fsportal.models.consent import Channel
from fsportal.settings_area.charts import Band, Chart, Column, Drawn, day_names, row_bar


@dataclass(frozen=True)
class ReportRow:
    """The numbers of one group. `before` is the main one in the period before."""

    name: str
    short: str
    counts: Mapping[str, int]
    before: Mapping[str, int] | None = None
    bar: list[Drawn] | None = None


@dataclass(frozen=True)
class ReportTable:
    query: ReportQuery
    rows: list[ReportRow]
    total: ReportRow

    @property
    def heads(self) -> list[str]:
        report = self.query.report
        heads = [self.query.by_label, str(report.main.label), *(str(one.label) for one in report.measures)]
        # Of weeks, the period before has others.
        return [*heads, _("%(measure)s before") % {"measure": report.main.label}] if self.query.column else heads

    def values(self, row: ReportRow) -> list[tuple[Measure, float | None]]:
        report = self.query.report
        found = [(one, one.value(row.counts)) for one in (report.main, *report.measures)]
        return [*found, (report.main, report.main.value(row.before or {}))] if self.query.column else found

    @property
    def lines(self) -> list[tuple[ReportRow, list[str]]]:
        """Return the rows with their numbers in words."""
        return [(row, [words(*one) for one in self.values(row)]) for row in self.rows]

    @property
    def total_line(self) -> list[str]:
        return [words(*one) for one in self.values(self.total)]


def table_of(query: ReportQuery, figures: Figures) -> ReportTable:
    total = ReportRow(_("All"), "", figures.total, figures.before)
    if not query.column:
        rows = [ReportRow(_week(day), day_names(day)[1], counts) for day, counts in sorted(figures.groups.items())]
        return ReportTable(query, rows, total)
    keys = figures.groups.keys() | figures.groups_before.keys()
    names = _names(query.column, keys)
    bands = _bands(query)
    stacks = {key: _stack(query, figures.groups.get(key, Counter())) for key in keys}
    most = max((sum(stack) for stack in stacks.values()), default=0)
    found = [
        ReportRow(
            names[key],
            "",
            figures.groups.get(key, Counter()),
            figures.groups_before.get(key, Counter()),
            row_bar(bands, stacks[key], most),
        )
        for key in keys
    ]
    return ReportTable(query, sorted(found, key=lambda row: row.name.casefold()), total)


def chart_of(query: ReportQuery, table: ReportTable, note: str) -> Chart:
    columns = [Column(row.name, row.short, _stack(query, row.counts)) for row in table.rows]
    empty = _("There is nothing to show for these days.")
    return Chart("report", str(query.report.label), note, query.by_label, empty, _bands(query), columns)


def _bands(query: ReportQuery) -> list[Band]:
    return [Band(slug, str(measure.label)) for slug, measure in query.report.bands]


def _stack(query: ReportQuery, counts: Mapping[str, int]) -> list[int]:
    return [max(0, int(measure.value(counts) or 0)) for _slug, measure in query.report.bands]


def _week(monday: Any) -> str:
    return _("Week of %(day)s") % {"day": formats.date_format(monday, "j M Y")}


def _names(column: str, keys: Any) -> dict[Any, str]:
    if column in OF_COLUMN:
        known = names_of(column, keys)
        return {key: known.get(key, "–") for key in keys}
    if column == "channel":
        return {key: str(dict(Channel.choices).get(key, key)) for key in keys}
    return {key: key or _("nobody was asked to carry it") for key in keys}


def words(measure: Measure, value: float | None) -> str:
    if value is None:
        return "–"
    if measure.kind == SHARE:
        locale = zones.babel_locale(translation.get_language() or "en")
        return format_percent(round(value, 3), locale=locale, decimal_quantization=False)
    return number_words(value, 0 if measure.kind == NUMBER else 1)


def number_words(value: float, digits: int = 0) -> str:
    return formats.number_format(value, digits, force_grouping=True)
