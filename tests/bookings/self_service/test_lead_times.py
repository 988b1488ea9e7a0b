"""Lead times and cut-offs by the clock, tried at random: any zone, any hour, both clock changes."""

import datetime as dt
import random

import pytest
from django.db import transaction

from bookings.availability.free_times import FreeTime, times_to_book, times_to_move
from bookings.models import Booking, IncidentType, Resource
from bookings.self_service import policy, verbs
from bookings.self_service.verbs import PolicyRefused, TimeTaken
from fsportal.lib.zones import local
from fsportal.models import Contact, PortalSettings
from tests.factories import (
    AccountFactory,
    BookingFactory,
    ContactFactory,
    IncidentTypeFactory,
    ResourceFactory,
    WorkOrderFactory,
)

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
ZONES = ["Europe/London", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Beirut", "Africa/Cairo",
         "America/Havana", "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham", "Asia/Dubai", "UTC"]  # fmt: skip
SKIP_MIDNIGHT = {"Asia/Beirut", "Africa/Cairo", "America/Havana"}
#: About here the clocks of these zones change, in one or the other direction.
CHANGES = [dt.datetime(2026, *day, tzinfo=dt.UTC) for day in
           ((3, 8), (3, 29), (4, 5), (4, 24), (9, 27), (10, 4), (10, 25), (10, 30), (11, 1))]  # fmt: skip
ROUNDS = 2


class Company:
    """A company with settings, a site and a technician made up at random, at a random moment."""

    def __init__(self, zone: str, lot: int) -> None:
        self.lot, self.chance = lot, random.Random(lot)
        days, hours = self.chance.choice([0, 0, 1, 2]), self.chance.choice([0, 1, 5, 23])
        self.portal_settings = PortalSettings.load()
        self.portal_settings.self_scheduling = True
        self.portal_settings.min_lead_days, self.portal_settings.min_lead_hours = days, hours
        self.portal_settings.max_lead_days = days + self.chance.choice([1, 2, 4])
        self.shortest = dt.timedelta(days=days, hours=hours)
        self.longest = dt.timedelta(days=self.portal_settings.max_lead_days)
        shift = self.chance.choice([0, 1]) * dt.timedelta(microseconds=1)
        shift += dt.timedelta(seconds=self.chance.randrange(-3 * 86_400, 3 * 86_400))
        self.now = self.chance.choice(CHANGES) + self.chance.choice([shift, 30 * MINUTE * (shift // (30 * MINUTE))])
        self.service: IncidentType = IncidentTypeFactory(
            is_offered=True, duration_minutes=60, cutoff_hours=self.chance.choice([0, 3, 24, 48])
        )
        self.service.cancel_cutoff_hours = self.chance.choice([None, 0, 12, 72])
        self.service.save()
        account = AccountFactory(time_zone=zone)
        self.contact: Contact = ContactFactory(account=account)
        always = {str(day): ["00:00", "00:00"] for day in range(7)}
        # Where the clock skips midnight, a shift until then ends an hour early (working_hours.py).
        elsewhere = [name for name in ZONES if name not in SKIP_MIDNIGHT]
        self.resource: Resource = ResourceFactory(time_zone=self.chance.choice(elsewhere), working_hours=always)

    def activate(self) -> None:
        """Make its settings those of the house, and its technician the only one."""
        self.portal_settings.save()
        Resource.objects.exclude(pk=self.resource.pk).update(is_active=False)
        Resource.objects.filter(pk=self.resource.pk).update(is_active=True)

    def times(self) -> list[FreeTime]:
        return times_to_book(self.service, self.contact.account, self.now, portal_settings=self.portal_settings)

    def book(self, at: FreeTime) -> Booking:
        return verbs.book(self.contact, self.service, at, by=None, details="", now=self.now)

    def at(self, start: dt.datetime) -> FreeTime:
        return FreeTime(start, start + HOUR, self.resource)


@pytest.fixture(params=ZONES)
def companies(request: pytest.FixtureRequest) -> list[Company]:
    lot = random.randrange(10**6)
    return [Company(request.param, lot + number) for number in range(ROUNDS)]


def has_time(company: Company, booked: FreeTime) -> bool:
    """Book a time and take it back."""
    try:
        with transaction.atomic():
            assert company.book(booked).start == booked.start
            transaction.set_rollback(True)
    except TimeTaken:
        return False
    return True


def test_no_time_is_nearer_than_the_lead_or_farther_than_the_maximum_and_none_between_is_left_out(
    companies: list[Company],
) -> None:
    for company in companies:
        company.activate()
        zone = company.contact.account.time_zone
        nearest, farthest = company.now + company.shortest, company.now + company.longest
        found = [time.start for time in company.times()]
        quarter = int(nearest.timestamp()) // 900 * 900
        moments = (dt.datetime.fromtimestamp(quarter + 900 * n, dt.UTC) for n in range(4 * 24 * 5))
        expected = [at for at in moments if nearest <= at <= farthest and local(at, zone).minute % 30 == 0]
        assert found == expected, company.lot


def test_what_is_offered_can_be_booked_at_that_moment_and_what_is_next_to_it_cannot(companies: list[Company]) -> None:
    for company in companies:
        company.activate()
        found = company.times()
        if not found:
            continue
        for time in {found[0], found[-1], company.chance.choice(found)}:
            assert has_time(company, time), company.lot
        for outside in (found[0].start - 30 * MINUTE, found[-1].start + 30 * MINUTE):
            assert not has_time(company, company.at(outside)), company.lot


def test_a_visit_moves_to_each_time_that_is_offered_and_policy_then_says_what_was_said_before(
    companies: list[Company],
) -> None:
    for company in companies:
        company.activate()
        order = WorkOrderFactory(
            account=company.contact.account, reported_by=company.contact, incident_type=company.service
        )
        start = company.now + 100 * HOUR
        visit: Booking = BookingFactory(work_order=order, resource=company.resource, start=start, end=start + HOUR)
        for time in times_to_move(visit, company.now, portal_settings=company.portal_settings)[::30]:
            said = policy.allowed_at(visit, time.start, company.now)
            with transaction.atomic():
                verbs.change_time(visit, time, contact=company.contact, by=None, why="", now=company.now)
                visit.refresh_from_db()
                assert policy.allowed(visit, company.now) == said, company.lot
                transaction.set_rollback(True)
            visit = Booking.objects.with_visit().get(pk=visit.pk)


def test_policy_and_verbs_agree_to_the_second_on_either_side_of_each_cut_off(companies: list[Company]) -> None:
    for company in companies:
        company.activate()
        order = WorkOrderFactory(
            account=company.contact.account, reported_by=company.contact, incident_type=company.service
        )
        start = company.now.replace(microsecond=0) + 100 * HOUR
        visit: Booking = BookingFactory(work_order=order, resource=company.resource, start=start, end=start + HOUR)
        kind = company.service
        hours = kind.cutoff_hours if kind.cancel_cutoff_hours is None else kind.cancel_cutoff_hours
        may = policy.allowed(visit, company.now)
        assert (may.change_until, may.cancel_until) == (start - kind.cutoff_hours * HOUR, start - hours * HOUR)
        assert may.cancel_until is not None
        for now, is_early in ((may.cancel_until - dt.timedelta(seconds=1), True), (may.cancel_until, False)):
            assert policy.allowed(visit, now).cancel == is_early, company.lot
            assert _cancels(company, visit, now) == is_early, company.lot


def _cancels(company: Company, visit: Booking, now: dt.datetime) -> bool:
    try:
        with transaction.atomic():
            verbs.cancel(visit, contact=company.contact, by=None, why="", now=now)
            transaction.set_rollback(True)
    except PolicyRefused:
        return False
    finally:
        visit.refresh_from_db()
    return True
