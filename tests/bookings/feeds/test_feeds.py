"""Calendar feeds: what they hold, who may read them, and that other programs can."""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from bookings.feeds.contents import contents
from bookings.models import Absence, Booking, CalendarFeed, Resource, Team
from bookings.models.window import ToldTime
from fsportal.lib.logs import without_secrets
from tests.factories import BookingFactory, ResourceFactory, UserFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2027, 3, 2, 9, tzinfo=dt.UTC)
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def omar() -> Resource:
    made: Resource = ResourceFactory(name="Omar", user=UserFactory(groups=["technician"]))
    return made


@pytest.fixture
def visit(omar: Resource) -> Booking:
    order = WorkOrderFactory(notes="Mind the step; ring twice")
    booking: Booking = BookingFactory(work_order=order, resource=omar, start=NOW + 30 * DAY)
    booking.reschedule(booking.start, window=ToldTime(booking.start - HOUR, booking.start + 3 * HOUR))
    return booking


def path_of(feed: CalendarFeed) -> str:
    return feed.address.removeprefix(settings.SITE_URL)


def events(feed: CalendarFeed) -> list[Any]:
    return list(Calendar.from_ical(contents(feed, NOW)).walk("VEVENT"))


def test_a_technicians_calendar_holds_their_visits_and_absences(client: Client, visit: Booking, omar: Resource) -> None:
    BookingFactory(start=NOW + DAY)  # somebody else's
    BookingFactory(resource=omar, start=NOW + 91 * DAY)
    BookingFactory(resource=omar, start=NOW + 2 * DAY).cancel()
    Absence.objects.create(
        resource=omar,
        kind="ill",
        start=dt.datetime(2027, 3, 10, tzinfo=dt.UTC),
        end=dt.datetime(2027, 3, 12, tzinfo=dt.UTC),
    )
    feed = CalendarFeed.of_technician(omar, by=None)
    answer = client.get(path_of(feed))
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    told, away = Calendar.from_ical(answer.content).walk("VEVENT")
    order = visit.work_order
    assert str(told["SUMMARY"]) == f"{order.account.name}, {order.incident_type.name}"
    assert told["UID"] == f"{visit.pk}@{settings.SITE_HOST}"
    # A month later, once the clocks of London have gone forward.
    assert told["DTSTART"].dt.isoformat() == "2027-04-01T10:00:00+01:00"
    assert str(told["DESCRIPTION"]) == f"{order.number}\nThe customer was told: 09:00 to 13:00"
    assert (away["DTSTART"].dt, away["DTEND"].dt, str(away["SUMMARY"])) == (
        dt.date(2027, 3, 10), dt.date(2027, 3, 12), "Absent",
    )  # fmt: skip
    assert b"ill" not in answer.content.lower().replace(b"will", b"")


def test_phone_numbers_and_notes_are_in_it_only_if_that_was_chosen(visit: Booking, omar: Resource) -> None:
    feed = CalendarFeed.of_technician(omar, by=None)
    contact = visit.work_order.reported_by
    assert contact is not None
    assert contact.name not in str(events(feed)[0]["DESCRIPTION"])
    feed.set_details(True, by=None)
    feed.refresh_from_db()
    said = str(events(feed)[0]["DESCRIPTION"])
    assert contact.name in said
    assert "Mind the step; ring twice" in said


def test_a_team_has_one_calendar_that_names_who_comes(visit: Booking, omar: Resource) -> None:
    team = Team.objects.create(name="North")
    Resource.objects.filter(pk=omar.pk).update(team=team)
    feed = CalendarFeed.objects.create(team=team)
    assert [str(event["SUMMARY"]).partition(",")[0] for event in events(feed)] == ["Omar"]


def test_nothing_changed_is_said_in_a_few_bytes_and_few_statements(
    client: Client, visit: Booking, omar: Resource, django_assert_max_num_queries: Any, clock: time_machine.Coordinates
) -> None:
    feed = CalendarFeed.of_technician(omar, by=None)
    first = client.get(path_of(feed))
    clock.shift(HOUR)
    again = client.get(path_of(feed), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for number in range(5):
        BookingFactory(resource=omar, start=NOW + (number + 3) * DAY)
    with django_assert_max_num_queries(5):
        changed = client.get(path_of(feed), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_unknown_wrong_revoked_and_old_addresses_answer_alike(client: Client, omar: Resource) -> None:
    feed = CalendarFeed.of_technician(omar, by=None)
    old = path_of(feed)
    feed.rotate(by=None)
    new = path_of(feed)
    assert client.get(new).status_code == 200
    assert feed.revoke(by=None)
    answers = [client.get(address) for address in (old, new, "/calendar/nothing.ics", f"{new[:-8]}xxxx.ics")]
    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    feed.rotate(by=None)
    assert client.get(path_of(feed)).status_code == 200
    Resource.objects.update(is_active=False)
    assert client.get(path_of(feed)).status_code == 404


def test_whoever_guesses_is_slowed_down_and_no_code_is_logged(
    client: Client, omar: Resource, caplog: pytest.LogCaptureFixture
) -> None:
    feed = CalendarFeed.of_technician(omar, by=None)
    with caplog.at_level(logging.DEBUG):
        answers = [client.get(f"/calendar/guess{number}.ics").status_code for number in range(32)]
    assert answers[29:] == [404, 429, 429]
    assert without_secrets(f"GET {path_of(feed)} 404") == "GET /calendar/[code] 404"


def test_a_technician_makes_their_address_and_another_one(client: Client, omar: Resource) -> None:
    assert omar.user is not None
    client.force_login(omar.user)
    page = reverse("technician-calendar")
    assert "Make an address" in client.get(page).content.decode()
    client.post(reverse("technician-calendar-connect"))
    feed = CalendarFeed.objects.get()
    assert feed.subscription in client.get(page).content.decode()
    client.post(reverse("technician-calendar-connect"), {"new": "1"})
    assert feed.address not in client.get(page).content.decode()
    CalendarFeed.objects.get().revoke(by=None)
    client.post(reverse("technician-calendar-connect"), {"new": "1"})
    assert "Ask your dispatcher" in client.get(page).content.decode()


def test_admins_make_a_calendar_and_revoke_it(client: Client, omar: Resource) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    technician = client.get(reverse("admin:bookings_resource_change", args=[omar.pk])).content.decode()
    add = f"{reverse('admin:bookings_calendarfeed_add')}?resource={omar.pk}"
    assert add in technician
    assert client.post(add, {"resource": str(omar.pk)}).status_code == 302
    feed = CalendarFeed.objects.get()
    page = reverse("admin:bookings_calendarfeed_change", args=[feed.pk])
    assert feed.address in client.get(page).content.decode()
    client.post(reverse("admin:bookings_calendarfeed_action", args=[feed.pk, "revoke"]))
    assert feed.address not in client.get(page).content.decode()
    both = client.post(add, {"resource": str(omar.pk), "team": str(Team.objects.create(name="North").pk)})
    assert "Choose a technician or a team." in both.content.decode()
