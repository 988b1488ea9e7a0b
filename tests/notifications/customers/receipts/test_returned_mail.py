"""Email that comes back, read from a mailbox: what counts, for whom, and what stays as it is."""

import logging
import uuid
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from fsportal.conf.mail_reports import mailbox_config
from fsportal.models import Contact
from notifications.customers.receipts import mailbox
from notifications.models import CustomerNotification, Reason, ReportSource, State
from notifications.tasks import read_returned_mail
from tests.factories import ContactFactory
from tests.imap_server import PASSWORD, ImapServer

pytestmark = pytest.mark.django_db

RETURNED = Path(__file__).parent / "returned"


def sent(contact: Contact, state: str = State.SENT) -> CustomerNotification:
    return CustomerNotification.objects.create(
        event="upcoming",
        channel="email",
        contact=contact,
        state=state,
        to=contact.email,
        told_at=timezone.now(),
        dedupe_key=str(uuid.uuid4()),
    )


def written(name: str, row: CustomerNotification, *, to: str = "", host: str = "portal.example.com") -> bytes:
    text = (RETURNED / f"{name}.eml").read_text()
    return text.replace("ID\n", f"<{row.pk}@{host}>\n").replace("TO", to or row.to).encode()


def nested(levels: int) -> bytes:
    """Return a report that is too deep for the parser of the standard library."""
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b0\r\n\r\n"
    parts = (b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (at, at + 1) for at in range(levels))
    return head + b"".join(parts)


def answer(row: CustomerNotification) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.reason


def test_what_comes_back_is_about_one_message_and_its_address(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SITE_HOST = "portal.example.com"
    anna, ben, cleo, dora = (ContactFactory(email=f"{name}@example.com") for name in ("anna", "ben", "cleo", "dora"))
    dead, odd, spam, slow, forged = sent(anna), sent(ben), sent(cleo), sent(cleo), sent(dora)
    last = sent(anna)
    arrived = sent(ContactFactory(email="emil@example.com"), State.DELIVERED)
    with ImapServer() as imap:
        settings.BOUNCES = mailbox_config(imap.url)
        ours = [imap.deliver(written("postfix", dead)), imap.deliver(written("exchange", odd))]
        ours += [imap.deliver(written("exim", spam)), imap.deliver(written("gmail_delayed", slow))]
        ours.append(imap.deliver(written("postfix", arrived)))
        others = [
            imap.deliver(written("autoreply", slow)),
            # Somebody else's, and one that names our message but another address.
            imap.deliver(written("postfix", slow, host="mail.example.net")),
            imap.deliver(written("postfix", forged, to="anna@example.com")),
            imap.deliver(b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nnothing"),
            imap.deliver(nested(3000)),
        ]
        ours.append(imap.deliver(written("postfix", last)))
        assert read_returned_mail() == "11 mails looked at, 6 reports"
        assert ([mail.is_seen for mail in ours], [mail.is_seen for mail in others]) == ([True] * 6, [False] * 5)
        asked = len(imap.commands)
        assert read_returned_mail() == "0 mails looked at, 0 reports"
        assert not [command for command in imap.commands[asked:] if "FETCH" in command]

    assert (answer(dead), answer(odd)) == ((State.FAILED, Reason.BOUNCED),) * 2
    assert answer(spam) == (State.FAILED, Reason.FILTERED)
    assert (answer(slow), answer(forged)) == ((State.SENT, ""),) * 2
    # The server had taken it, and sent it back afterwards.
    assert answer(arrived) == (State.FAILED, Reason.BOUNCED)
    assert dead.told_at is None
    stopped = Contact.objects.exclude(email_bounced_at=None).order_by("email")
    assert [contact.email for contact in stopped] == ["anna@example.com", "ben@example.com", "emil@example.com"]
    assert stopped[0].email_bounce.startswith("5.1.1: ")
    assert "anna@" not in stopped[0].email_bounce
    assert stopped[1].email_bounce.startswith("5.1.10: 550 RESOLVER.ADR.RecipientNotFound")
    source = ReportSource.objects.get(kind="mailbox")
    assert (source.problem, source.heard_at is not None) == ("", True)
    assert "example.com" not in caplog.text


def test_a_mailbox_that_cannot_be_read_delays_nobody_and_says_why(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def problem() -> str:
        assert read_returned_mail() == "0 mails looked at, 0 reports"
        assert read_returned_mail().startswith("left alone")
        ReportSource.objects.update(looked_at=None)
        return ReportSource.objects.get(kind="mailbox").problem

    monkeypatch.setattr(mailbox, "RUN_WITHIN", 0.2)
    with caplog.at_level(logging.INFO), ImapServer() as imap:
        settings.BOUNCES = mailbox_config(imap.url.replace("%20", ""))
        assert problem() == "user or password in BOUNCES_URL is refused"
        imap.drips = True  # for ever, unless the connection is cut
        assert problem().startswith("no conversation")
    assert problem() == "no conversation (ConnectionRefusedError)"
    assert PASSWORD.replace(" ", "") not in caplog.text
