"""Bar charts of the last 14 days of messages, drawn on the server as SVG, with their numbers as a table."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db.models import Case, Count, IntegerField, Sum, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import CountedDay, CountedSubject
from fsportal.models.consent import Channel
from fsportal.settings_area.charts import Band, Chart, Column, day_names
from fsportal.settings_area.company_zone import first_day, midnight
from notifications.models import CustomerNotification, MessageCount, State

DAYS = 14

#: Ten colours could not be told apart, so the states are in five bands, bottom first.
BANDS: list[tuple[str, Any, tuple[str, ...]]] = [
    ("good", gettext_lazy("Sent or delivered"), (State.SENT, State.DELIVERED)),
    ("quiet", gettext_lazy("Simulated"), (State.SIMULATED,)),
    ("none", gettext_lazy("Not sent"), (State.SUPPRESSED, State.SUPERSEDED, State.EXPIRED)),
    ("waiting", gettext_lazy("Waiting"), (State.QUEUED, State.SENDING)),
    ("failed", gettext_lazy("Failed or perhaps sent"), (State.FAILED, State.UNKNOWN)),
]
#: The band of each state.
BAND_OF = {str(state): slug for slug, _label, states in BANDS for state in states}


def last_days(now: dt.datetime) -> list[Chart]:
    """Return the charts by state and by channel; days are those of the company's zone.

    Days whose numbers are kept are not counted again: those may be an hour old.
    """
    first = first_day(DAYS, now)
    days = [first + dt.timedelta(days=offset) for offset in range(DAYS)]
    fresh = CountedDay.fresh(CountedSubject.MESSAGES, first, days[-2])
    live = days[next(at for at, day in enumerate(days) if day not in fresh) :]
    kept = _kept(first, live[0]) if live[0] > first else []
    counted = [*kept, *_counted(live)]
    by_state = [Band(slug, str(label)) for slug, label, _states in BANDS]
    by_channel = [Band(f"channel-{value}", str(label)) for value, label in Channel.choices]
    return [
        _chart("state", _("Messages by state"), by_state, days, counted, lambda row: BAND_OF[row[1]]),
        _chart("channel", _("Messages by channel"), by_channel, days, counted, lambda row: f"channel-{row[2]}"),
    ]


def _kept(first: dt.date, end: dt.date) -> Any:
    rows = MessageCount.objects.filter(day__gte=first, day__lt=end).order_by()
    return rows.values_list("day", "state", "channel").annotate(sum=Sum("number"))


def _counted(days: list[dt.date]) -> list[Any]:
    """Count the messages of days that end today, in one query."""
    begins = [midnight(day) for day in days]
    rows = (
        CustomerNotification.objects.filter(created_at__gte=begins[0], state__in=State.values)  # for its index
        .order_by()
        .annotate(day=_day(begins, 0))
        .values_list("day", "state", "channel")
        .annotate(number=Count("*"))
    )
    return [(days[day], *others) for day, *others in rows]


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
    slug: str, title: str, bands: list[Band], days: list[dt.date], counted: list[Any], band: Callable[[Any], str]
) -> Chart:
    numbers: Counter[tuple[dt.date, str]] = Counter()
    for row in counted:
        numbers[row[0], band(row)] += row[3]
    columns = [Column(*day_names(day), [numbers[day, one.slug] for one in bands]) for day in days]
    empty = _("No messages in the last 14 days.")
    return Chart(slug, title, _("last 14 days"), _("Day"), empty, bands, columns)
