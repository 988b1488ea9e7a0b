"""Cancel visit: why, then off; by an account and by a link. After the cut-off a person decides."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from bookings.messages.reminders import sweep
from bookings.models import Booking, BookingChange, BookingNotificationCode, BookingStatus, Verb, Via
from fsportal.models import User
from notifications.customers.delivery import drain
from portal.access.viewer import SEE_AS
from tests.factories import CodeFactory
from tests.portal.stage import HOUR, NOW, open_link
from tests.portal.visit.changing import (
    FRIDAY,
    account_of,
    address,
    contents,
    field,
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
    return own_address("cancel", code.booking)


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def cancel(client: Client, here: str, **answers: str) -> Any:
    """Open the page and press its button."""
    seen = field(client.get(here), "seen")
    return client.post(here, {"reason": "none", "text": "", "seen": seen, **answers})


def status(code: BookingNotificationCode) -> int:
    return Booking.objects.get(pk=code.booking.pk).status


# --- The main path --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", ["account", "link"])
def test_a_visit_is_canceled_with_a_reason(client: Client, code: BookingNotificationCode, user: User, way: str) -> None:
    if way == "account":
        client.force_login(user)
        here = own_address("cancel", code.booking)
    else:
        prove(client, code)
        here = address("cancel", code)
    asked = client.get(here)
    assert "Fri 27 Nov, 10:00 to 11:00 (London time)" in words(asked)
    assert "Boiler service" in words(asked)
    assert status(code) == BookingStatus.SCHEDULED
    done = cancel(client, here, reason="other", text="We have moved\naway")
    assert (done.status_code, done["Location"]) == (302, here)
    assert status(code) == BookingStatus.CANCELED
    change = BookingChange.objects.get(booking=code.booking, verb=Verb.CANCEL)
    assert (change.via, change.why, change.contact) == (
        Via.PORTAL,
        "Something else: We have moved away",
        code.contact,
    )
    assert change.by == (user if way == "account" else None)
    told = client.get(here)
    assert "Your visit is canceled" in words(told)
    assert 'href="tel:02079460999"' in text(told)
    # Booking again needs an account.
    assert (f"/book/?again={code.booking.pk}" in text(told)) == (way == "account")


def test_the_reason_is_kept_in_the_companys_language(client: Client) -> None:
    code = visit_to_change(language="de")
    client.force_login(account_of(code))
    cancel(client, own_address("cancel", code.booking), reason="solved")
    assert BookingChange.objects.get(booking=code.booking, verb=Verb.CANCEL).why == "It is not needed any more"
    translation.deactivate()


@pytest.mark.parametrize("told", [True, False])
def test_a_customer_who_cancels_gets_that_confirmed_even_if_never_told_before(
    signed_in: Client, here: str, told: bool
) -> None:
    if told:
        sweep(NOW)
        drain()
    cancel(signed_in, here)
    assert "canceled" in messages()


# --- Nothing by looking, nothing twice ------------------------------------------------------------------------------
def test_looking_changes_no_row(signed_in: Client, here: str) -> None:
    before = contents()
    for query in ("", "?reason=none&seen=1", "?step=cancel"):
        assert signed_in.get(here + query).status_code == signed_in.head(here + query).status_code == 200
    assert contents() == before


def test_a_second_click_and_the_back_button_do_no_harm(signed_in: Client, here: str) -> None:
    seen = field(signed_in.get(here), "seen")
    cancel(signed_in, here)
    before = contents()
    for response in (signed_in.post(here, {"reason": "none", "seen": seen}), signed_in.get(here)):
        assert response.status_code == 200
        assert "Your visit is canceled" in words(response)
    assert contents() == before


# --- What can go wrong ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answers", "said", "beside"),
    [
        ({"reason": ""}, "Choose a reason", "id_reason_error"),
        ({"reason": "because"}, "because", "id_reason_error"),
        ({"reason": "other"}, "Tell us in a few words", "id_text_error"),
        ({"reason": "other", "text": " \u200b "}, "Tell us in a few words", "id_text_error"),
        ({"reason": "time", "text": "y" * 301}, "300", "id_text_error"),
    ],
)
def test_what_is_missing_is_said_beside_it_and_what_was_typed_stays(
    signed_in: Client, code: BookingNotificationCode, here: str, answers: dict[str, str], said: str, beside: str
) -> None:
    response = cancel(signed_in, here, **answers)
    assert response.status_code == 422
    assert said in words(response)
    assert beside in text(response)
    assert answers.get("text", "").strip() in text(response)
    assert status(code) == BookingStatus.SCHEDULED


def test_a_visit_that_was_moved_meanwhile_is_looked_at_again_first(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    seen = field(signed_in.get(here), "seen")
    Booking.objects.get(pk=code.booking.pk).reschedule(FRIDAY + 2 * HOUR)
    stale = signed_in.post(here, {"reason": "other", "text": "We have moved", "seen": seen})
    assert stale.status_code == 409
    assert "It is now on Fri 27 Nov, 12:00 to 13:00 (London time)" in words(stale)
    assert "We have moved" in text(stale)
    assert re.search(r'value="other"[^>]* checked', text(stale))
    assert status(code) == BookingStatus.SCHEDULED
    again = signed_in.post(here, {"reason": "other", "text": "We have moved", "seen": field(stale, "seen")})
    assert again.status_code == 302
    assert status(code) == BookingStatus.CANCELED


@pytest.mark.parametrize("verb", ["travel", "start_work", "complete"])
def test_a_visit_that_began_meanwhile_is_not_canceled_here(
    signed_in: Client, code: BookingNotificationCode, here: str, verb: str
) -> None:
    seen = field(signed_in.get(here), "seen")
    getattr(Booking.objects.get(pk=code.booking.pk), verb)()
    was = status(code)
    response = signed_in.post(here, {"reason": "none", "seen": seen})
    assert response.status_code == 409
    assert "cannot be canceled here" in words(response)
    assert 'href="tel:02079460999"' in text(response)
    assert status(code) == was


@pytest.mark.parametrize("way", ["account", "link"])
def test_after_the_cut_off_one_asks_us(client: Client, code: BookingNotificationCode, user: User, way: str) -> None:
    here = own_address("cancel", code.booking) if way == "account" else address("cancel", code)
    with time_machine.travel(FRIDAY - HOUR, tick=False):
        if way == "account":
            client.force_login(user)
        else:
            open_link(client, code)
        for response in (client.get(here), client.post(here, {"reason": "none", "seen": "1"})):
            assert "You could cancel by yourself until Thu 26 Nov, 10:00 (London time)" in words(response)
            assert "?about=cancel" in text(response)
        assert response.status_code == 409
    assert status(code) == BookingStatus.SCHEDULED


def test_where_customers_may_not_cancel_they_ask_us(
    signed_in: Client, code: BookingNotificationCode, here: str
) -> None:
    kind = code.booking.work_order.incident_type
    type(kind).objects.filter(pk=kind.pk).update(customers_may_cancel=False)
    for response in (signed_in.get(here), signed_in.post(here, {"reason": "none", "seen": "1"})):
        assert "Ask us to cancel it" in words(response)
    assert status(code) == BookingStatus.SCHEDULED


# --- Ladder ---------------------------------------------------------------------------------------------------------
def test_strangers_are_asked_to_sign_in(client: Client, here: str) -> None:
    for response in (client.get(here), client.post(here, {"reason": "none", "seen": "1"})):
        assert response.status_code == 302
        assert "login" in response["Location"]


def test_without_the_role_nothing_is_shown(signed_in: Client, code: BookingNotificationCode, here: str) -> None:
    code.contact.web_roles.clear()
    for response in (signed_in.get(here), signed_in.post(here, {"reason": "none", "seen": "1"})):
        assert response.status_code == 403
        assert b"Boiler" not in response.content
    assert status(code) == BookingStatus.SCHEDULED


def test_another_customer_finds_no_such_page(client: Client, code: BookingNotificationCode, here: str) -> None:
    client.force_login(account_of(CodeFactory(), "other"))
    for response in (client.get(here), client.post(here, {"reason": "none", "seen": "1"})):
        assert response.status_code == 404
    assert status(code) == BookingStatus.SCHEDULED


def test_staff_who_look_as_the_customer_cancel_nothing(
    client: Client, code: BookingNotificationCode, user: User, admin: User, here: str
) -> None:
    admin.is_superuser = True
    admin.save()
    client.force_login(admin)
    session = client.session
    session[SEE_AS] = {"contact": str(code.contact.pk), "until": (NOW + HOUR).isoformat()}
    session.save()
    assert cancel(client, here).status_code == 403
    assert status(code) == BookingStatus.SCHEDULED


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, here: str, method: str) -> None:
    assert getattr(client, method)(here).status_code == 405


def test_a_post_without_the_forms_token_is_refused(code: BookingNotificationCode, user: User, here: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert cancel(client, here).status_code == 403
    assert status(code) == BookingStatus.SCHEDULED
