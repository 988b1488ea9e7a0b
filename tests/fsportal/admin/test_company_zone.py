"""The company's time zone: what staff read, count and type by day is by its clock, and it is named once a page."""

import csv
import datetime as dt
import io
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from bookings.models import Booking, BookingNotificationCode
from fsportal.lib import zones
from fsportal.models import AuditEntry, Contact, PortalSettings, User
from notifications.inapp.send import send_app_notification
from notifications.models import CustomerNotification
from tests.bookings.technician.stage import technician, user_of
from tests.fsportal.admin.test_every_page import LISTS, PAGES

Make = Callable[..., Any]
HOUR, DAY, SECOND = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(seconds=1)
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MESSAGES = "admin:notifications_customernotification_changelist"
BOOKINGS = "admin:bookings_booking_changelist"
AUCKLAND, NEW_YORK, LONDON = "Pacific/Auckland", "America/New_York", "Europe/London"
#: Zones whose clocks change at other hours, by half an hour, at midnight, or not at all.
ZONES = [LONDON, NEW_YORK, AUCKLAND, "Australia/Lord_Howe", "Asia/Beirut", "Africa/Cairo", "America/Havana",
         "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham", "Asia/Dubai", "UTC"]  # fmt: skip


@pytest.fixture
def company_is_in(db: None) -> Callable[[str], None]:
    def set_zone(name: str) -> None:
        portal_settings = PortalSettings.load()
        portal_settings.time_zone = name
        portal_settings.save()

    return set_zone


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(name, args=args), query, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def words(content: str) -> str:
    return " ".join(strip_tags(content.partition("<body")[2]).split())


# --- What is shown ----------------------------------------------------------------------------------------------------
def test_a_page_names_the_zone_once_and_not_in_each_cell(
    admin: Client, company_is_in: Make, make_message: Make
) -> None:
    company_is_in(AUCKLAND)
    for number in range(3):
        make_message(created_at=dt.datetime(2026, 7, 1, 12, number, tzinfo=dt.UTC))
    said = words(page(admin, MESSAGES))
    assert said.count("Auckland time") == 1
    assert "Thu 2 Jul, 00:00" in said
    assert "Thu 2 Jul, 00:02" in said


def test_a_time_that_comes_twice_names_its_offset(admin: Client, company_is_in: Make, make_message: Make) -> None:
    company_is_in(LONDON)
    for hour in (0, 1):  # the clocks go back between them
        make_message(created_at=dt.datetime(2026, 10, 25, hour, 30, tzinfo=dt.UTC))
    said = words(page(admin, MESSAGES))
    assert "Sun 25 Oct, 01:30 (London time, UTC+1)" in said
    assert "Sun 25 Oct, 01:30 (London time, UTC+0)" in said


def test_visits_are_in_the_zone_of_their_site_which_is_named_where_it_is_another(
    admin: Client, company_is_in: Make, booking: Booking
) -> None:
    start = NOW.replace(year=timezone.now().year + 1)
    Booking.objects.update(start=start, end=start + HOUR)
    company_is_in(LONDON)
    assert "05:00 to 06:00 (New York time)" in words(page(admin, BOOKINGS))
    company_is_in(NEW_YORK)
    said = words(page(admin, BOOKINGS))
    assert "05:00 to 06:00" in said
    assert said.count("New York time") == 1


@pytest.mark.parametrize("name", LISTS + PAGES)
def test_no_page_is_in_bare_utc(
    admin: Client, company_is_in: Make, make_message: Make, booking: Booking, contact: Contact, name: str
) -> None:
    company_is_in(NEW_YORK)
    make_message()
    BookingNotificationCode.issue(booking, contact)
    zones_to_choose_from = r'<select name="time_zone".*?</select>'
    said = words(re.sub(zones_to_choose_from, "", page(admin, name), flags=re.DOTALL))
    for named in (
        "Reminders run at (UTC)",
        "10:00 UTC is ",
        "place, not in UTC",
    ):
        said = re.sub(re.escape(named), "", said, flags=re.IGNORECASE)
    assert "UTC" not in said
    assert ("New York time" in said) == (name != "admin:index")  # which has no times


def test_records_are_in_the_companys_zone(
    admin: Client, company_is_in: Make, make_message: Make, booking: Booking, contact: Contact
) -> None:
    company_is_in(AUCKLAND)
    message = make_message(created_at=dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC))
    message.attempts.create(provider="smtp", started_at=dt.datetime(2026, 7, 1, 12, 0, 5, tzinfo=dt.UTC))
    said = words(page(admin, "admin:notifications_customernotification_change", message.pk))
    assert "Thu 2 Jul, 00:00" in said
    assert "2 Jul 2026, 00:00:05" in said
    assert "UTC" not in said


def test_the_clock_of_the_page_does_not_stay_for_the_next_one(
    admin: Client, company_is_in: Make, booking: Booking
) -> None:
    company_is_in(AUCKLAND)
    page(admin, BOOKINGS)
    assert timezone.get_current_timezone_name() == "UTC"


def test_technicians_keep_their_own_clocks(company_is_in: Make) -> None:
    company_is_in(AUCKLAND)
    with time_machine.travel(NOW, tick=False):
        omar = technician(time_zone=NEW_YORK)
        client = Client()
        client.force_login(user_of(omar))
        assert "as of 05:00" in words(page(client, "technician"))


def test_a_zone_that_is_known_no_more_breaks_no_page(admin: Client, booking: Booking) -> None:
    PortalSettings.load().save()
    PortalSettings.objects.update(time_zone="Mars/Olympus")
    assert "UTC, unless" in words(page(admin, BOOKINGS))


# --- Days -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("day", [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 7, 1)])
def test_a_day_of_a_list_is_23_24_or_25_hours_long(
    admin: Client, company_is_in: Make, make_message: Make, day: dt.date
) -> None:
    company_is_in(LONDON)
    begin, end = zones.midnight(day, LONDON), zones.midnight(day + DAY, LONDON)
    for at in (begin - SECOND, begin, end - SECOND, end):
        make_message(created_at=at, to=f"{at.isoformat()}@example.com")
    asked = {f"created_at__{part}": getattr(day, part) for part in ("year", "month", "day")}
    found = admin.get(reverse(MESSAGES), asked).context["cl"].result_list
    assert sorted(row.created_at for row in found) == [begin, end - SECOND]
    assert (end - begin) / HOUR == {3: 23, 10: 25, 7: 24}[day.month]


def test_the_days_to_choose_from_are_the_companys(admin: Client, company_is_in: Make, make_message: Make) -> None:
    company_is_in(AUCKLAND)
    make_message(created_at=dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC))
    said = page(admin, MESSAGES, created_at__year=2027)
    assert "January 2027" in said
    assert "December 2026" not in said


def test_today_is_the_companys_today(admin: Client, company_is_in: Make, make_booking: Make) -> None:
    company_is_in(AUCKLAND)
    with time_machine.travel(NOW + 2 * HOUR, tick=False):  # 01:00 on Wednesday there
        today, tonight, tomorrow = make_booking(1), make_booking(22.9), make_booking(23)
        admin.force_login(User.objects.get(username="ada"))
        found = admin.get(reverse(BOOKINGS), {"when": "today"}).context["cl"].result_list
    assert [row.pk for row in found] == [today.pk, tonight.pk]
    assert tomorrow.pk not in [row.pk for row in found]


@pytest.mark.parametrize("zone", ZONES)
def test_the_charts_count_by_the_companys_days(
    admin: Client, company_is_in: Make, make_message: Make, zone: str
) -> None:
    """Messages at any moment, and at the very edges of days, around each clock change."""
    company_is_in(zone)
    lot = random.randrange(10**6)
    chance = random.Random(lot)
    for now in (dt.datetime(2026, 4, 30, 12, tzinfo=dt.UTC), dt.datetime(2026, 11, 5, 12, tzinfo=dt.UTC), NOW):
        CustomerNotification.objects.all().delete()
        edges = [zones.midnight(zones.local(now, zone).date() - DAY * back, zone) for back in range(14)]
        moments = [edge + shift for edge in edges for shift in (-SECOND, dt.timedelta())]
        moments += [now - dt.timedelta(seconds=chance.randrange(14 * 86_400)) for _number in range(10)]
        moments = [at for at in moments if min(edges) <= at <= now]
        for number, at in enumerate(moments):
            make_message(created_at=at, to=f"{number}@example.com")
        with time_machine.travel(now, tick=False):
            admin.force_login(User.objects.get(username="ada"))
            chart = admin.get(reverse(MESSAGES)).context["charts"][0]
        expected = Counter(zones.local(at, zone).date() for at in moments)
        first = zones.local(now, zone).date() - 13 * DAY
        assert [sum(values) for _day, values in chart.rows] == [expected[first + n * DAY] for n in range(14)], lot


@pytest.mark.parametrize("zone", ZONES)
def test_days_follow_each_other_without_a_gap(zone: str) -> None:
    day = dt.date(2026, 1, 1)
    while day.year == 2026:
        begin = zones.midnight(day, zone)
        assert zones.local(begin, zone).date() == day
        assert zones.local(begin - dt.timedelta(microseconds=1), zone).date() == day - DAY
        day += DAY


# --- Forms ------------------------------------------------------------------------------------------------------------
def test_the_last_day_of_a_link_ends_at_midnight_of_the_company(
    admin: Client, company_is_in: Make, booking: Booking, contact: Contact
) -> None:
    company_is_in(AUCKLAND)
    code = BookingNotificationCode.issue(booking, contact)
    day = timezone.now().date() + 90 * DAY
    admin.post(reverse("admin:bookings_bookingnotificationcode_action", args=[code.pk, "extend"]), {"until": day})
    code.refresh_from_db()
    assert code.extended_until == zones.midnight(day + DAY, AUCKLAND)
    trail = AuditEntry.of(code)
    assert trail[0].why == f"until {day + DAY} 00:00 (Auckland time)"


def test_new_technicians_and_accounts_begin_with_the_companys_zone(admin: Client, company_is_in: Make) -> None:
    company_is_in(AUCKLAND)
    for name in ("bookings_resource", "fsportal_account"):
        form = admin.get(reverse(f"admin:{name}_add")).context["adminform"].form
        assert form["time_zone"].value() == AUCKLAND


def test_the_settings_say_what_utc_is_by_the_companys_clock(admin: Client, company_is_in: Make) -> None:
    settings_page = ("admin:fsportal_portalsettings_change", 1)
    assert "UTC is" not in page(admin, *settings_page)
    company_is_in(AUCKLAND)
    with time_machine.travel(NOW, tick=False):
        admin.force_login(User.objects.get(username="ada"))
        assert "10:00 UTC is 23:00, Auckland time, today." in page(admin, *settings_page)


def test_a_zone_under_an_older_name_stays_chosen(admin: Client, company_is_in: Make) -> None:
    company_is_in("US/Eastern")
    assert '<option value="US/Eastern" selected>' in page(admin, "admin:fsportal_portalsettings_change", 1)


# --- Files and machines -----------------------------------------------------------------------------------------------
def test_the_exported_log_has_utc_and_the_companys_time(admin: Client, company_is_in: Make, make_message: Make) -> None:
    company_is_in(AUCKLAND)
    message = make_message(created_at=dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC))
    answer = admin.post(reverse(MESSAGES), {"action": "export_csv", "_selected_action": [str(message.pk)]})
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["created"] == "2026-07-01 12:00 UTC"
    assert row["created, Auckland time"] == "2026-07-02 00:00"


def test_a_toast_names_the_companys_zone(admin: Client, company_is_in: Make) -> None:
    company_is_in(AUCKLAND)
    send_app_notification(title="t", recipient=User.objects.get(username="ada"))
    (toast,) = admin.get("/notifications/poll").json()["toasts"]
    assert "(Auckland time)" in toast["html"]
    assert "(Auckland time)" in page(admin, "notification-center")
