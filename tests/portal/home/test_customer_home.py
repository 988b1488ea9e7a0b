"""The home of a signed-in customer: who sees it, what is on it, and that it stays quick."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from bookings.models import Booking, BookingChange, BookingStatus, Change, Verb, Via
from bookings.self_service import verbs
from fsportal.models import Contact, User
from fsportal.models.portal_settings import remembered
from portal.access.viewer import SEE_AS
from portal.home.page import PER_PAGE
from portal.models import WebRole
from tests.factories import AccountFactory, BookingFactory, ContactFactory, UserFactory, WorkOrderFactory
from tests.portal.stage import HOUR, NOW, TECHNICIAN, TECHNICIAN_PHONE, company, customer_of, visit, visit_of
from tests.portal.visit.test_page import contents, words

pytestmark = pytest.mark.django_db
S = BookingStatus
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def neighbours(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.portal.neighbours"


def signed_in(*contacts: Contact, **user: Any) -> Client:
    client = Client()
    client.force_login(customer_of(*contacts, **user))
    return client


def home(client: Client, query: str = "") -> str:
    return words(client.get(f"/{query}"))


# --- Who sees it ----------------------------------------------------------------------------------------------------
def test_a_stranger_is_told_nothing_of_any_visit(client: Client) -> None:
    visit("traveling")
    page = client.get("/").content.decode()
    assert "Boiler service" not in page
    assert "Upcoming" not in page


def test_without_the_role_it_says_what_is_missing_and_whom_to_ask(client: Client) -> None:
    company()
    contact = visit("traveling").contact
    user = customer_of(contact, first_name="Sam", last_name="Rose")
    WebRole.web_api_users().take_away(contact, by=None)
    client.force_login(user)
    answer = client.get("/")
    assert answer.status_code == 403
    assert "You are signed in as Sam Rose, but the web role “Web API Users” is missing" in words(answer)
    assert 'href="tel:02079460999"' in answer.content.decode()
    for secret in ("Boiler service", TECHNICIAN, "12 Rose Lane", "WO-10042", "Upcoming", "Your visits"):
        assert secret not in answer.content.decode()


def test_without_the_role_it_is_said_in_the_contacts_language(client: Client) -> None:
    contact = ContactFactory(language="de")
    client.force_login(customer_of(contact))
    WebRole.web_api_users().take_away(contact, by=None)
    answer = client.get("/", headers={"accept-language": "en"})
    assert (answer.status_code, answer["Content-Language"]) == (403, "de")
    assert '<html lang="de"' in answer.content.decode()
    assert "is missing" not in words(answer)


def test_a_role_taken_away_works_on_the_next_request() -> None:
    contact = visit().contact
    client = signed_in(contact)
    assert client.get("/").status_code == 200
    WebRole.web_api_users().take_away(contact, by=None)
    assert client.get("/").status_code == 403
    WebRole.web_api_users().give(contact, by=None)
    assert client.get("/").status_code == 200


@pytest.mark.usefixtures("neighbours")
def test_without_the_role_there_is_still_the_way_out(client: Client, customer: User) -> None:
    client.force_login(customer)
    page = client.get("/").content.decode()
    assert page.count('action="/accounts/logout/"') == 2
    assert 'href="/profile/"' not in page


def test_another_customer_sees_their_own_visits_only() -> None:
    visit("traveling")
    page = signed_in(ContactFactory()).get("/").content.decode()
    for secret in ("Boiler service", TECHNICIAN, "12 Rose Lane", "WO-10042"):
        assert secret not in page
    assert "No visit is planned" in page


def test_staff_without_contacts_see_the_staff_home(client: Client, dispatcher: User) -> None:
    client.force_login(dispatcher)
    assert "Getting started" in home(client)


def test_staff_who_are_a_customer_too_see_their_visits_and_the_way_to_the_settings_area() -> None:
    client = signed_in(visit().contact, is_staff=True)
    page = client.get("/").content.decode()
    assert "Boiler service" in page
    assert 'href="/admin/"' in page


def test_only_reading_is_allowed() -> None:
    client = signed_in(visit().contact)
    for method in (client.post, client.put, client.delete, client.patch):
        assert method("/").status_code == 405


def test_staff_who_look_as_a_customer_are_told_so_and_offered_nothing_to_do(client: Client) -> None:
    contact = visit(name="Chris Customer").contact
    WebRole.web_api_users().give(contact, by=None)
    client.force_login(User.objects.create_superuser("eve", "", "x"))
    session = client.session
    session[SEE_AS] = {"contact": str(contact.pk), "until": (NOW + HOUR).isoformat()}
    session.save()
    page = client.get("/").content.decode()
    assert 'You see the portal as <bdi class="strong">Chris Customer</bdi>, read-only' in page
    assert "Boiler service" in page
    assert "visit-ways" not in page


def test_a_look_changes_no_row_and_is_kept_by_nobody() -> None:
    client = signed_in(visit("traveling").contact)
    before = contents()
    for address in ("/", "/?show=past", "/?page=7"):
        answer = client.get(address)
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Robots-Tag"].startswith("noindex")
    assert contents() == before
    assert Session.objects.count() == 1


# --- What is on it --------------------------------------------------------------------------------------------------
def test_who_is_on_the_way_is_said_first() -> None:
    client = signed_in(visit("traveling").contact)
    page = client.get("/").content.decode()
    assert "Omar Haddad is on the way, arriving 10:20 to 10:40 (London time)" in home(client)
    assert page.index("Active appointment") < page.index("Upcoming")
    assert f'href="tel:{TECHNICIAN_PHONE}"' in page
    booking = Booking.objects.get()
    assert page.count(f'href="{reverse("booking", args=[booking.pk])}"') == 1
    assert reverse("booking-photo", args=[booking.pk]) in page


def test_the_active_visit_shows_of_the_technician_what_the_settings_show() -> None:
    company(show_resource_name=False, show_resource_phone=False, show_resource_image=False)
    page = signed_in(visit("traveling").contact).get("/").content.decode()
    for secret in (TECHNICIAN, "Omar", TECHNICIAN_PHONE, "/photo"):
        assert secret not in page
    assert "Your technician is on the way" in page


def test_one_visit_is_active_and_others_under_way_are_in_the_list() -> None:
    contact = ContactFactory()
    later, sooner = (visit_of(contact, S.TRAVELING, start=NOW + hours * HOUR) for hours in (3, 1))
    visit_of(contact, S.IN_PROGRESS, start=NOW - HOUR)
    visit_of(contact, S.ON_BREAK, start=NOW - HOUR / 2)
    said = home(signed_in(contact))
    active, _tab, ahead = said.partition("Upcoming Past")
    assert sooner.work_order.incident_type.name in active
    assert later.work_order.incident_type.name in ahead
    assert sooner.work_order.incident_type.name not in ahead
    assert re.findall("On the way|Working|Short break", ahead) == ["Working", "Short break", "On the way"]


def test_the_customers_own_visit_is_active_before_one_of_the_account() -> None:
    account = AccountFactory(shares_visits=True)
    mine, other = ContactFactory(account=account), ContactFactory(account=account, name="Maria Other")
    visit_of(other, S.TRAVELING, start=NOW)
    own = visit_of(mine, S.TRAVELING, start=NOW + 2 * HOUR)
    active, _tab, ahead = home(signed_in(mine)).partition("Upcoming Past")
    assert own.work_order.incident_type.name in active
    assert "Maria Other" not in active
    assert "Visit of Maria Other" in ahead


def test_upcoming_visits_stand_under_their_days_in_the_zone_of_their_place() -> None:
    contact = ContactFactory(account=AccountFactory(time_zone="Pacific/Auckland"))
    # Half past one in the night from Tuesday to Wednesday in Auckland: the 24th in London.
    visit_of(contact, start=dt.datetime(2026, 11, 24, 12, 30, tzinfo=dt.UTC))
    visit_of(contact, start=dt.datetime(2026, 11, 26, 0, 0, tzinfo=dt.UTC))
    said = home(signed_in(contact))
    assert "Tomorrow, Wed 25 Nov 01:30 to 02:30 (Auckland time)" in said
    assert "Thu 26 Nov 13:00 to 14:00 (Auckland time)" in said


def test_today_is_today_at_the_place() -> None:
    contact = ContactFactory()
    visit_of(contact, start=NOW + 3 * HOUR)
    assert "Today, Tue 24 Nov 13:00 to 14:00 (London time)" in home(signed_in(contact))


def test_tomorrow_has_begun_already_where_the_place_is_far_to_the_east() -> None:
    contact = ContactFactory(account=AccountFactory(time_zone="Pacific/Kiritimati"))
    visit_of(contact, start=NOW + 3 * HOUR)
    assert "Today, Wed 25 Nov 03:00 to 04:00 (Kiritimati time)" in home(signed_in(contact))


def test_the_contacts_own_clock_stands_beside_the_places() -> None:
    contact = ContactFactory(time_zone="Europe/Rome")
    visit_of(contact, start=NOW + 3 * HOUR)
    page = signed_in(contact).get("/").content.decode()
    assert '13:00 to 14:00 (London time)<span class="visit-own">14:00 where you are</span>' in page


@pytest.mark.parametrize(
    ("status", "hours", "expected"),
    [
        (S.SCHEDULED, 5, "Booked"),
        (S.SCHEDULED, -0.5, "Due now"),
        (S.SCHEDULED, -3, "Planned time has passed"),
        (S.ON_BREAK, 0, "Short break"),
        (S.IN_PROGRESS, 0, "Working"),
    ],
)
def test_statuses_are_in_customers_words(status: BookingStatus, hours: float, expected: str) -> None:
    contact = ContactFactory()
    visit_of(contact, status, start=NOW + hours * HOUR)
    said = home(signed_in(contact))
    assert expected in said
    assert not re.search("Scheduled|Traveling|In Progress|On Break", said)


def test_what_is_done_or_off_is_past_newest_first_and_nothing_else_is() -> None:
    contact = ContactFactory()
    old, new = (visit_of(contact, S.COMPLETED, start=NOW - days * DAY) for days in (9, 2))
    off = visit_of(contact, S.CANCELED, start=NOW + DAY)
    ahead = visit_of(contact)
    client = signed_in(contact)
    past = home(client, "?show=past")
    places = [past.index(booking.work_order.incident_type.name + " ") for booking in (off, new, old)]
    assert places == sorted(places)
    assert re.findall("Done|Canceled", past) == ["Canceled", "Done", "Done"]
    assert ahead.work_order.incident_type.name not in past
    assert off.work_order.incident_type.name not in home(client)


def test_a_visit_that_was_called_off_long_ago_is_not_first_because_it_was_to_be_in_summer() -> None:
    contact = ContactFactory()
    done = visit_of(contact, S.COMPLETED, start=NOW - DAY)
    off = visit_of(contact, start=NOW + 90 * DAY)
    with time_machine.travel(NOW - 20 * DAY, tick=False):
        off.cancel()
    past = home(signed_in(contact), "?show=past")
    places = [past.index(booking.work_order.incident_type.name + " ") for booking in (done, off)]
    assert places == sorted(places)


def test_long_lists_are_turned_over_page_by_page() -> None:
    contact = ContactFactory()
    order = WorkOrderFactory(account=contact.account, reported_by=contact)
    made = [visit_of(contact, S.COMPLETED, start=NOW - days * DAY, work_order=order) for days in range(PER_PAGE + 3)]
    client = signed_in(contact)
    pages = [client.get(f"/?show=past&page={number}").content.decode() for number in (1, 2)]
    shown = [[booking for booking in made if f"/bookings/{booking.pk}/" in page] for page in pages]
    assert shown == [made[:PER_PAGE], made[PER_PAGE:]]
    assert 'href="?show=past&amp;page=2"' in pages[0]
    assert client.get("/?show=past&page=nonsense").status_code == 200
    assert client.get("/?show=past&page=99").content.decode().count("visit-card") == 3


def test_nothing_planned_and_nothing_past_is_said_in_so_many_words() -> None:
    company()
    client = signed_in(ContactFactory())
    assert "No visit is planned" in home(client)
    assert "No past visits yet" in home(client, "?show=past")
    assert client.get("/").content.decode().count('href="tel:02079460999"') == 2


def test_accounts_are_named_where_there_are_several() -> None:
    one = ContactFactory(account=AccountFactory(name="Rose Lane 12"))
    other = ContactFactory(account=AccountFactory(name="Acme & Sons"))
    visit_of(other)
    client = signed_in(one, other)
    assert "You see the visits of: Acme &amp; Sons, Rose Lane 12" in home(client)
    assert home(client).count("Acme &amp; Sons") == 2
    assert "You see the visits of" not in home(signed_in(ContactFactory()))


def test_visits_of_others_are_shown_only_where_the_account_shares_and_say_whose() -> None:
    account = AccountFactory()
    mine, other = ContactFactory(account=account), ContactFactory(account=account, name="Maria <b>Other</b>")
    visit_of(other)
    client = signed_in(mine)
    assert "Maria" not in home(client)
    account.shares_visits = True
    account.save()
    assert f"Visit of <bdi>{escape('Maria <b>Other</b>')}</bdi>" in client.get("/").content.decode()


def test_a_visit_nobody_reported_is_the_primary_contacts_own() -> None:
    contact = ContactFactory()
    contact.account.primary_contact = contact
    contact.account.save()
    BookingFactory(work_order=WorkOrderFactory(account=contact.account, reported_by=None))
    said = home(signed_in(contact))
    assert "Booked" in said
    assert "Visit of" not in said


def test_the_page_is_in_the_customers_language() -> None:
    answer = signed_in(ContactFactory(language="ar")).get("/", headers={"accept-language": "de"})
    assert '<html lang="ar" dir="rtl">' in answer.content.decode()
    assert answer["Content-Language"] == "ar"


# --- What can be done -----------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("neighbours")
def test_the_masthead_leads_everywhere_and_says_where_one_is() -> None:
    company(self_scheduling=True)
    page = signed_in(ContactFactory()).get("/").content.decode()
    head = re.search(r"<header.*?</header>", page, re.DOTALL)
    assert head
    assert 'href="/" aria-current="page">Your visits' in head[0]
    assert 'href="/profile/">Profile' in head[0]
    assert 'href="/book/">Book a new appointment' in head[0]
    assert '<form method="post" action="/accounts/logout/">' in head[0]
    assert "Settings area" not in head[0]


@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize("is_on", [True, False])
def test_booking_is_offered_where_self_scheduling_is_on(is_on: bool) -> None:
    company(self_scheduling=is_on)
    contact = ContactFactory()
    done = visit_of(contact, S.COMPLETED, start=NOW - DAY)
    client = signed_in(contact)
    assert ('href="/book/"' in client.get("/").content.decode()) is is_on
    assert (f'href="/book/?again={done.pk}"' in client.get("/?show=past").content.decode()) is is_on


@pytest.mark.usefixtures("neighbours")
def test_ways_to_change_stand_with_what_can_be_changed() -> None:
    contact = ContactFactory()
    far, near = visit_of(contact, start=NOW + 3 * DAY), visit_of(contact, start=NOW + 3 * HOUR)
    working = visit_of(contact, S.IN_PROGRESS, start=NOW)
    page = signed_in(contact).get("/").content.decode()

    def offered(booking: Booking) -> list[str]:
        return [way for way in ("change", "cancel", "ask") if f"/bookings/{booking.pk}/{way}/" in page]

    assert (offered(far), offered(near), offered(working)) == (["change", "cancel"], ["ask"], [])


@pytest.mark.usefixtures("neighbours")
def test_a_visit_that_was_moved_too_often_is_asked_about() -> None:
    contact = ContactFactory()
    booking = visit_of(contact, start=NOW + 3 * DAY)
    booking.work_order.incident_type.max_changes = 1
    booking.work_order.incident_type.save()
    client = signed_in(contact)
    assert f"/bookings/{booking.pk}/change/" in client.get("/").content.decode()
    booking.reschedule(booking.start + HOUR, change=Change(via=Via.PORTAL))
    booking.reschedule(booking.start + HOUR, change=Change(via=Via.ADMIN))
    assert BookingChange.objects.filter(verb=Verb.RESCHEDULE).count() == 2
    page = client.get("/").content.decode()
    assert f"/bookings/{booking.pk}/change/" not in page
    assert f"/bookings/{booking.pk}/ask/" in page


def test_feedback_is_asked_for_once_and_for_sixty_days() -> None:
    contact = ContactFactory()
    fresh, said, old = (visit_of(contact, S.COMPLETED, start=NOW - days * DAY) for days in (1, 2, 61))
    off = visit_of(contact, S.CANCELED, start=NOW - DAY)
    verbs.rate(said, contact, 5)
    page = signed_in(contact).get("/?show=past").content.decode()
    asked = [booking for booking in (fresh, said, old, off) if f"/bookings/{booking.pk}/feedback/" in page]
    assert asked == [fresh]


def test_a_survey_takes_the_place_of_our_own_question() -> None:
    company(survey_url="https://survey.example/s/1")
    contact = ContactFactory()
    visit_of(contact, S.COMPLETED, start=NOW - DAY)
    page = signed_in(contact).get("/?show=past").content.decode()
    assert 'href="https://survey.example/s/1"' in page
    assert "/feedback/" not in page


# --- It stays quick -------------------------------------------------------------------------------------------------
AHEAD = ["session", "user", "contacts with the role", "active visit", "how many", "visits", "settings record"]
PAST = ["session", "user", "contacts with the role", "how many", "visits", "feedback given", "settings record"]


@pytest.mark.usefixtures("neighbours")
@pytest.mark.parametrize(("query", "expected"), [("", AHEAD), ("?show=past", PAST)])
@pytest.mark.parametrize("count", [1, 12])
def test_the_number_of_queries_does_not_grow(query: str, expected: list[str], count: int) -> None:
    account = AccountFactory(shares_visits=True)
    contact, other = ContactFactory(account=account), ContactFactory(account=account)
    for number in range(count):
        for status in S:
            booking = visit_of(other if number % 2 else contact, status, start=NOW + DAY)
            booking.work_order.incident_type.max_changes = 3
            booking.work_order.incident_type.save()
    client = signed_in(contact)
    remembered.forget()  # making the visits has read the settings
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(f"/{query}").status_code == 200
    assert len(asked) == len(expected), "\n".join(query["sql"][:300] for query in asked)


def test_a_user_of_nobody_is_no_customer() -> None:
    client = Client()
    client.force_login(UserFactory())
    assert client.get("/").status_code == 403
