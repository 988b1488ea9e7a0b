"""A page that was loaded before an upgrade is sent after it: its forms name the action in a field."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from fsportal.models import Contact
from portal.models import OneTimeCode
from tests.factories import ContactFactory, IncidentTypeFactory
from tests.portal.invitations.doorstep import PASSWORD, single, type_code
from tests.portal.stage import NOW, customer_of, open_link
from tests.portal.visit.changing import (
    THURSDAY,
    account_of,
    address,
    field,
    key_of,
    own_address,
    visit_to_change,
    words,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_visit_is_moved(client: Client) -> None:
    code = visit_to_change()
    client.force_login(account_of(code))
    here = own_address("change", code.booking)
    checked = client.get(here, {"step": "check", "time": key_of(client.get(here), THURSDAY), "from": "2026-11-26"})
    assert "Move your visit to this time?" in words(checked)
    data = {"step": "move", "time": field(checked, "time"), "seen": field(checked, "seen"), "why": ""}
    assert client.post(here, data)["Location"] == f"{here}?moved=yes"
    code.booking.refresh_from_db()
    assert code.booking.start == THURSDAY


def test_an_appointment_is_booked(client: Client) -> None:
    visit_to_change()
    contact: Contact = ContactFactory()
    client.force_login(customer_of(contact))
    kind = str(IncidentTypeFactory(is_offered=True).pk)
    key = key_of(client.get("/book/", {"service": kind}), THURSDAY)
    assert key_of(client.get("/book/", {"step": "when", "service": kind}), THURSDAY) == key
    checked = client.get("/book/", {"step": "check", "service": kind, "time": key})
    assert "Is everything right?" in words(checked)
    made = client.post("/book/", {"step": "book", "service": kind, "time": key})
    assert made["Location"].startswith("/book/done/")


def test_a_code_proves_who_came_by_a_link(client: Client) -> None:
    code = visit_to_change()
    open_link(client, code)
    here = address("confirm", code)
    sent = client.post(here, {"channel": "email"})["Location"].partition("?")[2]
    assert "Type the code that we sent you" in words(client.get(f"{here}?{sent}"))
    assert client.post(f"{here}?{sent}", {"digits": OneTimeCode.objects.get().digits}).status_code == 302
    assert client.get(address("change", code)).status_code == 200


def test_a_profile_is_made_from_an_invitation(client: Client) -> None:
    invitation = single()
    type_code(client, invitation.code)
    made = client.post("/invitation/", {"do": "profile", "username": "sarah", "password": PASSWORD})
    assert made["Location"] == "/"
    assert invitation.redemptions.exists()


def test_a_profile_is_changed(client: Client) -> None:
    contact: Contact = ContactFactory()
    client.force_login(customer_of(contact))
    assert client.post("/profile/", {"what": "stop-email"}).status_code == 302
    assert contact.has_opted_out("email")
    client.post("/profile/", {"what": "start-email"})
    assert not contact.has_opted_out("email")
    client.post(
        "/profile/", {"what": "details", "name": "Sam Brown", "mobile_phone": contact.mobile_phone, "language": "en"}
    )
    contact.refresh_from_db()
    assert contact.name == "Sam Brown"
