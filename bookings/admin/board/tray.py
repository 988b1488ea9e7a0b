"""The tray: work that waits for somebody to plan a visit, the oldest first."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.models import WorkOrder
from fsportal.lib import durations
from fsportal.lib.keys_first import keys_first
from fsportal.lib.text import one_line
from fsportal.settings_area.parts import change_url, span_words

#: The tray says how many more there are.
MOST_WAITING = 50


@dataclass(frozen=True)
class WaitingWork:
    """A work order without a time."""

    work_order: WorkOrder
    now: dt.datetime

    @property
    def customer(self) -> str:
        return one_line(self.work_order.account.name, 60)

    @property
    def service(self) -> str:
        return one_line(self.work_order.incident_type.name, 60)

    @property
    def town(self) -> str:
        return str(self.work_order.site.city)

    @property
    def minutes(self) -> int:
        return self.work_order.incident_type.duration_minutes

    @property
    def length(self) -> str:
        return durations.length(dt.timedelta(minutes=self.minutes))

    @property
    def since(self) -> str:
        waited = self.now - (self.work_order.waits_since or self.now)
        return _("waiting for %(span)s") % {"span": span_words(waited.total_seconds())}

    @property
    def request(self) -> str:
        return one_line(self.work_order.request, 200)

    @property
    def sentence(self) -> str:
        parts = [self.customer, self.service, self.town, self.length, self.since]
        said = ", ".join(part for part in parts if part) + "."
        return f"{said} {self.request}".strip()

    @property
    def url(self) -> str:
        return change_url(self.work_order)

    @property
    def move_url(self) -> str:
        return f"{reverse('admin:board-move')}?work_order={self.work_order.pk}"


@dataclass(frozen=True)
class Tray:
    waiting: Sequence[WaitingWork]
    #: All that is waiting, shown or not.
    number: int

    @property
    def more(self) -> int:
        return self.number - len(self.waiting)


def tray(search: str, now: dt.datetime) -> Tray:
    """Return the first work orders that wait; with `search`, those in which each word is found."""
    found = _found(search)
    related = ("account", "incident_type", "reported_by")
    # Where nothing waits, SQLite knows nothing of the index of what waits, and joined all work orders instead.
    rows = keys_first(found.select_related(*related).order_by("waits_since", "pk")[: MOST_WAITING + 1])
    number = found.count() if len(rows) > MOST_WAITING else len(rows)
    return Tray([WaitingWork(row, now) for row in rows[:MOST_WAITING]], number)


def _found(search: str) -> QuerySet[WorkOrder]:
    found = WorkOrder.objects.filter(waits_since__isnull=False)
    for word in search.split():
        names = ("number", "account__name", "account__city", "city", "incident_type__name", "reported_by__name")
        is_found = Q(request__icontains=word)
        for name in names:
            is_found |= Q(**{f"{name}__icontains": word})
        found = found.filter(is_found)
    return found
