"""The visit by its link, as a ladder: who gets in, who does not, what a look changes and what it gives away."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from bookings.models import BookingStatus
from fsportal.models import PortalSettings
from fsportal.models.portal_settings import remembered
from tests.factories import CodeFactory
from tests.portal.stage import (
    HOUR,
    NOW,
    STATES,
    TECHNICIAN,
    TECHNICIAN_PHONE,
    clean_address,
    company,
    open_link,
    visit,
    wipe,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def contents() -> dict[str, list[Any]]:
    """Return every row of every table."""
    with connection.cursor() as cursor:
        rows = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows[table] = cursor.fetchall()
    return rows


def words(response: Any) -> str:
    """Return what the page says, without markup."""
    main = re.search(r"<main.*?</main>", response.content.decode(), re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]+>", "", main[0]).split())


def without_nonces(response: Any) -> bytes:
    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", response.content)


# --- Getting in -----------------------------------------------------------------------------------------------------
def test_the_link_leads_to_a_clean_address_that_shows_the_visit(client: Client) -> None:
    company()
    code = visit()
    entered = client.get(f"/visit/{code.code}/")
    assert (entered.status_code, entered["Location"]) == (302, clean_address(code))
    assert code.code not in clean_address(code)
    page = client.get(entered["Location"])
    assert page.status_code == 200
    assert "Your visit is on Wed 25 Nov, 10:00 to 11:00 (London time)" in words(page)
    assert code.code.encode() not in page.content


def test_the_cookie_is_for_this_visit_only_and_out_of_reach_of_scripts(client: Client, settings: Any) -> None:
    code = visit()
    cookie = client.get(f"/visit/{code.code}/").cookies[f"visit_{code.public_id}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", clean_address(code))
    assert not cookie["secure"]
    assert code.code not in cookie.value
    settings.SECURE = True
    cookie = Client().get(f"/visit/{code.code}/").cookies[f"visit_{code.public_id}"]
    assert cookie["secure"]


def test_nothing_of_a_visit_is_kept_by_caches_engines_or_other_sites(client: Client) -> None:
    code = visit("traveling")
    addresses = [f"/visit/{code.code}/", clean_address(code), "/visit/wrong/"]
    addresses += [reverse(name, args=[code.public_id]) for name in ("visit-calendar", "visit-photo")]
    for address in addresses:
        response = client.get(address)
        assert response["Cache-Control"] == "private, no-store", address
        assert response["Referrer-Policy"] == "same-origin", address
        assert response["X-Robots-Tag"].startswith("noindex"), address
        assert response["Content-Security-Policy"], address


def test_two_visits_are_open_side_by_side_and_one_cookie_opens_one(client: Client) -> None:
    one, two = visit("scheduled"), CodeFactory()
    open_link(client, one)
    assert client.get(clean_address(one)).status_code == 200
    assert client.get(clean_address(two)).status_code == 404
    # The cookie of one under the name of the other is refused: what it names is signed.
    client.cookies[f"visit_{two.public_id}"] = client.cookies[f"visit_{one.public_id}"].value
    assert client.get(clean_address(two)).status_code == 404


# --- Staying out ----------------------------------------------------------------------------------------------------
def refused_addresses() -> dict[str, str]:
    """Return links that must not open anything, by why."""
    blocked, expired, rotated, wrong = visit(), *(CodeFactory() for _ in range(3))
    links = {"blocked": blocked.code, "expired": expired.code, "rotated": rotated.code}
    blocked.block(by=None, why="lost phone")
    expired.expires_at = NOW - HOUR
    expired.save()
    rotated.rotate(by=None)
    links |= {
        "wrong secret": wrong.code[:-1] + ("A" if wrong.code[-1] != "A" else "B"),
        "unknown": "x" * 32,
        "public id alone": wrong.public_id,
        "nothing of ours": "see",
        "NUL and other scripts": "%00Ω",
    }
    addresses = {why: f"/visit/{code}/" for why, code in links.items()}
    return addresses | {"clean, without a cookie": clean_address(wrong), "clean, unknown": "/visit/see/zzzzzzzzzz/"}


def test_every_link_that_opens_nothing_gets_the_same_answer(client: Client) -> None:
    company()
    answers = {why: client.get(address) for why, address in refused_addresses().items()}
    assert {why: answer.status_code for why, answer in answers.items()} == dict.fromkeys(answers, 404)
    assert len({without_nonces(answer) for answer in answers.values()}) == 1
    for answer in answers.values():
        del answer.headers["X-Request-ID"]
    assert len({tuple(sorted(answer.headers.items())) for answer in answers.values()}) == 1
    assert not any(answer.cookies for answer in answers.values())


def test_refusing_takes_the_same_queries_for_every_reason(client: Client, django_assert_num_queries: Any) -> None:
    addresses = {why: address for why, address in refused_addresses().items() if "/see/" not in address}
    for address in addresses.values():
        remembered.forget()
        # The code with its booking; the count of refusals; the code that was refused; the audit entry; the settings.
        with django_assert_num_queries(5):
            client.get(address)


def test_the_refusal_says_what_may_have_happened_and_whom_to_call(client: Client) -> None:
    company()
    page = client.get("/visit/wrong/").content.decode()
    assert "mistyped" in page
    assert 'href="tel:02079460999"' in page
    assert 'href="mailto:hello@brightside.example"' in page


def test_the_refusal_speaks_the_browsers_language_and_not_the_contacts(client: Client) -> None:
    code = visit(language="ar")
    code.block(by=None, why="")
    page = client.get(f"/visit/{code.code}/", headers={"accept-language": "de"})
    assert b'<html lang="de" dir="ltr">' in page.content


@pytest.mark.parametrize("what", ["blocked", "expired", "rotated"])
def test_what_an_admin_ends_is_refused_at_the_next_request(client: Client, what: str) -> None:
    code = visit("traveling")
    assert open_link(client, code).status_code == 200
    if what == "blocked":
        code.block(by=None, why="lost phone")
    elif what == "expired":
        code.expire(by=None)
    else:
        code.rotate(by=None)
    assert client.get(clean_address(code)).status_code == 404
    for name in ("visit-calendar", "visit-photo"):
        assert client.get(reverse(name, args=[code.public_id])).status_code == 404
    assert client.post(reverse("visit-opened", args=[code.public_id])).status_code == 404


def test_unblocking_opens_the_page_again(client: Client) -> None:
    code = visit()
    open_link(client, code)
    code.block(by=None, why="lost phone")
    assert client.get(clean_address(code)).status_code == 404
    code.unblock(by=None)
    assert client.get(clean_address(code)).status_code == 200


def test_a_forged_cookie_opens_nothing(client: Client) -> None:
    code = visit()
    for value in (f"{code.public_id}:1", f"{code.public_id}:1:abc:def", ":::", "", "é"):
        client.cookies[f"visit_{code.public_id}"] = value
        assert client.get(clean_address(code)).status_code == 404


def test_the_cookie_lapses(client: Client) -> None:
    code = visit()
    code.extend(NOW + dt.timedelta(days=365), by=None)
    open_link(client, code)
    with time_machine.travel(NOW + dt.timedelta(days=61), tick=False):
        assert client.get(clean_address(code)).status_code == 404


def test_the_link_survives_a_reschedule(client: Client) -> None:
    code = visit()
    open_link(client, code)
    code.booking.reschedule(code.booking.start + 3 * HOUR)
    assert "Wed 25 Nov, 13:00 to 14:00 (London time)" in words(client.get(clean_address(code)))
    assert "13:00 to 14:00" in words(open_link(Client(), code))


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_wrong_method_is_refused_on_what_only_shows(client: Client, method: str) -> None:
    code = visit()
    open_link(client, code)
    for address in (f"/visit/{code.code}/", clean_address(code), reverse("visit-calendar", args=[code.public_id])):
        assert getattr(client, method)(address).status_code == 405
    assert client.get(reverse("visit-opened", args=[code.public_id])).status_code == 405


# --- Changing nothing -----------------------------------------------------------------------------------------------
def test_fifty_looks_change_no_row(client: Client) -> None:
    PortalSettings.objects.all().delete()
    code = visit("traveling")
    before = contents()
    for _ in range(25):
        for method in (client.get, client.head):
            assert method(f"/visit/{code.code}/").status_code == 302
            assert method(clean_address(code)).status_code == 200
            assert method(reverse("visit-calendar", args=[code.public_id])).status_code == 200
            assert method(reverse("visit-photo", args=[code.public_id])).status_code == 200
            assert method("/").status_code == 200
            assert method("/brand.css").status_code == 200
    assert contents() == before


def test_the_page_itself_tells_that_it_was_opened() -> None:
    client, code = Client(enforce_csrf_checks=True), visit()
    page = open_link(client, code)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert token
    address = reverse("visit-opened", args=[code.public_id])
    assert client.post(address).status_code == 403
    code.refresh_from_db()
    assert code.times_opened == 0
    assert client.post(address, {"csrfmiddlewaretoken": token[1]}).status_code == 204
    code.refresh_from_db()
    assert (code.times_opened, code.first_opened_at) == (1, NOW)


def test_one_look_takes_three_queries(client: Client, django_assert_num_queries: Any) -> None:
    code = visit("traveling")
    open_link(client, code)
    remembered.forget()
    with django_assert_num_queries(3):  # the code with its booking; the settings record; what the contact wrote
        client.get(clean_address(code))


# --- Guessing -------------------------------------------------------------------------------------------------------
def test_guessing_is_slowed_down_and_a_good_link_still_opens(client: Client) -> None:
    company()
    code = visit()
    answers = [client.get("/visit/guess/") for _ in range(21)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 300
    assert without_nonces(answers[-1]) == without_nonces(answers[0])
    assert client.get(f"/visit/{code.code}/").status_code == 302
    assert Client(REMOTE_ADDR="192.0.2.7").get("/visit/guess/").status_code == 404
    with time_machine.travel(NOW + dt.timedelta(minutes=5), tick=False):
        assert client.get("/visit/guess/").status_code == 404


# --- What is given away, and when -----------------------------------------------------------------------------------
@pytest.mark.parametrize("state", [state for state in STATES if state != "traveling"])
def test_nothing_of_the_technician_shows_unless_they_travel(client: Client, state: str) -> None:
    code = visit(state)
    page = open_link(client, code)
    for secret in (TECHNICIAN, "Omar", TECHNICIAN_PHONE, "7946 0123", code.booking.resource.photo.name):
        assert secret not in page.content.decode()
    assert client.get(reverse("visit-photo", args=[code.public_id])).status_code == 404


@pytest.mark.parametrize("track", [True, False])
@pytest.mark.parametrize("name", [True, False])
@pytest.mark.parametrize("image", [True, False])
@pytest.mark.parametrize("phone", [True, False])
def test_while_traveling_the_settings_decide_what_shows(
    client: Client, track: bool, name: bool, image: bool, phone: bool
) -> None:
    company(track_my_technician=track, show_resource_name=name, show_resource_image=image, show_resource_phone=phone)
    code = visit("traveling")
    page = open_link(client, code).content.decode()
    photo = reverse("visit-photo", args=[code.public_id])
    assert (TECHNICIAN in page) == (track and name)
    assert (f'href="tel:{TECHNICIAN_PHONE}"' in page) == (track and phone)
    assert (photo in page) == (track and image)
    assert (client.get(photo).status_code == 200) == (track and image)
    assert ("Your technician</h2>" in page) == (track and (name or image or phone))


def test_the_photo_goes_when_the_work_begins(client: Client) -> None:
    code = visit("traveling")
    open_link(client, code)
    photo = reverse("visit-photo", args=[code.public_id])
    response = client.get(photo)
    assert (response.status_code, response["Content-Type"], response["X-Content-Type-Options"]) == (
        200,
        "image/png",
        "nosniff",
    )
    code.booking.start_work()
    assert client.get(photo).status_code == 404


def test_a_photo_whose_file_is_gone_is_not_found(client: Client) -> None:
    code = visit("traveling")
    open_link(client, code)
    code.booking.resource.photo.storage.delete(code.booking.resource.photo.name)
    assert client.get(reverse("visit-photo", args=[code.public_id])).status_code == 404


def test_the_survey_is_offered_when_the_work_is_done_and_not_before() -> None:
    company(survey_url="https://survey.example/s/1?a=1&b=2")
    for state in STATES:
        page = open_link(Client(), visit(state)).content.decode()
        assert ("https://survey.example/s/1?a=1&amp;b=2" in page) == (state == "completed")
        wipe()


@pytest.mark.parametrize("state", STATES)
def test_whom_to_ask_is_always_there(client: Client, state: str) -> None:
    company()
    page = open_link(client, visit(state)).content.decode()
    assert page.count('href="tel:02079460999"') == 2  # in the card and in the foot


def test_without_phone_and_email_there_is_still_a_next_step(client: Client) -> None:
    company(contact_phone="", contact_email="")
    assert "Answer the message that brought you here" in words(open_link(client, visit()))


# --- Words, tongues, hostile texts ----------------------------------------------------------------------------------
def test_the_page_is_in_the_contacts_language_whatever_the_browser_says(client: Client) -> None:
    code = visit(language="ar-EG")
    client.get(f"/visit/{code.code}/")
    page = client.get(clean_address(code), headers={"accept-language": "de"})
    assert '<html lang="ar" dir="rtl">' in page.content.decode()
    assert page["Content-Language"] == "ar"


def test_hostile_names_stay_text(client: Client) -> None:
    evil = "<script>alert(1)</script>\"'{{ 7 }}&\u202egnp.exe"
    company(company_name=evil[:100], page_footer=evil, contact_phone='"><b>1', page_title="<i>t</i>")
    code = visit("traveling")
    booking = code.booking
    booking.resource.name, booking.work_order.incident_type.name = (evil * 3)[:100], (evil * 3)[:100]
    booking.work_order.number, booking.work_order.account.street = evil[:50], (evil * 9)[:200]
    for record in (booking.resource, booking.work_order.incident_type, booking.work_order, booking.work_order.account):
        record.save()
    page = open_link(client, code).content.decode()
    assert "<script>alert" not in page
    assert "<b>1" not in page
    assert "<i>t" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in re.search(r"<main.*?</main>", page, re.DOTALL)[0]  # type: ignore[index]


def test_no_script_or_style_stands_in_a_page() -> None:
    for state in STATES:
        page = open_link(Client(), visit(state)).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
        wipe()


def test_a_page_that_is_under_way_reloads_itself_without_scripts() -> None:
    live = set()
    for state in STATES:
        page = open_link(Client(), visit(state)).content.decode()
        if '<noscript><meta http-equiv="refresh" content="60"></noscript>' in page:
            live.add(state)
        assert ("data-live" in page) == (state in live)
        wipe()
    assert live == {"due", "traveling", "traveling_break", "working", "working_break"}


# --- The calendar file ----------------------------------------------------------------------------------------------
def test_the_calendar_file_keeps_its_uid_and_counts_up(client: Client) -> None:
    code = visit()
    open_link(client, code)
    address = reverse("visit-calendar", args=[code.public_id])
    response = client.get(address)
    assert response["Content-Type"].startswith("text/calendar")
    assert response["Content-Disposition"] == 'attachment; filename="visit.ics"'
    first = Calendar.from_ical(response.content).walk("VEVENT")[0]
    assert first["DTSTART"].dt == code.booking.start
    code.booking.reschedule(code.booking.start + HOUR)
    second = Calendar.from_ical(client.get(address).content).walk("VEVENT")[0]
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]


def test_the_status_that_is_shown_is_that_of_this_moment(client: Client) -> None:
    code = visit()
    open_link(client, code)
    code.booking.travel()
    assert "Omar Haddad is on the way" in words(client.get(clean_address(code)))
    code.booking.complete()
    assert "Your visit was completed on Tue 24 Nov, 10:00 (London time)" in words(client.get(clean_address(code)))
    assert code.booking.status == BookingStatus.COMPLETED
