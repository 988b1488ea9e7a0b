"""The box that asks whether the time suits: on the visit's page and on the first page, by link and signed in."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bookings.models import Booking, BookingNotificationCode, Via
from tests.bookings.confirming.asking import DAY, NOW, asked, asking
from tests.factories import IncidentTypeFactory, WorkOrderFactory
from tests.portal.stage import company, customer_of, open_link, visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as clock:
        asking()
        yield clock


def again(booking: Booking) -> Booking:
    return Booking.objects.with_visit().get(pk=booking.pk)


def code_of(booking: Booking) -> BookingNotificationCode:
    return BookingNotificationCode.objects.get(booking=booking)


def test_the_page_asks_and_only_its_button_answers(client: Client) -> None:
    booking = asked(2 * DAY)
    code = code_of(booking)
    page = open_link(client, code)
    assert 'id="answer"' in page.text
    assert "Does this time suit you?" in page.text
    to = reverse("visit-answer", args=[code.public_id])
    # Mail scanners follow the link and everything that they find; nothing of that answers.
    for path in (code.link, page.request["PATH_INFO"], to):
        client.get(path)
        client.head(path)
    assert (again(booking).answer, client.get(to).status_code) == ("", 405)
    assert Client(enforce_csrf_checks=True).post(to, {"answer": "yes"}).status_code == 403
    seen = re.search(r'name="seen" value="(\d+)"', page.text)
    assert seen is not None
    done = client.post(to, {"answer": "yes", "seen": seen[1]}, follow=True)
    assert "You confirmed this visit." in done.text
    assert "Does this time suit you?" not in done.text
    change = again(booking).changes.get(verb="confirm")
    assert (change.via, change.contact, change.by) == (Via.PORTAL, booking.reported_by, None)
    # A second press is the same answer; another one is not.
    client.post(to, {"answer": "yes", "seen": seen[1]})
    assert again(booking).changes.filter(verb="confirm").count() == 1
    chosen = client.post(to, {"answer": "no", "seen": seen[1]})
    assert chosen["Location"] == reverse("visit-change", args=[code.public_id])
    assert "You told us that this time does not suit you." in client.get(page.request["PATH_INFO"]).text
    # The link in the answer to a text leads there, too.
    assert client.get(f"{code.link}?to=change")["Location"] == chosen["Location"]


def test_an_answer_about_the_old_time_is_not_taken_for_the_new_one(client: Client) -> None:
    booking = asked(2 * DAY)
    code = code_of(booking)
    open_link(client, code)
    again(booking).reschedule(booking.start + DAY)
    to = reverse("visit-answer", args=[code.public_id])
    page = client.post(to, {"answer": "yes", "seen": "1"}, follow=True).text
    assert again(booking).answer == ""
    assert "changed in the meantime" in page
    for nonsense in ({}, {"answer": "maybe", "seen": "1"}, {"answer": "yes", "seen": "9" * 40}, {"answer": "no"}):
        assert client.post(to, nonsense).status_code == 302
    assert again(booking).answer == ""
    begun = again(booking)
    begun.travel()
    assert client.post(to, {"answer": "yes", "seen": begun.timed_by}).status_code == 302
    assert again(booking).answer == ""


def test_where_customers_may_not_change_it_no_leads_to_asking_us(client: Client) -> None:
    fixed = IncidentTypeFactory(customers_may_change=False)
    code = code_of(asked(2 * DAY, work_order=WorkOrderFactory(incident_type=fixed)))
    page = open_link(client, code).text
    assert "No, I need another time" in page
    told = client.post(reverse("visit-answer", args=[code.public_id]), {"answer": "no", "seen": "1"})
    assert told["Location"] == reverse("visit-ask", args=[code.public_id]) + "?about=change"


def test_the_first_page_asks_on_the_card_of_the_visit_and_leads_back_to_it(client: Client) -> None:
    booking = asked(2 * DAY)
    assert booking.reported_by is not None
    client.force_login(customer_of(booking.reported_by))
    page = client.get(reverse("home")).text
    to = reverse("booking-answer", args=[booking.pk])
    assert f'action="{to}"' in page
    done = client.post(to, {"answer": "yes", "seen": booking.timed_by, "home": "1"})
    assert done["Location"] == reverse("home")
    assert "You confirmed this visit." in client.get(reverse("home")).text
    change = again(booking).changes.get(verb="confirm")
    assert (change.by, change.contact) == (booking.reported_by.portal_user, booking.reported_by)


def test_a_company_that_does_not_ask_shows_no_box(client: Client) -> None:
    code = visit()
    assert 'id="answer"' not in open_link(client, code).text


@pytest.mark.parametrize("rating", [1, 5])
def test_every_rating_is_offered_the_same_public_review_page(client: Client, rating: int) -> None:
    company(survey_url="", review_url="https://reviews.example/brightside")
    code = visit("completed")
    open_link(client, code)
    to = reverse("visit-feedback", args=[code.public_id])
    thanks = client.post(to, {"rating": rating}, follow=True).text
    offer = re.search(r"<p>Would you tell others.*?</a></p>", thanks, re.DOTALL)
    assert offer is not None
    assert re.sub(r"\s+", " ", offer[0]).startswith(
        "<p>Would you tell others, too? You can write a public review.</p> "
        '<p><a class="button button-quiet" href="https://reviews.example/brightside" rel="noopener">'
    )
    company(survey_url="", review_url="")
    assert "public review" not in client.get(to).text
