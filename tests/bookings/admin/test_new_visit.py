"""*New visit*: one form makes customer, place, work order and visit, or nothing."""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import new_visits
from bookings.models import Booking, Change, IncidentType, Resource, WorkOrder
from bookings.new_visits import NewVisit
from fsportal.conf.geocoders import geocoders
from fsportal.models import Account, Contact, PortalSettings, Site, User
from tests.admin_cast import person
from tests.geocoding_servers import NominatimServer
from tests.servers import Answer

NOW = dt.datetime(2026, 11, 24, 15, 0, tzinfo=dt.UTC)
RIGHTS = ["add_booking", "view_booking", "add_workorder", "view_workorder", "view_contact", "view_account"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture(autouse=True)
def company(db: None) -> PortalSettings:
    portal_settings = PortalSettings.load()
    portal_settings.time_zone = "America/New_York"
    portal_settings.save()
    return portal_settings


@pytest.fixture
def service(db: None) -> IncidentType:
    return IncidentType.objects.create(name="Boiler service", duration_minutes=90)


@pytest.fixture
def dispatch(db: None) -> Client:
    """Return the browser of a dispatcher who may make everything that a new visit needs."""
    client = Client()
    client.force_login(person("dana", [*RIGHTS, "add_account", "add_contact"]))
    return client


@pytest.fixture(autouse=True)
def start_place(resource: Resource) -> None:
    resource.start_latitude, resource.start_longitude = 42.65, -73.75
    resource.save()


def address() -> str:
    return reverse("admin:new-visit")


def typed(service: IncidentType | None = None, /, **more: str) -> dict[str, str]:
    form = {"token": str(uuid.uuid4()), "language": "en", "country": "US", "tell": "on"}
    return form | ({"service": str(service.pk)} if service else {}) | more


def caller(service: IncidentType, **more: str) -> dict[str, str]:
    return typed(
        service,
        customer="new",
        name="Ada Hart",
        phone="(202) 555-0177",
        street="5 High St",
        city="Albany",
        time_zone="America/New_York",
        **more,
    )


def at(resource: Resource, hours: int = 24) -> dict[str, str]:
    wall = (NOW + dt.timedelta(hours=hours)).astimezone(dt.timezone(dt.timedelta(hours=-5)))
    return {"when": "typed", "start": wall.strftime("%Y-%m-%dT%H:%M"), "resource": str(resource.pk)}


def offered(page: str) -> list[str]:
    return re.findall(r'name="when" value="([0-9a-f]+-[0-9a-f]{32})"', page)


def test_a_new_caller_gets_account_contact_work_order_and_visit_from_one_form(
    dispatch: Client, service: IncidentType, resource: Resource
) -> None:
    form = caller(service, notes="Mind the dog")
    page = dispatch.post(address(), form).content.decode()
    assert not Account.objects.exists(), "looking makes nothing"
    key = offered(page)[0]
    answer = dispatch.post(address(), form | {"when": key, "save": "1"}, follow=True)
    booking = Booking.objects.get()
    order = booking.work_order
    assert answer.redirect_chain[0][0] == reverse("admin:bookings_booking_change", args=[booking.pk])
    assert "Another visit for the same customer" in answer.content.decode()
    assert (order.number, order.notes, order.incident_type) == ("W-000001", "Mind the dog", service)
    assert order.account.name == order.reported_by.name == "Ada Hart"  # type: ignore[union-attr]
    assert order.account.primary_contact == order.reported_by
    assert order.reported_by.mobile_phone == "+12025550177"  # type: ignore[union-attr]
    assert (order.account.street, order.account.country, order.account.time_zone) == (
        "5 High St",
        "US",
        "America/New_York",
    )
    assert booking.end - booking.start == dt.timedelta(minutes=90)


def test_the_same_form_sent_twice_makes_one_visit(dispatch: Client, service: IncidentType, resource: Resource) -> None:
    form = caller(service, save="1", **at(resource))
    first, second = (dispatch.post(address(), form) for _click in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert (Booking.objects.count(), Account.objects.count(), Contact.objects.count()) == (1, 1, 1)


def test_of_two_clicks_at_once_the_second_finds_what_the_first_made(service: IncidentType, resource: Resource) -> None:
    pk = uuid.uuid4()

    def sent() -> NewVisit:
        account = Account(name="Hart", time_zone="America/New_York", street="5 High St")
        order = WorkOrder(id=pk, account=account, incident_type=service)
        return NewVisit(order, None, None, resource, NOW, NOW + dt.timedelta(hours=1))

    first, second = sent(), sent()
    made = new_visits.book(first, Change())
    again = new_visits.book(second, Change())
    assert (made.is_old, again.is_old) == (False, True)
    assert again.booking == made.booking
    assert Account.objects.count() == 1


def test_a_taken_time_makes_nothing_until_somebody_says_why(
    dispatch: Client, service: IncidentType, booking: Booking
) -> None:
    wall = booking.start.astimezone(dt.timezone(dt.timedelta(hours=-5))).strftime("%Y-%m-%dT%H:%M")
    form = caller(service, save="1", when="typed", start=wall, resource=str(booking.resource_id))
    answer = dispatch.post(address(), form)
    words = answer.content.decode()
    assert answer.status_code == 400
    assert "Omar Haddad has another visit at this time" in words
    assert "Book all the same" in words
    assert "Ada Hart" in words, "what was typed stays typed"
    assert Account.objects.count() == 1
    kinds = re.search(r'name="despite" id="id_despite" value="([^"]*)"', words)
    assert kinds
    refused = dispatch.post(address(), form | {"despite": kinds[1]})
    assert "Say why it is booked all the same." in refused.content.decode()
    assert dispatch.post(address(), form | {"despite": kinds[1], "why": "Twins"}).status_code == 302
    change = Booking.objects.exclude(pk=booking.pk).get().changes.get()
    assert (set(change.despite.split()), change.why) == (set(kinds[1].split()), "Twins")


def test_a_known_number_is_offered_before_a_second_contact_is_made(
    dispatch: Client, service: IncidentType, resource: Resource, contact: Contact
) -> None:
    form = caller(service, save="1", **at(resource)) | {"phone": "202-555-0123"}
    words = dispatch.post(address(), form).content.decode()
    assert "There is a contact with this phone number: Ann Smith." in words
    assert f'value="contact:{contact.pk}"' in words
    assert Contact.objects.count() == 1
    assert dispatch.post(address(), form | {"all_the_same": "on"}).status_code == 302
    assert Contact.objects.filter(mobile_phone="+12025550123").count() == 2


@pytest.mark.parametrize("text", ["smith", "202 555 0123", "5550123", "ann@EXAMPLE.com", "1 Main", "Smith & Sons"])
def test_a_customer_is_found_by_what_they_say(dispatch: Client, contact: Contact, text: str) -> None:
    contact.email = "ann@example.com"
    contact.save()
    assert f'value="contact:{contact.pk}"' in dispatch.post(address(), typed(None, q=text)).content.decode()


def test_nobody_found_begins_a_new_customer_with_what_was_typed(dispatch: Client, contact: Contact) -> None:
    page = dispatch.post(address(), typed(None, q="Grace Hopper")).content.decode()
    assert 'id="customer-new" checked' in page
    assert 'name="name" value="Grace Hopper"' in page
    by_phone = dispatch.post(address(), typed(None, q="202 555 0199")).content.decode()
    assert 'name="phone" value="202 555 0199"' in by_phone


def test_whoever_may_not_add_customers_books_for_known_ones_only(
    service: IncidentType, resource: Resource, contact: Contact
) -> None:
    client = Client()
    client.force_login(person("theo", RIGHTS))
    assert "New customer" not in client.get(address()).content.decode()
    assert client.post(address(), caller(service, save="1", **at(resource))).status_code == 400
    known = typed(service, save="1", customer=f"contact:{contact.pk}", **at(resource))
    assert client.post(address(), known).status_code == 302
    User.objects.get(username="theo").user_permissions.remove(Permission.objects.get(codename="add_booking"))
    assert client.get(address()).status_code == 403


def test_what_is_left_for_later_waits_to_be_planned(dispatch: Client, service: IncidentType, contact: Contact) -> None:
    answer = dispatch.post(address(), typed(service, save="1", customer=f"contact:{contact.pk}", when="later"))
    order = WorkOrder.objects.get()
    assert answer.headers["Location"] == reverse("admin:bookings_workorder_change", args=[order.pk])
    assert order.waits_since == NOW
    assert not Booking.objects.exists()


def test_waiting_work_that_gets_a_visit_waits_no_more(dispatch: Client, resource: Resource, booking: Booking) -> None:
    order = booking.work_order
    WorkOrder.objects.filter(pk=order.pk).update(waits_since=NOW)
    page = dispatch.get(address(), {"work_order": str(order.pk)}).content.decode()
    assert order.number in page
    form = typed(None, order=str(order.pk), save="1", **at(resource, 48))
    assert dispatch.post(address(), form).status_code == 302
    assert dispatch.post(address(), form | {"token": str(uuid.uuid4())}).status_code == 302
    order.refresh_from_db()
    assert (order.waits_since, order.bookings.count()) == (None, 2)


@pytest.mark.parametrize("choice", [{}, {"when": "later"}])
def test_of_two_who_plan_the_same_work_the_second_is_told(
    dispatch: Client, resource: Resource, booking: Booking, choice: dict[str, str]
) -> None:
    order = booking.work_order
    WorkOrder.objects.filter(pk=order.pk).update(waits_since=NOW)
    page = dispatch.get(address(), {"work_order": str(order.pk)}).content.decode()
    assert field(page, "waits") == "on"
    form = typed(None, order=str(order.pk), waits="on", save="1", **at(resource, 48))
    assert dispatch.post(address(), form).status_code == 302
    second = dispatch.post(address(), form | at(resource, 72) | choice)
    assert second.status_code == 400
    assert "Somebody has planned this work meanwhile" in second.content.decode()
    order.refresh_from_db()
    assert (order.waits_since, order.bookings.count()) == (None, 2)
    assert dispatch.post(address(), form).status_code == 302, "the same form once more"
    assert dispatch.post(address(), form | at(resource, 72) | {"waits": ""}).status_code == 302, "a further visit"


def test_the_board_names_a_time_and_a_technician(
    dispatch: Client, service: IncidentType, resource: Resource, contact: Contact
) -> None:
    start = NOW + dt.timedelta(hours=26)
    query = {"contact": str(contact.pk), "start": start.isoformat(), "resource": str(resource.pk)}
    page = dispatch.get(address(), query).content.decode()
    chosen = re.search(r'name="when" value="([0-9a-f-]+)" id="[^"]+" checked', page)
    assert chosen
    form = typed(service, save="1", customer=f"contact:{contact.pk}", when=chosen[1])
    assert dispatch.post(address(), form).status_code == 302
    assert Booking.objects.get().start == start


def test_work_goes_to_a_site_of_the_account_or_to_a_place_that_becomes_one(
    dispatch: Client, service: IncidentType, resource: Resource, contact: Contact
) -> None:
    site = Site.objects.create(account=contact.account, name="Warehouse", street="9 Dock Rd", city="Troy", country="US")
    form = typed(service, save="1", customer=f"contact:{contact.pk}", **at(resource))
    assert dispatch.post(address(), form | {"place": f"site:{site.pk}"}).status_code == 302
    assert WorkOrder.objects.get().site.street == "9 Dock Rd"
    other = {"place": "new", "street": "7 Hill", "city": "London", "country": "GB", "site_name": "London office"}
    other |= {"despite": "place hours radius", "why": "A test"}
    assert dispatch.post(address(), form | at(resource, 48) | other | {"token": str(uuid.uuid4())}).status_code == 302
    order = WorkOrder.objects.get(city="London")
    assert order.time_zone == "Europe/London", "a country with one zone has that"
    assert contact.account.sites.get(name="London office").street == "7 Hill"
    assert Account.objects.get().street == "1 Main St"


def test_the_page_asks_few_questions_of_the_database(
    dispatch: Client, make_booking: Callable[..., Booking], contact: Contact
) -> None:
    for hours in range(24, 72, 4):
        make_booking(hours)
    form = typed(IncidentType.objects.get(), q="smith", customer=f"contact:{contact.pk}", look="parts")
    dispatch.post(address(), form)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        dispatch.post(address(), form)
    assert len(asked) <= 25, [query["sql"][:120] for query in asked]


# --- Where, with a geocoder -------------------------------------------------------------------------------------------
@pytest.fixture
def nominatim(settings: Any) -> Iterator[NominatimServer]:
    cache.clear()
    with NominatimServer() as server:
        server.country = "us"
        settings.GEOCODERS = geocoders(server.geocoder_url)
        yield server
    cache.clear()


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    return found[1] if found else ""


def test_an_address_that_was_typed_is_looked_up_and_says_its_zone(
    dispatch: Client, service: IncidentType, nominatim: NominatimServer
) -> None:
    nominatim.places["5 High St"] = (34.05, -118.24)
    form = caller(service)
    dispatch.post(address(), form)
    assert not nominatim.questions, "while somebody types nobody is asked"
    page = dispatch.post(address(), form | {"locate": "1"}).content.decode()
    assert "The address was found." in page
    assert (field(page, "latitude"), field(page, "longitude")) == ("34.05", "-118.24")
    kept = {name: field(page, name) for name in ("latitude", "longitude", "found_key")}
    moved = dispatch.post(address(), form | kept | {"street": "1 Elm St"}).content.decode()
    assert field(moved, "latitude") == "", "it was found for another address"
    dispatch.post(address(), form | kept | {"when": "later", "save": "1"})
    customer = Account.objects.get()
    assert (customer.coordinates, customer.time_zone) == ((34.05, -118.24), "America/Los_Angeles")
    assert customer.place_source == "nominatim"
    assert len(nominatim.questions) == 1


def test_a_pin_that_somebody_moved_counts_as_theirs(
    dispatch: Client, service: IncidentType, nominatim: NominatimServer
) -> None:
    nominatim.places["5 High St"] = (34.05, -118.24)
    form = caller(service, locate="1")
    page = dispatch.post(address(), form).content.decode()
    pinned = {"found_key": field(page, "found_key"), "latitude": "34.06", "longitude": "-118.24"}
    dispatch.post(address(), form | pinned | {"when": "later", "save": "1"})
    customer = Account.objects.get()
    assert (customer.coordinates, customer.place_source) == ((34.06, -118.24), "")


@pytest.mark.parametrize(
    ("places", "answer", "says"),
    [
        ({"towns": {"Albany": (42.65, -73.75)}}, None, "The street was not found; the town was."),
        ({}, None, "This address was not found."),
        ({}, Answer(429, {}, {"Retry-After": "120"}), "The place cannot be looked up just now."),
    ],
)
def test_what_is_not_found_is_said_and_books_all_the_same(
    dispatch: Client,
    service: IncidentType,
    nominatim: NominatimServer,
    places: dict[str, Any],
    answer: Answer | None,
    says: str,
) -> None:
    nominatim.towns, nominatim.answer = places.get("towns", {}), answer
    form = caller(service, locate="1")
    assert says in dispatch.post(address(), form).content.decode()
    assert dispatch.post(address(), form | {"when": "later", "save": "1"}).status_code == 302
    assert Account.objects.get().coordinates is None
