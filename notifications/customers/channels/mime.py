"""An email as MIME: text, HTML, calendar file, and headers of one line each.

For SMTP it is written here, for mail providers by Django: the classes of `email` take four times as long, mostly for
folding headers that need no folding.
"""

import quopri
import re
from dataclasses import dataclass
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr
from functools import lru_cache
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.encoding import punycode

from fsportal.lib.text import one_line
from notifications.customers.channels.base import DeliveryError, EmailMessage

#: The name under which a message's id goes to mail providers, and anymail's backends that take none.
METADATA = "message"
WITHOUT_METADATA = ("mailersend", "postal")
NAME_LIMIT = 100
SUBJECT_LIMIT = 200
#: Characters (should) and bytes (must) of a line without its end (RFC 5322, section 2.1.1).
HEADER_LINE, LINE = 78, 998
# No header can be broken out of without these characters, and they keep an address to one mailbox.
ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]+@[^\s<>@,;:\"()\\]+")


@dataclass(frozen=True)
class Written:
    """A message for SMTP: the addresses of its envelope, and its lines, which end in CRLF."""

    sender: str
    recipient: str
    content: bytes


def written(message: EmailMessage) -> Written:
    """Write a message for SMTP.

    Raises DeliveryError `bad_address` for an address that cannot stand in a header.
    """
    boundary = uuid4().hex
    headers = {
        "MIME-Version": "1.0",
        "Subject": one_line(message.subject, SUBJECT_LIMIT),
        "From": sender(message.from_name),
        "To": mailbox(message.to_name, message.to),
        **({"Reply-To": mailbox("", message.reply_to)} if message.reply_to else {}),
        "Date": formatdate(localtime=settings.EMAIL_USE_LOCALTIME),
        **further_headers(message),
    }
    head = "".join(f"{_folded(name, value)}\r\n" for name, value in headers.items()).encode("ascii")
    words = [_text_part("plain", message.text.encode()), _text_part("html", message.html.encode())]
    content = _multipart("alternative", f"=={boundary}=words==", words)
    if message.calendar:
        file = _text_part("calendar", message.calendar, 'Content-Disposition: attachment; filename="visit.ics"\r\n')
        content = _multipart("mixed", f"=={boundary}=parts==", [content, file])
    return Written(_sending_address(settings.EMAIL_FROM), ascii_address(message.to), head + content)


def for_django(message: EmailMessage, backend: BaseEmailBackend) -> EmailMultiAlternatives:
    """Return the same message for one of Django's mail backends. Raises as `written` does."""
    mail = EmailMultiAlternatives(
        subject=one_line(message.subject, SUBJECT_LIMIT),
        body=message.text,
        from_email=sender(message.from_name),
        to=[mailbox(message.to_name, message.to)],
        reply_to=[mailbox("", message.reply_to)] if message.reply_to else None,
        headers=further_headers(message),
        connection=backend,
    )
    if takes_metadata(backend):
        # Comes back with every report on this message (customers/receipts/).
        mail.metadata = {METADATA: str(message.id)}  # type: ignore[attr-defined]
    mail.attach_alternative(message.html, "text/html")
    if message.calendar:
        mail.attach("visit.ics", message.calendar, "text/calendar")
    return mail


def takes_metadata(backend: BaseEmailBackend) -> bool:
    """Tell whether it is one of anymail's that sends metadata along; the others refuse the message."""
    module = type(backend).__module__
    return module.startswith("anymail.") and module.rpartition(".")[2] not in WITHOUT_METADATA


# --- Headers ----------------------------------------------------------------------------------------------------------
def message_id(message: EmailMessage) -> str:
    return f"<{message.id}@{settings.SITE_HOST}>"


def further_headers(message: EmailMessage) -> dict[str, str]:
    headers = {
        "Message-ID": message_id(message),
        "Auto-Submitted": "auto-generated",
        "Content-Language": one_line(message.language, 20),
    }
    if message.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{_bare(message.unsubscribe_url)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def sender(name: str) -> str:
    return mailbox(name, _sending_address(settings.EMAIL_FROM))


@lru_cache(maxsize=4)
def _sending_address(email_from: str) -> str:
    return ascii_address(parseaddr(email_from)[1])


def mailbox(name: str, address: str) -> str:
    """Return `"Name" <address>` in ASCII. The name is one line, quoted or encoded, so it cannot add a header."""
    address = ascii_address(address)
    name = one_line(name, NAME_LIMIT)
    if name.isascii():
        return formataddr((name, address))
    # Short encoded words, so that the first fits after "From:" and no line begins empty.
    return f"{Header(name, 'utf-8', maxlinelen=60).encode(linesep='')} <{address}>"


def ascii_address(address: str) -> str:
    """Return an address as it stands in headers and envelope; raises DeliveryError `bad_address` if it cannot."""
    if not ADDRESS.fullmatch(address) or not address.partition("@")[0].isascii():
        # A local part beyond ASCII needs SMTPUTF8, which few servers support; encoded, it would be another mailbox.
        raise _bad_address()
    local, _at, domain = address.partition("@")
    try:
        return address if domain.isascii() else f"{local}@{punycode(domain)}"
    except UnicodeError:
        raise _bad_address() from None


def _bad_address() -> DeliveryError:
    return DeliveryError("bad_address", "this is not an address that email can be sent to", permanent=True)


def _bare(text: str) -> str:
    """Return a link without white space, control characters and angle brackets."""
    return one_line(text).translate({ord(mark): None for mark in " <>"})


def _folded(name: str, value: str) -> str:
    line = f"{name}: {value}"
    # Lines break at spaces.
    if line.isascii() and (len(line) <= HEADER_LINE or " " not in value):
        return line
    header = Header(value, "us-ascii" if value.isascii() else "utf-8", HEADER_LINE, name)
    return f"{name}: " + header.encode(linesep="\r\n")


# --- Parts ------------------------------------------------------------------------------------------------------------
def _text_part(subtype: str, content: bytes, more: str = "") -> bytes:
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    encoding = "7bit" if content.isascii() else "8bit"
    if any(len(line) > LINE for line in content.split(b"\n")):
        content, encoding = quopri.encodestring(content), "quoted-printable"
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n'
    return head.encode() + content.replace(b"\n", b"\r\n")


def _multipart(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'.encode()
    # The line break before a boundary belongs to it; before the first one, it ends the headers.
    between = f"\r\n--{boundary}".encode()
    return head + b"".join(between + b"\r\n" + part for part in parts) + between + b"--\r\n"
