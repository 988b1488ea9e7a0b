"""Sends HTTP requests at set times, whatever becomes of those before (an open loop), and tells how they went.

A program of its own, so that it does not wait for what it measures. Standard input: JSON with `port`, `seconds`,
`warm_up` (seconds that do not count) and `clients`, each with `kind`, `every` (seconds), `head` (the request's first
lines; of a page with {line} for the way that it has) and, of a tracker, `body` (who it is) and `route`. Standard
output: JSON, for each kind what `Tally` holds.

Connections are kept and used again, as a proxy in front of the product does. A wait is counted from the moment at
which the request should have been sent.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ANSWER_WITHIN = 30.0
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Tally:
    """What became of the requests of one kind: waits in milliseconds of the good answers, and what went wrong."""

    waits: list[float] = field(default_factory=list)
    #: The same by the ten seconds in which they were sent.
    slices: dict[int, list[float]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    octets: int = 0
    first: float = float("inf")
    last: float = 0.0

    def summary(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        waits = sorted(self.waits)
        at = {f"p{part}": waits[min(len(waits) * part // 100, len(waits) - 1)] if waits else 0 for part in (50, 95, 99)}
        asked = len(waits) + self.wrong.total()
        rate = len(waits) / max(self.last - self.first, 0.001)
        most = waits[-1] if waits else 0
        slices = [sorted(waits)[len(waits) * 95 // 100] for _place, waits in sorted(self.slices.items())]
        return {
            "slices": slices,
            "asked": asked,
            "wrong": dict(self.wrong),
            "rate": rate,
            "octets": self.octets,
            "most": most,
            **at,
        }


class Connections:
    """Connections to one port of this machine, kept while they last."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []
        self.opened = self.again = 0

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body of the answer; where the server has ended a kept connection, on a new one."""
        kept = self._kept()
        if kept is not None:
            try:
                return await self._on(kept, request)
            except (ConnectionError, asyncio.IncompleteReadError) as error:
                if getattr(error, "partial", b""):
                    raise
                self.again += 1
        self.opened += 1
        return await self._on(await asyncio.open_connection("127.0.0.1", self._port), request)

    async def _on(self, connection: Connection, request: bytes) -> tuple[int, bytes]:
        reader, writer = connection
        writer.write(request)
        status, length, closes = await self._head(reader)
        body = await reader.readexactly(length)
        if closes:
            writer.close()
        else:
            self._idle.append(connection)
        return status, body

    def _kept(self) -> Connection | None:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return None

    @staticmethod
    async def _head(reader: asyncio.StreamReader) -> tuple[int, int, bool]:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines[1:])}
        closes = headers.get("connection", "").lower() == "close"
        return int(lines[0].split()[1]), int(headers.get("content-length", 0)), closes


class Client:
    """One tracker or one open page, which asks again and again."""

    def __init__(self, client: dict[str, Any]) -> None:
        self.kind: str = client["kind"]
        self.every: float = client["every"]
        self._head: str = client["head"]
        self._body: str = client.get("body", "")
        self._route: list[list[float]] = client.get("route", [])
        self._times = 0
        self._line = ""

    def request(self) -> bytes:
        """Return the next request: a page says which way it has, a tracker where it is."""
        if not self._route:
            return self._head.format(line=self._line).encode()
        latitude, longitude = self._route[self._times % len(self._route)]
        self._times += 1
        body = f"{self._body}&lat={latitude}&lon={longitude}&timestamp={int(time.time())}&accuracy=8"
        kind = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        return f"{self._head}{kind}{body}".encode()

    def fault(self, status: int, body: bytes) -> str:
        """Return what is wrong with an answer, or ""; a page remembers the way that came with it."""
        if status != 200:
            return str(status)
        if self.kind != "page":
            return ""
        said = json.loads(body)
        self._line = said.get("line_stamp", self._line)
        return "" if said.get("position") else "no position"


def timetable(clients: list[Client], seconds: float) -> Iterator[tuple[float, Client]]:
    """Return when who asks, evenly spread over each interval, in order."""
    groups: dict[str, list[Client]] = {}
    for client in clients:
        groups.setdefault(client.kind, []).append(client)
    moments = []
    for same in groups.values():
        for place, client in enumerate(same):
            at = client.every * place / len(same)
            while at < seconds:
                moments.append((at, client))
                at += client.every
    return iter(sorted(moments, key=lambda moment: moment[0]))


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    clients = [Client(client) for client in plan["clients"]]
    tallies = {client.kind: Tally() for client in clients}
    connections = Connections(plan["port"])
    began = time.perf_counter() + 0.5
    tasks = set()

    async def one(client: Client, due: float) -> None:
        try:
            status, body = await asyncio.wait_for(connections.ask(client.request()), ANSWER_WITHIN)
            fault = client.fault(status, body)
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            fault, body = type(error).__name__, b""
        now = time.perf_counter() - began
        if due < plan["warm_up"]:
            return
        tally = tallies[client.kind]
        tally.first, tally.last = min(tally.first, due), max(tally.last, now)
        tally.octets += len(body)
        if fault:
            tally.wrong[fault] += 1
        else:
            tally.waits.append(1000 * (now - due))
            tally.slices.setdefault(int((due - plan["warm_up"]) // 10), []).append(1000 * (now - due))

    late = 0.0
    for due, client in timetable(clients, plan["warm_up"] + plan["seconds"]):
        wait = began + due - time.perf_counter()
        late = max(late, -wait)
        if wait > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(client, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    found = {kind: tally.summary() for kind, tally in tallies.items()}
    return {
        "kinds": found,
        "late": late,
        "opened": connections.opened,
        "again": connections.again,
        "cpu": time.process_time(),
    }


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.load(sys.stdin))), sys.stdout)
