"""The mailbox to which email comes back, by IMAP (RFC 9051).

Unread mail is looked at once. A report on a message of ours is marked as read when it has been applied; anything else
stays as it is, for people. One run reads a bounded number of mails, the beginning of each, in bounded time.
"""

import datetime as dt
import hashlib
import imaplib
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any

from django.utils import timezone

from fsportal.conf.mail_reports import MailboxConfig
from notifications.customers.receipts.applying import note_receipt
from notifications.customers.receipts.returned_mail import is_status_report, receipts_in
from notifications.customers.side_tasks import DATABASE_AWAY
from notifications.models import ReportSource

logger = logging.getLogger(__name__)

#: Mails of one run.
MOST = 200
#: Bytes of a mail that are read: the report comes before the message that it returns.
BEGINNING = 256 * 1024
#: Seconds: for each answer, and for a whole run, after which the connection is cut.
ANSWER_WITHIN, RUN_WITHIN = 10.0, 20.0
#: How long a mailbox that could not be read is left alone: other tasks wait meanwhile.
PAUSE = dt.timedelta(minutes=10)


class MailboxProblem(Exception):
    """The server refuses something; the text says what, and holds nothing of what it said."""


@dataclass(frozen=True)
class MailboxRun:
    """How a run went."""

    looked_at: int = 0
    reports: int = 0


class Cutter:
    """Cuts a connection after some time, however slowly the server drips its answers."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def watch(self, connection: socket.socket) -> None:
        self.stop()
        self._timer = threading.Timer(RUN_WITHIN, _cut, [connection])
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class BoundedIMAP4(imaplib.IMAP4):
    def __init__(self, config: MailboxConfig, cutter: Cutter) -> None:
        self._cutter = cutter
        super().__init__(config.host, config.port, timeout=ANSWER_WITHIN)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Begin to watch before the server's first word."""
        super().open(*args, **kwargs)
        self._cutter.watch(self.sock)


class BoundedIMAP4OverTLS(imaplib.IMAP4_SSL):
    def __init__(self, config: MailboxConfig, cutter: Cutter) -> None:
        self._cutter = cutter
        context = ssl.create_default_context()
        super().__init__(config.host, config.port, ssl_context=context, timeout=ANSWER_WITHIN)

    def open(self, *args: Any, **kwargs: Any) -> None:
        """Begin to watch before the server's first word."""
        super().open(*args, **kwargs)
        self._cutter.watch(self.sock)


@contextmanager
def connected(config: MailboxConfig) -> Iterator[imaplib.IMAP4]:
    """Sign in and open the folder; `doctor` does no more than that.

    Raises MailboxProblem, OSError or imaplib's errors.
    """
    cutter = Cutter()
    imap: imaplib.IMAP4 | None = None
    try:
        imap = BoundedIMAP4OverTLS(config, cutter) if config.scheme == "imaps" else BoundedIMAP4(config, cutter)
        if config.scheme == "imap+tls":
            imap.starttls(ssl.create_default_context())
            cutter.watch(imap.sock)
        _sign_in(imap, config)
        if imap.select(f'"{config.folder}"')[0] != "OK":
            raise MailboxProblem("the folder in BOUNCES_URL cannot be opened")
        yield imap
        with suppress(OSError, imaplib.IMAP4.error):
            imap.logout()
    finally:
        cutter.stop()
        if imap is not None:
            with suppress(OSError):
                imap.shutdown()


def _sign_in(imap: imaplib.IMAP4, config: MailboxConfig) -> None:
    try:
        if "AUTH=PLAIN" in imap.capabilities:
            imap.authenticate("PLAIN", lambda _challenge: f"\0{config.user}\0{config.password}".encode())
        else:
            imap.login(f'"{config.user}"', config.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        # Its text may repeat what was sent.
        raise MailboxProblem("user or password in BOUNCES_URL is refused") from None


def is_paused(now: dt.datetime) -> bool:
    """Tell whether the last run failed a short while ago."""
    failed = ReportSource.objects.filter(kind=ReportSource.Kind.MAILBOX).exclude(problem="")
    # A time ahead of us was written before the clock was set back.
    return failed.filter(looked_at__gt=now - PAUSE, looked_at__lte=now).exists()


def read(config: MailboxConfig) -> MailboxRun:
    """Read what is new, and note how that went. Raises only what the database raises."""
    source, _is_new = ReportSource.objects.get_or_create(kind=ReportSource.Kind.MAILBOX)
    found, problem = MailboxRun(), ""
    try:
        with connected(config) as imap:
            found = _read_new(imap, source, config)
    except (MailboxProblem, OSError, imaplib.IMAP4.error) as error:
        problem = str(error) if isinstance(error, MailboxProblem) else f"no conversation ({type(error).__name__})"
        logger.warning("The mailbox of BOUNCES_URL could not be read: %s", problem)
    source.looked_at, source.problem = timezone.now(), problem
    source.save(update_fields=["looked_at", "problem"])
    return found


def _read_new(imap: imaplib.IMAP4, source: ReportSource, config: MailboxConfig) -> MailboxRun:
    _begin_afresh_if_another(imap, source, config)
    new = _unread(imap, source.read_to)[:MOST]
    reports = 0
    for uid, head in _heads(imap, new):
        if _is_report_of_ours(imap, uid, head):
            reports += 1
        source.read_to = max(source.read_to, uid)
        source.save(update_fields=["read_to"])
    if reports:
        ReportSource.heard(ReportSource.Kind.MAILBOX, timezone.now())
    return MailboxRun(len(new), reports)


def _begin_afresh_if_another(imap: imaplib.IMAP4, source: ReportSource, config: MailboxConfig) -> None:
    _name, validity = imap.response("UIDVALIDITY")
    text = f"{config.user}@{config.described} {validity}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    if source.read_of != digest:
        source.read_of, source.read_to = digest, 0
        source.save(update_fields=["read_of", "read_to"])


def _unread(imap: imaplib.IMAP4, read_to: int) -> list[int]:
    answer = _ok(imap.uid("SEARCH", "UNSEEN", "UID", f"{read_to + 1}:*"))
    # "*" is the last one, even if its UID is lower (RFC 9051, 6.4.4).
    return sorted(uid for part in answer if part for uid in map(int, part.split()) if uid > read_to)


def _heads(imap: imaplib.IMAP4, uids: list[int]) -> list[tuple[int, bytes]]:
    """Return the Content-Type of each mail, the oldest first; one that has gone meanwhile is left out."""
    if not uids:
        return []
    asked = "(UID BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)])"
    answer = _ok(imap.uid("FETCH", ",".join(map(str, uids)), asked))
    found = {uid: literal for described, literal in _literals(answer) if (uid := _uid_in(described)) is not None}
    return [(uid, found[uid]) for uid in uids if uid in found]


def _is_report_of_ours(imap: imaplib.IMAP4, uid: int, head: bytes) -> bool:
    """Handle one mail; one that breaks the parser stays as it is, for people. Anybody can send one."""
    try:
        return is_status_report(message_from_bytes(head)) and _handled(imap, uid)
    except (MailboxProblem, OSError, imaplib.IMAP4.error, *DATABASE_AWAY):
        raise
    except Exception as error:  # noqa: BLE001 (a parser of strangers' mail raises anything, RecursionError too)
        logger.warning("A mail in the mailbox of BOUNCES_URL could not be read (%s)", type(error).__name__)
        return False


def _handled(imap: imaplib.IMAP4, uid: int) -> bool:
    """Apply a report and mark it as read; returns whether it was about a message of ours."""
    answer = _ok(imap.uid("FETCH", str(uid), f"(UID BODY.PEEK[]<0.{BEGINNING}>)"))
    receipts = [receipt for _described, literal in _literals(answer) for receipt in receipts_in(literal)]
    is_ours = [note_receipt(receipt) for receipt in receipts]
    if not any(is_ours):
        return False
    imap.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
    return True


def _literals(answer: list[Any]) -> Iterator[tuple[bytes, bytes]]:
    """Yield what is before each literal of an answer, and the literal."""
    yield from (part for part in answer if isinstance(part, tuple))


def _uid_in(described: bytes) -> int | None:
    words = described.upper().replace(b"(", b" ").split()
    return int(words[words.index(b"UID") + 1]) if b"UID" in words else None


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    if answer[0] != "OK":
        raise MailboxProblem("the mail server refuses to search or to show mail")
    return answer[1]
