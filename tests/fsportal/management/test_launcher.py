"""The launcher's judgement: which child is restarted, what does not end it, and what it asks of gunicorn."""

import time
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from fsportal.management import launcher, web_server
from fsportal.management.processes import Child, Pulse

# Outside a transaction: the launcher closes its connections before it forks a child.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:.*multi-threaded")]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watched(said: list[str]) -> Iterator[Child]:
    """Return a running child that never beats its pulse, of a launcher that does not know it yet."""
    child = Child("worker", lambda pulse: time.sleep(600), silent_after=10)
    child.start()
    yield child
    child.kill()


def look_after(child: Child, said: list[str]) -> None:
    launcher.Launcher(port=None, worker=False, say=said.append)._look_after(child)


def test_a_child_that_hangs_is_killed_to_be_started_again(
    watched: Child, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pulse, "age", lambda pulse: 9.0)
    look_after(watched, said)
    assert (said, watched.pid is not None) == ([], True)
    monkeypatch.setattr(Pulse, "age", lambda pulse: 11.0)
    look_after(watched, said)
    assert said[0] == "The worker no longer went on and is being restarted."


def test_no_error_of_its_own_ends_the_launcher(
    watched: Child, said: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr("os.fork", fail)
    watched.kill()
    look_after(watched, said)
    assert "The worker could not be looked after" in caplog.text
    monkeypatch.undo()
    watched._not_before = 0.0
    look_after(watched, said)
    assert said == ["The worker had died and was started again."]


def test_the_web_server_keeps_no_log_of_addresses() -> None:
    assert not any("access" in name for name in web_server.options(3))


def test_the_web_server_takes_addresses_as_long_as_a_filter_may_be() -> None:
    assert web_server.options(3)["limit_request_line"] == 8190


def test_the_address_is_one_that_a_browser_can_open(settings: Settings) -> None:
    settings.PORT = 8123
    for host, address in {
        "127.0.0.1": "http://127.0.0.1:8123/",
        "0.0.0.0": "http://127.0.0.1:8123/",
        "::": "http://[::1]:8123/",
        "portal.example.com": "http://portal.example.com:8123/",
    }.items():
        settings.HOST = host
        assert web_server.address() == address
