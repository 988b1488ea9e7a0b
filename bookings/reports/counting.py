"""Counting what became of visits: by day, technician and service.

The numbers of days that are over are kept (VisitCount, CountedDay) and counted again when a verb changes one of their
visits; today is counted whenever it is shown. A day is counted in three statements.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from bookings.models import Booking, BookingChange, Feedback, VisitCount
from bookings.models.window import ToldTime
from bookings.reports.facts import CountedVisit, HistoryRow
from fsportal.lib.chunks import Budget
from fsportal.models import CountedDay, CountedSubject
from fsportal.settings_area.company_zone import midnight

#: Whose numbers they are: a technician, a service, or neither for all.
Of = tuple[UUID | None, UUID | None]
ALL: Of = (None, None)
DAY = dt.timedelta(days=1)


def count_days(first: dt.date, last: dt.date, now: dt.datetime) -> dict[dt.date, dict[Of, Counter[str]]]:
    """Return the numbers of the visits that were to begin on these days, by the clock of the current zone."""
    found: dict[dt.date, dict[Of, Counter[str]]] = {}
    today = timezone.localdate(now)
    for visit, before in _in_turn(_visits(midnight(first), midnight(last + DAY))):
        of_day = found.setdefault(timezone.localdate(visit.start), {})
        counts = visit.counts(before, today)
        for of in (ALL, (visit.resource, None), (None, visit.incident_type)):
            of_day.setdefault(of, Counter()).update(counts)
    return found


def _visits(begins: dt.datetime, ends: dt.datetime) -> list[CountedVisit]:
    rows: Any = (
        Booking.objects.filter(start__gte=begins, start__lt=ends)
        .annotate(service=F("work_order__incident_type"))
        .order_by("start", "pk")
        .only("resource", "start", "end", "window_start", "window_end", "status", "asked_at", "answer")
    )
    histories, ratings = _histories(begins, ends), _ratings(begins, ends)
    return [
        CountedVisit(
            resource=row.resource_id,
            incident_type=row.service,
            start=row.start,
            end=row.end,
            told=row.told_time,
            status=row.status,
            was_asked=row.asked_at is not None,
            answer=row.answer,
            ratings=ratings[row.pk],
            history=histories[row.pk],
        )
        for row in rows
    ]


def _histories(begins: dt.datetime, ends: dt.datetime) -> dict[UUID, list[HistoryRow]]:
    found: dict[UUID, list[HistoryRow]] = defaultdict(list)
    rows = BookingChange.objects.filter(booking__start__gte=begins, booking__start__lt=ends).order_by("revision")
    told = ("old_start", "old_window_start", "old_window_end")
    for booking, at, verb, via, new_status, *old in rows.values_list(
        "booking", "at", "verb", "via", "new_status", *told
    ):
        found[booking].append(HistoryRow(at, verb, via, new_status, _told(*old)))
    return found


def _told(start: dt.datetime | None, window_start: dt.datetime | None, until: dt.datetime | None) -> ToldTime | None:
    if window_start and until:
        return ToldTime(window_start, until)
    return ToldTime(start) if start else None


def _ratings(begins: dt.datetime, ends: dt.datetime) -> dict[UUID, list[int]]:
    found: dict[UUID, list[int]] = defaultdict(list)
    rows = Feedback.objects.filter(booking__start__gte=begins, booking__start__lt=ends).order_by("pk")
    for booking, rating in rows.values_list("booking", "rating"):
        found[booking].append(rating)
    return found


def _in_turn(visits: Iterable[CountedVisit]) -> Iterator[tuple[CountedVisit, CountedVisit | None]]:
    """Yield each visit with the technician's visit before it on that day."""
    last: dict[tuple[UUID, dt.date], CountedVisit] = {}
    for visit in visits:
        key = visit.resource, timezone.localdate(visit.start)
        yield visit, last.get(key)
        if visit.took_place:
            last[key] = visit


# --- Keeping ----------------------------------------------------------------------------------------------------------
def keep_day(day: dt.date, now: dt.datetime) -> None:
    """Keep the numbers of a day that is over, in place of those that were kept of it."""
    with CountedDay.counting(CountedSubject.VISITS, day, now):
        VisitCount.objects.filter(day=day).delete()
        VisitCount.objects.bulk_create(
            VisitCount(day=day, resource_id=resource, incident_type_id=service, **counts)
            for (resource, service), counts in count_days(day, day, now).get(day, {}).items()
        )


def keep_due(now: dt.datetime, budget: Budget) -> bool:
    """Keep the numbers of days that are due; return whether that was all."""
    return CountedDay.count_due(CountedSubject.VISITS, first(), now, budget, lambda day: keep_day(day, now))


def first() -> dt.datetime | None:
    return Booking.objects.order_by("start").values_list("start", flat=True).first()
