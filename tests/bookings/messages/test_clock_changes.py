"""Both clock changes, in London, New York and on Lord Howe (where it is half an hour): right local time, once."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from bookings.messages import reminders
from fsportal.models import ScheduledRun
from notifications.customers import delivery
from notifications.models import CustomerNotification, State
from tests.factories import AccountFactory, BookingFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)

# Zone, city, and the UTC moment at which the clock changes (IANA tz database, 2026).
CHANGES = [
    ("Europe/London", "London", dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.UTC)),
    ("Europe/London", "London", dt.datetime(2026, 10, 25, 1, 0, tzinfo=dt.UTC)),
    ("America/New_York", "New York", dt.datetime(2026, 3, 8, 7, 0, tzinfo=dt.UTC)),
    ("America/New_York", "New York", dt.datetime(2026, 11, 1, 6, 0, tzinfo=dt.UTC)),
    ("Australia/Lord_Howe", "Lord Howe Island", dt.datetime(2026, 4, 4, 15, 0, tzinfo=dt.UTC)),
    ("Australia/Lord_Howe", "Lord Howe Island", dt.datetime(2026, 10, 3, 15, 30, tzinfo=dt.UTC)),
]


@pytest.mark.parametrize(("zone", "city", "change"), CHANGES)
@pytest.mark.parametrize("hours_after", [-3, 3, 26])
def test_the_reminder_shows_the_wall_clock_of_the_day(
    zone: str, city: str, change: dt.datetime, hours_after: int
) -> None:
    start = change + hours_after * HOUR
    assert (change - 2 * HOUR).astimezone(ZoneInfo(zone)).utcoffset() != change.astimezone(ZoneInfo(zone)).utcoffset()
    order = WorkOrderFactory(account=AccountFactory(time_zone=zone))
    BookingFactory(work_order=order, start=start, end=start + HOUR)
    # The lead time itself runs across the change.
    with time_machine.travel(start - dt.timedelta(days=6, hours=20), tick=False):
        for _day in range(3):
            reminders.sweep()
            delivery.drain()
    rows = CustomerNotification.objects.filter(channel="email", state=State.SIMULATED)
    wall = start.astimezone(ZoneInfo(zone))
    assert len(rows) == 1
    assert f"{wall:%a} {wall.day} {wall:%b}, {wall:%H:%M} to " in rows[0].words
    assert f"({city} time" in rows[0].words


@pytest.mark.parametrize(("zone", "change"), [(zone, change) for zone, _city, change in CHANGES[::2]])
def test_a_daily_slot_in_utc_is_neither_skipped_nor_doubled_by_a_change_of_clocks(
    zone: str, change: dt.datetime
) -> None:
    order = WorkOrderFactory(account=AccountFactory(time_zone=zone))
    BookingFactory(work_order=order, start=change + 48 * HOUR, end=change + 49 * HOUR)
    slots = [change.replace(hour=10, minute=0) + day * 24 * HOUR for day in (-1, 0, 1)]
    # Every half hour around the change and around the slot, in between now and then.
    around = {round((slot - change) / HOUR) for slot in (change, *slots) if abs(slot - change) <= 24 * HOUR}
    looks = {half for hour in around for half in range(2 * hour - 3, 2 * hour + 4)} | set(range(-48, 48, 12))
    for half in sorted(half for half in looks if -48 <= half < 48):
        reminders.look(change + half * HOUR / 2)
    # The first call catches up with the slot before it; then one a day.
    assert ScheduledRun.objects.count() == 3
    assert CustomerNotification.objects.filter(channel="email").count() == 1


def test_a_visit_in_the_hour_that_comes_twice_says_which_of_the_two() -> None:
    first = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    order = WorkOrderFactory(account=AccountFactory(time_zone="Europe/London"))
    for start in (first, first + HOUR):
        BookingFactory(work_order=order, start=start, end=start + dt.timedelta(minutes=10))
    with time_machine.travel(first - 14 * HOUR, tick=False):
        reminders.sweep()
        delivery.drain()
    words = " ".join(CustomerNotification.objects.filter(channel="sms").values_list("words", flat=True))
    assert words.count("01:30") == 2
    assert "UTC+1" in words
    assert "UTC+0" in words
