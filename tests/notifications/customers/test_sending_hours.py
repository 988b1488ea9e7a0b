"""The hours in which messages go out at a place."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from fsportal.models.message_hours import Hours
from notifications.customers.sending_hours import BEFORE_A_PAUSE, SendingHours

EIGHT_TO_EIGHT = Hours(dt.time(8), dt.time(20), at_weekends=True, on_holidays=True)
WEEKDAYS = Hours(dt.time(8), dt.time(20), at_weekends=False, on_holidays=False)
ALWAYS = Hours(None, None, at_weekends=True, on_holidays=True)


def at(zone: str, year: int, month: int, day: int, hour: int, minute: int) -> dt.datetime:
    return dt.datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


@pytest.mark.parametrize(
    ("hours", "zone", "country", "wall", "opens"),
    [
        (EIGHT_TO_EIGHT, "Asia/Dubai", "", (2026, 11, 30, 2, 55), (2026, 11, 30, 8, 0)),
        (EIGHT_TO_EIGHT, "Asia/Dubai", "", (2026, 11, 30, 8, 0), (2026, 11, 30, 8, 0)),
        (EIGHT_TO_EIGHT, "Asia/Dubai", "", (2026, 11, 30, 19, 59), (2026, 11, 30, 19, 59)),
        (EIGHT_TO_EIGHT, "Asia/Dubai", "", (2026, 11, 30, 20, 0), (2026, 12, 1, 8, 0)),
        (EIGHT_TO_EIGHT, "Pacific/Kiritimati", "", (2026, 12, 31, 23, 0), (2027, 1, 1, 8, 0)),
        # Clocks go forward at 02:00 and back at 02:00.
        (EIGHT_TO_EIGHT, "America/New_York", "", (2027, 3, 14, 1, 30), (2027, 3, 14, 8, 0)),
        (EIGHT_TO_EIGHT, "America/New_York", "", (2026, 11, 1, 1, 30), (2026, 11, 1, 8, 0)),
        (WEEKDAYS, "Europe/Berlin", "DE", (2026, 11, 27, 21, 0), (2026, 11, 30, 8, 0)),
        # Good Friday to Easter Monday; Whit Monday is one only there.
        (WEEKDAYS, "Europe/Berlin", "DE", (2027, 3, 25, 21, 0), (2027, 3, 30, 8, 0)),
        (WEEKDAYS, "Europe/London", "GB", (2027, 5, 14, 21, 0), (2027, 5, 17, 8, 0)),
        (WEEKDAYS, "Europe/Berlin", "DE", (2027, 5, 14, 21, 0), (2027, 5, 18, 8, 0)),
        # Without a country the zone's; and Friday belongs to Israel's weekend.
        (WEEKDAYS, "Europe/Berlin", "", (2027, 5, 14, 21, 0), (2027, 5, 18, 8, 0)),
        (WEEKDAYS, "Asia/Jerusalem", "IL", (2026, 12, 17, 21, 0), (2026, 12, 20, 8, 0)),
        (WEEKDAYS, "Etc/UTC", "ZZ", (2026, 12, 24, 21, 0), (2026, 12, 25, 8, 0)),
        (ALWAYS, "Asia/Dubai", "", (2026, 11, 30, 2, 55), (2026, 11, 30, 2, 55)),
    ],
)
def test_a_message_waits_for_the_next_open_hour_of_the_place(
    hours: Hours, zone: str, country: str, wall: tuple[int, int, int, int, int], opens: tuple[int, int, int, int, int]
) -> None:
    assert SendingHours(hours, zone, country).next_open(at(zone, *wall)) == at(zone, *opens)


def test_one_that_cannot_wait_goes_before_the_pause() -> None:
    hours = SendingHours(WEEKDAYS, "Europe/Berlin", "DE")
    evening = at("Europe/Berlin", 2027, 3, 25, 20, 0) - BEFORE_A_PAUSE
    assert hours.last_open(at("Europe/Berlin", 2027, 3, 29, 12, 0)) == evening
    assert hours.last_open(at("Europe/Berlin", 2027, 3, 25, 12, 0)) == at("Europe/Berlin", 2027, 3, 25, 12, 0)
