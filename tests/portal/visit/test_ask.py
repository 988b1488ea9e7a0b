"""Ask us: a few words about a visit, kept once, for a person to decide. It changes nothing by itself."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from bookings.models import Booking, BookingNotificationCode, CustomerNote
from fsportal.models import User
from portal.access.viewer import SEE_AS
from tests.factories import CodeFactory
from tests.portal.stage import HOUR, NOW, open_link
from tests.portal.visit.changing import account_of, address, contents, own_address, text, visit_to_change, words

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
    return own_address("ask", code.booking)


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("wish", "next_step"),
    [("change", "look for another time"), ("cancel", "see to it"), ("note", "pass it on to whoever comes")],
)
@pytest.mark.parametrize("way", ["account", "link"])
def test_a_message_is_kept_and_what_happens_next_is_said(
    client: Client, code: BookingNotificationCode, user: User, way: str, wish: str, next_step: str
) -> None:
    if way == "account":
        client.force_login(user)
        here = own_address("ask", code.booking)
    else:
        open_link(client, code)  # no code is asked
        here = address("ask", code)
    sent = client.post(here, {"about": wish, "text": " Tuesday,\r\nplease \u202e"})
    assert (sent.status_code, sent["Location"]) == (302, f"{here}?sent={wish}")
    note = CustomerNote.objects.get()
    assert (note.booking, note.contact, note.wish, note.text) == (
        code.booking,
        code.contact,
        wish,
        "Tuesday,\nplease",
    )
    thanks = client.get(sent["Location"])
    assert next_step in words(thanks)
    assert ("Fri 27 Nov, 10:00 to 11:00 (London time)" in words(thanks)) == (wish != "note")
    assert 'href="tel:02079460999"' in text(thanks)
    assert Booking.objects.get(pk=code.booking.pk).revision == 1


@pytest.mark.parametrize("wish", ["change", "cancel", "note"])
def test_what_it_is_about_is_chosen_beforehand_by_the_way_one_came(signed_in: Client, here: str, wish: str) -> None:
    page = text(signed_in.get(here, {"about": wish}))
    assert re.findall(r'value="(\w+)"[^>]* checked', page) == [wish]
    assert "checked" not in text(signed_in.get(here, {"about": "nonsense"}))


def test_the_same_words_twice_are_one_note(signed_in: Client, here: str) -> None:
    for _ in range(2):
        assert signed_in.post(here, {"about": "note", "text": "The bell is broken"}).status_code == 302
    assert CustomerNote.objects.count() == 1


def test_looking_changes_no_row(signed_in: Client, here: str) -> None:
    before = contents()
    for query in ("", "?about=change", "?sent=change", "?sent=x", "?about=note&text=Hello"):
        assert signed_in.get(here + query).status_code == signed_in.head(here + query).status_code == 200
    assert contents() == before


@pytest.mark.parametrize(
    ("answers", "said", "beside"),
    [
        ({"about": "", "text": "Tuesday, please"}, "Choose what it is about.", "id_about_error"),
        ({"about": "money", "text": "Tuesday, please"}, "Choose what it is about.", "id_about_error"),
        ({"about": "note", "text": " \n "}, "Write what we should know.", "id_text_error"),
        ({"about": "note", "text": "z" * 1001}, "1000", "id_text_error"),
    ],
)
def test_what_is_missing_is_said_beside_it_and_what_was_typed_stays(
    signed_in: Client, here: str, answers: dict[str, str], said: str, beside: str
) -> None:
    response = signed_in.post(here, answers)
    assert response.status_code == 422
    assert said in words(response)
    assert beside in text(response)
    assert answers["text"].strip() in text(response)
    assert not CustomerNote.objects.exists()


def test_a_line_break_counts_as_one_character(signed_in: Client, here: str) -> None:
    assert signed_in.post(here, {"about": "note", "text": "x\r\n" * 499 + "en"}).status_code == 302


def test_a_few_messages_then_one_has_to_wait_and_keeps_what_was_typed(signed_in: Client, here: str) -> None:
    answers = [signed_in.post(here, {"about": "note", "text": f"Word {n}"}) for n in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 6 + [429]
    assert 0 < int(answers[6]["Retry-After"]) <= 600
    assert "Word 6" in text(answers[6])
    assert "wait" in words(answers[6])
    assert CustomerNote.objects.count() == 6
    with time_machine.travel(NOW + dt.timedelta(minutes=10), tick=False):
        assert signed_in.post(here, {"about": "note", "text": "Word 6"}).status_code == 302


@pytest.mark.parametrize("verb", ["complete", "cancel"])
def test_about_a_visit_that_is_over_one_calls(
    signed_in: Client, code: BookingNotificationCode, here: str, verb: str
) -> None:
    getattr(Booking.objects.get(pk=code.booking.pk), verb)()
    for response in (signed_in.get(here), signed_in.post(here, {"about": "note", "text": "Hello"})):
        assert 'href="tel:02079460999"' in text(response)
        assert "<textarea" not in text(response)
    assert response.status_code == 409
    assert not CustomerNote.objects.exists()


def test_what_a_customer_writes_is_no_markup(signed_in: Client, here: str) -> None:
    page = text(signed_in.post(here, {"about": "", "text": "<script>alert(1)</script>"}))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


# --- Ladder ---------------------------------------------------------------------------------------------------------
HELLO = {"about": "note", "text": "Hello"}


def test_who_may_not_see_the_visit_asks_nothing(
    client: Client, code: BookingNotificationCode, user: User, here: str
) -> None:
    answers: dict[str, Any] = {"stranger": client.post(here, HELLO)}
    client.force_login(account_of(CodeFactory(), "other"))
    answers["another customer"] = client.post(here, HELLO)
    code.contact.web_roles.clear()
    client.force_login(user)
    answers["without the role"] = client.post(here, HELLO)
    answers["without the cookie"] = client.post(address("ask", code), HELLO)
    codes = {who: answer.status_code for who, answer in answers.items()}
    assert codes == {"stranger": 302, "another customer": 404, "without the role": 403, "without the cookie": 404}
    assert not CustomerNote.objects.exists()


@pytest.mark.usefixtures("user")
def test_staff_who_look_as_the_customer_write_nothing(
    client: Client, code: BookingNotificationCode, admin: User, here: str
) -> None:
    admin.is_superuser = True
    admin.save()
    client.force_login(admin)
    session = client.session
    session[SEE_AS] = {"contact": str(code.contact.pk), "until": (NOW + HOUR).isoformat()}
    session.save()
    assert client.get(here).status_code == 200
    assert client.post(here, HELLO).status_code == 403
    assert not CustomerNote.objects.exists()
