"""Times that somebody types in the Settings area."""

import datetime as dt

import pytest
import time_machine
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.admin.forms import RescheduleForm
from bookings.admin.new_visit.forms import NewVisitForm
from bookings.models import Booking, BookingError
from fsportal.models import User
from tests.factories import AccountFactory, BookingFactory, CodeFactory, ResourceFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)
# 01:30 in London comes twice on this day; this is the second one.
SECOND = dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)


def in_tokyo() -> Booking:
    account = AccountFactory(time_zone="Asia/Tokyo")
    booking: Booking = BookingFactory(work_order=WorkOrderFactory(account=account, reported_by=None))
    return booking


def errors(booking: Booking, start: str, end: str = "") -> str:
    form = RescheduleForm({"start": start, "end": end}, record=booking)
    form.is_valid()
    return str(form.errors)


def test_a_time_that_was_left_as_shown_stays_the_same_instant_in_the_doubled_hour() -> None:
    with time_machine.travel(dt.datetime(2026, 10, 20, tzinfo=dt.UTC)):
        booking = BookingFactory(start=SECOND + dt.timedelta(seconds=7), end=SECOND + HOUR)
        form = RescheduleForm({"start": "2026-10-25T01:30", "end": "2026-10-25T03:00"}, record=booking)
        assert form.is_valid()
        assert form.cleaned_data["start"] == booking.start
        assert form.cleaned_data["end"] == SECOND + 1.5 * HOUR


@time_machine.travel(dt.datetime(2026, 10, 20, tzinfo=dt.UTC))
def test_another_time_in_the_doubled_hour_means_the_first_of_the_two() -> None:
    form = RescheduleForm({"start": "2026-10-25T01:15", "end": ""}, record=BookingFactory(start=SECOND))
    assert form.is_valid()
    assert form.cleaned_data["start"] == SECOND - 1.25 * HOUR


@pytest.mark.parametrize("typed", ["2026-11-24T10:20+05:00", "2026-11-24T10:20Z"])
def test_an_offset_is_refused_not_dropped(typed: str) -> None:
    assert "without an offset" in errors(BookingFactory(), typed)


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "1999-12-31T23:59", "2101-01-01T00:00", "9999-12-31T23:59"])
def test_years_that_nobody_means_are_refused_everywhere(typed: str) -> None:
    for booking in (BookingFactory(), in_tokyo()):
        assert "between 2000 and 2100" in errors(booking, typed)
        assert "between 2000 and 2100" in errors(booking, booking.start.strftime("%Y-%m-%dT%H:%M"), typed)
    order, resource = WorkOrderFactory(), ResourceFactory()
    asked = QueryDict(f"token={order.pk}&order={order.pk}&resource={resource.pk}&when=typed&start={typed}")
    form = NewVisitForm(asked, now=timezone.now(), may_add=False)
    assert "between 2000 and 2100" in str(form.errors)


def test_the_last_minute_of_the_last_year_breaks_nothing() -> None:
    account = AccountFactory(time_zone="Etc/GMT+12")
    booking = BookingFactory(work_order=WorkOrderFactory(account=account, reported_by=None))
    assert "between 2000 and 2100" in errors(booking, "2100-12-31T23:00")


@pytest.mark.parametrize("year", [1999, 2101, 9999])
def test_the_verbs_refuse_such_years_too(booking: Booking, year: int) -> None:
    start = dt.datetime(year, 6, 1, 10, tzinfo=dt.UTC)
    with pytest.raises(BookingError, match="between 2000 and 2100"):
        booking.reschedule(start)
    with pytest.raises(BookingError, match="between 2000 and 2100"):
        Booking.schedule(work_order=booking.work_order, resource=booking.resource, start=start, end=start + HOUR)


def test_a_length_that_runs_past_the_end_of_time_is_refused() -> None:
    booking = BookingFactory()
    with pytest.raises(BookingError):
        booking.reschedule(dt.datetime(9999, 12, 31, 23, 30, tzinfo=dt.UTC))


@pytest.mark.parametrize("day", ["9999-12-31", "2101-01-01", "0001-01-01"])
def test_a_link_is_not_extended_to_such_a_year(client: Client, admin: User, day: str) -> None:
    code = CodeFactory()
    client.force_login(admin)
    address = reverse("admin:bookings_bookingnotificationcode_action", args=[code.pk, "extend"])
    assert client.post(address, {"until": day}).status_code == 400
    assert client.post(address, {"until": "2100-12-31"}).status_code == 302
    assert client.get(reverse("admin:bookings_bookingnotificationcode_changelist")).status_code == 200


@pytest.mark.parametrize("action", ["change", "history"])
def test_an_import_that_is_not_there_is_answered_like_any_other_record(
    client: Client, admin: User, action: str
) -> None:
    client.force_login(admin)
    for missing in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        answers = {
            client.get(reverse(f"admin:bookings_{model}_{action}", args=[missing])).status_code
            for model in ("bookingimport", "booking")
        }
        assert answers == {302}
    assert client.post(reverse("admin:bookings_bookingimport_change", args=["nonsense"])).status_code == 302
