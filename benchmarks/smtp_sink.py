"""An SMTP server for benchmarks: accepts everything after a pause, keeps nothing, and costs next to no processor time.

    smtp_sink.py MILLISECONDS

Prints its port, and ends with its standard input.
"""

import asyncio
import sys


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


async def main(pause: float) -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Conversation(pause), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) / 1000))
