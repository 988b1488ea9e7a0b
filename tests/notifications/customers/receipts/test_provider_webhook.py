"""Reports of mail providers: proved to be theirs, read by anymail, and applied in whatever order they come."""

import base64
import hashlib
import hmac
import itertools
import json
import uuid
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from fsportal.conf.environment import email_config
from fsportal.conf.mail_reports import mailbox_config, webhook_settings
from fsportal.models import AuditEntry, Contact, User
from fsportal.models.consent import Channel
from notifications.models import CustomerNotification, Reason, ReportSource, State
from tests.factories import ContactFactory

pytest.importorskip("anymail")
pytestmark = pytest.mark.django_db

SECRET = "hooks:" + "s" * 32
ANNA = "anna@example.com"


@pytest.fixture
def contact() -> Contact:
    return ContactFactory(email=ANNA)


def connect(settings: Settings, url: str, *, secret: str = "", key: str = "") -> None:
    email = email_config(url)
    settings.EMAIL, settings.EMAIL_BACKEND = email, email.settings["EMAIL_BACKEND"]
    settings.ANYMAIL = webhook_settings(email.settings, secret, key)


def sent(contact: Contact, provider_id: str = "") -> CustomerNotification:
    return CustomerNotification.objects.create(
        event="upcoming",
        channel="email",
        contact=contact,
        state=State.SENT,
        to=contact.email,
        provider_id=provider_id or uuid.uuid4().hex,
        dedupe_key=str(uuid.uuid4()),
    )


def post(client: Client, provider: str, event: Any, *, secret: str = SECRET, **headers: str) -> int:
    if secret:
        headers["Authorization"] = f"Basic {base64.b64encode(secret.encode()).decode()}"
    url = reverse("email-reports", args=[provider])
    return client.post(url, json.dumps(event), content_type="application/json", headers=headers).status_code


def postmark(row: CustomerNotification, **event: Any) -> dict[str, Any]:
    return {"MessageID": row.provider_id, "Email": ANNA, "Recipient": ANNA, **event}


def answer(row: CustomerNotification) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.reason


def test_only_the_provider_that_is_connected_is_heard_and_only_with_its_proof(
    client: Client, settings: Settings, contact: Contact
) -> None:
    row = sent(contact)
    delivered = postmark(row, RecordType="Delivery")
    # Postmark signs nothing: without a secret nobody could tell.
    connect(settings, "anymail+postmark://k")
    assert post(client, "postmark", delivered) == 404
    connect(settings, "anymail+postmark://k", secret=SECRET)
    assert [post(client, name, delivered) for name in ("mailgun", "scaleway", "anything")] == [404] * 3
    assert [post(client, "postmark", delivered, secret=secret) for secret in ("", "hooks:guess")] == [403] * 2
    assert client.get(reverse("email-reports", args=["postmark"])).status_code == 405
    assert post(client, "postmark", ["not", "an event"]) == 400
    # Another recipient than ours, and a message that is not ours.
    assert post(client, "postmark", delivered | {"Email": "eve@example.com", "Recipient": "eve@example.com"}) == 200
    assert post(client, "postmark", delivered | {"MessageID": "another"}) == 200
    assert answer(row) == (State.SENT, "")
    assert post(client, "postmark", delivered) == 200
    assert answer(row) == (State.DELIVERED, "")
    assert ReportSource.last_heard("email") is not None


def test_reports_say_the_same_in_every_order_and_twice(client: Client, settings: Settings, contact: Contact) -> None:
    connect(settings, "anymail+postmark://k", secret=SECRET)
    kinds: list[dict[str, Any]] = [
        {"RecordType": "Delivery"},
        {"RecordType": "Bounce", "Type": "Transient"},
        {"RecordType": "Bounce", "Type": "SoftBounce", "Details": "452 4.2.2 mailbox full"},
        {"RecordType": "Open"},
    ]
    hard = {"RecordType": "Bounce", "Type": "HardBounce", "Details": "smtp;550 5.1.1 <anna@example.com> unknown"}
    for order in itertools.permutations(kinds[:3]):
        row = sent(contact)
        for event in (*order, order[0]):
            post(client, "postmark", postmark(row, **event))
        assert answer(row) == (State.DELIVERED, "")
    contact.refresh_from_db()
    assert contact.email_bounced_at is None
    for reports in ([*kinds, hard], [hard, *kinds], [hard, kinds[0], hard]):
        row = sent(contact)
        for event in reports:
            post(client, "postmark", postmark(row, **event))
        assert answer(row) == (State.FAILED, Reason.BOUNCED)
        assert ANNA not in row.detail
    contact.refresh_from_db()
    assert (contact.email_bounced_at is not None, ANNA in contact.email_bounce) == (True, False)
    # The same report once more does not stop what somebody has started again.
    assert contact.try_email_again(by=User.objects.create(username="staff"))
    post(client, "postmark", postmark(row, **hard))
    contact.refresh_from_db()
    assert contact.email_bounced_at is None


def test_a_complaint_is_an_opt_out_once_and_only_of_the_address_that_complains(
    client: Client, settings: Settings, contact: Contact
) -> None:
    connect(settings, "anymail+postmark://k", secret=SECRET)
    row = sent(contact)
    complaint = postmark(row, RecordType="SpamComplaint", Type="SpamComplaint")
    assert [post(client, "postmark", complaint) for _twice in range(2)] == [200, 200]
    assert (contact.opt_outs.get().how, answer(row)) == ("spam", (State.SENT, ""))
    assert AuditEntry.of(contact).get().action == "opted out at the provider: email"
    contact.opt_in(Channel.EMAIL, how="profile")
    post(client, "postmark", complaint)
    assert not contact.has_opted_out(Channel.EMAIL)
    # An address that is not theirs (any more) does not speak for them.
    another = sent(contact)
    Contact.objects.filter(pk=contact.pk).update(email="new@example.com")
    post(client, "postmark", postmark(another, RecordType="SpamComplaint", Type="SpamComplaint"))
    assert not contact.has_opted_out(Channel.EMAIL)
    # The provider's own list: it does not even try.
    listed = sent(contact)
    event = {"RecordType": "Bounce", "Type": "Unsubscribe"}
    post(client, "postmark", postmark(listed, **event))
    assert answer(listed) == (State.SENT, "")


def event_of(provider: str, row: CustomerNotification, kind: str) -> Any:
    """Return an event as the provider's manual shows it: `hard` for good, `soft` not."""
    hard, pk = kind == "hard", str(row.pk)
    return {
        "brevo": {
            "event": "hard_bounce" if hard else "soft_bounce",
            "email": ANNA,
            "X-Mailin-custom": json.dumps({"message": pk}),
        },
        "mailjet": [
            {
                "event": "bounce",
                "email": ANNA,
                "hard_bounce": hard,
                "error": "user unknown" if hard else "quota exceeded",
                "Payload": json.dumps({"message": pk}),
            }
        ],
        "sparkpost": [
            {
                "msys": {
                    "message_event": {
                        "type": "bounce",
                        "raw_rcpt_to": ANNA,
                        "bounce_class": "10" if hard else "22",
                        "rcpt_meta": {"message": pk},
                    }
                }
            }
        ],
        "resend": {
            "type": "email.bounced",
            "data": {
                "email_id": "r1",
                "to": [ANNA],
                "bounce": {"message": "a hard bounce message", "type": "Permanent" if hard else "Transient"},
                "headers": [{"name": "X-Metadata", "value": json.dumps({"message": pk})}],
            },
        },
        "mailersend": {
            "type": "activity",
            "data": {
                "type": "hard_bounced" if hard else "soft_bounced",
                "email": {"message": {"id": row.provider_id}, "recipient": {"email": ANNA}},
                "morph": {"object": "recipient_bounce", "reason": "no words"},
            },
        },
        "mailgun": {
            "event-data": {
                "event": "failed",
                "severity": "permanent" if hard else "temporary",
                "reason": "bounce",
                "recipient": ANNA,
                "timestamp": 1.0,
                "user-variables": {"message": pk},
                "delivery-status": {"message": "no such user" if hard else "later"},
            }
        },
    }[provider]


@pytest.mark.parametrize(
    ("url", "key", "soft"),
    [
        ("anymail+brevo://k", "", Reason.NOT_DELIVERED),
        ("anymail+mailjet://k:s", "", Reason.NOT_DELIVERED),
        ("anymail+sparkpost://k", "", Reason.NOT_DELIVERED),
        ("anymail+resend://k", "", Reason.NOT_DELIVERED),
        ("anymail+mailersend://k", "sign", Reason.NOT_DELIVERED),
        ("anymail+mailgun://k", "sign", ""),
    ],
)
def test_a_hard_bounce_is_told_from_a_soft_one_by_every_provider(
    client: Client, settings: Settings, contact: Contact, url: str, key: str, soft: str
) -> None:
    provider = url.removeprefix("anymail+").partition(":")[0]
    connect(settings, url, secret="" if key else SECRET, key=key)
    soft_row, hard_row = sent(contact), sent(contact)

    def report(row: CustomerNotification, kind: str, sign: str = key) -> int:
        event, headers = event_of(provider, row, kind), {}
        if provider == "mailgun":
            signature = hmac.new(sign.encode(), b"1tok", hashlib.sha256).hexdigest()
            event |= {"signature": {"token": "tok", "timestamp": "1", "signature": signature}}
        if provider == "mailersend":
            headers["Signature"] = hmac.new(sign.encode(), json.dumps(event).encode(), hashlib.sha256).hexdigest()
        return post(client, provider, event, secret="" if key else SECRET, **headers)

    if key:
        assert report(hard_row, "hard", "guess") == 403
    assert (report(soft_row, "soft"), report(hard_row, "hard")) == (200, 200)
    assert answer(soft_row) == ((State.FAILED, soft) if soft else (State.SENT, ""))
    assert answer(hard_row) == (State.FAILED, Reason.BOUNCED)


@pytest.mark.parametrize(
    ("url", "secret", "key"),
    [
        ("smtp://mail.example.com", SECRET, ""),
        ("anymail+postmark://k", "no-colon" * 8, ""),
        ("anymail+postmark://k", "a:short", ""),
        ("anymail+postmark://k", "", "key-of-a-provider-that-signs-nothing"),
    ],
)
def test_a_proof_that_cannot_work_is_refused_without_being_repeated(url: str, secret: str, key: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ANYMAIL_WEBHOOK_") as refused:
        webhook_settings(email_config(url).settings, secret, key)
    assert (secret or key) not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["imaps://host/INBOX", "pop3://u:s3cret@host", "imaps://u:s3cret@host:port", "imaps://u:s3cret@h/in%22box"],
)
def test_a_mailbox_that_cannot_work_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="BOUNCES_URL") as refused:
        mailbox_config(url)
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in repr(mailbox_config("imaps://u:s3cret@host"))
