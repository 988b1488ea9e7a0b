"""Reads email that came back: status notifications (RFC 3464), as Postfix, Exim, Exchange and Gmail write them."""

import re
import uuid
from collections.abc import Iterator
from email import message_from_bytes, message_from_string
from email.message import Message
from typing import Any

from django.conf import settings

from notifications.customers.channels.status_codes import status_in
from notifications.customers.receipts.applying import Receipt
from notifications.customers.rejections import why_failed
from notifications.models import State

MESSAGE_ID = re.compile(r"<([0-9a-fA-F-]{36})@([^<>@\s]+)>")
#: A mark that is written as "+" and two digits (RFC 3461, 4): addresses in Original-Recipient.
XTEXT = re.compile(r"\+([0-9A-F]{2})")


def is_status_report(head: Message) -> bool:
    """Tell whether the header is that of a delivery status notification. Auto-replies and read receipts are not."""
    return (
        head.get_content_type() == "multipart/report"
        and str(head.get_param("report-type", "")).lower() == "delivery-status"
    )


def receipts_in(raw: bytes) -> list[Receipt]:
    """Return what a mail says about messages of ours; empty for any other mail.

    It may be cut off at the end, where the returned message is. A report on a delay is a receipt that says nothing.
    """
    mail = message_from_bytes(raw)
    parts = mail.get_payload()
    if not is_status_report(mail) or not isinstance(parts, list):
        return []
    message = _our_message(mail, parts)
    return [_receipt(message, block) for block in _recipients(parts)] if message else []


def _recipients(parts: list[Any]) -> Iterator[Message]:
    """Yield the fields about each recipient (RFC 3464, 2.3)."""
    for part in parts:
        if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list):
            yield from (block for block in part.get_payload() if "Final-Recipient" in block)


def _receipt(message: uuid.UUID, block: Message) -> Receipt:
    action = str(block.get("Action", "")).strip().lower()
    diagnosis = " ".join(str(block.get("Diagnostic-Code", "")).split())
    status = status_in(str(block.get("Status", "")))
    # A status of x.0.0 says nothing (Exim always writes it); the server's own words may say more.
    if not status or status.endswith(".0.0"):
        status = status_in(diagnosis) or status
    recipients = tuple(
        address
        for name in ("Final-Recipient", "Original-Recipient")
        for address in _addresses(str(block.get(name, "")))
    )
    has_failed = action == "failed"
    words = " ".join(diagnosis.removeprefix("smtp;").replace(status, "").split()) if status else diagnosis
    return Receipt(
        message=message,
        recipients=recipients,
        state=State.FAILED if has_failed else "",
        why=why_failed(status) if has_failed else "",
        said=": ".join(filter(None, (status, words))),
    )


def _addresses(field: str) -> Iterator[str]:
    """Yield the address of a field such as "rfc822; anna@example.com", as it is and decoded."""
    _kind, _semicolon, address = field.partition(";")
    address = address.strip().strip("<>")
    if "@" in address:
        yield address
        yield XTEXT.sub(lambda found: chr(int(found[1], 16)), address)


def _our_message(mail: Message, parts: list[Any]) -> uuid.UUID | None:
    """Return our id of the message that came back: from its own header, or else from what the report answers."""
    heads = [*_returned_heads(parts), mail]
    for text in (str(head.get(name, "")) for head, name in _places(heads, mail)):
        for found in MESSAGE_ID.finditer(text):
            if found[2].lower() == settings.SITE_HOST.lower():
                try:
                    return uuid.UUID(found[1])
                except ValueError:
                    continue
    return None


def _places(heads: list[Message], mail: Message) -> Iterator[tuple[Message, str]]:
    for head in heads:
        if head is mail:
            yield from ((mail, "In-Reply-To"), (mail, "References"))
        else:
            yield head, "Message-ID"


def _returned_heads(parts: list[Any]) -> Iterator[Message]:
    for part in parts:
        payload = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(payload, list) and payload:
            yield payload[0]
        elif part.get_content_type() == "text/rfc822-headers" and isinstance(payload, str):
            yield message_from_string(payload)
