"""One question over HTTP with a hard time limit, whatever the other side does.

httpx's time-outs are per operation, and a look-up of a name has none at all: a server that sends a byte a second
never exceeds them. So the question is asked on an event loop in a thread of its own, where one time limit cancels
everything, and nobody waits for the thread any longer than that.
"""

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpx
from django.utils import timezone

from bookings.eta.base import RoutingError

#: TomTom's line of 500 kilometres is below, and reading so much takes a tenth of a second.
MOST_BYTES = 1_000_000
#: Compressed answers could grow without a limit when they are unpacked.
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}
#: After its time limit the loop still has to close the connection; a name server that hangs is not waited for.
GRACE = 0.05


@dataclass(frozen=True)
class Question:
    """What to ask: a GET with parameters, or a POST when there is a body."""

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    login: tuple[str, str] | None = None


@dataclass(frozen=True)
class Reply:
    """The status and the JSON object of an answer."""

    status: int
    data: dict[str, Any]


def ask(question: Question, within: float) -> Reply:
    """Return what the server answers, for a provider to judge; 200 and 4xx come with their JSON.

    Raises RoutingError after `within` seconds, without a connection, for 429, 3xx and 5xx, and if it is not JSON.
    """
    result: Future[Reply] = Future()
    threading.Thread(target=_run, args=(question, within, result), daemon=True, name="routing").start()
    try:
        return result.result(within + GRACE)
    except TimeoutError:
        raise RoutingError("did not answer in time") from None


def _run(question: Question, within: float, result: Future[Reply]) -> None:
    # Not asyncio.run: it would wait for the thread that looks up a name.
    loop = asyncio.new_event_loop()
    try:
        result.set_result(loop.run_until_complete(_ask(question, within)))
    except BaseException as error:  # noqa: BLE001  (raised where somebody waits for it)
        result.set_exception(error)
    finally:
        # Reading an answer that was too large leaves a generator open.
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _ask(question: Question, within: float) -> Reply:
    try:
        async with asyncio.timeout(within), _client() as client, _sent(client, question) as response:
            _refuse_busy_or_broken(response)
            return _reply(response.status_code, await _content(response))
    except TimeoutError:
        raise RoutingError("did not answer in time") from None
    except httpx.ConnectError:
        raise RoutingError("cannot be reached") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # The error's text may hold the address, and with it the key.
        raise RoutingError(f"broke off ({type(error).__name__})") from None


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(headers=HEADERS, timeout=None, verify=_certificates())  # noqa: S113  (asyncio.timeout)


def _sent(client: httpx.AsyncClient, question: Question) -> contextlib.AbstractAsyncContextManager[httpx.Response]:
    method = "GET" if question.body is None else "POST"
    return client.stream(
        method,
        question.url,
        params=dict(question.params) or None,
        headers=dict(question.headers),
        json=question.body,
        auth=question.login or httpx.USE_CLIENT_DEFAULT,
    )


@cache
def _certificates() -> ssl.SSLContext:
    """Return the trusted certificates, read once: reading them takes longer than many an answer."""
    return httpx.create_ssl_context()


async def _content(response: httpx.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > MOST_BYTES:
            raise RoutingError("sent too much")
    return bytes(content)


def _refuse_busy_or_broken(response: httpx.Response) -> None:
    status = response.status_code
    if status == 429:
        raise RoutingError("is over its quota (429)", retry_after=_retry_after(response))
    if status >= 500:
        raise RoutingError(f"is broken ({status})", retry_after=_retry_after(response))
    if status != 200 and not 400 <= status < 500:
        raise RoutingError(f"answered {status}; check its address")


def _retry_after(response: httpx.Response) -> float | None:
    """Return the seconds of `Retry-After` (seconds or a date, RFC 9110), at least one; None without a usable one."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdecimal() and len(value) < 8:
        return max(1.0, float(value))
    try:
        wait: float = (parsedate_to_datetime(value) - timezone.now()).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(1.0, wait)


def _reply(status: int, content: bytes) -> Reply:
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict):
        return Reply(status, data)
    if status != 200:
        return Reply(status, {})  # the status says enough
    raise RoutingError("sent no JSON" if data is None else "sent no JSON object")


def dig(data: Any, *names: str) -> Any:
    """Return the value under these nested names, or None."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def text(data: Any, name: str) -> str:
    """Return the text under this name, or an empty one."""
    value = dig(data, name)
    return value if isinstance(value, str) else ""
