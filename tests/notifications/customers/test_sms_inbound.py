"""Twilio's webhook for incoming messages: signed, obeyed once, and answered so that nobody waits in vain."""

import base64
import hashlib
import hmac
import itertools
import logging
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from fsportal.conf.environment import sms_config
from fsportal.models import Contact, OptOut
from notifications.models import Conversation, TextReply
from tests.factories import ContactFactory
from tests.portal.stage import NOW, company

pytestmark = pytest.mark.django_db

TOKEN, NUMBER = "test-token", "+442079460018"
_ids = itertools.count(1)


@pytest.fixture(autouse=True)
def connected(settings: Settings) -> None:
    settings.SMS = sms_config(f"twilio://AC1:{TOKEN}@+15550100000")
    settings.SITE_URL = "https://portal.example.com"
    company()


@pytest.fixture
def contact() -> Contact:
    made: Contact = ContactFactory(mobile_phone=NUMBER)
    return made


def post(client: Client, *, sign: str = TOKEN, **params: str) -> Any:
    """Post a message as Twilio signs it: HMAC-SHA1 over the address and the sorted fields."""
    params = {"MessageSid": f"SM{next(_ids)}", "From": NUMBER, "To": "+15550100000", "Body": "STOP"} | params
    path = reverse("sms-inbound")
    text = "https://portal.example.com" + path + "".join(key + params[key] for key in sorted(params))
    digest = hmac.new(sign.encode(), text.encode(), hashlib.sha1).digest()
    return client.post(path, params, headers={"X-Twilio-Signature": base64.b64encode(digest).decode()})


def answer(client: Client, body: str, **params: str) -> str:
    """Return the words of the one message that answers `body`, or nothing."""
    response = post(client, Body=body, **params)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/xml")
    root = ElementTree.fromstring(response.content)
    assert root.tag == "Response"
    assert [child.tag for child in root] in ([], ["Message"])
    return root.findtext("Message", "")


def test_the_address_is_the_one_that_the_documentation_names() -> None:
    assert reverse("sms-inbound") == "/hooks/sms/inbound/"


def test_stop_stops_texts_only_and_start_starts_them_again(client: Client, contact: Contact) -> None:
    assert "no more texts" in answer(client, "Please stop!")
    assert contact.has_opted_out("sms")
    assert not contact.has_opted_out("email")
    assert OptOut.objects.get().how == "sms"
    assert "again" in answer(client, "START")
    assert not contact.has_opted_out("sms")
    assert OptOut.objects.get().ended_how == "sms"


def test_the_answer_says_who_writes_and_how_to_go_back(client: Client, contact: Contact) -> None:
    words = answer(client, "stop")
    assert words.startswith("Brightside Plumbing: ")
    assert "START" in words
    assert "visits stay" in words
    assert len(words) <= 160


def test_everybody_with_the_number_is_meant_and_nobody_else(client: Client, contact: Contact) -> None:
    twin, other = ContactFactory(mobile_phone=NUMBER), ContactFactory(mobile_phone="+442079460019")
    answer(client, "STOP")
    assert contact.has_opted_out("sms")
    assert twin.has_opted_out("sms")
    assert not other.has_opted_out("sms")
    answer(client, "START")
    assert not OptOut.objects.in_force().exists()


def test_what_twilio_has_handled_is_obeyed_and_not_answered_twice(client: Client, contact: Contact) -> None:
    assert answer(client, "whatever", OptOutType="STOP") == ""
    assert contact.has_opted_out("sms")
    assert answer(client, "STOP", OptOutType="START") == ""
    assert not contact.has_opted_out("sms")
    assert answer(client, "HELP", OptOutType="HELP") == ""


def test_a_message_that_comes_again_does_nothing_more(client: Client, contact: Contact) -> None:
    answer(client, "START", MessageSid="SM-old")
    answer(client, "STOP", MessageSid="SM-new")
    for _ in range(2):
        assert answer(client, "START", MessageSid="SM-old") == ""
        assert answer(client, "STOP", MessageSid="SM-new") == ""
    assert contact.has_opted_out("sms")
    assert OptOut.objects.count() == 1


def test_stop_said_twice_is_obeyed_once_and_then_left_in_peace(client: Client, contact: Contact) -> None:
    assert answer(client, "STOP")
    assert answer(client, "STOP!!!") == ""
    assert answer(client, "why do you write?") == ""
    assert OptOut.objects.count() == 1


def test_who_writes_something_else_is_thanked_once_a_day_and_told_whom_to_call(
    client: Client, contact: Contact
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        words = answer(client, "Can you stop by the shop?")
        assert "we have got your text" in words
        assert "020 7946 0999" in words
        assert answer(client, "Hello?") == ""
        clock.shift(24 * 3600)
        assert "we have got your text" in answer(client, "Hello?")
    assert not OptOut.objects.exists()


def test_help_is_answered_also_when_texts_are_stopped(client: Client, contact: Contact) -> None:
    answer(client, "STOP")
    assert "020 7946 0999" in answer(client, "HELP")


def test_without_a_phone_the_email_address_is_named(client: Client, contact: Contact) -> None:
    company(contact_phone="")
    assert "hello@brightside.example" in answer(client, "HELP")


def test_a_company_with_awkward_letters_makes_sound_xml(client: Client, contact: Contact) -> None:
    company(company_name="Smith & <Sons>")
    assert answer(client, "stop").startswith("Smith & <Sons>: ")


def test_an_unknown_number_is_kept_and_not_answered(client: Client) -> None:
    ContactFactory(mobile_phone="")
    numbers = ("+15550109999", "", "whatsapp:+442079460018", "22395")
    for number in numbers:
        for body in ("STOP", "START", "Hello?"):
            assert answer(client, body, From=number) == ""
    assert not OptOut.objects.exists()
    found = Conversation.objects.filter(contact=None, waits_since__isnull=False)
    assert {one.number: one.texts.count() for one in found} == dict.fromkeys(
        ("+15550109999", "withheld", "whatsapp:+442079460018", "22395"), 3
    )


def test_a_wrong_or_missing_signature_changes_nothing(client: Client, contact: Contact) -> None:
    assert post(client, sign="guess").status_code == 403
    params = {"MessageSid": "SM1", "From": NUMBER, "Body": "STOP"}
    assert client.post(reverse("sms-inbound"), params).status_code == 403
    assert client.post(reverse("sms-inbound"), "\xff{", content_type="application/json").status_code == 403
    assert not OptOut.objects.exists()


def test_no_cookie_is_needed_and_only_post_is_taken(contact: Contact) -> None:
    provider = Client(enforce_csrf_checks=True)
    assert post(provider).status_code == 200
    for method in ("get", "head", "put", "delete"):
        assert getattr(provider, method)(reverse("sms-inbound")).status_code == 405


def test_without_its_id_a_message_cannot_be_counted(client: Client, contact: Contact) -> None:
    assert post(client, MessageSid="").status_code == 400
    assert not OptOut.objects.exists()


def test_without_twilio_there_is_no_such_page(client: Client, settings: Settings, contact: Contact) -> None:
    settings.SMS = sms_config("")
    assert post(client).status_code == 404


def test_neither_number_nor_words_are_written_down(
    client: Client, contact: Contact, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer(client, "My door code is 4711")
        post(client, sign="guess")
    assert "4711" not in caplog.text
    assert "79460018" not in caplog.text
    assert TextReply.objects.get().body == "My door code is 4711"
