"""Email over a real SMTP server: the message that arrives, and what each failure means."""

import email.message
import email.policy
import socket
from collections.abc import Iterator
from dataclasses import replace
from email.header import decode_header, make_header
from email.utils import parseaddr
from uuid import UUID

import pytest
from aiosmtpd.smtp import Envelope
from django.core import mail
from pytest_django import Settings

from fsportal.lib.text import one_line
from notifications.customers.channels.base import DeliveryError, EmailMessage
from notifications.customers.channels.email import EmailBackend
from tests.servers import DROP, SmtpSink

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nSUMMARY:Visite à Évry\r\nEND:VCALENDAR\r\n".encode()
MESSAGE = EmailMessage(
    id=UUID("11111111-2222-3333-4444-555555555555"),
    to="anna@example.com",
    to_name="Anna Ng",
    from_name='Contoso "Heating", Ltd.',
    reply_to="help@contoso.example",
    subject="Your visit on Tue 24 Nov",
    text="Omar comes at 10:20.\n",
    html="<p>Omar comes at 10:20.</p>",
)


@pytest.fixture
def smtp(settings: Settings) -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        for name, value in sink.django_settings.items():
            setattr(settings, name, value)
        settings.EMAIL_FROM = "portal@contoso.example"
        settings.SITE_HOST = "portal.contoso.example"
        yield sink


@pytest.fixture
def channel(smtp: SmtpSink) -> Iterator[EmailBackend]:
    channel = EmailBackend()
    yield channel
    channel.close()


def failure(channel: EmailBackend, message: EmailMessage = MESSAGE) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(message)
    return caught.value


def mailbox(envelope: Envelope, header: str) -> tuple[str, str]:
    """Return name and address of a header. Read the older way: Python's newer parser, up to 3.11 at least, puts a
    space between two encoded words that RFC 2047 joins."""
    raw = email.message_from_bytes(envelope.original_content or b"")[header]
    name, address = parseaddr(raw)
    return str(make_header(decode_header(name))), address


def part(message: email.message.EmailMessage, kind: str) -> email.message.EmailMessage:
    return next(found for found in message.walk() if found.get_content_type() == kind)


def test_text_and_html_arrive_from_the_company_with_a_stable_id(channel: EmailBackend, smtp: SmtpSink) -> None:
    receipt = channel.send(MESSAGE)

    arrived = smtp.messages[0]
    assert part(arrived, "text/plain").get_content().strip() == "Omar comes at 10:20."
    assert part(arrived, "text/html").get_content().strip() == "<p>Omar comes at 10:20.</p>"
    assert arrived["From"].addresses[0].display_name == 'Contoso "Heating", Ltd.'
    assert arrived["From"].addresses[0].addr_spec == "portal@contoso.example"
    assert arrived["To"].addresses[0].display_name == "Anna Ng"
    assert arrived["Reply-To"] == "help@contoso.example"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert arrived["Message-ID"] == "<11111111-2222-3333-4444-555555555555@portal.contoso.example>"
    assert receipt.provider_id == arrived["Message-ID"]
    assert receipt.provider == "smtp"
    assert smtp.envelopes[0].mail_from == "portal@contoso.example"
    assert smtp.envelopes[0].rcpt_tos == ["anna@example.com"]


def test_one_click_unsubscribe_is_announced_only_with_a_link(channel: EmailBackend, smtp: SmtpSink) -> None:
    channel.send(MESSAGE)
    channel.send(replace(MESSAGE, unsubscribe_url="https://portal.contoso.example/unsubscribe/abc/"))

    assert smtp.messages[0]["List-Unsubscribe"] is None
    assert smtp.messages[0]["List-Unsubscribe-Post"] is None
    assert smtp.messages[1]["List-Unsubscribe"] == "<https://portal.contoso.example/unsubscribe/abc/>"
    assert smtp.messages[1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_calendar_file_arrives_byte_for_byte(channel: EmailBackend, smtp: SmtpSink) -> None:
    channel.send(replace(MESSAGE, calendar=CALENDAR))

    attached = part(smtp.messages[0], "text/calendar")
    assert attached.get_filename() == "visit.ics"
    assert attached.get_content_disposition() == "attachment"
    payload = attached.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.replace(b"\r\n", b"\n").rstrip(b"\n") == CALENDAR.replace(b"\r\n", b"\n").rstrip(b"\n")


@pytest.mark.parametrize("name", ["", "שירות " * 30, "Ł" * 200, "Ng, Anna <x@evil.example>", "李 小龍", "a@b.example"])
def test_any_name_stays_a_name(channel: EmailBackend, smtp: SmtpSink, name: str) -> None:
    channel.send(replace(MESSAGE, from_name=name, to_name=name))

    for header, address in (("From", "portal@contoso.example"), ("To", "anna@example.com")):
        assert mailbox(smtp.envelopes[0], header) == (one_line(name, 100), address)
        assert len(smtp.messages[0][header].addresses) == 1
    assert smtp.envelopes[0].rcpt_tos == ["anna@example.com"]
    lines = (smtp.envelopes[0].original_content or b"").splitlines()
    assert max(map(len, lines)) <= 120
    assert not {b"From:", b"To:"} & {line.strip() for line in lines}


def test_no_field_can_add_a_header(channel: EmailBackend, smtp: SmtpSink) -> None:
    evil = "x\r\nBcc: evil@example.com\r\n\r\nbody\u202e"
    channel.send(replace(MESSAGE, subject=evil, to_name=evil, from_name=evil, unsubscribe_url=evil, language=evil))

    arrived = smtp.messages[0]
    assert arrived["Bcc"] is None
    assert arrived["Subject"] == "x Bcc: evil@example.com body"
    assert smtp.envelopes[0].rcpt_tos == ["anna@example.com"]


@pytest.mark.parametrize(
    "address",
    ["", "anna", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com", "<a@b>", "jözef@example.com"],
)
def test_what_is_not_one_address_is_refused_for_good(channel: EmailBackend, smtp: SmtpSink, address: str) -> None:
    error = failure(channel, replace(MESSAGE, to=address))

    assert (error.reason, error.permanent, error.uncertain) == ("bad_address", True, False)
    assert smtp.messages == []


def test_an_international_domain_is_written_in_ascii(channel: EmailBackend, smtp: SmtpSink) -> None:
    channel.send(replace(MESSAGE, to="anna@bücher.example"))

    assert smtp.envelopes[0].rcpt_tos == ["anna@xn--bcher-kva.example"]


def test_one_connection_carries_all_messages(channel: EmailBackend, smtp: SmtpSink) -> None:
    for _number in range(3):
        channel.send(MESSAGE)

    assert (len(smtp.messages), smtp.connections) == (3, 1)


def test_a_server_that_hung_up_between_messages_is_called_again(channel: EmailBackend, smtp: SmtpSink) -> None:
    channel.send(MESSAGE)
    smtp.hang_up()
    channel.send(MESSAGE)

    assert (len(smtp.messages), smtp.connections) == (2, 2)


def test_a_channel_that_was_closed_opens_again(channel: EmailBackend, smtp: SmtpSink) -> None:
    channel.send(MESSAGE)
    channel.close()
    channel.send(MESSAGE)

    assert len(smtp.messages) == 2


def test_an_unknown_recipient_is_final_and_the_connection_stays(channel: EmailBackend, smtp: SmtpSink) -> None:
    smtp.rcpt_answer = "550 5.1.1 <anna@example.com> no such user, see https://help.example/a?key=secret"
    error = failure(channel)
    smtp.rcpt_answer = ""
    channel.send(MESSAGE)

    assert (error.reason, error.permanent, error.uncertain) == ("recipient_refused", True, False)
    assert "no such user" in error.detail
    assert "anna@" not in error.detail
    assert "secret" not in error.detail
    assert (len(smtp.messages), smtp.connections) == (1, 1)


@pytest.mark.parametrize("stage", ["rcpt_answer", "data_answer"])
def test_a_server_that_is_busy_for_now_is_tried_again(channel: EmailBackend, smtp: SmtpSink, stage: str) -> None:
    setattr(smtp, stage, "451 4.7.1 greylisted, come back later")
    error = failure(channel)

    assert (error.reason, error.permanent, error.uncertain) == ("deferred", False, False)


def test_refused_content_is_final(channel: EmailBackend, smtp: SmtpSink) -> None:
    smtp.data_answer = "554 5.7.1 looks like spam"
    error = failure(channel)

    assert (error.reason, error.permanent, error.uncertain) == ("content_refused", True, False)


def test_content_that_was_not_even_asked_for_is_no_uncertainty(channel: EmailBackend, smtp: SmtpSink) -> None:
    smtp.data_command_answer = "451 4.3.0 not now"
    error = failure(channel)

    assert (error.reason, error.permanent, error.uncertain) == ("deferred", False, False)


def test_a_connection_lost_after_the_content_leaves_it_uncertain(channel: EmailBackend, smtp: SmtpSink) -> None:
    channel.send(MESSAGE)
    smtp.data_answer = DROP
    error = failure(channel)
    smtp.data_answer = ""
    channel.send(MESSAGE)

    assert (error.reason, error.permanent, error.uncertain) == ("no_answer", False, True)
    assert (len(smtp.messages), smtp.connections) == (2, 2)


def test_a_server_that_says_goodbye_after_an_answer_is_no_uncertainty(channel: EmailBackend, smtp: SmtpSink) -> None:
    smtp.data_answer = "421 4.3.2 shutting down"
    first = failure(channel)
    smtp.data_answer = ""
    channel.send(MESSAGE)

    assert (first.reason, first.uncertain, first.permanent) == ("busy", False, False)
    assert len(smtp.messages) == 1


def test_a_refused_connection_is_tried_again(smtp: SmtpSink, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.EMAIL_PORT = taken.getsockname()[1]
    error = failure(EmailBackend())

    assert (error.reason, error.permanent, error.uncertain) == ("unreachable", False, False)


def test_a_server_that_never_greets_is_tried_again(smtp: SmtpSink, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = silent.getsockname()[1], 0.1
        error = failure(EmailBackend())

    assert (error.reason, error.permanent, error.uncertain) == ("unreachable", False, False)


def test_a_server_without_the_tls_that_is_asked_for_gets_nothing(smtp: SmtpSink, settings: Settings) -> None:
    settings.EMAIL_USE_TLS = True
    error = failure(EmailBackend())

    assert (error.reason, error.permanent, error.uncertain) == ("tls_failed", False, False)
    assert smtp.messages == []


def test_email_that_nobody_connected_waits_for_somebody_to_do_it(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    error = failure(EmailBackend())

    assert (error.reason, error.permanent, error.uncertain) == ("not_connected", False, False)


def test_other_backends_of_django_are_used_as_they_are() -> None:
    EmailBackend().send(MESSAGE)

    assert mail.outbox[0].subject == MESSAGE.subject
