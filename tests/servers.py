"""Real servers on this machine for tests: an SMTP server, and an HTTP server that speaks Twilio's Messages API.

Both listen on a free port of 127.0.0.1 for as long as their `with` lasts:

    with SmtpSink() as smtp:
        settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", smtp.port
        ...
        assert smtp.messages[0]["Subject"] == "Your visit"

    with TwilioServer() as twilio:
        settings.SMS = sms_config(twilio.sms_url)
        ...
        assert twilio.messages[0]["To"] == "+442079460018"
"""

import asyncio
import base64
import email
import email.policy
import json
import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, quote

from aiosmtpd.smtp import SMTP, Envelope, Session

DROP = "drop"
# aiosmtpd tells every command; where a test fails, its own words should be on top.
logging.getLogger("mail.log").setLevel(logging.ERROR)


class _Conversation(SMTP):
    """aiosmtpd's, which has no hook for the DATA command before the content."""

    async def smtp_DATA(self, arg: str) -> None:
        if self.event_handler.data_command_answer:
            await self.push(self.event_handler.data_command_answer)
        else:
            await super().smtp_DATA(arg)


class SmtpSink:
    """An SMTP server that keeps what it accepts.

    `messages` are parsed, `envelopes` hold sender, recipients and raw content, `connections` counts clients.
    `rcpt_answer`, `data_command_answer` (instead of 354) and `data_answer` (after the content) are its answers, for
    example "550 5.1.1 no such user"; `data_answer = DROP` takes the whole content and hangs up without an answer.
    `delay` is how many seconds it takes to say that it has accepted a message.
    `hang_up()` ends every open connection, as an idle server does.
    """

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self.connections = 0
        self.rcpt_answer = self.data_command_answer = self.data_answer = ""
        self.delay = 0.0
        self._open: list[SMTP] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        """The server as EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def django_settings(self) -> dict[str, Any]:
        """The server as Django's settings, for `override_settings`."""
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": self.port,
            "EMAIL_TIMEOUT": 5,
        }

    def __enter__(self) -> Self:
        self._thread.start()
        serving = asyncio.run_coroutine_threadsafe(self._serve(), self._loop)
        self._server = serving.result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def _serve(self) -> asyncio.Server:
        return await self._loop.create_server(self._conversation, "127.0.0.1", 0)

    def _conversation(self) -> SMTP:
        self.connections += 1
        smtp = _Conversation(self, hostname="mail.test", enable_SMTPUTF8=False, loop=self._loop)
        self._open.append(smtp)
        return smtp

    def hang_up(self) -> None:
        """End every open connection, and return when that is done."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(5)

    async def _hang_up(self) -> None:
        for smtp in self._open:
            if smtp.transport is not None:
                smtp.transport.close()
        self._open.clear()

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if self.rcpt_answer:
            return self.rcpt_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Keep a message, or do with it what the test asks for."""
        if self.data_answer == DROP:
            if server.transport is not None:
                server.transport.close()
            return "250 OK"
        if self.data_answer:
            return self.data_answer
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.envelopes.append(envelope)
        self.messages.append(email.message_from_bytes(content, policy=email.policy.default))
        await asyncio.sleep(self.delay)
        return "250 OK"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hang_up()
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
            self._loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        self._loop.close()


@dataclass(frozen=True)
class Request:
    """One POST as it came in."""

    path: str
    headers: Mapping[str, str]
    form: dict[str, str]
    body: bytes = b""

    @property
    def login(self) -> tuple[str, str]:
        """User and password of basic authentication."""
        user, _colon, password = base64.b64decode(self.headers["Authorization"].split()[1]).decode().partition(":")
        return user, password


@dataclass(frozen=True)
class Answer:
    """What to answer. `drop` closes the connection without an answer, `hang` never answers while the server runs."""

    status: int = 201
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    drop: bool = False
    hang: bool = False


def twilio_error(status: int, code: int, message: str, **headers: str) -> Answer:
    """Return Twilio's documented error answer."""
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(status, {"code": code, "message": message, "more_info": more_info, "status": status}, headers)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that are gone: some tests kill them."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class TwilioServer:
    """An HTTP server that answers POSTs as Twilio's Messages API does, or as told.

    `requests` are all POSTs, `messages` the forms that were accepted (with the `sid` they got). `answers` are used up
    one a request; then `answer` while it is set; then the message is accepted. `account`, `token` must match. `delay`
    is how many seconds it takes to answer.
    """

    account, token, sender = "AC00000000000000000000000000000001", "test-token", "+15550100000"

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.messages: list[dict[str, str]] = []
        self.answers: deque[Answer] = deque()
        self.answer: Answer | None = None
        self.delay = 0.0
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._http = _QuietServer(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sms_url(self) -> str:
        """The server as SMS_URL."""
        return f"twilio://{self.account}:{self.token}@{quote(self.sender)}?base_url={self.url}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def respond(self, request: Request) -> Answer:
        """Note a request and choose the answer."""
        with self._lock:
            self.requests.append(request)
            chosen = self.answers.popleft() if self.answers else self.answer
            if chosen is None:
                chosen = self._as_twilio(request)
        if chosen.hang:
            self._released.wait(30)
        time.sleep(self.delay)
        return chosen

    def _as_twilio(self, request: Request) -> Answer:
        if "Authorization" not in request.headers or request.login != (self.account, self.token):
            return twilio_error(401, 20003, "Authenticate")
        if request.path != f"/2010-04-01/Accounts/{self.account}/Messages.json":
            return twilio_error(404, 20404, f"The requested resource {request.path} was not found")
        if not request.form.get("To", "").startswith("+"):
            return twilio_error(400, 21211, f"The 'To' number {request.form.get('To')} is not a valid phone number.")
        sid = f"SM{len(self.messages) + 1:032x}"
        self.messages.append({**request.form, "sid": sid})
        return Answer(201, {"sid": sid, "status": "queued", "num_segments": "1", "error_code": None})


def _handler_for(server: TwilioServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the standard library's name
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            answer = server.respond(Request(self.path, dict(self.headers), form, body))
            if answer.drop or answer.hang:
                self.close_connection = True
                return
            self._write(answer)

        def _write(self, answer: Answer) -> None:
            is_text = isinstance(answer.body, str)
            content = answer.body.encode() if is_text else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/html" if is_text else "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in answer.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the tests look at `requests`."""

    return Handler
