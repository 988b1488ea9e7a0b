"""Free times and conflicts agree: what is offered has no conflicts, and what has none, on a half hour, is offered.

What is offered is besides checked against the rules themselves, written down once more and as simply as can be.
"""

import datetime as dt
import math
import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.availability.conflicts import Proposal, conflicts_of
from bookings.availability.free_times import FreeTime, Search, free_times, grid_of, is_free, is_offered
from bookings.availability.places import Radius
from bookings.availability.staff_times import staff_times
from bookings.eta.base import distance_km
from bookings.eta.estimate import between_visits
from bookings.models import Absence, Booking, BookingStatus, IncidentType, Resource, Skill, SpecialDay, WorkOrder
from fsportal.lib import zones
from fsportal.lib.public_holidays import public_holidays
from fsportal.models import PortalSettings
from fsportal.models.portal_settings import DistanceUnit
from tests.factories import AccountFactory, IncidentTypeFactory, ResourceFactory, WorkOrderFactory

LONDON = "Europe/London"
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
#: The clocks change in March and October; Christmas is a holiday.
FIRST_DAYS = [dt.date(2026, 3, 28), dt.date(2026, 10, 24), dt.date(2026, 12, 24), dt.date(2026, 6, 8)]
HOURS = [
    ["08:00", "17:00"],
    [["08:00", "12:00"], ["13:00", "17:00"]],
    ["22:00", "06:00"],
    ["00:30", "03:30"],
    ["00:00", "00:00"],
    [],
]
PLACES = [(51.5014, -0.1419), (51.6014, -0.1419), (51.75, -0.3), (None, None)]


class Company:
    """Some technicians with visits, absences, special days and skills, all by chance, and a visit to be booked."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.day = chance.choice(FIRST_DAYS)
        self.first = zones.midnight(self.day, LONDON)
        self.skills = [Skill.objects.get_or_create(name=name)[0] for name in ("Gas", "Heights")]
        self.services = [self._service() for _number in range(2)]
        self.orders = [self._order(place) for place in PLACES]
        self.resources = [self._resource() for _number in range(3)]
        self.order = chance.choice(self.orders)

    def _service(self) -> IncidentType:
        before, after = self.chance.choice([0, 10, 45]), self.chance.choice([0, 20])
        kind: IncidentType = IncidentTypeFactory(
            duration_minutes=self.chance.choice([30, 60, 100]), buffer_before_minutes=before, buffer_after_minutes=after
        )
        kind.skills.set(self.chance.choices(self.skills, k=self.chance.choice([0, 0, 1, 2])))
        return kind

    def _order(self, place: tuple[float | None, float | None]) -> WorkOrder:
        account = AccountFactory(latitude=place[0], longitude=place[1])
        order: WorkOrder = WorkOrderFactory(account=account, incident_type=self.chance.choice(self.services))
        return order

    def _resource(self) -> Resource:
        chance = self.chance
        resource: Resource = ResourceFactory(
            working_hours={str(day): chance.choice(HOURS) for day in range(7)},
            time_zone=chance.choice([LONDON, LONDON, "Europe/Paris", "Asia/Kathmandu", ""]),
            public_holidays=chance.choice(["", "GB", "GB-SCT"]),
            travel_radius=chance.choice([None, 5, 200]),
            start_latitude=chance.choice([51.52, 51.52, None]),
            is_active=chance.random() < 0.9,
        )
        resource.skills.set(chance.choices(self.skills, k=2))
        if chance.random() < 0.2:
            resource.incident_types.set([chance.choice(self.services)])
        for _number in range(chance.randint(0, 4)):
            self._visit(resource)
        if chance.random() < 0.4:
            start = self._moment()
            Absence.objects.create(resource=resource, start=start, end=start + HOUR * chance.randint(1, 30))
        if chance.random() < 0.4:
            day = self.day + DAY * chance.randint(0, 2)
            hours = chance.choice([[], [["09:00", "11:00"]], [["20:00", "02:00"]]])
            SpecialDay.objects.create(resource=resource, day=day, hours=hours)
        return resource

    def _moment(self) -> dt.datetime:
        return self.first + dt.timedelta(minutes=5 * self.chance.randint(0, 700))

    def _visit(self, resource: Resource) -> None:
        start, status = self._moment(), self.chance.choice([*BookingStatus])
        end = start + HOUR * self.chance.choice([1, 2, 9])
        order = self.chance.choice(self.orders)
        Booking.objects.create(work_order=order, resource=resource, start=start, end=end, status=status)

    def search(self) -> Search:
        moving = None
        if self.chance.random() < 0.4:
            moving = Booking.objects.filter(status=BookingStatus.SCHEDULED, work_order=self.order).first()
        kind = self.order.incident_type
        length, last = dt.timedelta(minutes=kind.duration_minutes), self.first + 2 * DAY
        radius = Radius(20, DistanceUnit.KM)
        return Search(self.order.site, LONDON, kind, length, self.first, last, radius, moving)

    def proposals(self, search: Search) -> Iterator[Proposal]:
        for start in grid_of(search):
            for resource in self.resources:
                yield Proposal(resource, self.order, start, start + search.length, search.moving)


@pytest.mark.django_db
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(number=st.integers(0, 10**9))
def test_free_times_and_conflicts_agree_and_break_no_rule(number: int) -> None:
    PortalSettings.objects.update(travel_radius=20, travel_radius_unit="km")
    for model in (Booking, Absence, SpecialDay, Resource):
        model.objects.all().delete()
    company = Company(random.Random(number))
    search = company.search()
    each = [*company.proposals(search)]
    found = conflicts_of(each)
    without = {(one.start, one.resource.pk) for one, some in zip(each, found, strict=True) if not some}
    offered = {(time.start, time.resource.pk) for time in free_times(search)}
    assert offered <= without
    assert {start for start, _resource in offered} == {start for start, _resource in without}
    by_technician = staff_times(search, most=99, each=9999)
    assert {(time.start, one.resource.pk) for one in by_technician for time in one.times} == without
    for one in company.chance.sample(each, 2):  # the portal asks so once more before it books
        may_book = is_offered(search, one.start, one.resource) and is_free(search, one.start, one.resource)
        assert may_book is ((one.start, one.resource.pk) in without)
    for staffed in by_technician:
        rules = Rules(search, staffed.resource)
        for time in staffed.times:
            rules.hold_for(time)


class Rules:
    """What one technician's times have to keep to, written down as simply as can be."""

    def __init__(self, search: Search, resource: Resource) -> None:
        self.search, self.resource = search, resource
        self.special = {one.day: one.hours for one in SpecialDay.objects.filter(resource=resource)}
        self.absences = list(Absence.objects.filter(resource=resource))
        moving = search.moving.pk if search.moving else None
        booked = Booking.objects.active().filter(resource=resource).with_visit()
        self.visits = [visit for visit in booked if visit.pk != moving]
        if search.moving is None or search.moving.resource_id != resource.pk:
            assert set(search.incident_type.skills.all()) <= set(resource.skills.all())
            assert resource.start_place is not None
            radius = 20 if resource.travel_radius is None else resource.travel_radius
            site = search.site.coordinates
            assert site is None or distance_km(resource.start_place, site) <= radius

    def hold_for(self, time: FreeTime) -> None:
        quarter = dt.timedelta(minutes=15)
        moments = [time.start + n * quarter for n in range(math.ceil(self.search.length / quarter))]
        assert all(map(self.is_at_work, [*moments, time.end - dt.timedelta(minutes=1)]))
        assert not any(one.start < time.end and one.end > time.start for one in self.absences)
        mine = self.search.incident_type
        for visit in self.visits:
            other = visit.work_order.incident_type
            drive = between_visits(visit.work_order.site.coordinates, self.search.site.coordinates)
            before = dt.timedelta(minutes=other.buffer_after_minutes + mine.buffer_before_minutes)
            after = dt.timedelta(minutes=mine.buffer_after_minutes + other.buffer_before_minutes)
            assert visit.end + before + drive <= time.start or time.end + after + drive <= visit.start

    def is_at_work(self, moment: dt.datetime) -> bool:
        """Tell whether a shift of this day or of the day before is on, by the technician's clock."""
        wall = zones.local(moment, self.resource.time_zone).replace(tzinfo=None)
        return any(self.is_in_shift(wall, day) for day in (wall.date() - DAY, wall.date()))

    def is_in_shift(self, wall: dt.datetime, day: dt.date) -> bool:
        code = self.resource.public_holidays
        if day not in self.special and code and day in public_holidays(code, day.year):
            return False
        stored = self.special.get(day, self.resource.working_hours[str(day.weekday())])
        for begins, ends in [stored] if stored and isinstance(stored[0], str) else stored:
            start, end = (dt.datetime.combine(day, dt.time.fromisoformat(clock)) for clock in (begins, ends))
            if start <= wall < (end if end > start else end + DAY):
                return True
        return False
