"""F3: the database goes away for a moment, again and again, while messages go out and customers look."""

import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg

from tests.faults import promise
from tests.servers import SmtpSink, TwilioServer
from tests.test_start import Started, eventually


@contextmanager
def away(database_url: str) -> Iterator[None]:
    """Take the database away: PostgreSQL ends all its connections and takes no new one; SQLite is locked."""
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(promise.sqlite_path(database_url), timeout=30)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.rollback()
        return
    name = urlsplit(database_url).path[1:]
    with psycopg.connect(urlsplit(database_url)._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())


def page(web: Started) -> tuple[int, str, str]:
    """Return status, Retry-After and the words of the first page, as a German browser sees it."""
    headers = {"Accept": "text/html", "Accept-Language": "de"}
    request = urllib.request.Request(f"http://127.0.0.1:{web.port}/", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, "", answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Retry-After"] or "", error.read().decode()


def is_postgresql(database_url: str) -> bool:
    return not database_url.startswith("sqlite")


def test_what_is_on_its_way_is_recorded_and_the_rest_follows_when_the_database_is_back(
    start: Callable[..., Started], database_url: str, size: Callable[[int, int], int]
) -> None:
    times, each = size(2, 10), size(20, 120)
    with SmtpSink() as smtp, TwilioServer() as twilio:
        smtp.delay = twilio.delay = 0.05
        portal = start(DELIVERY_MODE="live", EMAIL_URL=smtp.url, SMS_URL=twilio.sms_url)
        portal.wait_until_ready()
        seeded = portal.run("-m", "tests.faults.company", str(each * (times + 1)))
        assert seeded.returncode == 0, seeded.stderr

        def received() -> int:
            return len(smtp.messages) + len(twilio.messages)

        for _ in range(times):
            enough = min(received() + each, 2 * each * (times + 1))
            eventually(lambda enough=enough: received() >= enough, "it delivers")  # type: ignore[misc]
            with away(database_url):
                if is_postgresql(database_url):
                    status, again_in, words = page(portal)
                    assert (status, again_in) == (503, "10")
                    assert "Wir sind gleich wieder da" in words
                time.sleep(1)  # the length of the outage
            eventually(lambda: page(portal)[0] == 200, "the pages are back")
        eventually(lambda: promise.has_ended(database_url), "nothing is left to do")
        family = portal.lines
    outbox = promise.rows(database_url)
    assert len(outbox) == 2 * each * (times + 1)
    copies = len(smtp.messages) - len({mail["Message-ID"] for mail in smtp.messages})
    print(f"{times} outages, {len(outbox)} messages, {copies} copies: {dict(promise.states(database_url))}")
    print("\n".join(family))
    # No process died, so nothing was cut off: what went out is recorded late, and not once more.
    promise.check(outbox, smtp.messages, twilio.messages, crashes=0)
