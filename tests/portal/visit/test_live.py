"""Where the technician is, over HTTP: only to the customer of the visit being traveled to, and only while it is so."""

import datetime as dt
import json
import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bookings.eta.base import distance_km
from bookings.models import Booking, BookingNotificationCode, Change, Position, Route
from fsportal.models import PortalSettings
from fsportal.models.portal_settings import LocationPrecision
from notifications.customers import delivery
from notifications.models import CustomerNotification
from portal.access.viewer import SEE_AS
from portal.models import WebRole
from portal.visit.live import GRID_METRES, on_grid, thinned
from tests.factories import BookingFactory, CodeFactory, ContactFactory, ResourceFactory, UserFactory, WorkOrderFactory
from tests.portal.stage import NOW, STATES, clean_address, company, customer_of, open_link, visit
from tests.portal.visit.whereabouts import DIGITS, MINUTE, SITE, THERE, drive, on_the_way

pytestmark = pytest.mark.django_db

#: How a visit that is traveled to goes on, by the verbs.
ENDS = {
    "working": lambda booking: booking.start_work(),
    "break": lambda booking: booking.pause(),
    "completed": lambda booking: booking.complete(),
    "canceled": lambda booking: booking.cancel(),
    "turned back": lambda booking: booking.turn_back(),
}


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def live_address(code: BookingNotificationCode) -> str:
    return reverse("visit-live", args=[code.public_id])


def ask(client: Client, code: BookingNotificationCode, **query: str) -> Any:
    """Return what the page's script gets."""
    return client.get(live_address(code), query)


def shown(client: Client, code: BookingNotificationCode) -> Any:
    """Return what the script is told of the technician's place, for who has opened the link."""
    open_link(client, code)
    return ask(client, code).json().get("position")


def settings_with(**values: Any) -> None:
    portal_settings = PortalSettings.load()
    for name, value in values.items():
        setattr(portal_settings, name, value)
    portal_settings.save()


def tells_no_place(answer: Any) -> bool:
    text = f"{answer.headers}\n{answer.content.decode()}"
    return not [digits for digits in DIGITS if digits in text]


# --- Who travels to whom --------------------------------------------------------------------------------------------
def test_the_customer_who_is_traveled_to_sees_where_the_technician_is(client: Client) -> None:
    code = on_the_way()
    open_link(client, code)
    answer = ask(client, code)
    said = answer.json()
    assert said["position"] == {"at": [*THERE], "accuracy": 8, "about": False}
    assert said["destination"] == [*SITE]
    assert (said["age"], said["stale"]) == (10, False)
    assert (said["arrival"], said["distance"]) == ("10:20 to 10:40 (London time)", "About 3 km to go")
    assert said["line"][0] == [*THERE], "what lies behind is not told"
    assert said["line"][-1] == [*SITE]
    assert answer["Cache-Control"] == "private, no-store"


def test_the_customer_sees_it_from_their_account(client: Client) -> None:
    code = on_the_way()
    client.force_login(customer_of(code.contact))
    answer = client.get(reverse("booking-live", args=[code.booking.pk]))
    assert answer.json()["position"]["at"] == [*THERE]
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("state", [state for state in STATES if state != "traveling"])
def test_in_every_other_state_there_is_nothing_whatever_is_stored(client: Client, state: str) -> None:
    code = visit(state)
    Booking.objects.filter(pk=code.booking.pk).update(set_off_at=NOW - 10 * MINUTE)
    drive(code.booking, NOW - MINUTE)
    page = open_link(client, code)
    assert ask(client, code).json() == {"over": True}
    assert tells_no_place(page)
    assert "data-follow" not in page.content.decode()


@pytest.mark.parametrize("end", ENDS)
def test_it_is_over_with_the_verb(client: Client, end: str) -> None:
    code = on_the_way()
    assert shown(client, code)
    ENDS[end](Booking.objects.with_visit().get(pk=code.booking.pk))
    assert ask(client, code).json() == {"over": True}
    page = client.get(clean_address(code))
    assert "data-follow" not in page.content.decode()
    assert "Omar Haddad" not in page.content.decode()


def test_setting_off_once_more_shows_nothing_of_the_first_time(client: Client) -> None:
    code = on_the_way()
    booking = Booking.objects.with_visit().get(pk=code.booking.pk)
    booking.turn_back()
    booking.travel(Change(quiet=True))
    assert shown(client, code) is None


def test_a_visit_that_is_given_to_somebody_else_on_the_way_shows_nothing_of_the_first(client: Client) -> None:
    code = on_the_way()
    Booking.objects.with_visit().get(pk=code.booking.pk).assign(ResourceFactory())
    assert shown(client, code) is None


def test_the_way_of_the_first_is_not_drawn_for_who_takes_over(client: Client) -> None:
    code = on_the_way()
    other = ResourceFactory()
    Booking.objects.with_visit().get(pk=code.booking.pk).assign(other)
    booking = Booking.objects.get(pk=code.booking.pk)
    assert booking.set_off_at is not None
    drive(booking, booking.set_off_at, SITE)
    Booking.objects.filter(pk=booking.pk).update(arrival_at=booking.set_off_at)
    open_link(client, code)
    answer = ask(client, code).json()
    assert answer["position"]["at"] == [*SITE]
    assert answer["line"] == []


def test_positions_on_the_way_to_another_customer_are_not_shown(client: Client) -> None:
    code = on_the_way(position=False)
    other = BookingFactory(resource=code.booking.resource)
    Booking.objects.filter(pk=other.pk).update(status=code.booking.status, set_off_at=NOW - 5 * MINUTE)
    drive(other, NOW - MINUTE)
    assert shown(client, code) is None


@pytest.mark.parametrize("mark", ["jump", "old", "order", "vague"])
def test_what_is_not_believed_is_not_shown(client: Client, mark: str) -> None:
    code = on_the_way(position=False)
    drive(code.booking, NOW - MINUTE, mark=mark)
    assert shown(client, code) is None


# --- Who else asks --------------------------------------------------------------------------------------------------
def test_another_visits_link_opens_nothing(client: Client) -> None:
    code = on_the_way()
    other = CodeFactory(booking=BookingFactory())
    open_link(client, other)
    answer = ask(client, code)
    assert answer.status_code == 404
    assert tells_no_place(answer)
    # Nor with its own cookie under the other's name.
    client.cookies[f"visit_{code.public_id}"] = client.cookies[f"visit_{other.public_id}"].value
    assert ask(client, code).status_code == 404


def test_strangers_and_other_customers_get_nothing(client: Client) -> None:
    code = on_the_way()
    address = reverse("booking-live", args=[code.booking.pk])
    assert ask(client, code).status_code == 404
    assert client.get(address).status_code == 302
    neighbour = ContactFactory(account=code.booking.work_order.account)
    roleless = UserFactory()
    ContactFactory(account=code.booking.work_order.account, portal_user=roleless)
    for user, status in ((customer_of(ContactFactory()), 404), (customer_of(neighbour), 404), (roleless, 403)):
        client.force_login(user)
        answer = client.get(address)
        assert answer.status_code == status
        assert tells_no_place(answer)


def test_a_blocked_an_expired_and_a_renewed_link_show_nothing_from_the_next_request_on(client: Client) -> None:
    code = on_the_way()
    for end, how in (("block", {"why": "lost"}), ("expire", {}), ("rotate", {})):
        assert shown(client, code)
        getattr(code, end)(by=None, **how)
        answer = ask(client, code)
        assert answer.status_code == 404
        assert tells_no_place(answer)
        code.unblock(by=None)
        code.extend(NOW + 60 * MINUTE, by=None)


def test_a_customer_without_the_role_any_more_is_out(client: Client) -> None:
    code = on_the_way()
    client.force_login(customer_of(code.contact))
    WebRole.web_api_users().take_away(code.contact, by=None)
    assert client.get(reverse("booking-live", args=[code.booking.pk])).status_code == 403


@pytest.mark.parametrize("may", [False, True])
def test_staff_who_look_as_the_customer_see_it_only_with_the_right_to(client: Client, may: bool) -> None:
    code = on_the_way()
    customer_of(code.contact)
    staff = UserFactory(is_staff=True)
    rights = ["see_as_customer", "view_contact", *(["view_position"] if may else [])]
    staff.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(staff)
    session = client.session
    session[SEE_AS] = {"contact": str(code.contact.pk), "until": (NOW + 20 * MINUTE).isoformat()}
    session.save()
    answer = client.get(reverse("booking-live", args=[code.booking.pk]))
    assert ("position" in answer.json()) is may
    assert tells_no_place(answer) is not may
    page = client.get(reverse("booking", args=[code.booking.pk])).content.decode()
    assert ("data-follow" in page) is may


# --- What the settings say ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "values", [{"track_my_technician": False}, {"show_map": False}, {"location_precision": LocationPrecision.OFF}]
)
def test_a_setting_that_says_no_is_obeyed_at_once(client: Client, values: dict[str, Any]) -> None:
    code = on_the_way()
    assert shown(client, code)
    settings_with(**values)
    assert ask(client, code).json() == {"over": True}
    page = client.get(clean_address(code)).content.decode()
    assert "data-follow" not in page
    assert "to go" not in page
    assert "10:20 to 10:40" in page, "the arrival time stays"


def test_about_shows_the_middle_of_a_field_and_no_way(client: Client) -> None:
    settings_with(location_precision=LocationPrecision.ABOUT)
    code = on_the_way()
    answer = open_link(client, code)
    said = ask(client, code)
    place = said.json()["position"]
    assert place == {"at": [*on_grid(*THERE)], "accuracy": 300, "about": True}
    assert place["at"] != [*THERE]
    assert "line" not in said.json()
    assert ask(client, code, line="1").json()["line"] == []
    assert "51.53511" not in said.content.decode() + answer.content.decode()
    assert "The map shows only roughly" in answer.content.decode()


def test_about_is_the_same_for_the_whole_field_so_that_many_looks_tell_no_more(client: Client) -> None:
    settings_with(location_precision=LocationPrecision.ABOUT)
    code = on_the_way(position=False)
    open_link(client, code)
    middle = on_grid(*THERE)
    answers = set()
    for number in range(8):
        nudge = (number - 4) * 0.0002
        drive(code.booking, NOW - MINUTE + number * dt.timedelta(seconds=1), (middle[0] + nudge, middle[1] + nudge))
        said = ask(client, code).json()
        answers.add(json.dumps([said["position"], said["distance"], said.get("line")]))
    assert len(answers) == 1


def test_about_tells_no_distance_by_road_for_that_is_of_the_exact_place(client: Client) -> None:
    settings_with(location_precision=LocationPrecision.ABOUT)
    code = on_the_way()
    open_link(client, code)
    before = ask(client, code).json()["distance"]
    Booking.objects.filter(pk=code.booking.pk).update(arrival_metres=9900)
    assert ask(client, code).json()["distance"] == before


@given(st.floats(-89.9, 89.9), st.floats(-180, 180))
def test_the_field_is_near_and_its_middle_is_its_own(latitude: float, longitude: float) -> None:
    middle = on_grid(latitude, longitude)
    assert distance_km((latitude, longitude), middle) * 1000 <= GRID_METRES * 0.72
    assert on_grid(*middle) == middle


@pytest.mark.parametrize("points", [0, 2, 250, 251, 5000])
def test_a_way_is_thinned_and_keeps_its_ends(points: int) -> None:
    line = [[float(number), 0.0] for number in range(points)]
    short = thinned(line)
    assert len(short) <= 250
    assert (short[:1], short[-1:]) == (line[:1], line[-1:])


# --- How old it is --------------------------------------------------------------------------------------------------
def test_an_old_position_is_said_to_be_one_and_a_very_old_one_is_none(client: Client) -> None:
    code = on_the_way(position=False)
    position = drive(code.booking, NOW)
    open_link(client, code)
    for age, stale in ((2 * MINUTE, False), (2 * MINUTE + MINUTE / 60, True), (15 * MINUTE, True)):
        Booking.objects.filter(pk=code.booking.pk).update(set_off_at=NOW - 60 * MINUTE)
        Position.objects.filter(pk=position.pk).update(recorded_at=NOW - age)
        said = ask(client, code).json()
        assert (said["age"], said["stale"]) == (age.total_seconds(), stale)
        assert bool(said["distance"]) is not stale
    Position.objects.filter(pk=position.pk).update(recorded_at=NOW - 16 * MINUTE)
    assert ask(client, code).json()["position"] is None
    assert "data-follow" not in client.get(clean_address(code)).content.decode()


def test_the_page_tells_distance_and_time_without_scripts_and_holds_no_place(client: Client) -> None:
    company()
    code = on_the_way()
    page = open_link(client, code).content.decode()
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Omar Haddad is on the way, arriving 10:20 to 10:40" in words
    assert "About 3 km to go" in words
    assert "Last seen: 9:59 (London time)" in words or "Last seen: 09:59 (London time)" in words
    assert '<meta http-equiv="refresh" content="60">' in page
    assert not [digits for digits in (*DIGITS, str(SITE[0])) if digits in page]


@pytest.mark.parametrize(
    ("metres", "unit", "words"),
    [(2600, "km", "About 3 km to go"), (2600, "mi", "About 2 mi to go"), (40_700, "km", "About 41 km to go")],
)
def test_the_distance_is_by_road_in_the_companys_unit(client: Client, metres: int, unit: str, words: str) -> None:
    settings_with(travel_radius_unit=unit)
    code = on_the_way()
    Booking.objects.filter(pk=code.booking.pk).update(arrival_metres=metres)
    open_link(client, code)
    assert ask(client, code).json()["distance"] == words


def test_at_the_door_it_is_less_than_one(client: Client) -> None:
    code = on_the_way(position=False)
    drive(code.booking, NOW, (SITE[0] + 0.001, SITE[1]))
    Booking.objects.filter(pk=code.booking.pk).update(arrival_metres=140)
    open_link(client, code)
    assert ask(client, code).json()["distance"] == "Less than 1 km to go"


# --- What it costs, and what it says of changes ---------------------------------------------------------------------
def test_a_look_takes_two_queries_and_a_new_way_one_more(client: Client) -> None:
    code = on_the_way()
    open_link(client, code)
    known = ask(client, code).json()["line_stamp"]
    with CaptureQueriesContext(connection) as caught:
        said = ask(client, code, line=known).json()
    assert "line" not in said
    assert len(caught) == 2, "the visit with all that belongs to it, the last position; the settings are remembered"
    with CaptureQueriesContext(connection) as caught:
        assert ask(client, code).json()["line"]
    assert len(caught) == 3, "and the way"
    assert not [query for query in caught if not query["sql"].startswith("SELECT")]


def test_the_stamp_is_that_of_the_page_until_the_page_would_read_otherwise(client: Client) -> None:
    code = on_the_way()
    page = open_link(client, code).content.decode()
    stamp = ask(client, code).json()["stamp"]
    assert f'data-stamp="{stamp}"' in page
    drive(code.booking, NOW - MINUTE / 12)
    assert ask(client, code).json()["stamp"] == stamp
    for change in ({"arrival_latest": NOW + 50 * MINUTE}, {"revision": 9}):
        Booking.objects.filter(pk=code.booking.pk).update(**change)
        assert ask(client, code).json()["stamp"] != stamp


def test_a_visit_at_a_place_that_is_not_known_shows_the_technician_alone(client: Client) -> None:
    code = on_the_way()
    code.booking.work_order.account.refresh_from_db()
    type(code.booking.work_order.account).objects.update(latitude=None, longitude=None)
    open_link(client, code)
    said = ask(client, code).json()
    assert (said["destination"], said["distance"]) == (None, "")
    assert said["position"]


def test_a_look_changes_nothing_and_a_post_is_refused(client: Client) -> None:
    code = on_the_way()
    open_link(client, code)
    assert client.post(live_address(code)).status_code == 405


def everything_stored() -> dict[str, str]:
    """Return every row of every table, as text."""
    stored = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            stored[table] = str(cursor.fetchall())
    return stored


# --- Nowhere else ---------------------------------------------------------------------------------------------------
def test_no_message_and_no_other_page_of_the_customer_holds_a_place(client: Client) -> None:
    code = on_the_way()
    booking = Booking.objects.with_visit().get(pk=code.booking.pk)
    booking.run_late(20)
    delivery.drain()
    assert CustomerNotification.objects.exists()
    for table, rows in everything_stored().items():
        found = [digits for digits in DIGITS if digits in rows]
        assert not found or table in ("bookings_position", "bookings_route", "bookings_resource"), table
    client.force_login(customer_of(code.contact))
    for address in ("/", reverse("booking-calendar", args=[booking.pk]), reverse("booking-ask", args=[booking.pk])):
        assert tells_no_place(client.get(address))


def test_the_web_api_knows_no_places_whoever_asks(client: Client) -> None:
    on_the_way()
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    root = "/api/data/v9.2/"
    listed = [table["LogicalName"] for table in client.get(f"{root}EntityDefinitions").json()["value"]]
    listed += re.findall(r' Name="([^"]+)"', client.get(f"{root}$metadata").content.decode())
    assert "appnotification" in listed
    words = ("position", "latitude", "tracker", "route")
    assert not [name for name in listed for word in words if word in name.casefold()]
    for name in ("positions", "position", "bookings_positions", "trackers", "routes", "resources"):
        answer = client.get(root + name)
        assert answer.status_code == 404
        assert tells_no_place(answer)


def test_home_leads_to_the_live_map_while_there_is_one(client: Client) -> None:
    code = on_the_way()
    client.force_login(customer_of(code.contact))
    page = client.get("/").content.decode()
    assert f'href="{reverse("booking", args=[code.booking.pk])}#map"' in page
    assert "View live map" in page
    Position.objects.all().delete()
    page = client.get("/").content.decode()
    assert "View live map" not in page
    assert "See the visit" in page


# --- Running late before setting off --------------------------------------------------------------------------------
def test_a_visit_that_runs_late_says_when_it_begins(client: Client) -> None:
    code = visit("due")
    Booking.objects.with_visit().get(pk=code.booking.pk).run_late(20)
    page = re.sub(r"<[^>]+>", "", open_link(client, code).content.decode())
    assert "We are running late: your visit is expected to begin about Tue 24 Nov, 10:20 (London time)" in page


def test_once_that_has_passed_it_says_so_no_more(client: Client) -> None:
    code = visit("due")
    Booking.objects.filter(pk=code.booking.pk).update(expected_start=NOW - MINUTE)
    page = re.sub(r"<[^>]+>", "", open_link(client, code).content.decode())
    assert "running late" not in page
    assert "Your visit is due now" in page


def test_routes_of_others_are_not_drawn(client: Client) -> None:
    code = on_the_way()
    Route.objects.filter(booking=code.booking).delete()
    other = BookingFactory(work_order=WorkOrderFactory())
    Route.objects.create(booking=other, line=[[1, 1], [2, 2]], computed_at=NOW)
    open_link(client, code)
    assert ask(client, code).json()["line"] == []
