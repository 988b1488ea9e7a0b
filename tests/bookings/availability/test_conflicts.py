"""What stands against a visit, in sentences for staff."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from bookings.availability.conflicts import (
    Conflict,
    ConflictKind,
    ConflictsFound,
    Proposal,
    conflicts,
    conflicts_of,
    first_kinds,
    refuse_conflicts,
)
from bookings.models import Absence, Booking, Resource, Skill, WorkOrder
from tests.factories import AccountFactory, BookingFactory, IncidentTypeFactory, ResourceFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db
#: A Monday; London's clocks show UTC.
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


def at(clock: str, day: dt.datetime = MONDAY) -> dt.datetime:
    return day + dt.timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))


@pytest.fixture
def omar() -> Resource:
    resource: Resource = ResourceFactory(name="Omar", working_hours={"0": [["08:00", "12:00"], ["13:00", "17:00"]]})
    return resource


def proposal(resource: Resource, start: str = "09:00", end: str = "10:00", **more: Any) -> Proposal:
    order = more.pop("work_order", None) or WorkOrderFactory(**more)
    return Proposal(resource, order, at(start), at(end))


def kinds(found: list[Conflict]) -> list[str]:
    return [conflict.kind.value for conflict in found]


def said(one: Proposal) -> str:
    return " ".join(conflict.words for conflict in conflicts(one))


def test_nothing_stands_against_a_visit_in_the_hours_of_a_technician_who_is_free(omar: Resource) -> None:
    assert conflicts(proposal(omar)) == []


def test_another_visit_is_named_with_its_time_and_linked(omar: Resource) -> None:
    other = BookingFactory(resource=omar, start=at("09:30"), end=at("10:30"), work_order__account__name="Acme")
    (found,) = conflicts(proposal(omar))
    assert (found.kind, found.other) == (ConflictKind.OVERLAP, other)
    assert found.words == "Omar has another visit at this time: Acme, Mon 23 Nov, 09:30 to 10:30 (London time)."


def test_a_visit_is_not_in_its_own_way(omar: Resource) -> None:
    mine = BookingFactory(resource=omar, start=at("09:00"), end=at("10:00"))
    assert conflicts(Proposal(omar, mine.work_order, at("09:30"), at("10:30"), mine)) == []


def test_the_drive_from_the_visit_before_and_to_the_one_after(omar: Resource) -> None:
    across_town = WorkOrderFactory(account=AccountFactory(name="Acme", latitude=51.6014))  # 25 minutes away
    BookingFactory(resource=omar, start=at("08:00"), end=at("08:50"), work_order=across_town)
    BookingFactory(resource=omar, start=at("10:20"), end=at("11:00"), work_order=across_town)
    before, after = conflicts(proposal(omar))
    assert kinds([before, after]) == ["drive", "drive"]
    assert before.words.startswith("Omar drives about 25 minutes from the visit before, but has 10 minutes: Acme, Mon")
    assert after.words.startswith("Omar drives about 25 minutes to the visit after, but has 20 minutes: Acme, Mon")


def test_buffers_add_up(omar: Resource) -> None:
    kind = IncidentTypeFactory(buffer_after_minutes=15)
    BookingFactory(resource=omar, start=at("08:00"), end=at("08:40"), work_order__incident_type=kind)
    mine = WorkOrderFactory(incident_type=IncidentTypeFactory(buffer_before_minutes=10))
    assert "needs 25 minutes after the visit before (drive 0 minutes, kept free 25 minutes), but has 20 minutes" in (
        said(proposal(omar, work_order=mine))
    )
    assert conflicts(proposal(omar, "09:05", work_order=mine)) == []


@pytest.mark.parametrize(("start", "end"), [("07:30", "08:30"), ("11:30", "13:30"), ("16:30", "17:30")])
def test_outside_the_hours_of_the_day(omar: Resource, start: str, end: str) -> None:
    one = proposal(omar, start, end)
    assert kinds(conflicts(one)) == ["hours"]
    assert said(one) == "Omar works 08:00 to 12:00 and 13:00 to 17:00 (London time) on Mon 23 Nov."


def test_a_day_off_is_said_to_be_one(omar: Resource) -> None:
    tuesday = MONDAY + dt.timedelta(days=1)
    one = Proposal(omar, WorkOrderFactory(), at("09:00", tuesday), at("10:00", tuesday))
    assert said(one) == "Omar does not work on Tue 24 Nov."


def test_who_is_absent_is_not_said_to_be_ill(omar: Resource) -> None:
    Absence.objects.create(resource=omar, kind="ill", start=at("09:30"), end=at("17:00"))
    one = proposal(omar)
    assert kinds(conflicts(one)) == ["absent"]
    assert said(one) == "Omar is absent: Mon 23 Nov, 09:30 to 17:00 (London time)."
    assert conflicts(proposal(omar, "08:30", "09:30")) == []
    Absence.objects.update(start=MONDAY, end=MONDAY + dt.timedelta(days=3))
    assert said(one) == "Omar is absent: Mon 23 Nov to Wed 25 Nov."
    Absence.objects.update(end=MONDAY + dt.timedelta(days=1))
    assert said(one) == "Omar is absent: Mon 23 Nov."


def test_a_public_holiday(omar: Resource) -> None:
    christmas = dt.datetime(2026, 12, 25, tzinfo=dt.UTC)
    omar.public_holidays, omar.working_hours = "GB", {"4": ["08:00", "17:00"]}
    omar.save()
    order = WorkOrderFactory()
    within, early = (
        Proposal(omar, order, at(clock, christmas), at("10:00", christmas)) for clock in ("09:00", "07:00")
    )
    assert kinds(conflicts(within)) == ["holiday"]
    assert kinds(conflicts(early)) == ["hours", "holiday"]


def test_a_skill_that_is_missing_is_named(omar: Resource) -> None:
    kind = IncidentTypeFactory(name="Boiler service")
    kind.skills.set([Skill.objects.create(name="Gas"), Skill.objects.create(name="Heights")])
    omar.skills.set(Skill.objects.filter(name="Heights"))
    one = proposal(omar, incident_type=kind)
    assert kinds(conflicts(one)) == ["skill"]
    assert said(one) == "Omar lacks what “Boiler service” asks for: Gas."
    omar.skills.add(Skill.objects.get(name="Gas"))
    assert conflicts(one) == []
    omar.incident_types.add(IncidentTypeFactory())
    assert said(one) == "“Boiler service” is not among the work that Omar does."


def test_too_far_away_by_the_technician_s_own_radius(omar: Resource) -> None:
    omar.travel_radius = 10
    one = proposal(omar, account=AccountFactory(latitude=51.7))
    assert kinds(conflicts(one)) == ["radius"]
    assert said(one) == "It is 20 kilometres from where Omar starts, and the travel radius is 10."


@pytest.mark.parametrize(
    ("unknown", "words"),
    [
        ({"start_latitude": None}, "Nobody knows how far it is for Omar, who has no start place."),
        ({"time_zone": ""}, "Nobody knows the working hours of Omar, who has no time zone."),
        ({"is_active": False}, "Omar is not active any more."),
    ],
)
def test_what_nobody_knows_of_a_technician(omar: Resource, unknown: dict[str, Any], words: str) -> None:
    for name, value in unknown.items():
        setattr(omar, name, value)
    assert said(proposal(omar)) == words


def test_a_place_without_coordinates_stands_only_against_technicians_of_other_countries(omar: Resource) -> None:
    site = AccountFactory(latitude=None, longitude=None)
    assert conflicts(proposal(omar, account=site)) == []
    omar.time_zone, omar.working_hours = "Europe/Paris", {"0": ["00:00", "00:00"]}
    assert kinds(conflicts(proposal(omar, account=site))) == ["place"]


def test_who_was_sent_there_before_needs_no_skill_and_no_radius(omar: Resource) -> None:
    mine = BookingFactory(resource=omar, start=at("09:00"), end=at("10:00"))
    mine.work_order.incident_type.skills.add(Skill.objects.create(name="Gas"))
    Resource.objects.update(travel_radius=0)
    omar.refresh_from_db()
    assert conflicts(Proposal(omar, mine.work_order, at("14:00"), at("15:00"), mine)) == []
    assert kinds(conflicts(Proposal(omar, mine.work_order, at("14:00"), at("15:00")))) == ["skill", "radius"]


def test_what_was_accepted_is_not_refused_and_the_rest_is(omar: Resource) -> None:
    BookingFactory(resource=omar, start=at("16:00"), end=at("17:00"))
    one = proposal(omar, "16:30", "17:30")
    refuse_conflicts(one, ["overlap", "hours"])
    with pytest.raises(ConflictsFound, match=r"^Omar works 08:00 to 12:00") as refused:
        refuse_conflicts(one, ["overlap"])
    assert kinds(list(refused.value.conflicts)) == ["hours"]


def test_drafts_count_as_they_will_be(omar: Resource) -> None:
    there = BookingFactory(resource=omar, start=at("09:00"), end=at("10:00"))
    there.start, there.end = at("14:00"), at("15:00")
    order = WorkOrderFactory()
    morning, afternoon = (
        Proposal(omar, order, at(begins), at(ends)) for begins, ends in (("09:00", "10:00"), ("14:30", "15:00"))
    )
    found = conflicts_of([morning, afternoon], drafted=[there])
    assert [kinds(some) for some in found] == [[], ["overlap"]]
    assert found[1][0].other == there


def test_of_many_the_gravest_kind_that_is_not_accepted_is_told_without_words(omar: Resource) -> None:
    BookingFactory(resource=omar, start=at("16:00"), end=at("17:00"))
    each = [proposal(omar, "16:30", "17:30"), proposal(omar, "09:00", "10:00")]
    for despite in ([], ["overlap"], ["overlap", "hours"]):
        open_ones = [[one.kind for one in some if one.kind not in despite] for some in conflicts_of(each)]
        assert first_kinds(each, despite) == [next(iter(some), None) for some in open_ones]
    moved = Booking.objects.get()
    moved.start, moved.end = at("09:30"), at("10:30")
    assert first_kinds(each, ["hours"], drafted=[moved]) == [None, ConflictKind.OVERLAP]


def test_many_proposals_take_as_many_statements_as_two(omar: Resource) -> None:
    orders = [WorkOrderFactory() for _number in range(12)]
    resources = [omar, *ResourceFactory.create_batch(11)]
    for resource in resources:
        BookingFactory(resource=resource, start=at("09:30"), end=at("10:30"))
    each = [Proposal(who, order, at("09:00"), at("10:00")) for who, order in zip(resources, orders, strict=True)]
    with CaptureQueriesContext(connection) as few:
        conflicts_of(each[:2])
    with CaptureQueriesContext(connection) as many:
        found = conflicts_of(each)
    assert [kinds(some) for some in found] == [["overlap"]] * 12
    assert len(few) == len(many) <= 8
    assert Booking.objects.count() == 12


@pytest.mark.django_db(transaction=True)
def test_of_six_people_who_book_one_technician_at_once_one_wins_and_five_are_told(omar: Resource) -> None:
    orders = [WorkOrderFactory() for _number in range(6)]
    gate = Barrier(len(orders))

    def book(order: WorkOrder) -> str:
        one = Proposal(omar, order, at("09:00"), at("10:00"))
        try:
            gate.wait(timeout=20)
            with transaction.atomic():
                omar.lock()
                refuse_conflicts(one, [])
                Booking.schedule(work_order=order, resource=omar, start=one.start, end=one.end)
        except ConflictsFound as found:
            return found.conflicts[0].kind
        else:
            return "won"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(orders)) as pool:
        assert sorted(pool.map(book, orders)) == ["overlap"] * 5 + ["won"]
    assert Booking.objects.count() == 1
