"""The proof at a link: who has only the link changes nothing, until a code to the contact's own address came back."""

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client

from bookings.models import BookingNotificationCode
from fsportal.lib.throttle import Throttle
from fsportal.models.consent import OptOutSource
from notifications.customers.delivery import drain
from notifications.models import CustomerNotification, Reason, State
from portal.models import OneTimeCode
from portal.visit import proof_views
from tests.factories import CodeFactory
from tests.portal.stage import NOW, open_link
from tests.portal.visit.changing import account_of, address, contents, own_address, prove, text, visit_to_change, words

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def code() -> BookingNotificationCode:
    return visit_to_change(email="sarah@example.com", mobile_phone="+447700900018")


def send(client: Client, code: BookingNotificationCode, channel: str = "email", **query: str) -> Any:
    asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return client.post(f"{address('confirm', code)}?{asked}", {"channel": channel})


def newest() -> OneTimeCode:
    return OneTimeCode.objects.order_by("-created_at", "-pk")[0]


def wrong(one_time: OneTimeCode) -> str:
    return f"{(int(one_time.digits) + 1) % 1_000_000:06}"


# --- Before the code ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["change", "cancel"])
def test_the_link_alone_leads_to_the_code_and_back_to_what_was_wanted(
    client: Client, code: BookingNotificationCode, name: str
) -> None:
    open_link(client, code)
    wanted = f"{address(name, code)}?from=2026-11-30"
    detour = client.get(wanted)
    assert (detour.status_code, detour["Location"]) == (302, f"{address('confirm', code)}?next={quote(wanted)}")
    asked = client.get(detour["Location"])
    assert asked.status_code == 200
    sent = client.post(detour["Location"], {"channel": "email"})
    back = client.post(sent["Location"], {"digits": newest().digits})
    assert (back.status_code, back["Location"]) == (302, wanted)
    assert client.get(wanted).status_code == 200


@pytest.mark.parametrize("name", ["change", "cancel"])
def test_whatever_is_posted_with_the_link_alone_changes_nothing(
    client: Client, code: BookingNotificationCode, name: str
) -> None:
    open_link(client, code)
    seen = {"seen": "1", "reason": "none", "step": "move", "time": "1a2b-" + "0" * 32, "digits": "123456"}
    before = contents()
    for query in ("", "?moved=yes", "?step=move", "?sent=x&digits=123456"):
        response = client.post(address(name, code) + query, seen)
        assert response.status_code == 302
        assert response["Location"].startswith(address("confirm", code))
    assert contents() == before


def test_addresses_are_shown_so_that_only_their_owner_knows_them(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    page = client.get(address("confirm", code))
    assert "s•••@example.com" in text(page)
    assert "0018" in text(page)
    for secret in ("sarah@example.com", "447700900018", "7700900018"):
        assert secret not in text(page)
    sent = send(client, code)
    assert "s•••@example.com" in words(client.get(sent["Location"]))


@pytest.mark.parametrize(
    ("contact", "offered"),
    [({"mobile_phone": ""}, ["email"]), ({"email": ""}, ["sms"]), ({}, ["email", "sms"])],
)
def test_only_ways_that_exist_are_offered(client: Client, contact: dict[str, Any], offered: list[str]) -> None:
    code = visit_to_change(**contact)
    open_link(client, code)
    page = client.get(address("confirm", code))
    assert [way for way in ("email", "sms") if f'value="{way}"' in text(page)] == offered
    for way in {"email", "sms", "pigeon", ""} - set(offered):
        assert send(client, code, way).status_code == 422
    assert not OneTimeCode.objects.exists()


def test_a_number_of_a_country_that_gets_no_texts_is_not_offered(
    client: Client, code: BookingNotificationCode, settings: Any
) -> None:
    settings.SMS_COUNTRIES = ["DE"]
    open_link(client, code)
    assert 'value="sms"' not in text(client.get(address("confirm", code)))


def test_after_a_stop_no_code_goes_by_text_and_none_is_offered(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    send(client, code, "sms")
    code.contact.opt_out("sms", how=OptOutSource.SMS)
    assert 'value="sms"' not in text(client.get(address("confirm", code)))
    assert send(client, code, "sms").status_code == 422
    drain()
    message = CustomerNotification.objects.get(event="one_time_code")
    assert (message.state, message.reason) == (State.SUPPRESSED, Reason.OPTED_OUT)


def test_whoever_has_only_a_phone_that_said_stop_is_told_whom_to_call(client: Client) -> None:
    code = visit_to_change(email="", mobile_phone="+447700900018")
    code.contact.opt_out("sms", how=OptOutSource.SMS)
    open_link(client, code)
    page = words(client.get(address("confirm", code)))
    assert "Please call us to change this visit" in page
    assert "that we may send a code to" in page


def test_a_contact_without_any_address_is_told_whom_to_call(client: Client) -> None:
    code = visit_to_change(email="", mobile_phone="")
    open_link(client, code)
    page = client.get(address("confirm", code))
    assert "Please call us" in words(page)
    assert 'href="tel:02079460999"' in text(page)
    assert address("ask", code) in text(page)
    assert "<form" not in text(page).partition("<main")[2].partition("</main>")[0]
    assert send(client, code).status_code == 422
    assert not OneTimeCode.objects.exists()


def test_looking_sends_nothing_and_changes_no_row(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    sent = send(client, code)["Location"]
    before = contents()
    for look in (client.get, client.head):
        for at in (address("confirm", code), sent, f"{sent}&digits={newest().digits}", f"{address('confirm', code)}?x"):
            assert look(at).status_code == 200
    assert contents() == before


# --- The message ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_the_code_goes_to_the_contact_on_the_way_that_was_chosen(
    client: Client, code: BookingNotificationCode, channel: str
) -> None:
    open_link(client, code)
    send(client, code, channel)
    queued = CustomerNotification.objects.get(event="one_time_code")
    assert (queued.contact, queued.channel) == (code.contact, channel)
    one_time = newest()
    assert one_time.purpose == f"visit:{code.public_id}:{code.generation}"
    assert one_time.digits not in text(client.get(address("confirm", code)))


# --- The digits -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("write", ["{}", " {} ", "{:.3} {:.3}", "arabic"])
def test_the_digits_are_taken_as_people_type_them(client: Client, code: BookingNotificationCode, write: str) -> None:
    open_link(client, code)
    sent = send(client, code)["Location"]
    digits = newest().digits
    typed = {
        "{}": digits,
        " {} ": f" {digits} ",
        "{:.3} {:.3}": f"{digits[:3]} - {digits[3:]}",
        "arabic": digits.translate({ord(str(n)): chr(0x660 + n) for n in range(10)}),
    }[write]
    assert client.post(sent, {"digits": typed}).status_code == 302
    assert client.get(address("change", code)).status_code == 200


def test_the_field_helps_a_phone_to_fill_it_in(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    page = text(client.get(send(client, code)["Location"]))
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page


def test_a_wrong_code_says_how_many_tries_are_left_and_after_five_none_is_right(
    client: Client, code: BookingNotificationCode
) -> None:
    open_link(client, code)
    sent = send(client, code)["Location"]
    one_time = newest()
    said = [words(client.post(sent, {"digits": wrong(one_time)})) for _ in range(5)]
    assert "4 more times" in said[0]
    assert "1 more time." in said[3]
    assert "cannot be used any more" in said[4]
    late = client.post(sent, {"digits": one_time.digits})
    assert late.status_code == 422
    assert client.get(address("change", code)).status_code == 302


def test_nothing_typed_is_said_beside_the_field_and_is_no_try(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    response = client.post(send(client, code)["Location"], {"digits": "  "})
    assert response.status_code == 422
    assert "Type the six digits" in words(response)
    assert newest().tries == 0


def test_a_code_is_good_for_ten_minutes(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    sent = send(client, code)["Location"]
    with time_machine.travel(NOW + 10 * MINUTE, tick=False):
        late = client.post(sent, {"digits": newest().digits})
        assert late.status_code == 422
        assert "too old" in words(late)
        assert client.get(address("change", code)).status_code == 302


def test_a_second_click_is_no_second_person_and_a_later_one_is_refused(
    client: Client, code: BookingNotificationCode
) -> None:
    open_link(client, code)
    sent = send(client, code)["Location"]
    digits = newest().digits
    assert client.post(sent, {"digits": digits}).status_code == 302
    # The first answer never arrived: its cookie neither.
    del client.cookies[f"sure_{code.public_id}"]
    assert client.post(sent, {"digits": digits}).status_code == 302
    del client.cookies[f"sure_{code.public_id}"]
    with time_machine.travel(NOW + 2 * MINUTE, tick=False):
        assert client.post(sent, {"digits": digits}).status_code == 422


def test_a_code_opens_nothing_in_another_browser_than_asked_for_it(
    client: Client, code: BookingNotificationCode
) -> None:
    open_link(client, code)
    sent = send(client, code)["Location"]
    thief = Client()
    open_link(thief, code)
    asked = client.cookies[f"asked_{newest().pk}"]
    assert asked["httponly"]
    assert asked["path"] == f"/visit/see/{code.public_id}/"
    for digits in (newest().digits, wrong(newest())):
        assert thief.post(sent, {"digits": digits}).status_code == 422
        assert thief.get(sent).status_code == 200
    assert thief.get(address("change", code)).status_code == 302
    assert newest().tries == 0, "nor can they use up the tries"
    assert client.post(sent, {"digits": newest().digits}).status_code == 302
    assert client.get(address("change", code)).status_code == 200
    assert thief.post(sent, {"digits": newest().digits}).status_code == 422, "not even within the second click"


def test_a_used_code_is_no_better_to_guess_at_than_an_open_one(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    sent = send(client, code)["Location"]
    one_time = newest()
    client.post(sent, {"digits": one_time.digits})
    del client.cookies[f"sure_{code.public_id}"]
    for _ in range(4):
        assert client.post(sent, {"digits": wrong(one_time)}).status_code == 422
    assert client.post(sent, {"digits": one_time.digits}).status_code == 422


def test_back_and_reload_after_the_code_lead_on(client: Client, code: BookingNotificationCode) -> None:
    prove(client, code)
    assert client.get(address("confirm", code)).status_code == 302
    assert client.get(f"{address('confirm', code)}?next={address('cancel', code)}")["Location"] == address(
        "cancel", code
    )


# --- Sending again --------------------------------------------------------------------------------------------------
def test_three_codes_in_ten_minutes_then_one_has_to_wait(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    answers = [send(client, code) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]
    assert 0 < int(answers[3]["Retry-After"]) <= 600
    assert "wait" in words(answers[3])
    assert 'href="tel:02079460999"' in text(answers[3])
    assert OneTimeCode.objects.count() == 3
    with time_machine.travel(NOW + 10 * MINUTE, tick=False):
        assert send(client, code).status_code == 302


def test_a_day_has_a_limit_too_from_wherever_they_ask(code: BookingNotificationCode) -> None:
    codes = 0
    for number in range(20):
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        open_link(client, code)
        codes += send(client, code).status_code == 302
    assert codes == OneTimeCode.objects.count() == 12


def test_a_new_code_leaves_the_older_one_good_until_it_lapses(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    first = send(client, code)["Location"]
    first_code = newest()
    with time_machine.travel(NOW + MINUTE, tick=False):
        second = send(client, code)["Location"]
        assert client.post(second, {"digits": first_code.digits}).status_code == 422
        assert client.post(first, {"digits": first_code.digits}).status_code == 302


# --- What the proof is good for -------------------------------------------------------------------------------------
def test_the_cookie_is_for_this_visit_out_of_reach_of_scripts_and_for_half_an_hour(
    client: Client, code: BookingNotificationCode, settings: Any
) -> None:
    settings.SECURE = True
    prove(client, code)
    cookie = client.cookies[f"sure_{code.public_id}"]
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", True)
    assert cookie["path"] == f"/visit/see/{code.public_id}/"
    assert cookie["max-age"] == 1800
    with time_machine.travel(NOW + 29 * MINUTE, tick=False):
        assert client.get(address("change", code)).status_code == 200
    with time_machine.travel(NOW + 31 * MINUTE, tick=False):
        # Whatever the browser keeps, the signature says when it was made.
        client.cookies[f"sure_{code.public_id}"] = cookie.value
        assert client.get(address("change", code)).status_code == 302


def test_the_proof_for_one_visit_is_none_for_another(client: Client, code: BookingNotificationCode) -> None:
    other = CodeFactory(contact=code.contact, booking__start=NOW + dt.timedelta(days=4))
    prove(client, code)
    open_link(client, other)
    client.cookies[f"sure_{other.public_id}"] = client.cookies[f"sure_{code.public_id}"].value
    assert client.get(address("change", other)).status_code == 302
    assert client.post(address("cancel", other), {"reason": "none", "seen": 1}).status_code == 302
    other.booking.refresh_from_db()
    assert other.booking.revision == 1


def test_the_visits_own_cookie_is_no_proof(client: Client, code: BookingNotificationCode) -> None:
    open_link(client, code)
    for value in (client.cookies[f"visit_{code.public_id}"].value, f"{code.public_id}:1", "", "é"):
        client.cookies[f"sure_{code.public_id}"] = value
        assert client.get(address("change", code)).status_code == 302


def test_a_code_for_another_visit_of_the_same_contact_proves_nothing_here(
    client: Client, code: BookingNotificationCode
) -> None:
    other = CodeFactory(contact=code.contact, booking__start=NOW + dt.timedelta(days=4))
    open_link(client, code)
    open_link(client, other)
    sent = send(client, other)["Location"]
    here = sent.replace(address("confirm", other), address("confirm", code))
    assert client.post(here, {"digits": newest().digits}).status_code == 422
    assert newest().tries == 0


@pytest.mark.parametrize("end", ["block", "expire", "rotate"])
def test_a_link_that_ends_ends_at_every_step(client: Client, code: BookingNotificationCode, end: str) -> None:
    open_link(client, code)
    sent = send(client, code)["Location"]
    proved = Client()
    prove(proved, code)
    ends = {"block": lambda: code.block(by=None, why="lost"), "expire": lambda: code.expire(by=None)}
    ends.get(end, lambda: code.rotate(by=None))()
    before = contents()
    steps = [client.get(address("confirm", code)), send(client, code), client.get(sent)]
    steps += [client.post(sent, {"digits": newest().digits})]
    steps += [proved.get(address(page, code)) for page in ("change", "cancel", "ask")]
    steps += [proved.post(address("cancel", code), {"reason": "none", "seen": "1"})]
    steps += [proved.post(address("ask", code), {"about": "note", "text": "Hello"})]
    assert {step.status_code for step in steps} == {404}
    assert contents() == before


def test_a_rotated_link_asks_for_the_code_anew(client: Client, code: BookingNotificationCode) -> None:
    prove(client, code)
    code.rotate(by=None)
    open_link(client, code)
    assert client.get(address("change", code)).status_code == 302


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/admin/",
        "/visit/see/zzzzzzzzzz/change/",
        "javascript:alert(1)",
        "\\\\evil.example",
        "/\\evil.example",
        "http://[",
        "",
    ],
)
def test_the_proof_leads_to_this_visits_own_pages_and_nowhere_else(
    client: Client, code: BookingNotificationCode, wanted: str
) -> None:
    prove(client, code)
    away = client.get(address("confirm", code), {"next": wanted})
    assert away["Location"] == f"/visit/see/{code.public_id}/"


# --- By account -----------------------------------------------------------------------------------------------------
def test_from_an_account_no_code_is_asked(client: Client, code: BookingNotificationCode) -> None:
    client.force_login(account_of(code))
    for page in ("change", "cancel"):
        assert client.get(own_address(page, code.booking)).status_code == 200


def test_who_is_signed_in_as_the_contact_needs_no_code_at_the_link_either(
    client: Client, code: BookingNotificationCode
) -> None:
    client.force_login(account_of(code))
    open_link(client, code)
    assert client.get(address("change", code)).status_code == 200


def test_who_is_signed_in_as_somebody_else_needs_one(client: Client, code: BookingNotificationCode) -> None:
    client.force_login(account_of(CodeFactory(), "other"))
    open_link(client, code)
    assert client.get(address("change", code)).status_code == 302


# --- Ladder ---------------------------------------------------------------------------------------------------------
def test_without_the_visits_cookie_there_is_no_such_page(client: Client, code: BookingNotificationCode) -> None:
    for page in ("confirm", "change", "cancel", "ask"):
        for method in (client.get, client.head, client.post):
            assert method(address(page, code)).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, code: BookingNotificationCode, method: str) -> None:
    open_link(client, code)
    for page in ("confirm", "change", "cancel", "ask"):
        assert getattr(client, method)(address(page, code)).status_code == 405


def test_a_post_without_the_forms_token_is_refused(code: BookingNotificationCode) -> None:
    client = Client(enforce_csrf_checks=True)
    open_link(client, code)
    assert send(client, code).status_code == 403
    assert not OneTimeCode.objects.exists()


def test_texts_with_codes_are_limited_for_each_client_and_emails_are_not(
    client: Client, code: BookingNotificationCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_views, "TEXTS_OF_CLIENT", Throttle("texts-of-client", limit=1, seconds=86400))
    open_link(client, code)
    answers = [send(client, code, "sms").status_code for _ in range(2)]
    assert answers == [302, 429]
    assert send(client, code, "email").status_code == 302, "emails cost nothing"
