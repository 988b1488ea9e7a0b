"""What a customer may do by themselves: status, policy of the incident type, cut-off, and how often."""

import datetime as dt

import pytest

from bookings.models import Booking, BookingStatus, Change, Via
from bookings.self_service.policy import Allowed, Why, allowed, allowed_at, changes_by_customer
from tests.factories import BookingFactory, IncidentTypeFactory, ResourceFactory, WorkOrderFactory

START = dt.datetime(2026, 11, 24, 10, 20, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)


def visit(status: int = BookingStatus.SCHEDULED, **policy: object) -> Booking:
    order = WorkOrderFactory(incident_type=IncidentTypeFactory(**policy))
    booking: Booking = BookingFactory(work_order=order, start=START, status=status)
    return booking


@pytest.mark.django_db
def test_a_scheduled_visit_can_be_changed_and_canceled_until_a_day_before() -> None:
    until = START - 24 * HOUR
    assert allowed(visit(), until - SECOND) == Allowed(True, True, None, None, until, until)


@pytest.mark.django_db
def test_at_the_cutoff_itself_it_is_too_late_and_the_cutoff_is_still_named() -> None:
    until = START - 24 * HOUR
    assert allowed(visit(), until) == Allowed(False, False, Why.CUTOFF, Why.CUTOFF, until, until)


@pytest.mark.django_db
def test_without_cutoff_hours_it_is_possible_until_the_visit_begins() -> None:
    booking = visit(cutoff_hours=0)
    assert allowed(booking, START - SECOND) == Allowed(True, True, None, None, START, START)
    assert allowed(booking, START) == Allowed(False, False, Why.CUTOFF, Why.CUTOFF, START, START)


@pytest.mark.django_db
@pytest.mark.parametrize("status", [status for status in BookingStatus if status != BookingStatus.SCHEDULED])
def test_only_a_scheduled_visit_is_in_the_customers_hands(status: BookingStatus) -> None:
    assert allowed(visit(status), START - 100 * HOUR) == Allowed(False, False, Why.STATUS, Why.STATUS, None, None)


@pytest.mark.django_db
def test_the_incident_type_says_whether_customers_change_or_cancel() -> None:
    early, until = START - 100 * HOUR, START - 24 * HOUR
    fixed = visit(customers_may_change=False)
    assert allowed(fixed, early) == Allowed(False, True, Why.POLICY, None, None, until)
    kept = visit(customers_may_cancel=False)
    assert allowed(kept, early) == Allowed(True, False, None, Why.POLICY, until, None)
    neither = visit(customers_may_change=False, customers_may_cancel=False)
    assert allowed(neither, early) == Allowed(False, False, Why.POLICY, Why.POLICY, None, None)


@pytest.mark.django_db
def test_changes_by_the_customer_are_counted_and_those_by_staff_are_not() -> None:
    booking = visit(max_changes=2)
    early = START - 200 * HOUR
    booking.reschedule(START + HOUR, change=Change(via=Via.ADMIN))
    booking.reschedule(START + 2 * HOUR, change=Change(via=Via.PORTAL))
    assert (changes_by_customer(booking), allowed(booking, early).change) == (1, True)
    booking.reschedule(START + 3 * HOUR, change=Change(via=Via.PORTAL))
    now = allowed(booking, early)
    assert (now.change, now.why_not_change, now.cancel) == (False, Why.TOO_OFTEN, True)


@pytest.mark.django_db
def test_another_technician_with_the_other_time_is_one_change() -> None:
    booking = visit(max_changes=2)
    booking.assign(ResourceFactory(), Change(via=Via.PORTAL))
    booking.reschedule(START + HOUR, change=Change(via=Via.PORTAL))
    assert changes_by_customer(booking) == 1


@pytest.mark.django_db
def test_a_limit_of_no_change_is_a_rule_of_the_house() -> None:
    assert allowed(visit(max_changes=0), START - 100 * HOUR).why_not_change == Why.POLICY


@pytest.mark.django_db
def test_hours_before_the_start_are_real_hours_across_a_clock_change() -> None:
    # London's clocks go back on 25 October 2026 at 01:00 UTC; 24 hours before 10:00 there are 11:00 the day before.
    start = dt.datetime(2026, 10, 25, 10, 0, tzinfo=dt.UTC)
    booking = BookingFactory(start=start)
    assert allowed(booking, start - 25 * HOUR).change_until == dt.datetime(2026, 10, 24, 10, 0, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_the_latest_cancel_may_differ_from_the_latest_change() -> None:
    booking = visit(cutoff_hours=24, cancel_cutoff_hours=2)
    change_until, cancel_until = START - 24 * HOUR, START - 2 * HOUR
    both = (change_until, cancel_until)
    assert allowed(booking, change_until - SECOND) == Allowed(True, True, None, None, *both)
    assert allowed(booking, change_until) == Allowed(False, True, Why.CUTOFF, None, *both)
    assert allowed(booking, cancel_until) == Allowed(False, False, Why.CUTOFF, Why.CUTOFF, *both)


@pytest.mark.django_db
def test_canceling_up_to_the_start_is_not_canceling_with_changes() -> None:
    booking = visit(cutoff_hours=24, cancel_cutoff_hours=0)
    assert allowed(booking, START - SECOND).cancel


@pytest.mark.django_db
def test_once_moved_it_counts_as_one_change_more() -> None:
    booking = visit(max_changes=1)
    early = START - 200 * HOUR
    assert allowed(booking, early).change
    assert allowed_at(booking, START + HOUR, early).why_not_change == Why.TOO_OFTEN
    assert allowed_at(booking, early + HOUR, early).why_not_cancel == Why.CUTOFF
    assert booking.start == START
