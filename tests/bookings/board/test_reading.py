"""What the board shows: lanes, visits, what stands against them, and in how few statements."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from bookings.admin.board.lanes import board_day
from bookings.admin.board.query import BoardQuery
from bookings.admin.board.spans import DAY_MINUTES, Place, left_between, place, rows_of
from bookings.admin.board.tray import tray
from bookings.admin.board.visits import BoardVisit
from bookings.admin.board.week import DRAWN, IN_A_CELL, WeekCell, most_in_a_cell, week
from bookings.models import Absence, AbsenceKind, Change, CustomerNote, Resource, Skill, Team, Wish
from tests.bookings.board.stage import DAY, MINUTE, NOW, at, company_in_london, of_role, technician, visit
from tests.factories import AccountFactory, BookingFactory, WorkOrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def london() -> Iterator[None]:
    company_in_london()
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/London"):
        yield


@pytest.fixture
def omar() -> Resource:
    return technician("Omar Haddad")


def shown(**query: str) -> dict[str, list[BoardVisit]]:
    """Return the visits of the day by their technician's name."""
    day = board_day(BoardQuery.of({"day": str(DAY), **query}, timezone.now()), timezone.now())
    return {lane.resource.name: list(lane.visits) for lane in day.lanes}


# --- Lanes ------------------------------------------------------------------------------------------------------------
def test_a_lane_has_the_visits_of_its_technician_and_day_in_order(omar: Resource) -> None:
    grace = technician("Grace O'Malley")
    later, early = visit(omar, "14:00"), visit(omar, "09:00")
    BookingFactory(resource=omar, start=at("09:00") + dt.timedelta(days=1), end=at("10:00") + dt.timedelta(days=1))
    lanes = shown()
    assert [one.booking for one in lanes["Omar Haddad"]] == [early, later]
    assert lanes[grace.name] == []


def test_a_visit_over_midnight_is_on_both_days(omar: Resource) -> None:
    night = visit(omar, "23:00", 180)
    (tonight,) = shown()["Omar Haddad"]
    (tomorrow,) = shown(day="2026-11-25")["Omar Haddad"]
    assert tonight.place == Place(23 * 60, DAY_MINUTES)
    assert (tomorrow.booking, tomorrow.place) == (night, Place(0, 120))


def test_canceled_visits_are_shown_only_when_asked_for(omar: Resource) -> None:
    visit(omar, "09:00").cancel()
    assert shown()["Omar Haddad"] == []
    assert len(shown(status="canceled")["Omar Haddad"]) == 1


def test_filters_choose_technicians_by_team_skill_and_name(omar: Resource) -> None:
    north, gas = Team.objects.create(name="North"), Skill.objects.create(name="Gas")
    omar.team = north
    omar.save()
    technician("Grace O'Malley").skills.add(gas)
    assert list(shown(team=str(north.pk))) == ["Omar Haddad"]
    assert list(shown(skill=str(gas.pk))) == ["Grace O'Malley"]
    assert list(shown(q="omar")) == ["Omar Haddad"]
    assert len(shown(team="nonsense", skill="1", day="never", view="month")) == 2


def test_a_visit_says_all_of_it_in_a_sentence(omar: Resource) -> None:
    account = AccountFactory(name="Smith & Sons", city="Camden")
    order = WorkOrderFactory(account=account, incident_type__name="Boiler service")
    booking = visit(omar, "09:00", work_order=order)
    CustomerNote.objects.create(booking=booking, wish=Wish.CHANGE, text="Later, please")
    visit(omar, "09:30")
    with time_machine.travel(at("09:15"), tick=False):
        sentence = shown()["Omar Haddad"][0].sentence
    begins = "09:00 to 10:00, Smith & Sons, Boiler service, Camden, Scheduled, Late, Asks for another time, Conflict"
    assert sentence.startswith(f"{begins}, Not told. Omar Haddad has another visit at this time"), sentence


def test_a_visit_in_another_zone_shows_its_own_clock_too(omar: Resource) -> None:
    order = WorkOrderFactory(account=AccountFactory(time_zone="Europe/Berlin", city="Berlin"))
    visit(omar, "09:00", work_order=order)
    (one,) = shown()["Omar Haddad"]
    assert (one.clock, one.own_clock) == ("09:00", "10:00 Berlin time")


def test_a_drive_is_drawn_before_a_visit_and_is_short_where_there_is_no_time_for_it(omar: Resource) -> None:
    far = WorkOrderFactory(account=AccountFactory(latitude=51.65, longitude=-0.08))
    visit(omar, "09:00")
    visit(omar, "10:10", work_order=far)
    visit(omar, "14:00")
    (lane,) = board_day(BoardQuery(DAY), NOW).lanes
    short, enough = lane.drives
    assert short.is_short
    assert not enough.is_short
    assert short.place == Place(600, 610), "no longer than the gap"
    assert enough.place.ends - enough.place.begins == enough.minutes


def test_absences_and_hours_without_work_are_in_the_lane(omar: Resource) -> None:
    Absence.objects.create(resource=omar, kind=AbsenceKind.ILL, start=at("13:00"), end=at("17:00"), note="Flu")
    (lane,) = board_day(BoardQuery(DAY), NOW).lanes
    assert Place(0, 8 * 60) in lane.off
    assert [(one.place, one.words) for one in lane.away] == [(Place(13 * 60, 17 * 60), "Absent")]


# --- Places on the time line ------------------------------------------------------------------------------------------
def test_overlapping_visits_stand_below_each_other() -> None:
    places = [Place(540, 600), Place(570, 630), Place(600, 660)]
    assert rows_of(places) == [0, 1, 0]
    assert left_between(places) == [Place(0, 540), Place(660, DAY_MINUTES)]


def test_on_the_night_of_the_clock_change_a_visit_keeps_its_wall_times() -> None:
    # 25 October 2026: the clocks go back at 2:00.
    night = dt.date(2026, 10, 25)
    assert place(at("09:00", night), at("10:00", night), night) == Place(540, 600)
    one = place(at("01:30", night), at("01:30", night) + 60 * MINUTE, night)
    assert one is not None
    assert one.begins == 90
    assert one.ends > one.begins


def test_places_are_classes_that_the_style_sheet_has() -> None:
    sheet = Path("static/css/board-times.css").read_text()
    for minute in range(0, DAY_MINUTES, 7):
        for name in Place(minute, min(minute + 13, DAY_MINUTES)).classes.split():
            assert f".{name} " in sheet, name


# --- The tray ---------------------------------------------------------------------------------------------------------
def test_the_tray_has_what_waits_the_oldest_first_and_is_searched() -> None:
    second = WorkOrderFactory(waits_since=NOW - 5 * MINUTE, account__name="Zed Ltd")
    first = WorkOrderFactory(waits_since=NOW - 60 * MINUTE, request="Mornings only")
    WorkOrderFactory()
    assert [one.work_order for one in tray("", NOW).waiting] == [first, second]
    assert [one.work_order for one in tray("zed", NOW).waiting] == [second]
    assert [one.work_order for one in tray("mornings", NOW).waiting] == [first]


# --- The page ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "sees", "moves"), [("dispatcher", True, True), ("read-only", True, False), ("technician", False, False)]
)
def test_who_may_see_the_board_and_who_may_move(omar: Resource, role: str, sees: bool, moves: bool) -> None:
    visit(omar, "09:00")
    client = of_role(role)
    answer = client.get(reverse("admin:board"))
    assert answer.status_code == (200 if sees else 403)
    assert ('class="board-move"' in answer.content.decode()) is moves
    assert (reverse("admin:board") in client.get(reverse("admin:index")).content.decode()) is sees


def test_what_is_refreshed_is_sent_only_if_something_has_happened(omar: Resource) -> None:
    booking = visit(omar, "09:00")
    client, address = of_role("dispatcher"), reverse("admin:board-now")
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    booking.reschedule(at("10:00"), change=Change(quiet=True))
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_number_of_statements_does_not_grow_with_the_visits(omar: Resource) -> None:
    visit(omar, "09:00")
    WorkOrderFactory(waits_since=NOW)
    client = of_role("dispatcher")
    counts = []
    for more in (0, 6):
        for number in range(more):
            visit(technician(f"T {number}"), "10:00")
            WorkOrderFactory(waits_since=NOW)
        for view in ("day", "week"):
            address = reverse("admin:board") + f"?view={view}"
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 25, counts


def test_what_waits_is_looked_for_before_anything_is_joined() -> None:
    """Where nothing waits, SQLite with statistics joined all work orders of all services."""
    with CaptureQueriesContext(connection) as asked:
        assert tray("", NOW).number == 0
    assert [" JOIN " in one["sql"] for one in asked.captured_queries] == [False]


def test_a_search_for_what_no_database_can_store_finds_nothing() -> None:
    """PostgreSQL refuses a NUL in any text."""
    answer = of_role("dispatcher").get(reverse("admin:board"), {"q": "Oma\x00r", "tray": "a\x00"})
    assert answer.status_code == 200
    assert BoardQuery.of({"q": " Oma\x00r "}, NOW).q == "Omar"


# --- The week ---------------------------------------------------------------------------------------------------------
def cells(**query: str) -> dict[dt.date, WeekCell]:
    """Return the week of the only technician by day."""
    (lane,) = week(BoardQuery.of({"day": str(DAY), "view": "week", **query}, NOW), NOW).lanes
    return {cell.day: cell for cell in lane.cells}


def test_a_week_shows_each_day_of_a_technician(omar: Resource) -> None:
    later, early, night = visit(omar, "14:00"), visit(omar, "09:00"), visit(omar, "23:00", 120)
    found = cells()
    assert [one.booking for one in found[DAY].visits] == [early, later, night]
    assert [one.booking for one in found[DAY + dt.timedelta(days=1)].visits] == [night]
    assert [cell.works for cell in found.values()] == [True] * 5 + [False] * 2
    assert sum(cell.number for cell in found.values()) == 4


def test_a_week_draws_so_many_visits_and_says_how_many_more_there_are(
    omar: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookings.admin.board.week.DRAWN", 3)
    booked = [visit(omar, f"{hour:02}:00") for hour in range(9, 14)]
    Absence.objects.create(resource=omar, kind=AbsenceKind.ILL, start=at("15:00"), end=at("17:00"))
    cell = cells()[DAY]
    assert [one.booking for one in cell.visits] == booked[:3]
    assert (cell.number, cell.rest) == (5, 2)
    page = of_role("dispatcher").get(reverse("admin:board"), {"day": str(DAY), "view": "week"}).content.decode()
    assert "and 2 more</a>" in page
    assert page.count('class="board-visit ') == 3
    assert "Absent" in page


def test_cells_share_what_a_week_may_draw_and_none_is_left_empty() -> None:
    assert most_in_a_cell([]) == IN_A_CELL
    assert most_in_a_cell([100]) == IN_A_CELL
    assert most_in_a_cell([3] * (DRAWN // 3)) == IN_A_CELL
    assert most_in_a_cell([3] * (DRAWN // 2)) == 2
    assert most_in_a_cell([3] * DRAWN) == 1
    assert most_in_a_cell([3] * DRAWN * 2) == 1


def test_what_people_wrote_is_escaped_in_the_week_and_on_the_day(omar: Resource) -> None:
    name = "<b>\"Ann\" & 'Co'</b>"
    order = WorkOrderFactory(account=AccountFactory(name=name, city=name, time_zone="Europe/Berlin"))
    order.incident_type.name = name
    order.incident_type.save()
    visit(omar, "09:00", work_order=order)
    client = of_role("dispatcher")
    for view in ("day", "week"):
        page = client.get(reverse("admin:board"), {"day": str(DAY), "view": view, "tray": "&<b>"}).content.decode()
        assert name not in page
        assert "&lt;b&gt;&quot;Ann&quot; &amp; &#x27;Co&#x27;&lt;/b&gt;" in page
        assert "&amp;tray=%26%3Cb%3E" in page
