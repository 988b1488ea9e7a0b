"""What is on the technician's page: which visits, in which order, and what it says of each."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine

from bookings.models import Booking, BookingStatus, Resource
from bookings.technician.day import Stop, WorkDay, day_of
from fsportal.models import PortalSettings
from notifications.inapp.privileges import has_bell
from tests.bookings.technician.stage import day, of, stop, technician, wrote
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
S = BookingStatus
#: Tuesday, noon in London.
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def omar() -> Resource:
    return technician()


def shown(resource: Resource, now: dt.datetime = NOW) -> WorkDay:
    return WorkDay(resource, PortalSettings.load(), "en", now)


def services(stops: list[Stop]) -> list[str]:
    return [stop.booking.work_order.incident_type.name for stop in stops]


def current(resource: Resource) -> str:
    now = shown(resource).current
    return services([now])[0] if now else ""


def test_the_day_is_in_order_and_whatever_is_not_of_it_stays_away(omar: Resource) -> None:
    stop(omar, "Third", hours=3)
    stop(omar, "First", hours=-2)
    stop(omar, "Second", hours=1)
    stop(technician("ann", "Ann Other"), "Of another")
    stop(omar, "Next week", hours=24 * 7)
    assert services(shown(omar).stops) == ["First", "Second", "Third"]
    assert current(omar) == "First"


def test_the_day_is_the_technicians_own(omar: Resource) -> None:
    omar.time_zone = "Pacific/Auckland"  # where it is one in the morning of Wednesday
    omar.save()
    stop(omar, "Tuesday night", hours=-2)
    stop(omar, "Wednesday morning", hours=8)
    stop(omar, "Wednesday night", hours=22.9)
    stop(omar, "Thursday", hours=23.1)
    today = shown(omar)
    assert services([stop for stop in today.stops if not stop.is_from_before]) == [
        "Wednesday morning",
        "Wednesday night",
    ]
    assert services(today.tomorrow) == ["Thursday"]
    assert (today.name, today.tomorrow_name) == ("Wed 25 Nov", "Thu 26 Nov")


def test_a_visit_soon_after_midnight_can_be_set_off_to_before_it(
    omar: Resource, clock: time_machine.Coordinates
) -> None:
    late = dt.datetime(2026, 11, 24, 23, 40, tzinfo=dt.UTC)
    clock.move_to(late)
    stop(omar, "Burst pipe", hours=0.5)
    stop(omar, "Night shift", hours=5.9)
    stop(omar, "Wednesday morning", hours=9)
    night = shown(omar, late)
    assert services(night.stops) == ["Burst pipe", "Night shift"]
    assert night.current == night.stops[0]
    assert services(night.tomorrow) == ["Wednesday morning"]
    page = day(of(omar))
    assert "Set off" in page
    assert re.search(r'05:34<br><span class="quiet">Wed 25 Nov</span>', page)


@pytest.mark.parametrize(
    ("date", "hours"),
    [(dt.datetime(2026, 3, 29, 12, tzinfo=dt.UTC), 23), (dt.datetime(2026, 10, 25, 12, tzinfo=dt.UTC), 25)],
)
def test_a_day_on_which_the_clocks_change_is_whole(omar: Resource, date: dt.datetime, hours: int) -> None:
    begin, end = day_of(omar, date)
    assert end - begin == dt.timedelta(hours=hours)


def test_what_is_under_way_is_shown_whatever_the_day_and_goes_first(omar: Resource) -> None:
    stop(omar, "Earlier today", hours=-1)
    stop(omar, "Under way since Sunday", hours=-48, status=S.IN_PROGRESS)
    assert current(omar) == "Under way since Sunday"


def test_what_was_left_over_is_shown_for_a_week_and_never_before_todays(omar: Resource) -> None:
    stop(omar, "Too long ago", hours=-24 * 8)
    stop(omar, "Left over", hours=-24)
    stop(omar, "Today", hours=2)
    stop(omar, "Done yesterday", hours=-24, status=S.COMPLETED)
    today = shown(omar)
    assert services(today.stops) == ["Left over", "Today"]
    assert current(omar) == "Today"
    assert services(today.others) == ["Left over"]


def test_what_is_done_is_folded_away_and_what_was_canceled_for_tomorrow_is_no_plan(omar: Resource) -> None:
    stop(omar, "Done", hours=-3, status=S.COMPLETED)
    stop(omar, "Called off", hours=-2, status=S.CANCELED)
    stop(omar, "Off tomorrow", hours=24, status=S.CANCELED)
    today = shown(omar)
    assert (today.current, services(today.over), today.tomorrow) == (None, ["Done", "Called off"], [])
    assert "That was all for today" in day(of(omar))


def test_an_empty_day_says_so(omar: Resource) -> None:
    assert "No visits today" in day(of(omar))


def test_times_are_those_of_the_place_with_the_technicians_own_beside(omar: Resource) -> None:
    stop(omar, hours=2, account={"time_zone": "Europe/Berlin"})
    page = day(of(omar))
    assert "Tue 24 Nov, 15:00 to 16:00 (Berlin time)" in page
    assert "14:00 where you are" in page


def test_everything_that_is_needed_on_the_spot_is_there(omar: Resource) -> None:
    visit = stop(omar)
    wrote(visit)
    page = day(of(omar))
    for words in (
        "House of Boiler service",
        "12 Rose Lane",
        "Please knock.",
        "Boiler in the loft",
        'href="tel:+442079460555"',
    ):
        assert words in page, words
    assert 'href="https://www.google.com/maps/dir/?api=1&amp;destination=51.5014%2C-0.1419"' in page
    assert re.search(r'google\.com[^>]*rel="noopener noreferrer"', page)


def test_without_coordinates_the_way_goes_to_the_address_and_without_either_nowhere(omar: Resource) -> None:
    visit = stop(omar)
    account = visit.work_order.account
    account.latitude = account.longitude = None
    account.save()
    assert "destination=12+Rose+Lane%2C+London%2C+SW1A+1AA%2C+GB" in day(of(omar))
    account.street = account.city = account.postal_code = account.country = ""
    account.save()
    assert "google.com/maps" not in day(of(omar))


def test_who_is_called_is_who_reported_it_else_the_accounts_own_contact(omar: Resource) -> None:
    visit = stop(omar)
    account = visit.work_order.account
    account.primary_contact = ContactFactory(account=account, name="Paula Primary", mobile_phone="+442079460666")
    account.save()
    visit.reported_by.mobile_phone = ""  # type: ignore[union-attr]
    visit.reported_by.save()  # type: ignore[union-attr]
    assert "tel:+442079460666" in day(of(omar))
    account.primary_contact.mobile_phone = ""
    account.primary_contact.save()
    assert "tel:" not in day(of(omar)).partition("<footer")[0]


def test_it_says_who_is_told_that_one_is_late_and_when_nobody_is(omar: Resource) -> None:
    visit = stop(omar)
    assert "Rosa Rose" in re.search(r"One tap tells.*?later", day(of(omar)), re.DOTALL).group()  # type: ignore[union-attr]
    PortalSettings.objects.update(send_delayed=False)
    assert "No message goes to this customer" in day(of(omar))
    PortalSettings.objects.update(send_delayed=True)
    visit.work_order.account.is_excluded = True
    visit.work_order.account.save()
    assert "No message goes to this customer" in day(of(omar))


def test_what_the_customer_expects_is_shown(omar: Resource) -> None:
    visit = stop(omar)
    assert "Your customer expects you" not in day(of(omar))
    visit.run_late(30)
    assert "Your customer expects you: Tue 24 Nov, 13:30 (London time)" in day(of(omar))
    Booking.objects.get(pk=visit.pk).travel()
    assert re.search(r"Your customer expects you: \d\d:\d\d to \d\d:\d\d \(London time\)", day(of(omar)))


def test_what_was_said_of_running_late_is_shown_where_it_was_tapped(omar: Resource) -> None:
    visit = stop(omar)
    noted = "Running late is noted. You are expected: "
    assert noted not in day(of(omar))
    visit.run_late(30)
    assert f"{noted}Tue 24 Nov, 13:30 (London time)" in day(of(omar))
    visit.travel()
    assert noted not in day(of(omar))
    visit.run_late(15)
    assert re.search(noted + r"\d\d:\d\d to \d\d:\d\d \(London time\)", day(of(omar)))


def test_hostile_words_stay_words(omar: Resource) -> None:
    visit = stop(omar, "<script>alert(1)</script>")
    wrote(visit, "<img src=x onerror=alert(1)>")
    page = day(of(omar))
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_bell_is_there_for_those_who_may_read(omar: Resource) -> None:
    assert omar.user is not None
    assert has_bell(omar.user)
    assert "data-bell" in day(of(omar))
    omar.user.groups.clear()
    assert "data-bell" not in day(of(omar))


def test_a_long_day_takes_no_more_queries_than_a_short_one(
    omar: Resource, django_assert_max_num_queries: object
) -> None:
    for hours in range(1, 11):
        wrote(stop(omar, f"Visit {hours}", hours=hours))
    client = of(omar)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        day(client)
