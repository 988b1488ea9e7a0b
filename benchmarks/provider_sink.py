"""A mail server and an SMS provider for benchmarks: they accept everything after a pause, and keep nothing.

They cost next to no processor time, unlike the servers of the tests.

    provider_sink.py smtp|twilio MILLISECONDS

Prints its port, and ends with its standard input.
"""

import asyncio
import sys
import uuid


class Conversation(asyncio.Protocol):
    """One client. The pause comes after the content, where a mail server checks and stores the message."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.received = b""
        self.in_content = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.received += data
        while self.received:
            end = b"\r\n.\r\n" if self.in_content else b"\r\n"
            head, found, rest = self.received.partition(end)
            if not found:
                return
            self.received = rest
            if self.in_content:
                self.in_content = False
                asyncio.get_running_loop().call_later(self.pause, self.accept)
            else:
                self.answer(head[:4].upper())

    def answer(self, command: bytes) -> None:
        self.in_content = command == b"DATA"
        answers = {b"DATA": b"354 go on\r\n", b"EHLO": b"250-sink\r\n250 8BITMIME\r\n", b"QUIT": b"221 bye\r\n"}
        self.transport.write(answers.get(command, b"250 ok\r\n"))
        if command == b"QUIT":
            self.transport.close()

    def accept(self) -> None:
        self.transport.write(b"250 ok\r\n")


class Twilio(asyncio.Protocol):
    """One client of the Messages API (https://www.twilio.com/docs/messaging/api), which posts one form at a time."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if found and length and len(body) >= int(length[0].partition(b":")[2]):
            self.received = b""
            asyncio.get_running_loop().call_later(self.pause, self.accept)

    def accept(self) -> None:
        body = b'{"sid": "SM%s", "status": "queued", "num_segments": "1"}' % uuid.uuid4().hex.encode()
        head = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)


async def main(protocol: type[Conversation] | type[Twilio], pause: float) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol(pause), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main({"smtp": Conversation, "twilio": Twilio}[sys.argv[1]], float(sys.argv[2]) / 1000))
