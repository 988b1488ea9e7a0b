"""Child processes: brought back with growing pauses, and stopped with all that they started."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fsportal.management.processes import Child

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""


def child_of(*command: str) -> Child:
    return Child("test", [sys.executable, "-c", *command], on_start=lambda: None)


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[tuple[Child, Path]]:
    child = child_of(STUBBORN, str(tmp_path / "pid"))
    yield child, tmp_path / "pid"
    child.kill()


def pid_in(file: Path) -> int:
    while not file.exists() or not file.read_text():
        time.sleep(0.01)
    return int(file.read_text())


def test_who_does_not_stop_when_asked_is_killed_with_its_children(stubborn: tuple[Child, Path]) -> None:
    child, file = stubborn
    child.start()
    grandchild = pid_in(file)
    began = time.monotonic()
    child.ask_to_stop()
    child.stop_by(began + 0.3)
    assert 0.3 <= time.monotonic() - began < 5
    deadline = time.monotonic() + 10
    while Path(f"/proc/{grandchild}/cmdline").exists() and Path(f"/proc/{grandchild}/cmdline").read_bytes():
        assert time.monotonic() < deadline


def test_one_that_ends_when_asked_is_not_waited_for_any_longer() -> None:
    child = child_of("import time; time.sleep(600)")
    child.start()
    child.ask_to_stop()
    began = time.monotonic()
    child.stop_by(began + 60)
    assert time.monotonic() - began < 30


def test_a_living_one_is_left_alone() -> None:
    child = child_of("import time; time.sleep(600)")
    child.start()
    first = child.pid
    assert not child.keep_alive()
    assert child.pid == first
    child.kill()


def test_one_that_dies_at_once_is_started_again_ever_later() -> None:
    starts: list[float] = []
    child = Child("test", [sys.executable, "-c", ""], on_start=lambda: starts.append(time.monotonic()))
    child.start()
    while len(starts) < 3:
        child.keep_alive()
        time.sleep(0.01)
    child.kill()
    first, second = starts[1] - starts[0], starts[2] - starts[1]
    assert 1.0 <= first < second
