"""The numbers of the reports are those of the visits, however they are counted, and however late something changes."""

import datetime as dt
import random
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import (
    Booking,
    BookingStatus,
    Change,
    CustomerAnswer,
    Feedback,
    IncidentType,
    Resource,
    Verb,
    Via,
    VisitCount,
)
from bookings.models.visit_count import NUMBERS
from bookings.reports import counting, figures
from bookings.reports.figures import Period
from bookings.self_service import verbs
from bookings.tasks import count_for_reports
from fsportal.lib.chunks import Budget
from fsportal.models import CountedDay, CountedSubject, PortalSettings
from tests.factories import BookingFactory, IncidentTypeFactory, ResourceFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db

ZONE = "America/New_York"
NOW = dt.datetime(2027, 4, 14, 15, 0, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def company() -> Any:
    portal_settings = PortalSettings.load()
    portal_settings.time_zone = ZONE
    portal_settings.save()
    with timezone.override(ZONE), time_machine.travel(NOW, tick=False):
        yield


def by(via: Via, at: dt.datetime) -> Change:
    return Change(via=via, at=at)


def visit(start: dt.datetime, **given: Any) -> Booking:
    with time_machine.travel(start - 3 * DAY, tick=False):
        return BookingFactory(start=start, end=start + HOUR, **given)


def begin(booking: Booking, at: dt.datetime, *, via: Via = Via.TECHNICIAN) -> None:
    with time_machine.travel(at, tick=False):
        booking.start_work(by(via, at))


def counted(day: dt.date) -> Counter[str]:
    return counting.count_days(day, day, timezone.now()).get(day, {}).get(counting.ALL, Counter())


def numbers_of(booking: Booking) -> dict[str, int]:
    """Return the numbers of the only visit of its day, without those that are nothing."""
    found = counted(timezone.localdate(booking.start))
    assert found["visits"] == 1
    return {name: number for name, number in found.items() if number}


# --- One visit --------------------------------------------------------------------------------------------------------
START = dt.datetime(2027, 4, 12, 14, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(("late", "name"), [(-30, "on_time"), (10, "on_time"), (11, "late"), (61, "late_longer")])
def test_whoever_was_told_the_minute_is_on_time_for_ten_more(late: int, name: str) -> None:
    booking = visit(START)
    begin(booking, START + late * MINUTE)
    assert numbers_of(booking)[name] == 1
    assert numbers_of(booking).get("late_minutes", 0) == (late if late > 10 else 0)


def test_a_window_is_kept_until_its_end_and_no_longer() -> None:
    service = IncidentTypeFactory(window_minutes=120)
    first, second = (visit(START + at * DAY, work_order=WorkOrderFactory(incident_type=service)) for at in (0, 1))
    assert first.window_end is not None
    begin(first, first.window_end)
    begin(second, first.window_end + DAY + MINUTE)
    assert numbers_of(first)["on_time"] == 1
    assert numbers_of(second)["late_minutes"] == 1


def test_why_a_visit_was_late_is_what_its_history_shows() -> None:
    def late(booking: Booking) -> str:
        begin(booking, booking.start + 40 * MINUTE)
        reasons = [name for name in numbers_of(booking) if name in REASONS]
        return reasons[0] if len(reasons) == 1 else str(reasons)

    def traveled(booking: Booking, minutes: int) -> Booking:
        at = booking.start + minutes * MINUTE
        with time_machine.travel(at, tick=False):
            booking.travel(by(Via.TECHNICIAN, at))
        return booking

    days = iter(START - at * DAY for at in range(1, 9))
    assert late(visit(next(days))) == "late_unknown"
    assert late(traveled(visit(next(days)), -20)) == "late_on_the_way"
    assert late(traveled(visit(next(days)), 20)) == "late_set_off"
    handed = visit(next(days))
    with time_machine.travel(handed.start - 20 * MINUTE, tick=False):
        handed.assign(ResourceFactory(), by(Via.ADMIN, timezone.now()))
    assert late(handed) == "late_handed_over"
    moved = visit(next(days))
    with time_machine.travel(moved.start + 20 * MINUTE, tick=False):
        moved.reschedule(moved.start + 30 * MINUTE, change=by(Via.ADMIN, timezone.now()))
    assert late(moved) == "late_moved"
    # The visit before ended forty minutes later than planned.
    overran = visit(next(days))
    begin(overran, overran.start)
    done = overran.end + 40 * MINUTE
    with time_machine.travel(done, tick=False):
        overran.complete(by(Via.TECHNICIAN, done))
    following = visit(overran.end + 10 * MINUTE, resource=overran.resource)
    begin(following, done + 10 * MINUTE)
    assert counted(timezone.localdate(following.start))["late_visit_before"] == 1


REASONS = {name for name in NUMBERS if name.startswith("late_")} - {
    "late_minutes", "late_up_to_15", "late_up_to_60", "late_longer",
}  # fmt: skip


def test_what_was_noted_only_later_is_unknown() -> None:
    by_file, on_a_later_day = visit(START), visit(START - DAY)
    begin(by_file, START, via=Via.IMPORT)
    begin(on_a_later_day, START + DAY, via=Via.ADMIN)
    assert numbers_of(by_file)["start_unknown"] == numbers_of(on_a_later_day)["start_unknown"] == 1


def test_visits_that_did_not_happen_as_promised() -> None:
    days = iter(START - at * DAY for at in range(1, 9))
    nobody, late, in_time, customer, at_the_door = (visit(next(days)) for _each in range(5))
    for booking, at, via in (
        (late, late.start + HOUR, Via.ADMIN),
        (in_time, in_time.start - HOUR, Via.ADMIN),
        (customer, customer.start + HOUR, Via.PORTAL),
    ):
        with time_machine.travel(at, tick=False):
            booking.cancel(by(via, at))
    begin(at_the_door, at_the_door.start)
    at_the_door.cancel(by(Via.TECHNICIAN, at_the_door.start + MINUTE))
    names = ("nobody_came", "canceled_late", "canceled_on_the_way", "moved_late")
    found = [
        [name for name in numbers_of(one) if name in names] for one in (nobody, late, in_time, customer, at_the_door)
    ]
    assert found == [["nobody_came"], ["canceled_late"], [], [], ["canceled_on_the_way"]]


# --- All of them ------------------------------------------------------------------------------------------------------
def random_company(chance: random.Random, visits: int = 60) -> None:
    technicians: list[Any] = [ResourceFactory() for _each in range(3)]
    services = [IncidentTypeFactory(window_minutes=minutes) for minutes in (None, 120)]
    for _each in range(visits):
        start = NOW - chance.randrange(-30, 24 * 40) * HOUR + chance.randrange(4) * 15 * MINUTE
        order = WorkOrderFactory(incident_type=chance.choice(services))
        random_history(chance, visit(start, work_order=order, resource=chance.choice(technicians)), technicians)


def random_history(chance: random.Random, booking: Booking, technicians: list[Resource]) -> None:
    at = booking.start - 2 * HOUR
    for _each in range(chance.randrange(6)):
        at = min(at + chance.randrange(90) * MINUTE, NOW)
        change = by(chance.choice([Via.TECHNICIAN, Via.ADMIN, Via.PORTAL, Via.IMPORT]), at)
        with time_machine.travel(at, tick=False):
            booking.refresh_from_db()
            match chance.randrange(8):
                case 0 if booking.status == BookingStatus.SCHEDULED:
                    booking.reschedule(booking.start + chance.randrange(-3, 30) * HOUR, change=change)
                case 1 if booking.status < BookingStatus.COMPLETED:
                    booking.assign(chance.choice(technicians), change)
                case 2 if booking.status == BookingStatus.SCHEDULED:
                    booking.travel(change)
                case 3 | 4 if booking.status in (BookingStatus.SCHEDULED, BookingStatus.TRAVELING):
                    booking.start_work(change)
                case 5 if booking.status < BookingStatus.COMPLETED:
                    booking.complete(change)
                    Feedback.objects.create(booking=booking, rating=chance.randrange(1, 6))
                case 6 if booking.status < BookingStatus.COMPLETED:
                    booking.cancel(change)
                case 7 if booking.status == BookingStatus.SCHEDULED:
                    booking.confirm(change)


def slowly(first: dt.date, last: dt.date) -> Counter[str]:
    """Count some of the numbers visit by visit, without the code of the reports."""
    found: Counter[str] = Counter()
    for booking in Booking.objects.all():
        if not first <= booking.start.astimezone(ZoneInfo(ZONE)).date() <= last:
            continue
        found["visits"] += 1
        found["canceled"] += booking.status == BookingStatus.CANCELED
        found["took_place"] += booking.get_status_display() in ("Completed", "In Progress", "On Break")
        found["confirmed"] += booking.answer == CustomerAnswer.YES
        found["asked"] += bool(booking.asked_at or booking.answer)
        changes = list(booking.changes.order_by("revision"))
        found["moves"] += sum(one.verb == Verb.RESCHEDULE for one in changes)
        found["moves_by_customer"] += sum(one.verb == Verb.RESCHEDULE and one.via == Via.PORTAL for one in changes)
        for feedback in booking.feedback.all():
            found[f"rating_{feedback.rating}"] += 1
        found["rated"] += booking.feedback.exists()
    return +found


def shown(period: Period, column: str = "") -> figures.Figures:
    return figures.visits(period, column, NUMBERS, timezone.now())


@pytest.mark.parametrize("lot", [1, 2])
def test_kept_numbers_are_those_of_the_visits(lot: int) -> None:
    random_company(random.Random(lot))
    period = Period.weeks(4, timezone.localdate(NOW))
    at_once = shown(period)
    assert counting.keep_due(NOW, Budget(None))
    kept = shown(period)
    assert not kept.pending
    assert kept.total == at_once.total
    assert kept.before == at_once.before
    assert kept.groups == at_once.groups
    slow = slowly(period.first, period.last)
    assert slow["visits"] > 20
    assert {name: kept.total[name] for name in slow} == dict(slow)
    for column in figures.OF_COLUMN:
        groups = shown(period, column)
        added: Counter[str] = Counter()
        for counts in groups.groups.values():
            added += counts
        assert added == +kept.total, column
    late = [name for name in NUMBERS if name in REASONS]
    assert sum(kept.total[name] for name in late) == kept.total["late"]
    assert (
        sum(kept.total[name] for name in ("on_time", "late", "start_unknown", "moved_late")) == kept.total["took_place"]
    )


def test_counting_again_changes_nothing() -> None:
    random_company(random.Random(3), 15)
    rows = VisitCount.objects.order_by("day", "resource", "incident_type")
    counting.keep_due(NOW, Budget(None))
    before = list(rows.values("day", "resource", "incident_type", *NUMBERS))
    counting.keep_due(NOW, Budget(None))
    assert list(rows.values("day", "resource", "incident_type", *NUMBERS)) == before
    assert count_for_reports() == "all days counted"


def test_a_late_change_of_an_old_day_is_in_the_next_look() -> None:
    booking = visit(NOW - 20 * DAY)
    begin(booking, booking.start)
    counting.keep_due(NOW, Budget(None))
    period = Period.weeks(4, timezone.localdate(NOW))
    assert shown(period).total["took_place"] == 1
    booking.complete(by(Via.ADMIN, NOW))
    assert booking.reported_by is not None
    verbs.rate(booking, booking.reported_by, 4)
    assert CountedDay.objects.filter(subject=CountedSubject.VISITS, counted_at=None).count() == 1
    assert shown(period).total["rating_4"] == 1  # counted on the spot
    counting.keep_due(NOW, Budget(None))
    assert VisitCount.objects.get(resource=None, incident_type=None, day=timezone.localdate(booking.start)).rated == 1


def test_a_change_without_a_verb_is_found_within_a_day() -> None:
    booking = visit(NOW - 20 * DAY)
    counting.keep_due(NOW, Budget(None))
    other: IncidentType = IncidentTypeFactory()
    booking.work_order.incident_type = other
    booking.work_order.save()
    with time_machine.travel(NOW + DAY, tick=False):
        counting.keep_due(NOW + DAY, Budget(None))
        assert shown(Period.weeks(4, timezone.localdate(NOW)), "incident_type").groups.keys() == {other.pk}


def test_with_another_zone_of_the_company_days_are_counted_again() -> None:
    late_in_the_evening = dt.datetime(2027, 4, 6, 2, 0, tzinfo=dt.UTC)  # the fifth in New York
    visit(late_in_the_evening)
    counting.keep_due(NOW, Budget(None))
    assert VisitCount.objects.filter(day=dt.date(2027, 4, 5)).exists()
    with timezone.override("Europe/London"):
        counting.keep_due(NOW, Budget(None))
    assert set(VisitCount.objects.values_list("day", flat=True)) == {dt.date(2027, 4, 6)}


def test_days_that_are_too_many_to_count_at_once_are_said_to_be_missing(
    monkeypatch: pytest.MonkeyPatch, admin_client: Client
) -> None:
    monkeypatch.setattr("bookings.reports.figures.LIVE_VISITS", 0)
    visit(NOW - 3 * DAY)
    assert "3 days are still being counted" in admin_client.get(reverse("admin:reports")).content.decode()
    counting.keep_due(NOW, Budget(None))
    assert "still being counted" not in admin_client.get(reverse("admin:reports")).content.decode()
