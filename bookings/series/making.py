"""Makes the visits of the series: each is an ordinary booking of a work order of its own, once only."""

import datetime as dt
import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from bookings import staff_cards
from bookings.availability.conflicts import Proposal, conflicts, conflicts_of
from bookings.availability.free_times import Search, technicians
from bookings.availability.staff_times import staff_search, staff_times
from bookings.models import Booking, Change, Occurrence, Series, Via, WorkOrder
from fsportal.lib import zones
from fsportal.lib.public_holidays import is_workday

logger = logging.getLogger(__name__)

#: How far ahead visits are made: customers and technicians see the next two months.
HORIZON = dt.timedelta(days=60)
#: Numbers of work orders that repeat: R-000123.
PREFIX = "R"
#: Technicians who are asked after the one that the series prefers, the nearest first.
OTHERS = 20
#: Free times of one technician among which one on a working day is looked for: those of a fortnight of long holidays.
LOOKED_AT = 700
DAY = dt.timedelta(days=1)


def make_due(now: dt.datetime) -> int:
    """Make what lies within the horizon of every series that runs; returns how many. Harmless when repeated."""
    horizon = (now + HORIZON).date()
    due = Series.objects.filter(paused_at=None).filter(Q(made_until=None) | Q(made_until__lt=horizon))
    due = due.exclude(until__lt=now.date() - DAY).select_related("account", "incident_type", "resource", "contact")
    return sum(_made(series, now) for series in due.iterator(chunk_size=100))


def _made(series: Series, now: dt.datetime) -> int:
    """Make a series; one that fails must not stop those after it, and is tried again the next time."""
    try:
        return make(series, now)
    except Exception:
        logger.exception("The visits of series %s could not be made", series.pk)
        return 0


def make(series: Series, now: dt.datetime) -> int:
    """Make what lies within the horizon of one series. Days that have passed meanwhile are left out."""
    today, horizon = zones.local(now, series.zone_name).date(), (now + HORIZON).date()
    made = 0
    for day in series.days(after=max(series.made_until or today - DAY, today - DAY)):
        if day > horizon:
            break
        made += make_one(series, day, now)
    Series.objects.filter(pk=series.pk).update(made_until=horizon)
    return made


@transaction.atomic
def make_one(series: Series, day: dt.date, now: dt.datetime) -> bool:
    """Make one visit, or its work order alone if nobody can come.

    False if another worker has made it, or if its time has passed (a series that was paused goes on).
    """
    if series.season_days is None and series.start_on(working_day(series, day)) <= now:
        return False
    # Somebody may have paused or ended it since it was read. Whoever ends or changes it waits until this one is there.
    running = Series.objects.select_for_update(of=("self",), no_key=True).filter(pk=series.pk, paused_at=None)
    if running.exclude(until__lt=day).first() is None:
        return False
    occurrence, is_new = Occurrence.objects.get_or_create(series=series, day=day)
    if not is_new:
        return False
    order = occurrence.work_order = _work_order(series)
    booking = _booking(series, order, day, now)
    if booking is None:
        order.waits_since = now
        order.save(update_fields=["waits_since"])
        staff_cards.series_waits(series, order, day)
    else:
        occurrence.booking, occurrence.start, occurrence.resource = booking, booking.start, booking.resource
    occurrence.save()
    return True


def _work_order(series: Series) -> WorkOrder:
    place = ("street", "city", "postal_code", "country", "latitude", "longitude", "time_zone")
    return WorkOrder.objects.create(
        number=WorkOrder.next_number(PREFIX),
        account=series.account,
        incident_type=series.incident_type,
        work_order_type=series.incident_type.default_work_order_type,
        reported_by=series.contact,
        notes=series.notes,
        **{name: getattr(series, name) for name in place},
    )


def _booking(series: Series, order: WorkOrder, day: dt.date, now: dt.datetime) -> Booking | None:
    found = _in_season(series, order, day, now) if series.season_days is not None else _on_day(series, order, day)
    if found is None:
        return None
    change = Change(via=Via.SYSTEM, why=series.name, quiet=series.is_quiet)
    return Booking.schedule(work_order=order, resource=found.resource, start=found.start, end=found.end, change=change)


# --- Who comes, and when ----------------------------------------------------------------------------------------------
def _on_day(series: Series, order: WorkOrder, day: dt.date) -> Proposal | None:
    start = series.start_on(working_day(series, day))
    return first_free(proposals(series, order, start))


def proposals(series: Series, order: WorkOrder, start: dt.datetime) -> list[Proposal]:
    """Return who could come at this start: whom the series prefers, then the others who do this work, by distance."""
    able = [one for one in technicians(_search(series, start)) if one.pk != series.resource_id][:OTHERS]
    preferred = [series.resource] if series.resource else []
    return [Proposal(resource, order, start, start + series.length) for resource in [*preferred, *able]]


def first_free(wanted: Sequence[Proposal]) -> Proposal | None:
    """Return the first proposal that nothing stands against, its technician locked until the transaction ends."""
    for proposal, against in zip(wanted, conflicts_of(wanted), strict=True):
        # Asked again under the lock: a customer may be booking this technician.
        if not against and proposal.resource.lock() and not conflicts(proposal):
            return proposal
    return None


def _in_season(series: Series, order: WorkOrder, day: dt.date, now: dt.datetime) -> Proposal | None:
    """Return the first free time of the season: of the technician whom the series prefers, or else of another one."""
    assert series.season_days is not None
    first = max(zones.midnight(day, series.zone_name), now)
    ends = zones.midnight(day + series.season_days * DAY, series.zone_name)
    each = LOOKED_AT if series.skips_holidays else 1
    found = staff_times(_search(series, first, ends - first - series.length), most=OTHERS, each=each)
    able = [[time for time in one.times if is_on_workday(series, time.start)][:1] for one in found]
    times = [time for some in able for time in some]
    times.sort(key=lambda time: (time.resource.pk != series.resource_id, time.start))
    return first_free([Proposal(time.resource, order, time.start, time.end) for time in times])


def _search(series: Series, first: dt.datetime, ahead: dt.timedelta = DAY) -> Search:
    return staff_search(series.incident_type, series.site, series.zone_name, first, length=series.length, ahead=ahead)


def country_of(series: Series) -> str:
    return series.site.country.upper() or zones.country_of(series.zone_name)


def working_day(series: Series, day: dt.date) -> dt.date:
    """Return the day or, if the series skips holidays, the next one that is neither a weekend nor a public holiday."""
    while series.skips_holidays and not is_workday(day, country_of(series)):
        day += DAY
    return day


def is_on_workday(series: Series, start: dt.datetime) -> bool:
    day = zones.local(start, series.zone_name).date()
    return not series.skips_holidays or is_workday(day, country_of(series))
