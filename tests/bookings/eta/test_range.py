"""The range is honest: it holds what is expected, is rounded as people speak, and never begins in the past."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from bookings.eta.base import ON_FOOT, Drive, Slack, Trip, arrival_of

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
SLACK = Slack(0.1, 2 * MINUTE)


def span(departs_at: dt.datetime, seconds: float, slack: Slack = SLACK) -> tuple[dt.datetime, dt.datetime]:
    trip = Trip((47, 9), (47.1, 9), departs_at, "UTC")
    arrival = arrival_of(Drive(seconds, 10_000, (), "test", departs_at), trip, slack)
    return arrival.earliest, arrival.latest


def test_it_is_rounded_outwards_to_five_minutes() -> None:
    # 12:01 + 30 min + 3 on foot = 12:34, 3 minutes either way
    assert span(NOON + MINUTE, 1800) == (NOON + 30 * MINUTE, NOON + 40 * MINUTE)
    # 12:02 + 30 + 3 = 12:35, from 12:32 to 12:38
    assert span(NOON + 2 * MINUTE, 1800) == (NOON + 30 * MINUTE, NOON + 40 * MINUTE)


def test_a_long_drive_has_a_wider_range() -> None:
    # 12:00 + 120 + 3 = 14:03, 12 minutes either way
    assert span(NOON, 7200) == (NOON + 110 * MINUTE, NOON + 135 * MINUTE)


def test_just_before_the_end_it_begins_now() -> None:
    assert span(NOON + 1.5 * MINUTE, 0) == (NOON + 1.5 * MINUTE, NOON + 10 * MINUTE)


drives = st.floats(0, 48 * 3600)
slacks = st.builds(Slack, st.floats(0, 1), st.timedeltas(dt.timedelta(0), dt.timedelta(hours=1)))


@given(st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2040, 1, 1), timezones=st.just(dt.UTC)), drives, slacks)
def test_it_holds_what_is_expected_and_never_begins_in_the_past(
    departs_at: dt.datetime, seconds: float, slack: Slack
) -> None:
    earliest, latest = span(departs_at, seconds, slack)
    expected = departs_at + dt.timedelta(seconds=seconds) + ON_FOOT
    assert departs_at <= earliest <= expected <= latest
    assert latest.minute % 5 == latest.second == 0
