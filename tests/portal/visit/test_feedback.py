"""Feedback: given once, signed in or by link, and harmless when sent again."""

import re
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client, TransactionTestCase
from django.urls import reverse

from bookings.models import Booking, BookingNotificationCode, BookingStatus, Feedback, NotAllowed
from bookings.self_service import verbs
from fsportal.models import User
from portal.access.viewer import SEE_AS
from portal.models import WebRole
from tests.factories import ContactFactory
from tests.portal.stage import HOUR, NOW, STATES, company, customer_of, open_link, visit
from tests.portal.visit.test_page import contents, words

pytestmark = pytest.mark.django_db
ACCESS = ["account", "link"]
LATER = NOW + Feedback.OPEN_FOR


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def at(access: str, code: BookingNotificationCode, client: Client | None = None) -> tuple[Client, str]:
    """Return a browser on the feedback page, signed in or by link, and its address."""
    client = client or Client()
    if access == "link":
        open_link(client, code)
        return client, reverse("visit-feedback", args=[code.public_id])
    client.force_login(customer_of(code.contact))
    return client, reverse("booking-feedback", args=[code.booking.pk])


# --- Who may --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_gets_in_by_neither_way(client: Client, method: str) -> None:
    code = visit("completed")
    ask = getattr(client, method)
    assert ask(reverse("visit-feedback", args=[code.public_id]), {"rating": "5"}).status_code == 404
    answer = ask(reverse("booking-feedback", args=[code.booking.pk]), {"rating": "5"})
    assert answer.status_code == 302
    assert "next=" in answer["Location"]
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_the_role_nothing_is_asked_and_nothing_kept(method: str) -> None:
    code = visit("completed")
    client, address = at("account", code)
    WebRole.web_api_users().take_away(code.contact, by=None)
    answer = getattr(client, method)(address, {"rating": "5"})
    assert answer.status_code == 403
    assert "Web API Users" in words(answer)
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_another_customers_visit_is_not_found(client: Client, method: str) -> None:
    code = visit("completed")
    client.force_login(customer_of(ContactFactory()))
    answer = getattr(client, method)(reverse("booking-feedback", args=[code.booking.pk]), {"rating": "5"})
    assert answer.status_code == 404
    assert not Feedback.objects.exists()


def test_staff_who_look_as_a_customer_say_nothing_for_them(client: Client) -> None:
    code = visit("completed")
    WebRole.web_api_users().give(code.contact, by=None)
    client.force_login(User.objects.create_superuser("eve", "", "x"))
    session = client.session
    session[SEE_AS] = {"contact": str(code.contact.pk), "until": (NOW + HOUR).isoformat()}
    session.save()
    answer = client.post(reverse("booking-feedback", args=[code.booking.pk]), {"rating": "5"})
    assert answer.status_code == 403
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("access", ACCESS)
def test_other_methods_are_refused(access: str) -> None:
    client, address = at(access, visit("completed"))
    assert client.put(address).status_code == client.delete(address).status_code == 405


@pytest.mark.parametrize("access", ACCESS)
def test_the_form_wants_its_token(access: str) -> None:
    client, address = at(access, visit("completed"), Client(enforce_csrf_checks=True))
    company(survey_url="")
    assert client.post(address, {"rating": "5"}).status_code == 403
    assert not Feedback.objects.exists()


# --- Giving it ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("access", ACCESS)
def test_a_look_asks_and_changes_no_row(access: str) -> None:
    company(survey_url="")
    client, address = at(access, visit("completed"))
    before = contents()
    answer = client.get(address)
    assert "How was your visit?" in words(answer)
    assert re.findall('value="([1-5])"', answer.content.decode()) == ["5", "4", "3", "2", "1"]
    assert re.findall("[★☆]+", answer.content.decode()) == ["★★★★★", "★★★★☆", "★★★☆☆", "★★☆☆☆", "★☆☆☆☆"]
    assert [said for said in ("Very good", "Good", "All right", "Not good", "Poor") if said not in words(answer)] == []
    assert answer["Cache-Control"] == "private, no-store"
    assert client.head(address).status_code == 200
    assert contents() == before


@pytest.mark.parametrize("access", ACCESS)
def test_what_is_said_is_kept_and_thanked_for(access: str) -> None:
    company(survey_url="")
    code = visit("completed")
    client, address = at(access, code)
    answer = client.post(address, {"rating": "4", "comment": "Quick.\r\nAnd <kind>."}, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    assert "Thank you, that helps us" in words(answer)
    assert "Quick.\nAnd &lt;kind&gt;." in answer.content.decode()
    given = Feedback.objects.get()
    assert (given.booking, given.contact, given.rating) == (code.booking, code.contact, 4)
    assert (given.comment, given.given_at) == ("Quick.\nAnd <kind>.", NOW)


@pytest.mark.parametrize("access", ACCESS)
def test_sent_again_it_changes_nothing_and_says_thank_you(access: str) -> None:
    company(survey_url="")
    client, address = at(access, visit("completed"))
    client.post(address, {"rating": "4", "comment": "First"})
    for again in ({"rating": "1", "comment": "Second"}, {}):
        assert "Thank you, that helps us" in words(client.post(address, again, follow=True))
    assert Feedback.objects.values_list("rating", "comment").get() == (4, "First")


def test_the_verb_itself_is_harmless_when_repeated() -> None:
    code = visit("completed")
    first, is_new = verbs.rate(code.booking, code.contact, 2, "Late")
    assert is_new
    assert verbs.rate(code.booking, code.contact, 5, "Never mind") == (first, False)
    assert verbs.rate(code.booking, ContactFactory(), 5)[1]


@pytest.mark.parametrize("state", [state for state in STATES if state != "completed"])
def test_the_verb_takes_no_word_about_a_visit_that_is_not_done(state: str) -> None:
    code = visit(state)
    with pytest.raises(NotAllowed):
        verbs.rate(code.booking, code.contact, 5)
    assert not Feedback.objects.exists()


def test_a_low_rating_is_answered_with_a_number_and_a_promise() -> None:
    company(survey_url="")
    client, address = at("link", visit("completed"))
    answer = client.post(address, {"rating": "2"}, follow=True)
    assert "We will call you to put it right." in words(answer)
    assert answer.content.decode().count('href="tel:02079460999"') == 2


def test_nobody_is_promised_a_call_without_a_number() -> None:
    company(survey_url="")
    client, address = at("link", visit("completed", mobile_phone=""))
    answer = client.post(address, {"rating": "1"}, follow=True)
    assert "We will write to you to put it right." in words(answer)


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({"rating": "", "comment": "kept <typed>"}, "Choose how your visit was."),
        ({"rating": "6", "comment": "kept <typed>"}, "Choose one of these."),
        ({"rating": "x", "comment": "kept <typed>"}, "Choose one of these."),
        ({"rating": "4", "comment": "kept <typed>" + "x" * 1000}, "at most 1000 characters"),
    ],
)
def test_an_error_stands_beside_its_field_and_what_was_typed_stays(sent: dict[str, str], complaint: str) -> None:
    company(survey_url="")
    client, address = at("account", visit("completed"))
    answer = client.post(address, sent)
    assert answer.status_code == 200
    assert complaint in words(answer)
    assert "kept &lt;typed&gt;" in answer.content.decode()
    assert "<title>Error: How was it?" in answer.content.decode()
    assert not Feedback.objects.exists()


def test_line_breaks_count_as_the_browser_counts_them() -> None:
    company(survey_url="")
    client, address = at("account", visit("completed"))
    client.post(address, {"rating": "4", "comment": "ab\r\n" * 333 + "c"})
    assert len(Feedback.objects.get().comment) == 1000


# --- When -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("state", [state for state in STATES if state != "completed"])
def test_before_the_work_is_done_the_visit_is_shown_instead(access: str, state: str) -> None:
    company(survey_url="")
    code = visit(state)
    client, address = at(access, code)
    for ask in (client.get, client.post):
        answer = ask(address, {"rating": "5"}, follow=True)
        assert answer.redirect_chain[0][0] == address.removesuffix("feedback/")
        said = "You can tell us how it was once the visit is done." in answer.content.decode()
        assert said is (state != "canceled")
    assert not Feedback.objects.exists()


def test_after_sixty_days_nobody_is_asked_any_more() -> None:
    company(survey_url="")
    code = visit("completed")
    client, address = at("account", code)
    Booking.objects.filter(pk=code.booking.pk).update(completed_at=NOW)
    user = User.objects.get(contacts=code.contact)
    with time_machine.travel(LATER - HOUR, tick=False):
        client.force_login(user)  # sessions end before
        assert "How was your visit?" in words(client.get(address))
    with time_machine.travel(LATER, tick=False):
        client.force_login(user)
        assert "This visit was a while ago." in client.post(address, {"rating": "5"}, follow=True).content.decode()
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("access", ACCESS)
def test_with_a_survey_the_address_leads_there_but_what_was_typed_is_kept(access: str) -> None:
    company()
    client, address = at(access, visit("completed"))
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, "https://survey.example/s/1")
    client.post(address, {"rating": "3"})
    assert Feedback.objects.get().rating == 3
    assert "Thank you" in words(client.get(address))


# --- Where it is offered --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("state", STATES)
def test_the_page_of_a_visit_asks_once_it_is_done(access: str, state: str) -> None:
    company(survey_url="")
    client, address = at(access, visit(state))
    page = client.get(address.removesuffix("feedback/")).content.decode()
    assert (f'href="{address}"' in page) is (state == "completed")


@pytest.mark.parametrize("access", ACCESS)
def test_the_page_of_a_visit_thanks_who_has_answered(access: str) -> None:
    company(survey_url="")
    client, address = at(access, visit("completed"))
    client.post(address, {"rating": "4"})
    page = client.get(address.removesuffix("feedback/"))
    assert "You have told us how it was. Thank you." in words(page)
    assert "Tell us how it was" not in words(page)


# --- Races ----------------------------------------------------------------------------------------------------------
class Race(TransactionTestCase):
    """A double click, as the database sees it."""

    def test_of_many_at_once_one_is_kept(self) -> None:
        code = visit("completed")
        results: list[bool] = []

        def give(rating: int) -> None:
            try:
                booking = Booking.objects.get(pk=code.booking.pk)
                results.append(verbs.rate(booking, code.contact, rating)[1])
            finally:
                connection.close()

        threads = [threading.Thread(target=give, args=[1 + number % 5]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [False] * 7 + [True]
        assert Feedback.objects.count() == 1
        assert BookingStatus(code.booking.status) == BookingStatus.COMPLETED
