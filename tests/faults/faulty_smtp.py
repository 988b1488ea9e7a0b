"""An SMTP server that fails at one stage of the conversation, in the way that a test asks for."""

import email
import email.policy
import socket
import threading
from email.message import EmailMessage
from types import TracebackType
from typing import BinaryIO, Self

#: The stages, in their order.
STAGES = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "content")
DROP, HANG, ACCEPT_AND_DROP = "drop", "hang", "accept and drop"
WELL = {
    "connect": "220 mail.test",
    "ehlo": "250 mail.test",
    "auth": "235 2.7.0 welcome",
    "mail": "250 2.1.0 OK",
    "rcpt": "250 2.1.5 OK",
    "data": "354 go on",
    "content": "250 2.0.0 OK",
}
#: The stage of each command.
COMMANDS = {"EHLO": "ehlo", "HELO": "ehlo", "AUTH": "auth", "MAIL": "mail", "RCPT": "rcpt", "DATA": "data"}


class _Over(Exception):
    """The conversation has ended."""


class FaultySmtp:
    """`faults` are what to do instead of answering well: an answer, DROP, HANG, or after the content ACCEPT_AND_DROP.

    `messages` are those that it accepted, whether or not it said so. With `asks_login` it wants a user and a password.
    """

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.messages: list[EmailMessage] = []
        self.asks_login = False
        self._released = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._serve, daemon=True)]

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._listener.getsockname()[1]
        return port

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:  # closed
                return
            thread = threading.Thread(target=self._converse, args=[client], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _converse(self, client: socket.socket) -> None:
        client.settimeout(30)
        try:
            with client, client.makefile("rb") as lines:
                self._say(client, "connect")
                while line := lines.readline():
                    self._heed(client, line.decode("ascii", "replace").strip().upper()[:4])
                    if line[:4].upper() == b"DATA" and not self._fails("data"):
                        self._take(client, self._content(lines))
        except (OSError, _Over):
            pass

    def _fails(self, stage: str) -> bool:
        return stage in self.faults

    def _heed(self, client: socket.socket, command: str) -> None:
        if command == "QUIT":
            client.sendall(b"221 2.0.0 bye\r\n")
            raise _Over
        if command == "EHLO" and self.asks_login and not self._fails("ehlo"):
            client.sendall(b"250-mail.test\r\n250 AUTH PLAIN\r\n")
        elif command in COMMANDS:
            self._say(client, COMMANDS[command])
        else:
            client.sendall(b"250 2.0.0 OK\r\n")

    def _content(self, lines: BinaryIO) -> bytes:
        content = b""
        while (line := lines.readline()) != b".\r\n":
            if not line:
                raise _Over
            content += line.removeprefix(b".")
        return content

    def _take(self, client: socket.socket, content: bytes) -> None:
        if self.faults.get("content") in (None, ACCEPT_AND_DROP):
            self.messages.append(email.message_from_bytes(content, policy=email.policy.default))
        self._say(client, "content")

    def _say(self, client: socket.socket, stage: str) -> None:
        answer = self.faults.get(stage, WELL[stage])
        if answer in (DROP, ACCEPT_AND_DROP):
            raise _Over
        if answer == HANG:
            self._released.wait(30)
            raise _Over
        client.sendall(f"{answer}\r\n".encode())
