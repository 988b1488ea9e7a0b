"""F7: the cache refuses, hangs, is emptied, or its table is gone. Everything goes on, slower."""

import signal
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.faults.product import answers, execute, kill, pids, queue_reminders, states
from tests.test_start import Started, eventually

SETTING_OFF = "import django; django.setup(); from bookings.models import Booking; Booking.objects.get().travel()"


@pytest.fixture
def hanging() -> Iterator[str]:
    """Return the URL of a Redis that accepts connections and says nothing."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(200)
        yield f"redis://127.0.0.1:{silent.getsockname()[1]}/0"


def goes_on(portal: Started, database_url: str) -> None:
    """Deliver, restart every child, deliver again, and stop in time."""
    queue_reminders(portal, 1)
    eventually(lambda: states(database_url) == {"simulated": 2}, "messages are delivered", within=30)
    for name, words in (("worker", "qcluster"), ("delivery", "fsportal: delivery"), ("web", "gunicorn")):
        kill(pids(portal, words)[0])
        eventually(lambda name=name: portal.says(f"The {name} had died and was started again."), f"{name} is back")  # type: ignore[misc]
    assert portal.process.poll() is None
    eventually(lambda: answers(portal, "/health/live")[0] == 200, "the web answers")
    eventually(lambda: answers(portal, "/accounts/login/")[0] == 200, "pages do")
    setting_off = portal.run("-c", SETTING_OFF)
    assert setting_off.returncode == 0, setting_off.stderr
    eventually(lambda: states(database_url) == {"simulated": 4}, "messages are delivered again", within=30)
    assert not portal.says("Traceback")
    assert portal.stop(signal.SIGTERM) < 10


def test_with_a_cache_that_refuses(start: Callable[..., Started], database_url: str) -> None:
    portal = start(CACHE_URL="redis://127.0.0.1:1/0")
    portal.wait_until_ready()
    told = 503, "The cache does not answer (ConnectionError).\n"
    eventually(lambda: answers(portal) == told, "nothing but the cache is missing")
    goes_on(portal, database_url)


def test_with_a_cache_that_hangs(start: Callable[..., Started], database_url: str, hanging: str) -> None:
    portal = start(CACHE_URL=hanging)
    portal.wait_until_ready()
    told = 503, "The cache does not answer (TimeoutError).\n"
    eventually(lambda: answers(portal) == told, "nothing but the cache is missing")
    goes_on(portal, database_url)


def test_with_a_cache_that_is_emptied_and_then_gone(start: Callable[..., Started], database_url: str) -> None:
    portal = start()
    portal.wait_until_ready()
    eventually(lambda: answers(portal)[0] == 200, "all is well")
    execute(database_url, "DELETE FROM fsportal_cache")
    assert answers(portal)[0] == 200
    execute(database_url, "DROP TABLE fsportal_cache")
    eventually(lambda: "cache" in answers(portal)[1], "health says so")
    goes_on(portal, database_url)
