"""The worker makes the visits of a series: ordinary bookings, once only, or work that waits if nobody is free."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from bookings.models import Absence, Booking, BookingStatus, Change, Occurrence, Resource, Series, WorkOrder
from bookings.models.series import Unit
from bookings.series import changing, making
from bookings.series.changing import Terms
from bookings.series.making import HORIZON, make_due
from fsportal.lib import zones
from notifications.customers import delivery
from notifications.models import AppNotification, CustomerNotification
from tests.factories import (
    AccountFactory,
    BookingFactory,
    ContactFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
)

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
#: A Tuesday in March, a month before the clocks of London go forward.
NOW = dt.datetime(2027, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def omar() -> Resource:
    made: Resource = ResourceFactory(name="Omar")
    return made


def series(resource: Resource | None = None, **changes: Any) -> Series:
    """Return a series with a visit every second Thursday at 10:00 in London, the first one in two days."""
    account = AccountFactory()
    booking = BookingFactory(
        work_order=WorkOrderFactory(
            account=account, reported_by=ContactFactory(account=account), notes="The blue door"
        ),
        start=NOW + 2 * DAY + HOUR,
        **({"resource": resource} if resource else {}),
    )
    values = {"name": "Pool", "every": 2, "unit": Unit.WEEK, "first_day": dt.date(2027, 3, 4)} | changes
    new = Series(start_time=dt.time(10), resource=booking.resource, **values)
    return changing.repeat(booking, new, by=None)


def starts(one: Series) -> list[str]:
    visits = Booking.objects.filter(occurrence__series=one, status=BookingStatus.SCHEDULED).order_by("start")
    return [f"{zones.local(visit.start, visit.zone_name):%d.%m. %H:%M}" for visit in visits]


def test_visits_are_made_two_months_ahead_and_once_only(omar: Resource) -> None:
    one = series(omar)
    assert make_due(NOW) == 4
    # At ten by the clock of London, before and after it went forward.
    assert starts(one) == ["04.03. 10:00", "18.03. 10:00", "01.04. 10:00", "15.04. 10:00", "29.04. 10:00"]
    assert make_due(NOW) == 0
    Series.objects.update(made_until=None)
    assert make_due(NOW) == 0
    order = WorkOrder.objects.exclude(pk=Booking.objects.earliest("start").work_order_id).earliest("number")
    assert (order.number, order.notes) == ("R-000001", "The blue door")
    delivery.drain()
    assert CustomerNotification.objects.filter(event="booked", channel="sms", told_at__isnull=False).count() == 4
    assert make_due(NOW + 14 * DAY) == 1


def test_another_technician_comes_if_the_preferred_one_cannot(omar: Resource) -> None:
    one, mia = series(omar), ResourceFactory(name="Mia")
    Absence.objects.create(resource=omar, start=NOW + 10 * DAY, end=NOW + 20 * DAY)
    make_due(NOW)
    visits = Booking.objects.filter(occurrence__series=one).order_by("start").select_related("resource")
    assert [visit.resource for visit in visits] == [omar, mia, omar, omar, omar]


def test_work_waits_in_the_tray_and_a_card_says_so_if_nobody_is_free(omar: Resource) -> None:
    UserFactory(groups=["dispatcher"])
    one = series(omar)
    Absence.objects.create(resource=omar, start=NOW + 10 * DAY, end=NOW + 20 * DAY)
    assert make_due(NOW) == 4
    waits = Occurrence.objects.get(series=one, day=dt.date(2027, 3, 18))
    assert waits.booking is None
    assert waits.work_order is not None
    assert waits.work_order.waits_since == NOW
    assert [card.title for card in AppNotification.objects.all()] == ["Nobody is free: Pool, Thu 18 Mar"]


def test_a_season_takes_its_first_free_working_day(omar: Resource) -> None:
    # Friday 26 March 2027 is Good Friday.
    Absence.objects.create(resource=omar, start=NOW, end=NOW + 24 * DAY)
    one = series(omar, unit=Unit.YEAR, every=1, first_day=dt.date(2027, 3, 20), season_days=30, skips_holidays=True)
    Series.objects.update(made_until=None)
    Occurrence.objects.all().delete()
    make_due(NOW)
    (day,) = {start[:6] for start in starts(one)}
    assert day == "29.03."


def test_a_holiday_moves_a_visit_to_the_next_working_day(omar: Resource) -> None:
    one = series(omar, first_day=dt.date(2027, 3, 5), unit=Unit.WEEK, every=3, skips_holidays=True)
    make_due(NOW)
    # Not on Good Friday, nor on the weekend after it.
    assert starts(one) == ["04.03. 10:00", "29.03. 10:00", "16.04. 10:00"]


def test_a_paused_series_makes_nothing_and_does_not_catch_up(omar: Resource, clock: time_machine.Coordinates) -> None:
    one = series(omar)
    changing.pause(one)
    assert make_due(NOW) == 0
    later = NOW + 60 * DAY
    clock.move_to(later)
    one.refresh_from_db()
    changing.resume(one)
    days = Occurrence.objects.filter(series=one, day__gt=dt.date(2027, 3, 4)).values_list("day", flat=True)
    assert min(days) == dt.date(2027, 5, 13)
    assert max(days) <= (later + HORIZON).date()


def test_this_and_the_following_move_and_one_that_was_moved_by_itself_stays(omar: Resource) -> None:
    one, mia = series(omar), ResourceFactory(name="Mia")
    make_due(NOW)
    moved = Booking.objects.get(start=NOW + 30 * DAY)
    assert moved.reschedule(moved.start + 3 * HOUR)
    terms = Terms(dt.date(2027, 3, 19), dt.time(8, 30), 90, mia, dt.date(2027, 5, 7))
    found = changing.change_from(one, dt.date(2027, 3, 18), terms, Change())
    assert starts(one) == ["04.03. 10:00"]
    assert starts(found.after) == ["19.03. 08:30", "01.04. 13:00", "16.04. 08:30", "30.04. 08:30"]
    resources = Booking.objects.filter(occurrence__series=found.after).order_by("start")
    assert [visit.resource for visit in resources.select_related("resource")] == [mia, omar, mia, mia]
    make_due(NOW + 30 * DAY)
    days = list(Occurrence.objects.filter(series=found.after).values_list("day", flat=True))
    assert days == [dt.date(2027, 3, 19), dt.date(2027, 4, 2), dt.date(2027, 4, 16), dt.date(2027, 4, 30)]


def test_what_nobody_can_do_at_the_new_time_stays_where_it_is(omar: Resource) -> None:
    one = series(omar)
    make_due(NOW)
    BookingFactory(resource=omar, start=NOW + 16 * DAY + 5 * HOUR)
    terms = Terms(dt.date(2027, 3, 18), dt.time(14), 60, omar, None)
    found = changing.change_from(one, dt.date(2027, 3, 18), terms, Change())
    assert [step.day for step in found.left] == [dt.date(2027, 3, 18)]
    assert "Omar has another visit at this time" in found.left[0].against
    assert starts(found.after) == ["18.03. 10:00", "01.04. 14:00", "15.04. 14:00", "29.04. 14:00"]


def test_it_ends_here_and_what_follows_is_canceled(omar: Resource) -> None:
    one = series(omar)
    make_due(NOW)
    assert changing.end_before(one, dt.date(2027, 4, 1), Change()) == 3
    assert starts(one) == ["04.03. 10:00", "18.03. 10:00"]
    assert make_due(NOW + 90 * DAY) == 0


def test_a_visit_of_today_whose_time_has_passed_is_not_made(omar: Resource, clock: time_machine.Coordinates) -> None:
    one = series(omar)
    changing.pause(one)
    clock.move_to(dt.datetime(2027, 5, 13, 15, tzinfo=dt.UTC))
    one.refresh_from_db()
    changing.resume(one)
    assert starts(one)[:2] == ["04.03. 10:00", "27.05. 10:00"]


def test_changed_in_february_the_last_day_of_the_month_stays_the_last_one(
    omar: Resource, clock: time_machine.Coordinates
) -> None:
    clock.move_to(now := dt.datetime(2027, 1, 5, 9, tzinfo=dt.UTC))
    booking = BookingFactory(resource=omar, start=dt.datetime(2027, 1, 31, 10, tzinfo=dt.UTC))
    new = Series(name="Pool", unit=Unit.MONTH, first_day=dt.date(2027, 1, 31), start_time=dt.time(10), resource=omar)
    one = changing.repeat(booking, new, by=None)
    make_due(now)
    make_due(now + 53 * DAY)
    assert starts(one) == ["31.01. 10:00", "28.02. 10:00", "31.03. 10:00"]
    terms = Terms(dt.date(2027, 2, 28), dt.time(12), 60, omar, None)
    after = changing.change_from(one, dt.date(2027, 2, 28), terms, Change()).after
    assert starts(after) == ["28.02. 12:00", "31.03. 12:00"]
    make_due(now + 100 * DAY)
    assert starts(after)[2:] == ["30.04. 12:00", "31.05. 12:00"]
    other = Terms(dt.date(2027, 3, 30), dt.time(12), 60, omar, None)
    last = changing.change_from(after, dt.date(2027, 3, 31), other, Change()).after
    assert starts(last) == ["30.03. 12:00", "30.04. 12:00", "30.05. 12:00"]


def test_a_visit_that_was_deleted_does_not_pull_the_following_ones_forward(omar: Resource) -> None:
    one = series(omar)
    make_due(NOW)
    Booking.objects.filter(occurrence__day=dt.date(2027, 4, 1)).delete()
    Occurrence.objects.filter(day=dt.date(2027, 4, 1)).delete()
    terms = Terms(dt.date(2027, 3, 18), dt.time(12), 60, omar, None)
    after = changing.change_from(one, dt.date(2027, 3, 18), terms, Change()).after
    assert starts(after) == ["18.03. 12:00", "15.04. 12:00", "29.04. 12:00"]


def test_a_first_visit_on_another_weekday_than_the_others_is_changed_with_them(omar: Resource) -> None:
    one = series(omar, weekdays="0")
    make_due(NOW)
    assert starts(one)[:3] == ["04.03. 10:00", "15.03. 10:00", "29.03. 10:00"]
    terms = Terms(dt.date(2027, 3, 4), dt.time(12), 60, omar, None)
    after = changing.change_from(one, dt.date(2027, 3, 4), terms, Change()).after
    assert starts(after)[:3] == ["04.03. 12:00", "15.03. 12:00", "29.03. 12:00"]


def test_a_series_that_cannot_be_made_stops_no_other(omar: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, _well = series(omar), series()
    make = making.make

    def sometimes(one: Series, now: dt.datetime) -> int:
        if one.pk == broken.pk:
            raise RuntimeError("a fault")
        return make(one, now)

    monkeypatch.setattr(making, "make", sometimes)
    assert make_due(NOW) == 4
    monkeypatch.undo()
    assert make_due(NOW) == 4
