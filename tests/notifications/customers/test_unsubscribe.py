"""Unsubscribing: a page that asks, one-click from the mail program (RFC 8058), and taking it back."""

import re
from typing import Any

import pytest
from django.core.signing import Signer
from django.test import Client

from fsportal.models import Contact, OptOut
from fsportal.models.consent import Channel
from notifications.customers.subscriptions import UNSUBSCRIBE_SALT, Subscription
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact() -> Contact:
    made: Contact = ContactFactory(email="sam@example.com", mobile_phone="+442079460018")
    return made


def path(contact: Contact, channel: str = "email") -> str:
    return "/" + Subscription(contact, Channel(channel)).unsubscribe_link.split("/", 3)[3]


def test_looking_changes_nothing(client: Client, contact: Contact) -> None:
    for method in (client.get, client.head):
        assert method(path(contact)).status_code == 200
    assert not OptOut.objects.exists()


def test_the_page_asks_with_one_button_and_shows_the_address_masked(client: Client, contact: Contact) -> None:
    page = client.get(path(contact)).content.decode()
    assert page.count("<button") == 1
    assert "Stop emails" in page
    assert "s•••@example.com" in page
    assert "sam@example.com" not in page
    assert "0018" in client.get(path(contact, "sms")).content.decode()
    assert "7946" not in client.get(path(contact, "sms")).content.decode()


def test_one_click_from_a_mail_program_needs_no_cookie(contact: Contact) -> None:
    program = Client(enforce_csrf_checks=True)
    body = "List-Unsubscribe=One-Click"
    for _ in range(2):
        response = program.post(path(contact), body, content_type="application/x-www-form-urlencoded")
        assert response.status_code == 200
    assert contact.has_opted_out("email")
    assert not contact.has_opted_out("sms")
    assert OptOut.objects.get().how == "one-click"


def test_only_the_channel_of_the_link_is_stopped(client: Client, contact: Contact) -> None:
    client.post(path(contact, "sms"))
    assert contact.has_opted_out("sms")
    assert not contact.has_opted_out("email")


def test_taking_it_back_is_offered_and_only_a_person_can_do_it(contact: Contact) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post(path(contact)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    assert client.post(path(contact) + "undo/").status_code == 403
    assert client.get(path(contact) + "undo/").status_code == 405
    response = client.post(path(contact) + "undo/", {"csrfmiddlewaretoken": token[1]})
    assert "You get our messages again" in response.content.decode()
    assert not contact.has_opted_out("email")


def test_who_comes_back_sees_that_it_is_stopped(client: Client, contact: Contact) -> None:
    client.post(path(contact))
    assert "You get no more emails from us" in client.get(path(contact)).content.decode()


def bad_tokens(contact: Contact) -> list[str]:
    signer = Signer(salt=UNSUBSCRIBE_SALT)
    good = path(contact).split("/")[2]
    return [
        "nothing",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        Signer(salt="another").sign_object({"contact": str(contact.pk), "channel": "email"}),
        signer.sign_object({"contact": "no-uuid", "channel": "email"}),
        signer.sign_object({"contact": str(contact.pk), "channel": "pigeon"}),
        signer.sign_object({}),
        signer.sign_object([]),
        "%00",
    ]


def test_a_bad_token_is_not_found_and_says_so_kindly(client: Client, contact: Contact) -> None:
    for token in bad_tokens(contact):
        for address in (f"/unsubscribe/{token}/", f"/unsubscribe/{token}/undo/"):
            response = client.post(address)
            assert response.status_code == 404, address
            assert "This link does not work" in response.content.decode()
    assert not OptOut.objects.exists()


def test_a_contact_who_is_gone_is_nobody(client: Client, contact: Contact) -> None:
    address = path(contact)
    contact.delete()
    assert client.post(address).status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_wrong_method_is_refused(client: Client, contact: Contact, method: str) -> None:
    assert getattr(client, method)(path(contact)).status_code == 405


def test_the_page_is_in_the_contacts_language(client: Client, contact: Contact) -> None:
    contact.language = "he"
    contact.save()
    response: Any = client.get(path(contact))
    assert '<html lang="he" dir="rtl">' in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
