"""Change time: free times, what would change, then the change; by an account and by a link."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from bookings.messages.reminders import sweep
from bookings.models import Booking, BookingChange, BookingNotificationCode, Resource, Verb, Via
from bookings.models.resources import office_hours
from fsportal.models import User
from notifications.customers.delivery import drain
from portal.access.viewer import SEE_AS
from tests.factories import BookingFactory, CodeFactory, ResourceFactory
from tests.portal.stage import HOUR, NOW, TECHNICIAN, open_link
from tests.portal.visit.changing import (
    FRIDAY,
    THURSDAY,
    account_of,
    address,
    contents,
    field,
    key_of,
    messages,
    own_address,
    prove,
    text,
    visit_to_change,
    words,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def code() -> BookingNotificationCode:
    return visit_to_change()


@pytest.fixture
def user(code: BookingNotificationCode) -> User:
    return account_of(code)


@pytest.fixture
def here(code: BookingNotificationCode) -> str:
    return own_address("change", code.booking)


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def check(client: Client, here: str, start: dt.datetime) -> Any:
    """Go from the page of times to the page that shows what would change."""
    return client.get(f"{here}check/", {"time": key_of(client.get(here), start)})


def move(client: Client, here: str, checked: Any, why: str = "") -> Any:
    """Press the button on the page that shows what would change."""
    data = {"time": field(checked, "time"), "seen": field(checked, "seen"), "why": why}
    return client.post(f"{here}move/", data)


def is_at(code: BookingNotificationCode, start: dt.datetime) -> bool:
    return Booking.objects.get(pk=code.booking.pk).start == start


# --- The main path --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["account", "link"])
def test_a_visit_is_moved_in_three_pages(client: Client, code: BookingNotificationCode, user: User, way: str) -> None:
    if way == "account":
        client.force_login(user)
        here = own_address("change", code.booking)
    else:
        prove(client, code)
        here = address("change", code)
    times = client.get(here)
    assert "Fri 27 Nov, 10:00 to 11:00 (London time)" in words(times)
    checked = check(client, here, THURSDAY)
    assert checked.status_code == 200
    assert "Thu 26 Nov, 14:00 to 15:00 (London time)" in words(checked)
    assert "Fri 27 Nov, 10:00 to 11:00 (London time)" in words(checked)
    assert "Move my visit" in words(checked)
    assert is_at(code, FRIDAY)
    done = move(client, here, checked, why="I have to work\nthat day")
    assert (done.status_code, done["Location"]) == (302, f"{here}?moved=yes")
    assert is_at(code, THURSDAY)
    change = BookingChange.objects.filter(booking=code.booking, verb=Verb.RESCHEDULE).get()
    assert (change.via, change.why, change.contact) == (Via.PORTAL, "I have to work that day", code.contact)
    assert change.by == (user if way == "account" else None)
    told = client.get(done["Location"])
    assert "Your visit is moved" in words(told)
    assert "Thu 26 Nov, 14:00 to 15:00 (London time)" in words(told)
    assert "Fri 27 Nov, 10:00" in words(told)
    assert "visit.ics" in text(told)


def test_days_are_headings_and_times_are_radio_buttons_on_the_sites_clock(signed_in: Client, here: str) -> None:
    Resource.objects.update(working_hours=office_hours())
    html = text(signed_in.get(here))
    assert html.count("All times are London time.") == 1
    assert html.count("<legend><h3>") == html.count('class="times-day"') == 5  # Wed to Fri, Mon, Tue
    assert "<h3>Thu 26 Nov</h3>" in html
    assert 'type="radio" name="time"' in html
    assert TECHNICIAN not in html


def test_times_are_the_sites_and_not_the_readers_or_ours(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    account = code.booking.work_order.account
    account.time_zone = "America/New_York"
    account.latitude = account.longitude = None
    account.save()
    response = signed_in.get(here)
    assert "All times are New York time." in words(response)
    # 14:00 in London, where the technician works until 17:00.
    assert "9:00" in words(check(signed_in, here, THURSDAY))


def test_more_days_lie_behind_a_plain_link_and_the_way_back_too(signed_in: Client, here: str) -> None:
    first = text(signed_in.get(here))
    assert "More days" in first
    assert "Earlier days" not in first
    later = signed_in.get(here, {"from": "2026-12-02"})
    assert "Wed 2 Dec" in words(later)
    assert "Tue 1 Dec" not in words(later)
    assert "Earlier days" in words(later)
    last = signed_in.get(here, {"from": "2999-01-01"})
    assert last.status_code == 200
    assert "More days" not in words(last)
    assert signed_in.get(here, {"from": "soon"}).status_code == 200


def test_every_time_is_reached_by_following_more_days(signed_in: Client, here: str) -> None:
    seen: list[str] = []
    at = here
    for _ in range(12):
        html = text(signed_in.get(at))
        seen += re.findall(r'name="time" value="([^"]+)"', html)
        more = re.search(r'rel="next" href="([^"]+)"', html)
        if more is None:
            break
        at = more[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen))
    starts = {int(key.partition("-")[0], 16) for key in seen}
    assert int(THURSDAY.timestamp()) // 60 in starts
    assert len(starts) > 200


def test_back_from_the_check_finds_the_same_week_and_time(signed_in: Client, here: str) -> None:
    start = NOW + dt.timedelta(days=14)
    times = signed_in.get(here, {"from": "2026-12-07"})
    checked = signed_in.get(here, {"step": "check", "time": key_of(times, start), "from": "2026-12-07"})
    back = re.search(r'href="([^"]+)">Choose another time', text(checked))
    assert back
    again = text(signed_in.get(back[1].replace("&amp;", "&")))
    assert f'value="{key_of(times, start)}" required checked' in again


# --- Nothing by looking ---------------------------------------------------------------------------------------------
def test_looking_at_any_step_changes_no_row(signed_in: Client, code: BookingNotificationCode, here: str) -> None:
    key = key_of(signed_in.get(here), THURSDAY)
    before = contents()
    queries: list[dict[str, str]] = [
        {},
        {"from": "2026-12-01"},
        {"step": "check"},
        {"step": "check", "time": key},
        {"step": "move", "time": key, "seen": "1", "why": "x"},
        {"moved": "yes"},
        {"time": "nonsense", "step": "check"},
    ]
    for query in queries:
        assert signed_in.get(here, query).status_code == signed_in.head(here, query).status_code < 500
    assert contents() == before


# --- What can go wrong ----------------------------------------------------------------------------------------------
def test_no_time_chosen_is_said(signed_in: Client, here: str) -> None:
    response = signed_in.get(here, {"step": "check"})
    assert response.status_code == 422
    assert "Choose a time, then go on." in words(response)
    assert "<title>Error:" in text(response)


@pytest.mark.parametrize(
    "key",
    [
        "x",
        "1-2",
        "-",
        "ffffffffffffffff-" + "0" * 32,
        "0-" + "0" * 32,
        "fbbb899f-" + "0" * 32,
        "é",
        "1c9f0e0-" + "f" * 32,
    ],
)
def test_a_time_that_was_never_offered_is_refused_and_others_are_shown(signed_in: Client, here: str, key: str) -> None:
    before = contents()
    for response in (
        signed_in.get(here, {"step": "check", "time": key}),
        signed_in.post(here, {"step": "move", "time": key, "seen": "1"}),
    ):
        assert response.status_code == 409
        assert 'name="time"' in text(response)
    assert contents() == before


def test_a_time_that_somebody_else_took_is_told_with_others_and_nothing_typed_is_lost(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    checked = check(signed_in, here, THURSDAY)
    BookingFactory(resource=code.booking.resource, start=THURSDAY, end=THURSDAY + HOUR)
    refused = move(signed_in, here, checked, why="I have to work")
    assert refused.status_code == 409
    assert "Somebody was quicker" in words(refused)
    assert is_at(code, FRIDAY)
    assert field(refused, "why") == "I have to work"
    # The reason goes on in the form and in no address.
    assert 'method="post"' in text(refused).partition('class="times"')[2][:30]
    again = signed_in.post(
        here, {"step": "check", "time": key_of(refused, THURSDAY + HOUR), "why": field(refused, "why")}
    )
    assert again.status_code == 200
    assert "I have to work" in text(again)
    assert move(signed_in, here, again, why="I have to work").status_code == 302
    assert is_at(code, THURSDAY + HOUR)


def test_another_technician_who_is_free_then_comes_without_a_word(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    other = ResourceFactory()
    checked = check(signed_in, here, THURSDAY)
    BookingFactory(resource=code.booking.resource, start=THURSDAY, end=THURSDAY + HOUR)
    assert move(signed_in, here, checked).status_code == 302
    assert Booking.objects.get(pk=code.booking.pk).resource == other


def test_what_somebody_changed_meanwhile_is_not_overwritten(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    checked = check(signed_in, here, THURSDAY)
    Booking.objects.get(pk=code.booking.pk).reschedule(FRIDAY + 2 * HOUR)
    stale = move(signed_in, here, checked, why="I have to work")
    assert stale.status_code == 409
    assert "changed in the meantime" in words(stale)
    assert "It is now on Fri 27 Nov, 12:00 to 13:00 (London time)" in words(stale)
    assert is_at(code, FRIDAY + 2 * HOUR)
    assert field(stale, "why") == "I have to work"


@pytest.mark.parametrize("status", ["travel", "start_work", "cancel"])
def test_a_visit_that_began_or_was_canceled_meanwhile_is_told_so(
    signed_in: Client, code: BookingNotificationCode, here: str, status: str
) -> None:
    checked = check(signed_in, here, THURSDAY)
    getattr(Booking.objects.get(pk=code.booking.pk), status)()
    before = contents()
    refused = move(signed_in, here, checked)
    assert refused.status_code == 409
    assert "cannot be changed here" in words(refused)
    assert 'href="tel:02079460999"' in text(refused)
    assert signed_in.get(here).status_code == 200
    assert contents() == before


def test_after_the_cut_off_one_asks_us(signed_in: Client, code: BookingNotificationCode, here: str) -> None:
    checked = check(signed_in, here, THURSDAY)
    with time_machine.travel(FRIDAY - 23 * HOUR, tick=False):
        for response in (signed_in.get(here), move(signed_in, here, checked)):
            assert "until Thu 26 Nov, 10:00 (London time)" in words(response)
            assert f"{own_address('ask', code.booking)}?about=change" in text(response)
        assert response.status_code == 409
        asked = text(signed_in.get(f"{own_address('ask', code.booking)}?about=change"))
        assert 'value="change" class="choices"' in asked.replace("checked", "") or "checked" in asked
    assert is_at(code, FRIDAY)


@pytest.mark.parametrize("policy", [{"customers_may_change": False}, {"max_changes": 0}])
def test_where_customers_may_not_change_they_ask_us(
    signed_in: Client, code: BookingNotificationCode, here: str, policy: dict[str, Any]
) -> None:
    checked = check(signed_in, here, THURSDAY)
    kind = code.booking.work_order.incident_type
    type(kind).objects.filter(pk=kind.pk).update(**policy)
    for response in (signed_in.get(here), move(signed_in, here, checked)):
        assert "Ask us to change it" in words(response)
    assert is_at(code, FRIDAY)


def test_a_link_is_told_the_cut_off_before_it_is_asked_for_a_code(
    client: Client, code: BookingNotificationCode
) -> None:
    with time_machine.travel(FRIDAY - 23 * HOUR, tick=False):
        open_link(client, code)
        assert "Ask us to change it" in words(client.get(address("change", code)))


@pytest.mark.parametrize(
    ("rules", "before", "after"),
    [
        ({"cutoff_hours": 24}, "", "You can change or cancel until Wed 25 Nov, 14:00 (London time)."),
        ({"cutoff_hours": 60}, "you can neither change nor cancel the visit here", "It is too close to the visit"),
        (
            {"cutoff_hours": 60, "cancel_cutoff_hours": 24},
            "you cannot change the time here any more",
            "You can cancel until Wed 25 Nov, 14:00 (London time).",
        ),
        (
            {"cutoff_hours": 24, "cancel_cutoff_hours": 60},
            "you cannot cancel the visit here",
            "You can change the time",
        ),
        ({"max_changes": 1}, "you cannot change the time here any more", "as often as can be done here"),
    ],
)
def test_who_cannot_change_it_again_is_told_before_and_not_asked_to_do_so_after(
    signed_in: Client, code: BookingNotificationCode, here: str, rules: dict[str, int], before: str, after: str
) -> None:
    kind = code.booking.work_order.incident_type
    type(kind).objects.filter(pk=kind.pk).update(**rules)
    checked = check(signed_in, here, THURSDAY)  # in 52 hours
    assert before in words(checked)
    assert ("After this" in words(checked)) == bool(before)
    done = signed_in.get(move(signed_in, here, checked)["Location"])
    assert is_at(code, THURSDAY)
    assert after in words(done)
    may_again = "Change it once more" in words(done)
    assert may_again == ("Ask us to change it" not in words(done)) == ("change" not in before)
    assert may_again == (signed_in.get(here).status_code == 200 and "Go on" in words(signed_in.get(here)))


def test_a_time_that_came_too_close_while_looking_is_not_called_taken(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    tomorrow = NOW + 24 * HOUR
    checked = check(signed_in, here, tomorrow)
    with time_machine.travel(NOW + HOUR / 60, tick=False):
        answer = move(signed_in, here, checked)
        assert answer.status_code == 409
        assert "This time has come too close meanwhile." in words(answer)
        assert "Somebody was quicker" not in words(answer)
    assert is_at(code, FRIDAY)


def test_as_often_as_the_policy_says_and_the_last_one_is_not_called_too_often(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    kind = code.booking.work_order.incident_type
    type(kind).objects.filter(pk=kind.pk).update(max_changes=1)
    checked = check(signed_in, here, THURSDAY)
    assert move(signed_in, here, checked).status_code == 302
    # The second click of the same.
    assert "Your visit is moved" in words(signed_in.get(f"{here}?moved=yes"))
    assert move(signed_in, here, checked).status_code == 200
    assert "as often as can be done here" in words(signed_in.get(here))


def test_without_a_free_time_one_asks_or_calls(signed_in: Client, code: BookingNotificationCode, here: str) -> None:
    Resource.objects.update(is_active=False)
    response = signed_in.get(here)
    assert "no free time" in words(response)
    assert f"{own_address('ask', code.booking)}?about=change" in text(response)
    assert 'href="tel:02079460999"' in text(response)


# --- Twice ----------------------------------------------------------------------------------------------------------
def test_a_second_click_and_the_back_button_do_no_harm(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    checked = check(signed_in, here, THURSDAY)
    move(signed_in, here, checked, why="I have to work")
    after = contents()
    second = move(signed_in, here, checked, why="I have to work")
    assert second.status_code == 200
    assert "Your visit is moved" in words(second)
    back = signed_in.get(here, {"step": "check", "time": field(checked, "time")})
    assert "Your visit is moved" in words(back)
    assert contents() == after


def test_a_page_that_claims_a_move_which_never_was_does_not(signed_in: Client, here: str) -> None:
    assert "Choose a time" in words(signed_in.get(f"{here}?moved=yes"))


@pytest.mark.parametrize("told", [True, False])
def test_a_customer_who_moves_a_visit_gets_the_new_time_whether_or_not_they_were_told_the_old_one(
    signed_in: Client, code: BookingNotificationCode, here: str, told: bool
) -> None:
    if told:
        sweep(NOW)
        drain()
    move(signed_in, here, check(signed_in, here, THURSDAY))
    assert "rescheduled" in messages()


def test_a_reason_that_is_too_long_is_said_beside_it_and_kept(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    refused = move(signed_in, here, check(signed_in, here, THURSDAY), why="x" * 301)
    assert refused.status_code == 422
    assert "x" * 301 in text(refused)
    assert "id_why_error" in text(refused)
    assert is_at(code, FRIDAY)


# --- Ladder ---------------------------------------------------------------------------------------------------------
def test_strangers_are_asked_to_sign_in(client: Client, here: str) -> None:
    for response in (client.get(here), client.post(here, {"step": "move"})):
        assert response.status_code == 302
        assert "login" in response["Location"]


def test_without_the_role_nothing_is_shown(signed_in: Client, code: BookingNotificationCode, here: str) -> None:
    code.contact.web_roles.clear()
    for response in (signed_in.get(here), signed_in.post(here, {"step": "move"})):
        assert response.status_code == 403
        assert b"Boiler" not in response.content


def test_another_customer_finds_no_such_page(client: Client, here: str) -> None:
    client.force_login(account_of(CodeFactory(), "other"))
    for response in (client.get(here), client.post(here, {"step": "move"})):
        assert response.status_code == 404


def test_staff_who_look_as_the_customer_see_the_page_and_change_nothing(
    client: Client, code: BookingNotificationCode, admin: User, here: str
) -> None:
    account_of(code)
    admin.is_superuser = True
    admin.save()
    client.force_login(admin)
    session = client.session
    session[SEE_AS] = {"contact": str(code.contact.pk), "until": (NOW + HOUR).isoformat()}
    session.save()
    checked = check(client, here, THURSDAY)
    assert checked.status_code == 200
    assert move(client, here, checked).status_code == 403
    assert is_at(code, FRIDAY)


def test_a_post_without_the_forms_token_is_refused(code: BookingNotificationCode, user: User, here: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    checked = check(client, here, THURSDAY)
    assert move(client, here, checked).status_code == 403
    assert is_at(code, FRIDAY)


def test_nothing_of_it_is_kept_by_caches_or_engines(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    by_link = Client()
    prove(by_link, code)
    for response in (signed_in.get(here), by_link.get(address("change", code))):
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"].startswith("noindex")
