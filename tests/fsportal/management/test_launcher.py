"""The launcher's judgement: when a worker that runs is taken to be dead, and what it asks of gunicorn."""

import datetime as dt
import sys
from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django import Settings

from fsportal.management import launcher
from fsportal.management.processes import Child
from fsportal.models import WorkerHeartbeat

# Outside a transaction: the launcher lets go of old connections, as it must when the database was restarted.
pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = 60.0


@pytest.fixture
def watched() -> Iterator[launcher.Launcher]:
    """Return a launcher whose worker runs and, as far as anybody can see, does nothing."""
    made = launcher.Launcher(web=False, worker=True, say=lambda line: None)
    made.worker = Child("worker", [sys.executable, "-c", "import time; time.sleep(600)"], on_start=lambda: None)
    made.worker.start()
    yield made
    made.worker.kill()


def heard(minutes: float) -> None:
    WorkerHeartbeat.objects.create(beat_at=timezone.now() - dt.timedelta(minutes=minutes))


def is_restarted(watched: launcher.Launcher, *, running_for: float) -> bool:
    assert watched.worker is not None
    watched.worker.started_at -= running_for
    watched._check_heartbeat()
    return watched.worker.pid is None


def test_a_worker_whose_heart_has_stopped_is_killed_to_be_started_again(watched: launcher.Launcher) -> None:
    heard(minutes=7)
    assert is_restarted(watched, running_for=7 * MINUTE)


def test_one_that_never_beat_is_killed_too(watched: launcher.Launcher) -> None:
    assert is_restarted(watched, running_for=7 * MINUTE)


def test_one_that_beats_is_left_alone(watched: launcher.Launcher) -> None:
    heard(minutes=5)
    assert not is_restarted(watched, running_for=60 * MINUTE)


def test_one_that_has_just_started_is_given_time(watched: launcher.Launcher) -> None:
    heard(minutes=24 * 60)
    assert not is_restarted(watched, running_for=5 * MINUTE)


def test_the_web_server_keeps_no_log_of_addresses(settings: Settings) -> None:
    settings.HOST, settings.PORT = "::1", 8123
    command = launcher.web_command()
    assert "[::1]:8123" in command
    assert not any("access" in word for word in command)


def test_the_web_server_takes_addresses_as_long_as_a_filter_may_be() -> None:
    command = launcher.web_command()
    assert command[command.index("--limit-request-line") + 1] == "8190"


def test_the_address_is_one_that_a_browser_can_open(settings: Settings) -> None:
    settings.PORT = 8123
    for host, address in {
        "127.0.0.1": "http://127.0.0.1:8123/",
        "0.0.0.0": "http://127.0.0.1:8123/",
        "::": "http://[::1]:8123/",
        "portal.example.com": "http://portal.example.com:8123/",
    }.items():
        settings.HOST = host
        assert launcher.address() == address
