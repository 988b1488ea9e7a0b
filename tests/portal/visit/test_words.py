"""What the visit page says: the sentence, the steps, the zone."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import translation
from django.utils.html import strip_tags

from portal.visit.access import VisitAccess
from portal.visit.page import VisitPage
from tests.portal.stage import HOUR, NOW, STATES, company, visit, wipe

pytestmark = pytest.mark.django_db

SENTENCES = {
    "scheduled": "Your visit is on Wed 25 Nov, 10:00 to 11:00 (London time)",
    "due": "Your visit is due now: Tue 24 Nov, 09:45 to 10:45 (London time)",
    "missed": "Your visit was planned for Tue 24 Nov, 07:00 to 08:00 (London time)",
    "traveling": "Omar Haddad is on the way, arriving 10:20 to 10:40 (London time)",
    "traveling_break": "Your technician is taking a short break on the way",
    "working": "Your technician is working",
    "working_break": "The work is paused for a short break",
    "completed": "Your visit was completed on Tue 24 Nov, 09:55 (London time)",
    "canceled": "Your visit was canceled",
}
STEPS = {
    "scheduled": ["now", "next", "next", "next"],
    "traveling": ["done", "now", "next", "next"],
    "traveling_break": ["done", "now", "next", "next"],
    "working": ["done", "done", "now", "next"],
    "working_break": ["done", "done", "now", "next"],
    "completed": ["done", "done", "done", "now"],
}


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def page_of(code: Any, now: dt.datetime = NOW, **changes: Any) -> VisitPage:
    return VisitPage(VisitAccess(code.booking, code.contact, now, company(**changes), code=code))


def said(page: VisitPage) -> str:
    with translation.override(page.language):
        return strip_tags(page.sentence)


@pytest.mark.parametrize("state", STATES)
def test_one_plain_sentence_says_where_the_visit_stands(state: str) -> None:
    assert said(page_of(visit(state))) == SENTENCES[state]


@pytest.mark.parametrize("state", STEPS)
def test_the_line_shows_what_is_done_what_is_now_and_what_is_to_come(state: str) -> None:
    page = page_of(visit(state))
    assert [step.state for step in page.steps] == STEPS[state]
    assert [step.label for step in page.steps] == ["Booked", "On the way", "Working", "Done"]


def test_customers_never_read_the_names_of_statuses() -> None:
    for state in STATES:
        page = page_of(visit(state))
        text = " ".join([said(page), page.hint, page.short, *(step.label + step.spoken for step in page.steps)])
        assert not {"Traveling", "Scheduled", "In Progress", "On Break"} & set(text.split())
        assert "Traveling" not in text
        wipe()


def test_a_hidden_name_is_not_in_the_sentence() -> None:
    code = visit("traveling")
    nameless = "Your technician is on the way, arriving 10:20 to 10:40 (London time)"
    assert said(page_of(code, show_resource_name=False)) == nameless
    assert said(page_of(code, track_my_technician=False)) == nameless


def test_without_an_arrival_time_the_sentence_is_shorter() -> None:
    code = visit("traveling")
    code.booking.arrival_earliest = None
    assert said(page_of(code)) == "Omar Haddad is on the way"


def test_without_an_arrival_time_what_the_technician_said_on_the_way_is_told() -> None:
    code = visit("traveling")
    code.booking.expected_start = NOW + HOUR
    assert said(page_of(code)) == SENTENCES["traveling"]
    code.booking.arrival_earliest = None
    late = "We are running late: your visit is expected to begin about Tue 24 Nov, 11:00 (London time)"
    assert said(page_of(code)) == late


def test_an_arrival_that_has_passed_is_owned_up_to() -> None:
    page = page_of(visit("traveling"), now=NOW + HOUR)
    assert said(page) == "Omar Haddad is on the way, expected 10:20 to 10:40 (London time)"
    assert page.hint == "It is taking a little longer than expected."


def test_a_message_is_promised_only_when_it_is_sent() -> None:
    code = visit()
    assert page_of(code).hint == "We will tell you when your technician sets off."
    assert page_of(code, send_traveling=False).hint == ""


@pytest.mark.parametrize(("before_start", "live"), [(121, False), (120, True), (0, True), (-59, True), (-60, False)])
def test_a_booked_visit_is_live_from_two_hours_before_its_start_to_its_end(before_start: int, live: bool) -> None:
    code = visit()
    assert page_of(code, now=code.booking.start - dt.timedelta(minutes=before_start)).is_live is live


def moved(code: Any, zone: str, *local: int, fold: int = 0, minutes: int = 60) -> Any:
    """Move a visit, as its row says, to a wall time of a zone."""
    code.booking.work_order.account.time_zone = zone
    start = dt.datetime(*local, tzinfo=ZoneInfo(zone), fold=fold).astimezone(dt.UTC)  # type: ignore[misc,arg-type]
    code.booking.start, code.booking.end = start, start + dt.timedelta(minutes=minutes)
    return code


CLOCK_CHANGES = [
    ("Europe/London", (2027, 3, 28, 0, 30), 0, "Sun 28 Mar 2027, 00:30 UTC+0 to 02:30 UTC+1 (London time)"),
    ("Europe/London", (2026, 10, 25, 1, 15), 0, "Sun 25 Oct, 01:15 UTC+1 to 01:15 UTC+0 (London time)"),
    ("America/New_York", (2026, 11, 1, 9, 0), 0, "Sun 1 Nov, 09:00 to 10:00 (New York time)"),
    ("America/New_York", (2027, 3, 14, 1, 30), 0, "Sun 14 Mar 2027, 01:30 UTC-5 to 03:30 UTC-4 (New York time)"),
    (
        "Australia/Lord_Howe",
        (2027, 4, 4, 1, 0),
        0,
        "Sun 4 Apr 2027, 01:00 UTC+11 to 01:30 UTC+10:30 (Lord Howe Island time)",
    ),
    ("Asia/Kathmandu", (2026, 12, 1, 10, 0), 0, "Tue 1 Dec, 10:00 to 11:00 (Kathmandu time)"),
]


@pytest.mark.parametrize(("zone", "local", "fold", "expected"), CLOCK_CHANGES)
def test_times_are_those_of_the_place_also_around_clock_changes(
    zone: str, local: tuple[int, ...], fold: int, expected: str
) -> None:
    page = page_of(moved(visit(), zone, *local, fold=fold))
    assert page.when == expected


def test_an_arrival_past_midnight_names_both_days() -> None:
    code = visit("traveling")
    code.booking.arrival_earliest, code.booking.arrival_latest = NOW + 13.9 * HOUR, NOW + 14.2 * HOUR
    assert said(page_of(code)).endswith("arriving Tue 24 Nov, 23:54 to Wed 25 Nov, 00:12 (London time)")


def test_a_language_without_translation_falls_back() -> None:
    assert page_of(visit(language="ja")).language == "en"


def test_a_name_in_another_direction_is_kept_to_itself() -> None:
    code = visit("traveling")
    code.booking.resource.name = "עומר <b>"
    assert "<bdi>עומר &lt;b&gt;</bdi> is on the way" in page_of(code).sentence


def test_facts_without_a_value_are_left_out() -> None:
    code = visit()
    account = code.booking.work_order.account
    account.street = account.city = account.postal_code = account.country = ""
    account.latitude = account.longitude = None
    assert [label for _icon, label, _value in page_of(code).facts] == ["Time", "Service", "Reference"]
