"""Bar charts of the last 14 days of messages, drawn on the server as SVG, with their numbers as a table."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, Count, IntegerField, Value, When
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models.consent import Channel
from fsportal.settings_area.company_zone import first_day, midnight
from notifications.models import CustomerNotification, State

DAYS = 14
#: Geometry in units of the view box; the picture scales to its place.
WIDTH, PLOT, FOOT, STEP, BAR = 700, 150, 24, 50, 30

#: Ten colours could not be told apart, so the states are in five bands, bottom first.
BANDS: list[tuple[str, Any, tuple[str, ...]]] = [
    ("good", gettext_lazy("Sent or delivered"), (State.SENT, State.DELIVERED)),
    ("quiet", gettext_lazy("Simulated"), (State.SIMULATED,)),
    ("none", gettext_lazy("Not sent"), (State.SUPPRESSED, State.SUPERSEDED, State.EXPIRED)),
    ("waiting", gettext_lazy("Waiting"), (State.QUEUED, State.SENDING)),
    ("failed", gettext_lazy("Failed or perhaps sent"), (State.FAILED, State.UNKNOWN)),
]


@dataclass(frozen=True)
class Rect:
    x: int
    y: float
    height: float
    band: str
    says: str


@dataclass(frozen=True)
class Chart:
    """What the template draws: bars, day labels, the legend, and the same numbers as table rows."""

    slug: str
    title: str
    legend: list[tuple[str, str]]
    total: int
    rects: list[Rect] = field(default_factory=list)
    labels: list[tuple[int, str]] = field(default_factory=list)
    rows: list[tuple[str, list[int]]] = field(default_factory=list)
    top: int = 0


def last_days(now: dt.datetime) -> list[Chart]:
    """Return the charts by state and by channel, from one query; days are those of the company's zone."""
    first = first_day(DAYS, now)
    days = [first + dt.timedelta(days=offset) for offset in range(DAYS)]
    begins = [midnight(day) for day in days]
    rows = (
        CustomerNotification.objects.filter(created_at__gte=begins[0], state__in=State.values)  # for its index
        .order_by()
        .annotate(day=_day(begins, 0))
        .values_list("day", "state", "channel")
        .annotate(number=Count("*"))
    )
    counted = [(days[day], *others) for day, *others in rows]
    band_of = {state: slug for slug, _label, states in BANDS for state in states}
    by_state = [(slug, str(label)) for slug, label, _states in BANDS]
    by_channel = [(f"channel-{value}", str(label)) for value, label in Channel.choices]
    return [
        _chart("state", _("Messages by state"), by_state, first, counted, lambda row: band_of[row[1]]),
        _chart("channel", _("Messages by channel"), by_channel, first, counted, lambda row: f"channel-{row[2]}"),
    ]


def _day(begins: list[dt.datetime], at: int) -> Any:
    """Return which of the days that begin at these moments a message is of, counted from `at`.

    Halved again and again, so that a row is compared four times; to truncate it in a zone takes both databases longer,
    and SQLite calls back into Python for it.
    """
    if len(begins) == 1:
        return Value(at)
    middle = len(begins) // 2
    earlier = When(created_at__lt=begins[middle], then=_day(begins[:middle], at))
    return Case(earlier, default=_day(begins[middle:], at + middle), output_field=IntegerField())


def _chart(
    slug: str,
    title: str,
    legend: list[tuple[str, str]],
    first: dt.date,
    counted: list[Any],
    band: Callable[[Any], str],
) -> Chart:
    numbers: Counter[tuple[dt.date, str]] = Counter()
    for row in counted:
        numbers[row[0], band(row)] += row[3]
    days = [first + dt.timedelta(days=offset) for offset in range(DAYS)]
    top = max((sum(numbers[day, name] for name, _label in legend) for day in days), default=0)
    chart = Chart(slug, title, legend, numbers.total(), top=top)
    for at, day in enumerate(days):
        _add_day(chart, at, day, [numbers[day, name] for name, _label in legend])
    return chart


def _add_day(chart: Chart, at: int, day: dt.date, values: list[int]) -> None:
    name, y = formats.date_format(day, "D j M"), float(PLOT)
    chart.labels.append((at * STEP + STEP // 2, formats.date_format(day, "j M")))
    chart.rows.append((name, values))
    for (band, label), value in zip(chart.legend, values, strict=True):
        if value:
            height = round((PLOT - 10) * value / chart.top, 1)
            y -= height
            chart.rects.append(
                Rect(at * STEP + (STEP - BAR) // 2, round(y, 1), height, band, f"{name}: {label} {value}")
            )
