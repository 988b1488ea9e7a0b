"""Child processes: brought back with growing pauses, and stopped with all that they started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from fsportal.management import processes
from fsportal.management.processes import Child, Lifeline, Pulse
from tests.test_start import eventually, is_alive

# A child is a fork of the test's own process, which has threads if there are several workers.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore:.*multi-threaded")]


def sleep(pulse: Pulse) -> None:
    time.sleep(600)


def do_nothing(pulse: Pulse) -> None: ...


def stay_with_a_child(pid_file: Path) -> None:
    """Heed no SIGTERM, and have a child."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pid_file.write_text(str(child.pid))
    time.sleep(600)


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[tuple[Child, Path]]:
    file = tmp_path / "pid"
    child = Child("test", lambda pulse: stay_with_a_child(file))
    yield child, file
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
    child = Child("test", sleep)
    child.start()
    child.ask_to_stop()
    began = time.monotonic()
    child.stop_by(began + 60)
    assert time.monotonic() - began < 30


def test_a_living_one_is_left_alone() -> None:
    child = Child("test", sleep)
    child.start()
    first = child.pid
    assert not child.keep_alive()
    assert child.pid == first
    child.kill()


def test_one_that_dies_at_once_is_started_again_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now, pauses = 0.0, []
    monkeypatch.setattr(processes, "time", SimpleNamespace(monotonic=lambda: now))
    child = Child("test", do_nothing)
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


def test_one_that_hangs_is_told_by_its_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(processes, "time", SimpleNamespace(monotonic=lambda: now, sleep=time.sleep))

    def beat_when_told(pulse: Pulse) -> None:
        signal.signal(signal.SIGUSR1, lambda number, frame: pulse.beat())
        time.sleep(600)

    child = Child("test", beat_when_told, silent_after=10)
    child.start()
    try:
        assert not child.hangs()
        now = 1011.0
        assert child.hangs()
        assert not Child("other", sleep).hangs(), "what does not run does not hang"
    finally:
        child.kill()
    assert not child.hangs()


def test_the_pulse_is_shared_with_the_child() -> None:
    def beat_twice(pulse: Pulse) -> None:
        time.sleep(0.3)
        pulse.beat()
        time.sleep(600)

    child = Child("test", beat_twice)
    child.start()
    first = child.pulse._memory[:8]
    eventually(lambda: child.pulse._memory[:8] != first, "the child beats")
    child.kill()


def test_children_end_with_the_launcher_and_so_do_theirs(tmp_path: Path) -> None:
    """What a launcher does, in a process that is killed."""

    def fork_twice(pulse: Pulse) -> None:
        inner = os.fork()
        if inner:
            (tmp_path / "pids").write_text(f"{os.getpid()} {inner}")
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(600)

    def launch(pulse: Pulse) -> None:
        Child("inner", fork_twice, lifeline=Lifeline()).start()
        time.sleep(600)

    launcher = Child("launcher", launch)
    launcher.start()
    pids = tmp_path / "pids"
    eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2, "both are there")
    leader, inner = map(int, pids.read_text().split())
    os.kill(leader, signal.SIGKILL)  # nobody is left to kill the group: the other watches for itself
    launcher.kill()
    eventually(lambda: not is_alive(inner), "what it had started ends", within=30)
