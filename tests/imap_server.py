"""An IMAP server on this machine for tests: as much of RFC 9051 as reading a mailbox takes.

with ImapServer() as imap:
    imap.deliver(b"From: …")
    settings.BOUNCES = mailbox_config(imap.url)
"""

import re
import socketserver
import threading
from dataclasses import dataclass
from email import message_from_bytes
from types import TracebackType
from typing import Self

USER, PASSWORD = "bounces", "mail-pass word"


@dataclass
class Mail:
    uid: int
    raw: bytes
    is_seen: bool = False


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    kept: "ImapServer"


class _Conversation(socketserver.StreamRequestHandler):
    @property
    def kept(self) -> "ImapServer":
        assert isinstance(self.server, _Tcp)
        return self.server.kept

    def say(self, text: str | bytes) -> None:
        self.wfile.write((text.encode() if isinstance(text, str) else text) + b"\r\n")

    def handle(self) -> None:
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _space, command = line.partition(" ")
            self.kept.commands.append(command.partition(" ")[0] if "LOGIN" in command else command)
            if self.kept.drips:
                self._drip()
                return
            if not self._answer(tag, command):
                return

    def _drip(self) -> None:
        try:
            while not self.kept.released.wait(0.02):
                self.wfile.write(b"*")
        except OSError:
            pass  # the client has hung up

    def _answer(self, tag: str, command: str) -> bool:
        name, _space, rest = command.partition(" ")
        if name == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif name == "LOGIN" and rest != f'"{USER}" "{PASSWORD}"':
            self.say(f"{tag} NO who is {rest}?")
            return True
        elif name == "SELECT":
            self.say(f"* {len(self.kept.mails)} EXISTS")
            self.say("* OK [UIDVALIDITY 7] fine")
        elif name == "UID":
            self._uid(rest)
        self.say(f"{tag} OK done")
        return name != "LOGOUT"

    def _uid(self, command: str) -> None:
        name, _space, rest = command.partition(" ")
        if name == "SEARCH":
            first = int(rest.removeprefix("UNSEEN UID ").removesuffix(":*"))
            # "*" is the last one, even if its UID is lower.
            last = self.kept.mails[-1].uid if self.kept.mails else 0
            found = [mail.uid for mail in self.kept.mails if not mail.is_seen and mail.uid >= min(first, last)]
            self.say(" ".join(["* SEARCH", *map(str, found)]))
            return
        uids = {int(uid) for uid in rest.partition(" ")[0].split(",")}
        for number, mail in enumerate(self.kept.mails, start=1):
            if mail.uid in uids:
                self._one(name, number, mail, rest)

    def _one(self, name: str, number: int, mail: Mail, rest: str) -> None:
        if name == "STORE":
            mail.is_seen = True
            return
        if "HEADER.FIELDS" in rest:
            kind = message_from_bytes(re.split(rb"\r?\n\r?\n", mail.raw)[0])["Content-Type"]
            literal, what = f"Content-Type: {kind}\r\n\r\n".encode(), "BODY[HEADER.FIELDS (CONTENT-TYPE)]"
        else:
            most = int(re.findall(r"<0\.(\d+)>", rest)[0])
            literal, what = mail.raw[:most], "BODY[]<0>"
        self.say(f"* {number} FETCH (UID {mail.uid} {what} {{{len(literal)}}}".encode())
        self.wfile.write(literal)
        self.say(")")


class ImapServer:
    """Keeps `mails`; `commands` are those that it got. If `drips`, it never ends an answer but never falls silent."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.commands: list[str] = []
        self.drips = False
        self.released = threading.Event()
        self._tcp = _Tcp(("127.0.0.1", 0), _Conversation)
        self._tcp.kept = self
        self._thread = threading.Thread(target=self._tcp.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"imap://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self._tcp.server_address[1]}/INBOX"

    def deliver(self, raw: bytes) -> Mail:
        mail = Mail(len(self.mails) + 1, raw)
        self.mails.append(mail)
        return mail

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._tcp.shutdown()
        self._tcp.server_close()
        self._thread.join(5)
