"""What is written here for SMTP says the same as what Django writes for mail providers, and keeps to RFC 5322."""

import email
import email.policy
from dataclasses import replace
from email.header import decode_header, make_header
from email.message import Message
from uuid import UUID

import pytest
from django.core.mail.backends.locmem import EmailBackend as LocalMemory
from pytest_django import Settings

from notifications.customers.channels import mime
from notifications.customers.channels.base import DeliveryError, EmailMessage

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
CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nSUMMARY:Visite à Évry\r\nEND:VCALENDAR\r\n".encode()
MESSAGES = {
    "plain": MESSAGE,
    "calendar": replace(MESSAGE, calendar=CALENDAR),
    "link": replace(MESSAGE, unsubscribe_url="https://portal.example/unsubscribe/" + 300 * "x" + "/"),
    "no name, no answer": replace(MESSAGE, to_name="", from_name="", reply_to=""),
    "arabic": replace(MESSAGE, to_name="محمد " * 12, subject="زيارتك يوم الثلاثاء " * 8, text="مرحبا\n", language="ar"),
    "long subject": replace(MESSAGE, subject="Your visit on a day that takes very many words to say " * 3),
    "long word": replace(MESSAGE, subject="x" * 190),
    "long name": replace(MESSAGE, to_name="Anna Maria " * 9, from_name="A, B; C " * 12),
    "dots": replace(MESSAGE, text=".\n..\n.x\n\n", html="<p>.</p>\r\n.\r\n"),
    "long line": replace(MESSAGE, html="<p>" + "ä=b " * 400 + "</p>\n.\n  \n", text="y" * 2000),
    "bare returns": replace(MESSAGE, text="a\rb\nc\r\nd", html="a\r\n.\rb"),
    "foreign domain": replace(MESSAGE, to="anna@bücher.example"),
}


@pytest.fixture(autouse=True)
def sent_from(settings: Settings) -> None:
    settings.EMAIL_FROM, settings.SITE_HOST = "Portal <portal@contoso.example>", "portal.contoso.example"


def said(message: Message) -> dict[str, str]:
    """Return the headers, decoded, without what differs in every message."""
    shown = {name: str(make_header(decode_header(value.replace("\r\n", "")))) for name, value in message.items()}
    return {name: " ".join(value.split()) for name, value in shown.items() if name not in ("Date", "Content-Type")}


def parts(message: Message) -> list[tuple[str, str | None, str, object, bytes]]:
    def content(part: Message) -> bytes:
        payload = part.get_payload(decode=True)
        return payload.replace(b"\r\n", b"\n") if isinstance(payload, bytes) else b""

    return [
        (
            part.get_content_type(),
            part.get_content_disposition(),
            str(part.get_filename()),
            part.get_param("charset"),
            content(part),
        )
        for part in message.walk()
    ]


@pytest.mark.parametrize("name", MESSAGES)
def test_it_says_what_djangos_message_says(name: str) -> None:
    message = MESSAGES[name]
    ours = email.message_from_bytes(mime.written(message).content)
    theirs = email.message_from_bytes(mime.for_django(message, LocalMemory()).message().as_bytes(linesep="\r\n"))

    assert said(ours) == said(theirs)
    assert parts(ours) == parts(theirs)
    assert not any(part.defects for part in ours.walk())


@pytest.mark.parametrize("name", MESSAGES)
def test_its_lines_are_short_enough_and_end_in_crlf(name: str) -> None:
    content = mime.written(MESSAGES[name]).content
    lines = content.split(b"\r\n")

    assert lines[-1] == b""
    assert max(map(len, lines)) <= 998
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    head = content.partition(b"\r\n\r\n")[0]
    assert head.isascii()
    # Only a long word may take more.
    assert all(len(line) <= 78 or max(map(len, line.split())) > 70 for line in head.split(b"\r\n"))


def test_the_envelope_has_the_bare_addresses() -> None:
    mail = mime.written(replace(MESSAGE, to="anna@bücher.example"))

    assert (mail.sender, mail.recipient) == ("portal@contoso.example", "anna@xn--bcher-kva.example")


@pytest.mark.parametrize("domain", ["bü..example", "ü" * 70 + ".example"])
def test_a_domain_that_has_no_ascii_form_is_refused_for_good(domain: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        mime.written(replace(MESSAGE, to=f"anna@{domain}"))

    assert (caught.value.reason, caught.value.permanent) == ("bad_address", True)
