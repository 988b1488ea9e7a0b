"""Twilio's status callback: signed, and leading only onwards."""

import base64
import hashlib
import hmac
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from fsportal.conf.environment import sms_config
from fsportal.models import AuditEntry
from notifications.admin.message_states import what_to_do
from notifications.models import CustomerNotification, Reason, ReportSource, State
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

TOKEN = "test-token"


@pytest.fixture(autouse=True)
def connected(settings: Settings) -> None:
    settings.SMS = sms_config(f"twilio://AC1:{TOKEN}@+15550100000")
    settings.SITE_URL = "https://portal.example.com"


def message(state: str = State.SENT, provider_id: str = "SM1", **values: object) -> CustomerNotification:
    return CustomerNotification.objects.create(
        event="upcoming", channel="sms", state=state, provider_id=provider_id, dedupe_key=str(uuid.uuid4()), **values
    )


def report(
    client: Client, row: CustomerNotification, status: str, *, sign: str = TOKEN, sid: str = "SM1", **more: str
) -> int:
    """Post a report as Twilio signs it: HMAC-SHA1 over the address and the sorted fields."""
    params = {"MessageSid": sid, "MessageStatus": status, "To": "+442079460002", **more}
    path = reverse("sms-status", args=[row.pk])
    text = "https://portal.example.com" + path + "".join(key + params[key] for key in sorted(params))
    digest = hmac.new(sign.encode(), text.encode(), hashlib.sha1).digest()
    headers = {"X-Twilio-Signature": base64.b64encode(digest).decode()}
    return client.post(path, params, headers=headers).status_code


def state_of(row: CustomerNotification) -> str:
    row.refresh_from_db()
    return row.state


def test_delivered_is_noted_and_a_late_sent_does_not_undo_it(client: Client) -> None:
    row = message()
    assert report(client, row, "delivered") == 204
    assert state_of(row) == State.DELIVERED
    for late in ("sent", "failed", "queued"):
        assert report(client, row, late) == 204
    assert state_of(row) == State.DELIVERED


def test_a_failure_is_noted_and_a_message_perhaps_sent_is_cleared_up(client: Client) -> None:
    row, perhaps = message(), message(State.UNKNOWN, "")
    report(client, row, "undelivered")
    report(client, perhaps, "delivered")
    assert (state_of(row), state_of(perhaps)) == (State.FAILED, State.DELIVERED)


def test_a_wrong_or_missing_signature_changes_nothing(client: Client) -> None:
    row = message()
    assert report(client, row, "delivered", sign="guess") == 403
    assert client.post(reverse("sms-status", args=[row.pk]), {"MessageStatus": "delivered"}).status_code == 403
    assert state_of(row) == State.SENT


def test_a_report_on_another_message_id_changes_nothing(client: Client) -> None:
    row = message()
    assert report(client, row, "delivered", sid="SM2") == 204
    assert state_of(row) == State.SENT


def test_get_is_refused_and_without_twilio_there_is_no_such_page(client: Client, settings: Settings) -> None:
    row = message()
    assert client.get(reverse("sms-status", args=[row.pk])).status_code == 405
    settings.SMS = sms_config("")
    assert report(client, row, "delivered") == 404


@pytest.mark.parametrize(
    ("code", "reason", "has_opted_out"),
    [
        ("21610", Reason.OPTED_OUT, True),
        ("30003", Reason.UNREACHABLE, False),
        ("30004", Reason.FILTERED, False),
        ("30005", Reason.REFUSED, False),
        ("30006", Reason.REFUSED, False),
        ("30007", Reason.FILTERED, False),
        ("30008", Reason.NOT_DELIVERED, False),
        ("31337", Reason.NOT_DELIVERED, False),
    ],
)
def test_each_late_error_says_what_it_means_and_what_to_do(
    client: Client, code: str, reason: str, has_opted_out: bool
) -> None:
    contact = ContactFactory()
    row = message(contact=contact)
    for _twice in range(2):
        assert report(client, row, "failed", ErrorCode=code) == 204
    row.refresh_from_db()
    assert (row.state, row.reason, code in row.detail) == (State.FAILED, reason, True)
    assert contact.has_opted_out("sms") is has_opted_out
    assert AuditEntry.of(contact).count() == has_opted_out
    # Only what speaks against the number asks for another one.
    assert ("another address" in what_to_do(row.reason)) is (reason == Reason.REFUSED)
    assert ReportSource.last_heard("texts") is not None
