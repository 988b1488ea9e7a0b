"""The plain webhook for texts: signed, of these minutes, obeyed once and in the order in which things were said."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from fsportal.conf.environment import webhook_secret
from notifications.models import Conversation, TextReply
from tests.factories import ContactFactory
from tests.portal.stage import NOW, company

KEY = b"thirty-two bytes of a secret key"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NUMBER = "+442079460018"


def post(body: Any, *, key: bytes = KEY, at: dt.datetime | None = None, changed: dict[str, str] | None = None) -> Any:
    """Post a body as Standard Webhooks signs it; `changed` are headers that differ."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int((at or dt.datetime.now(dt.UTC)).timestamp()))
    digest = hmac.new(key, f"msg_1.{stamp}.".encode() + raw, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    headers = {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature}
    client = Client(enforce_csrf_checks=True)
    return client.post(reverse("text-inbound"), raw, content_type="application/json", headers=headers | (changed or {}))


def said(name: str, text: str, at: dt.datetime | None = None, number: str = NUMBER) -> dict[str, str]:
    return {"id": name, "from": number, "text": text} | ({"received_at": at.isoformat()} if at else {})


@pytest.mark.django_db
def test_a_signed_text_counts_once_and_an_old_start_does_not_undo_a_later_stop(settings: Settings) -> None:
    company()
    assert post(said("1", "STOP")).status_code == 404  # without a secret there is no such page
    settings.SMS_INBOUND_SECRET = SECRET
    contact = ContactFactory(mobile_phone=NUMBER)
    minute = dt.timedelta(minutes=1)
    with time_machine.travel(NOW, tick=False) as clock:
        assert "no more texts" in post(said("1", "STOP", number="442079460018")).json()["answer"]
        start = said("2", "START", NOW)
        assert "again" in post(start).json()["answer"]
        clock.shift(minute)
        post(said("3", "STOP"))
        # The same call again; the same text in a call of its own; and another one that was said before the STOP.
        assert (
            post(start, at=NOW).json() == post(start).json() == post(said("4", "START", NOW)).json() == {"answer": ""}
        )
        assert contact.has_opted_out("sms")
        clock.shift(10 * minute)
        assert post(start, at=NOW).status_code == 403
        assert post(said("5", "Hello"), at=NOW + 20 * minute).status_code == 403
        assert "again" in post(said("6", "START")).json()["answer"]
    assert TextReply.objects.count() == 5
    assert Conversation.objects.get().contact == contact
    # Several signatures, while a key is replaced; a secret that is no base64; a sender with a name.
    assert (
        post(said("7", "x"), changed={"webhook-signature": f"v1,AAAA {_signature(said('7', 'x'))}"}).status_code == 403
    )
    settings.SMS_INBOUND_SECRET = "plain-" * 6
    assert post(said("8", "Hi", number="ACME"), key=b"plain-" * 6).status_code == 200
    assert Conversation.objects.get(contact=None).number == "ACME"


def _signature(body: dict[str, str]) -> str:
    return base64.b64encode(hmac.new(b"other", json.dumps(body).encode(), hashlib.sha256).digest()).decode()


@pytest.mark.django_db
def test_what_is_wrong_changes_nothing_and_is_said(settings: Settings) -> None:
    settings.SMS_INBOUND_SECRET = SECRET
    good = said("1", "Hello")
    assert post(good, key=b"guess").status_code == 403
    for name, value in (("webhook-id", "msg_2"), ("webhook-id", ""), ("webhook-timestamp", "x"),
                        ("webhook-timestamp", "9" * 40), ("webhook-signature", "v1,\xe9")):  # fmt: skip
        assert post(good, changed={name: value}).status_code == 403
    for body in (b"{", b"[]", b"\xff", b"[" * 50_000, good | {"id": ""}, good | {"id": "x" * 65}, good | {"text": 1},
                 good | {"received_at": "yesterday"}, good | {"received_at": "2026-11-24T10:00:00"},
                 good | {"received_at": "2026-99-24T10:00:00Z"}, good | {"received_at": "0001-01-01T00:00:00+14:00"},
                 good | {"text": "x" * 10_001}):  # fmt: skip
        assert post(body).status_code == 400
    assert post(b"x" * 70_000).status_code == 413
    assert post(b"").status_code == 413
    assert Client().get(reverse("text-inbound")).status_code == 405
    assert not TextReply.objects.exists()
    assert post(good | {"text": "a\0b\ud800" + "x" * 9_000, "more": 1}).status_code == 200
    assert TextReply.objects.get().body.startswith("abx")
    # A sender may choose a name, and a gateway its ids.
    assert post(good | {"id": "2\0\ud800", "from": "Ac\0me\ud800"}).status_code == 200
    assert Conversation.objects.filter(number="Acme").exists()


def test_a_secret_that_cannot_work_is_refused_at_the_start() -> None:
    for wrong in ("short", "whsec_" + "é" * 40, "whsec_AAA" * 6):
        with pytest.raises(ImproperlyConfigured, match="SMS_INBOUND_SECRET"):
            webhook_secret(wrong, "SMS_INBOUND_SECRET")
    assert webhook_secret(SECRET, "SMS_INBOUND_SECRET") == SECRET
