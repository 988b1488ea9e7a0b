"""Child processes: brought back with growing pauses, and stopped with all that they started."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from fsportal.management import processes
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


def test_one_that_dies_at_once_is_started_again_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now, pauses = 0.0, []
    monkeypatch.setattr(processes, "time", SimpleNamespace(monotonic=lambda: now))
    child = child_of("")
    child.start()
    for _death in range(3):
        while not child.has_ended():
            time.sleep(0.01)
        died_at = now
        while not child.keep_alive():
            now += 0.125
        pauses.append(now - died_at)
    child.kill()
    assert 1.0 <= pauses[0] < pauses[1] < pauses[2]
