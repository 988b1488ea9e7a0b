"""The first page: what this is, how to get to a visit, whom to call; for staff and newcomers, where to go next."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from bookings.models import Resource
from fsportal.models import User
from tests.factories import UserFactory
from tests.portal.stage import company

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo_company() -> None:
    for username in ("customer", "dispatcher"):
        UserFactory(username=username)


def page(client: Client) -> str:
    return client.get("/").content.decode()


def test_signed_out_it_says_what_this_is_and_whom_to_call(client: Client) -> None:
    company(portal_name="Brightside online")
    home = page(client)
    assert "<h1" in home
    assert "Brightside online" in home
    assert "Open your visit with the link in our message." in home
    assert 'href="tel:02079460999"' in home
    assert 'href="/admin/"' in home
    assert "Getting started" not in home


@pytest.mark.usefixtures("demo_company")
def test_a_first_look_is_told_where_to_go_next(client: Client) -> None:
    home = page(client)
    assert "Getting started" in home
    assert "demo-logins.json" in home
    assert "terminal" in home


@pytest.mark.usefixtures("demo_company")
@pytest.mark.parametrize(("mode", "demo"), [("live", True), ("guest-list", True), ("simulate", False)])
def test_a_portal_in_earnest_does_not_speak_of_a_demo(client: Client, settings: Any, mode: str, demo: bool) -> None:
    settings.DELIVERY_MODE, settings.DEMO = mode, demo
    assert "demo-logins.json" not in page(client)


def test_staff_see_the_way_through_the_settings_area(client: Client, dispatcher: User) -> None:
    client.force_login(dispatcher)
    home = page(client)
    assert "Getting started" in home
    assert "demo-logins.json" not in home
    assert "delivery is simulated" in home


def test_a_signed_in_customer_sees_nothing_of_the_settings_area_way(client: Client, customer: User) -> None:
    client.force_login(customer)
    assert "Getting started" not in page(client)


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.post("/").status_code == 405


def test_what_is_not_there_is_said_kindly(client: Client) -> None:
    company()
    response = client.get("/no/such/page/")
    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()
    assert 'href="tel:02079460999"' in response.content.decode()


def test_a_failing_csrf_check_says_what_to_do() -> None:
    response = Client(enforce_csrf_checks=True).post("/visit/see/x/opened/")
    assert response.status_code == 403
    assert "load the page again" in response.content.decode()


@pytest.mark.django_db(databases=[])
def test_the_page_for_our_own_errors_needs_no_database_and_no_context() -> None:

    response = server_error(RequestFactory().get("/"))
    assert "Something went wrong on our side" in response.content.decode()
    assert response.status_code == 500


def test_a_technician_is_led_to_their_day(client: Client, technician: User) -> None:
    client.force_login(technician)
    assert client.get("/").headers["Location"] == reverse("technician")
    technician.groups.clear()  # the bell is another right
    assert client.get("/").headers["Location"] == reverse("technician")


def test_who_is_no_technician_any_more_is_led_to_the_bell_and_without_one_told_what_is_missing(
    client: Client, technician: User
) -> None:
    client.force_login(technician)
    Resource.objects.update(is_active=False)
    assert client.get("/").headers["Location"] == reverse("notification-center")
    technician.groups.clear()
    assert client.get("/").status_code == 403


def test_staff_who_are_technicians_too_start_in_the_settings_area(client: Client, technician: User) -> None:
    technician.is_staff = True
    technician.save()
    client.force_login(technician)
    assert "Getting started" in page(client)
    assert reverse("technician") in page(client)
