"""When technicians work: several intervals a day, special days, public holidays and absences, on their own clock."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from bookings.availability.calendars import working_spans
from bookings.availability.working_hours import hours_on, stored_day
from bookings.models import Absence, Resource, SpecialDay
from bookings.models.holiday_code import validate_holiday_code
from fsportal.lib import zones
from tests.factories import ResourceFactory

pytestmark = pytest.mark.django_db
MONDAY = dt.date(2026, 11, 23)
BROKEN_DAY = [["08:00", "12:00"], ["13:00", "17:00"]]


def at(clock: str, day: dt.date = MONDAY, zone: str = "Europe/London") -> dt.datetime:
    return zones.local_to_utc(dt.datetime.combine(day, dt.time.fromisoformat(clock)), zone)


def spans(resource: Resource, day: dt.date = MONDAY, days: int = 1) -> list[str]:
    """Return the working spans that begin on some days, by the technician's clock."""
    first, last = zones.midnight(day, resource.time_zone), zones.midnight(day + dt.timedelta(days), resource.time_zone)
    found = working_spans([resource], first, last)[resource.pk]
    ends = [[zones.local(moment, resource.time_zone) for moment in span] for span in found]
    return [f"{begins:%a %H:%M}-{finishes:%H:%M}" for begins, finishes in ends]


def test_a_day_with_a_break_is_two_spans() -> None:
    resource = ResourceFactory(working_hours={"0": BROKEN_DAY})
    assert spans(resource) == ["Mon 08:00-12:00", "Mon 13:00-17:00"]


@pytest.mark.parametrize("stored", [["08:00", "17:00"], [["08:00", "17:00"]]])
def test_one_interval_is_read_in_both_forms_and_written_in_the_old_one(stored: Any) -> None:
    intervals = hours_on({"0": stored}, 0)
    assert stored_day(intervals) == ["08:00", "17:00"]
    assert stored_day(hours_on({"0": BROKEN_DAY}, 0)) == BROKEN_DAY


def test_a_special_day_replaces_the_weekday_and_may_be_a_day_off() -> None:
    resource = ResourceFactory(working_hours={"0": BROKEN_DAY, "1": BROKEN_DAY})
    SpecialDay.objects.create(resource=resource, day=MONDAY, hours=[["10:00", "11:00"]])
    SpecialDay.objects.create(resource=resource, day=MONDAY + dt.timedelta(1), hours=[])
    SpecialDay.objects.create(resource=ResourceFactory(), day=MONDAY, hours=[])  # somebody else's
    assert spans(resource, days=2) == ["Mon 10:00-11:00"]


def test_an_absence_cuts_the_hours() -> None:
    resource = ResourceFactory(working_hours={"0": BROKEN_DAY})
    Absence.objects.create(resource=resource, start=at("11:00"), end=at("13:30"))
    assert spans(resource) == ["Mon 08:00-11:00", "Mon 13:30-17:00"]


CHRISTMAS = dt.date(2026, 12, 25)
EPIPHANY = dt.date(2026, 1, 6)  # a holiday in Bavaria, not in all of Germany


@pytest.mark.parametrize(
    ("code", "day", "works"),
    [("GB", CHRISTMAS, False), ("", CHRISTMAS, True), ("DE", EPIPHANY, True), ("DE-BY", EPIPHANY, False)],
)
def test_public_holidays_are_days_off_for_whoever_has_them(code: str, day: dt.date, works: bool) -> None:
    resource = ResourceFactory(working_hours={str(n): ["08:00", "17:00"] for n in range(7)}, public_holidays=code)
    assert bool(spans(resource, day)) is works
    SpecialDay.objects.create(resource=resource, day=day, hours=[["09:00", "10:00"]])
    assert spans(resource, day) == [f"{day:%a} 09:00-10:00"]  # whatever the holiday says


@pytest.mark.parametrize(("code", "said"), [("XX", "such as GB"), ("DE-XX", "DE-BY"), ("GB", ""), ("de-by", "")])
def test_a_code_of_no_country_or_region_is_refused_with_what_to_write(code: str, said: str) -> None:
    if not said:
        validate_holiday_code(code)
        return
    with pytest.raises(ValidationError, match=said):
        validate_holiday_code(code)
