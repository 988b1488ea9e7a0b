"""Staff see the portal as a customer: read-only, for half an hour, and the trail says so."""

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from bookings.models import Booking
from fsportal.models import AuditEntry, Contact, User
from portal.models import WebRole
from tests.factories import ContactFactory, UserFactory
from tests.portal.invitations.doorstep import single, words
from tests.portal.stage import company

pytestmark = pytest.mark.django_db

BANNER = "You see the portal as"


@pytest.fixture
def contact(customer: User) -> Contact:
    """Return a customer's contact who may use the portal."""
    company()
    found = customer.contacts.get()
    WebRole.web_api_users().give(found, by=None)
    return found


def button(contact: Contact) -> str:
    return reverse("admin:fsportal_contact_action", args=[contact.pk, "see-as"])


def visit_of(contact: Contact) -> str:
    return reverse("booking", args=[Booking.objects.get(work_order__reported_by=contact).pk])


@pytest.fixture
def looking(client: Client, admin: User, contact: Contact) -> Client:
    """Return the admin's browser, looking as the contact."""
    client.force_login(admin)
    assert client.post(button(contact))["Location"] == "/"
    return client


def test_the_button_is_on_the_contacts_page_for_who_may(client: Client, admin: User, reader: User) -> None:
    contact = ContactFactory()
    page = reverse("admin:fsportal_contact_change", args=[contact.pk])
    client.force_login(admin)
    assert button(contact) in words(client.get(page))
    client.force_login(reader)
    assert button(contact) not in words(client.get(page))


def test_it_takes_the_permission_and_a_post(client: Client, admin: User, reader: User, customer: User) -> None:
    contact = customer.contacts.get()
    for user in (reader, customer):
        client.force_login(user)
        assert client.post(button(contact)).status_code in (302, 403)
        assert "portal.see_as" not in client.session
    client.force_login(admin)
    assert client.get(button(contact)).status_code == 405
    assert "portal.see_as" not in client.session
    assert not AuditEntry.of(contact).exists()


def test_the_visit_is_seen_as_the_customer_sees_it_with_a_bar_and_the_trail_says_so(
    looking: Client, contact: Contact, admin: User
) -> None:
    page = looking.get(visit_of(contact))
    assert page.status_code == 200
    assert BANNER in words(page)
    assert "Chris Customer" in words(page)
    assert "London time" in words(page)
    entry = AuditEntry.of(contact).get(action="saw the portal as")
    assert entry.by == admin


def test_other_customers_stay_out_of_sight(looking: Client, booking: Booking) -> None:
    assert looking.get(reverse("booking", args=[booking.pk])).status_code == 404


def test_staff_without_the_half_hour_see_no_visit(client: Client, admin: User, contact: Contact) -> None:
    client.force_login(admin)
    page = client.get(visit_of(contact))
    assert page.status_code == 403
    assert BANNER not in words(page)


def test_the_half_hour_ends(client: Client, admin: User, contact: Contact) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        client.force_login(admin)
        client.post(button(contact))
        assert "until 10:30 (London time)" in words(client.get(visit_of(contact)))
    with time_machine.travel("2026-11-24T10:29:59Z", tick=False):
        assert client.get(visit_of(contact)).status_code == 200
    with time_machine.travel("2026-11-24T10:30:00Z", tick=False):
        page = client.get(visit_of(contact))
        assert page.status_code == 403
        assert BANNER not in words(page)


def test_a_permission_taken_away_ends_it_at_the_next_request(client: Client, contact: Contact) -> None:
    staff = UserFactory(username="sam", is_staff=True)
    rights = Permission.objects.filter(codename__in=["see_as_customer", "view_contact"])
    staff.user_permissions.set(rights)
    client.force_login(staff)
    client.post(button(contact))
    assert client.get(visit_of(contact)).status_code == 200
    staff.user_permissions.clear()
    assert client.get(visit_of(contact)).status_code == 403


def test_signing_out_ends_it(looking: Client, contact: Contact, admin: User) -> None:
    looking.logout()
    looking.force_login(admin)
    assert looking.get(visit_of(contact)).status_code == 403


def test_leaving_ends_it_and_leads_back_to_the_contact(looking: Client, contact: Contact, admin: User) -> None:
    assert looking.get(reverse("see-as-leave")).status_code == 405
    answer = looking.post(reverse("see-as-leave"))
    assert answer["Location"] == reverse("admin:fsportal_contact_change", args=[contact.pk])
    assert looking.get(visit_of(contact)).status_code == 403
    assert AuditEntry.of(contact).filter(action="stopped seeing the portal as", by=admin).exists()
    assert looking.post(reverse("see-as-leave"))["Location"] == "/"
    assert Client().post(reverse("see-as-leave"))["Location"] == "/"


def test_what_is_sent_while_looking_is_refused_and_what_is_looked_at_is_not(looking: Client, contact: Contact) -> None:
    code = single(ContactFactory()).code
    answer = looking.post("/redeem/", {"code": code})
    assert answer.status_code == 403
    assert "You are only looking" in words(answer)
    assert looking.get("/redeem/").status_code == 200
    # The Settings area goes on in another window.
    page = reverse("admin:fsportal_contact_action", args=[contact.pk, "see-as"])
    assert looking.post(page)["Location"] == "/"


def test_somebody_without_the_role_is_seen_without_it(client: Client, admin: User, customer: User) -> None:
    contact = customer.contacts.get()
    client.force_login(admin)
    client.post(button(contact))
    page = client.get(visit_of(contact))
    assert page.status_code == 403
    assert "Your access is not complete yet" in words(page)
    assert "signed in as <bdi>customer" in words(page)
    assert BANNER in words(page)


def test_a_contact_that_is_deleted_meanwhile_ends_it(looking: Client, contact: Contact) -> None:
    address = visit_of(contact)
    Booking.objects.all().delete()
    contact.delete()
    assert looking.get(address).status_code == 403
    assert BANNER not in words(looking.get("/"))


def test_a_customer_with_the_key_of_a_session_is_nobody_else(client: Client, customer: User) -> None:
    other = ContactFactory()
    client.force_login(customer)
    session = client.session
    session["portal.see_as"] = {"contact": str(other.pk), "until": "2999-01-01T00:00:00+00:00"}
    session.save()
    assert BANNER not in words(client.get("/"))
