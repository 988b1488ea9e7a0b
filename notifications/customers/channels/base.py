"""The interface of a channel's backends. They only send; who is told what is decided before."""

import re
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from fsportal.lib.text import one_line
from notifications.customers.email_frame import FilledFrame

DETAIL_LIMIT = 300
#: Reasons of a DeliveryError that lie with the provider or the connection to it: the next message would meet them too.
OUTAGES = frozenset(
    {
        *("unreachable", "no_answer", "busy", "provider_error", "unexpected_answer"),
        *("login_refused", "sender_refused", "tls_failed", "misconfigured"),
    }
)


@dataclass(frozen=True)
class EmailMessage:
    """One email to one person, ready to send. `id` makes the Message-ID, so a repeat is the same message."""

    id: UUID
    to: str
    to_name: str
    from_name: str
    reply_to: str
    subject: str
    text: str
    html: str
    unsubscribe_url: str = ""
    calendar: bytes = b""
    language: str = "en"
    #: What `html` is made of, for the log.
    filled: FilledFrame | None = None


@dataclass(frozen=True)
class SmsMessage:
    """One SMS to one E.164 number. Delivery reports come to `callback_url` where the provider supports it."""

    id: UUID
    to: str
    text: str
    callback_url: str = ""


@dataclass(frozen=True)
class Acceptance:
    """A provider's word that it has taken a message: its name, its id for it, SMS segments (0 if not an SMS)."""

    provider: str
    provider_id: str = ""
    segments: int = 0


class DeliveryError(Exception):
    """A message was not accepted, or perhaps not.

    `reason` is a short code for the log, `detail` a text for the admin without secrets, links and phone numbers.
    `permanent`: trying again cannot help. `uncertain`: it may have been accepted, so it is not resent by itself.
    Neither: it was surely not accepted; try again, after `retry_after` seconds if the provider asks for that.
    `status` is the code by which a mail server says why it refuses a recipient for good (RFC 3463), if it does.
    """

    def __init__(
        self,
        reason: str,
        detail: str = "",
        *,
        permanent: bool = False,
        uncertain: bool = False,
        retry_after: float | None = None,
        status: str = "",
    ) -> None:
        self.reason = reason
        self.detail = scrubbed(detail)
        self.permanent = permanent
        self.uncertain = uncertain
        self.retry_after = retry_after
        self.status = status
        super().__init__(f"{reason}: {self.detail}" if self.detail else reason)

    @property
    def is_outage(self) -> bool:
        """Tell whether it says something of the provider instead of this message."""
        return self.reason in OUTAGES and not self.permanent


class ChannelBackend(Protocol):
    """One way to send on a channel. One object per worker: it keeps its connection between messages until `close`."""

    @property
    def name(self) -> str:
        """The short name kept with an attempt: "smtp", "twilio"."""

    @property
    def described(self) -> str:
        """A description for the Settings area, without secrets; empty if not connected."""

    def send(self, message: Any) -> Acceptance:
        """Send one message of this channel; raises DeliveryError, and nothing else, unless it was surely accepted."""

    def close(self) -> None:
        """Close the connections."""


class NotConnectedBackend:
    """Takes the place of a backend that nobody has configured.

    Not permanent: an admin may connect it before the message is too late, and then it still goes out.
    """

    name = "none"
    described = ""

    def __init__(self, setting: str) -> None:
        self.setting = setting

    def send(self, message: object) -> Acceptance:
        """Raise DeliveryError `not_connected`."""
        raise DeliveryError("not_connected", f"{self.setting} is not set")

    def close(self) -> None:
        """There is nothing to close."""


LINK = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)(?:[^\s/@]*@)?([^\s/?#'\"<>]+)[^\s'\"<>]*")
ADDRESS = re.compile(r"([^\s<>@:;,\"'])[^\s<>@:;,\"']*@([^\s<>@:;,\"']+)")
LONG_NUMBER = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}")
LONG_TOKEN = re.compile(r"\b(?=\w*\d)[A-Za-z0-9_-]{20,}\b")


def scrubbed(text: str) -> str:
    """Return a provider's answer for the log: one short line without secrets.

    Links are cut to their host (a visit link is a key); logins, long tokens, phone numbers and the local part of
    addresses are removed.
    """
    text = LINK.sub(r"\1\2/…", one_line(text, 4 * DETAIL_LIMIT))
    text = ADDRESS.sub(r"\1•••@\2", text)
    text = LONG_TOKEN.sub("•••", text)
    return one_line(LONG_NUMBER.sub(lambda found: f"•••{found.group()[-2:]}", text), DETAIL_LIMIT)
