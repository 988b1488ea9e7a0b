"""The plain webhook for texts, from a provider or gateway of any kind (docs/texts.md).

It is signed as Standard Webhooks has it (https://github.com/standard-webhooks/standard-webhooks, specification,
*Signature scheme*): HMAC-SHA256 over id, time and the raw body.
"""

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime

from fsportal.lib.phones import to_e164
from fsportal.lib.text import plain
from notifications.customers.replies.handling import IncomingText
from notifications.models.conversation import NUMBER_LENGTH
from notifications.models.text_reply import ID_LENGTH

#: How old a call may be, and how far ahead the sender's clock.
TOLERANCE = dt.timedelta(minutes=5)
#: Bytes; the longest text of ten segments in any script is far below.
LARGEST = 64 * 1024
LONGEST_TEXT = 10_000
#: Written before a secret that is base64.
BASE64 = "whsec_"


class WrongText(Exception):
    """The body is not a text as documented; the message says what to write."""


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, now: dt.datetime) -> bool:
    """Tell whether one of the signatures is right and the call is of these minutes (`now` is aware)."""
    name, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not (sent_at.isascii() and sent_at.isdigit()) or len(sent_at) > 12:
        return False
    if abs(now.timestamp() - int(sent_at)) > TOLERANCE.total_seconds():
        return False
    signed = hmac.new(_key(secret), f"{name}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    wanted = b"v1," + base64.b64encode(signed)
    # Several while a key is replaced. Each is compared in constant time.
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(one, wanted) for one in given)


def _key(secret: str) -> bytes:
    if secret.startswith(BASE64):
        try:
            return base64.b64decode(secret.removeprefix(BASE64), validate=True)
        except ValueError:
            pass  # conf/environment.py refuses such a one at the start
    return secret.encode()


def read(body: bytes) -> IncomingText:
    """Return the text; raises WrongText. A number that is none is kept as it is, like a sender's name."""
    try:
        held = json.loads(body)
    except (ValueError, RecursionError):
        raise WrongText("The body is not JSON.") from None
    if not isinstance(held, dict):
        raise WrongText("The body is not a JSON object.")
    name, number, text = (_word(held, field) for field in ("id", "from", "text"))
    if not name or len(name) > ID_LENGTH:
        raise WrongText(f"'id' takes the provider's id of the text, at most {ID_LENGTH} characters.")
    if len(text) > LONGEST_TEXT:
        raise WrongText(f"'text' allows {LONGEST_TEXT} characters.")
    return IncomingText(name, _number(number), text, said_at=_moment(held.get("received_at")))


def _word(held: dict[str, Any], field: str) -> str:
    value = held.get(field, "")
    if not isinstance(value, str):
        raise WrongText(f"'{field}' takes a text.")
    # What no database and no encoding can hold must not lose the text: it would be sent again for ever.
    return plain(value)


def _number(written: str) -> str:
    # Gateways often leave out the plus of an international number.
    for form in (written, f"+{written}") if written[:1] in "123456789" else (written,):
        try:
            return to_e164(form, "")
        except ValueError:
            continue
    return written[:NUMBER_LENGTH]


def _moment(written: object) -> dt.datetime | None:
    if written is None:
        return None
    try:
        moment = parse_datetime(written) if isinstance(written, str) else None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise WrongText("'received_at' takes a time with its zone, for example 2026-11-24T10:20:00Z.")
