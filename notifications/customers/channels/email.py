"""Email through Django's mail backends: SMTP, or a provider by anymail. One connection, kept open."""

import smtplib
import ssl
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.dummy import EmailBackend as DummyBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend

from notifications.customers.channels import mime
from notifications.customers.channels.base import Acceptance, DeliveryError, EmailMessage, NotConnectedBackend
from notifications.customers.channels.status_codes import status_in

#: The one answer that speaks of the server instead of the message (RFC 5321, section 4.2.3).
SERVICE_NOT_AVAILABLE = 421
# What requests and urllib3 (anymail) call a connection that never began.
NEVER_CONNECTED = {"ConnectTimeout", "ConnectTimeoutError", "NewConnectionError", "NameResolutionError", "SSLError"}


class StagedSMTP(smtplib.SMTP):
    """An SMTP session that remembers whether it broke while the content of a message was being sent.

    Only then may the server have accepted it. An answer settles the question, if it is one: smtplib takes a line
    without a code for the code -1.
    """

    content_begun = False

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.content_begun = True
        try:
            answer = super().data(msg)
        except smtplib.SMTPDataError:
            self.content_begun = False
            raise
        self.content_begun = answer[0] < 0
        return answer


class StagedSMTPS(StagedSMTP, smtplib.SMTP_SSL):
    """The same over implicit TLS."""


class StagedSmtpBackend(SmtpBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return StagedSMTPS if self.use_ssl else StagedSMTP

    @property
    def content_begun(self) -> bool:
        """Whether the last message may have been accepted when the conversation broke off."""
        return isinstance(self.connection, StagedSMTP) and self.connection.content_begun

    def send_written(self, mail: mime.Written) -> None:
        """Send a message over the open connection."""
        assert self.connection is not None
        self.connection.sendmail(mail.sender, [mail.recipient], mail.content)


class EmailBackend:
    """Sends emails over one connection, which the first one opens; it is opened again if the server hangs up."""

    def __init__(self) -> None:
        backend = get_connection()
        self._backend: BaseEmailBackend = StagedSmtpBackend() if type(backend) is SmtpBackend else backend
        self._connected = not isinstance(backend, DummyBackend)
        self._open = False
        self.described: str = settings.EMAIL.described
        self.name = "smtp" if isinstance(self._backend, StagedSmtpBackend) else "email"

    def send(self, message: EmailMessage) -> Acceptance:
        """Send one email; the id returned is the provider's own, or the Message-ID."""
        if not self._connected:
            NotConnectedBackend("EMAIL_URL").send(message)
        if isinstance(self._backend, StagedSmtpBackend):
            mail: mime.Written | EmailMultiAlternatives = mime.written(message)
        else:
            mail = mime.for_django(message, self._backend)
        was_open = self._open
        try:
            self._hand_over(mail)
        except smtplib.SMTPServerDisconnected as error:
            if self._may_be_accepted():
                raise self._failed(error) from error
            self.close()
            if not was_open:
                raise _smtp_error(error) from error
            # The server hung up between two messages (idle, restarted), so it accepted nothing of this one.
            self._hand_over_once_more(mail)
        except Exception as error:
            raise self._failed(error) from error
        return Acceptance(self.name, _provider_id(mail) or mime.message_id(message))

    def _hand_over(self, mail: mime.Written | EmailMultiAlternatives) -> None:
        self._backend.open()
        self._open = True
        if isinstance(self._backend, StagedSmtpBackend) and isinstance(mail, mime.Written):
            self._backend.send_written(mail)
        elif isinstance(mail, EmailMultiAlternatives):
            self._backend.send_messages([mail])

    def _hand_over_once_more(self, mail: mime.Written | EmailMultiAlternatives) -> None:
        try:
            self._hand_over(mail)
        except Exception as error:
            raise self._failed(error) from error

    def _may_be_accepted(self) -> bool:
        return isinstance(self._backend, StagedSmtpBackend) and self._backend.content_begun

    def _failed(self, error: Exception) -> DeliveryError:
        """Return the DeliveryError for an error; closes the connection unless the server has answered in order."""
        failure = _uncertain_or_smtp(error, self._may_be_accepted(), isinstance(self._backend, StagedSmtpBackend))
        orderly = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
        if not isinstance(error, orderly):
            self.close()
        return failure

    def close(self) -> None:
        self._open = False
        with suppress(OSError):
            self._backend.close()


def _provider_id(mail: mime.Written | EmailMultiAlternatives) -> str:
    # Set by anymail, and only by it.
    return str(getattr(getattr(mail, "anymail_status", None), "message_id", None) or "")


# --- What went wrong ------------------------------------------------------------------------------------------------
def _uncertain_or_smtp(error: Exception, content_begun: bool, smtp: bool) -> DeliveryError:
    if content_begun:
        return DeliveryError("no_answer", "the connection broke while the message was handed over", uncertain=True)
    if smtp or isinstance(error, smtplib.SMTPException | ConnectionRefusedError):
        return _smtp_error(error)
    return _provider_error(error)


def _smtp_error(error: Exception) -> DeliveryError:
    """Map an error of a session in which no content was accepted."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return _refusal("recipient_refused", code, answer, final=code >= 500)
    if isinstance(error, smtplib.SMTPDataError):
        return _refusal("content_refused", error.smtp_code, error.smtp_error, final=error.smtp_code >= 500)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return DeliveryError("login_refused", f"the mail server answered {error.smtp_code}; check EMAIL_URL")
    if isinstance(error, smtplib.SMTPSenderRefused):
        # The fault of EMAIL_FROM or of the login, not of the recipient: an admin may fix it in time.
        return _refusal("sender_refused", error.smtp_code, error.smtp_error, final=False)
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        return DeliveryError("tls_failed", "no secure connection to the mail server; check EMAIL_URL and certificate")
    if isinstance(error, OSError):
        return DeliveryError("unreachable", f"no conversation with the mail server ({type(error).__name__})")
    # Django refuses what is not allowed in a header or an envelope.
    return DeliveryError("not_writable", f"the message could not be built ({type(error).__name__})", permanent=True)


def _refusal(reason: str, code: int, answer: bytes | str, *, final: bool) -> DeliveryError:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    if code == SERVICE_NOT_AVAILABLE:
        return DeliveryError("busy", f"{code} {text}")
    status = status_in(text) if final and reason == "recipient_refused" else ""
    return DeliveryError(
        reason if final or code >= 500 else "deferred", f"{code} {text}", permanent=final, status=status
    )


def _provider_error(error: Exception) -> DeliveryError:
    """Map an error of an HTTP mail provider (anymail), without importing the optional extra."""
    status = getattr(error, "status_code", None)
    name = type(error).__name__
    if name in ("AnymailRecipientsRefused", "AnymailInvalidAddress"):
        return DeliveryError("recipient_refused", "the mail provider refused the address", permanent=True)
    if status is None:
        detail = f"the mail provider failed ({name})"
        if _names_in_chain(error) & NEVER_CONNECTED:
            return DeliveryError("unreachable", detail)
        return DeliveryError("no_answer", detail, uncertain=True)
    detail = f"the mail provider answered {status}"
    if status in (429, 503):
        return DeliveryError("busy", detail)
    if status in (401, 403, 404):
        return DeliveryError("login_refused", f"{detail}; check EMAIL_URL")
    if status >= 500:
        return DeliveryError("provider_error", detail, uncertain=True)
    return DeliveryError("refused", detail, permanent=True)


def _names_in_chain(error: BaseException | None) -> set[str]:
    """Return the class names of an error, its causes, and the errors it wraps as arguments (requests does that)."""
    names: set[str] = set()
    pending, seen = [error], set[int]()
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        names.add(type(current).__name__)
        pending += [current.__cause__, current.__context__, getattr(current, "reason", None)]
        pending += [argument for argument in current.args if isinstance(argument, BaseException)]
    return names
