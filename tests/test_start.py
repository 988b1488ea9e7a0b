"""`manage.py start`, for real: processes, ports, signals."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.migrated import copy_to

ROOT = Path(__file__).parent.parent
#: Two cores shared by a whole suite: generous, and never waited out when all is well.
PATIENCE = 240.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(true: Callable[[], bool], what: str, within: float = PATIENCE) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.05)


def descendants(pid: int) -> dict[int, str]:
    """Return the command lines of everything that `pid` has started, directly or not."""
    parents, commands = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            stat = (folder / "stat").read_text()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended meanwhile
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        commands[int(folder.name)] = command
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in {pid, *found}} - found:
        found |= more
    return {child: commands[child] for child in found}


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class Started:
    """A running `manage.py start`, with what it has printed so far."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.port, self.folder = free_port(), folder
        clean = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_DIR", "_MODE"))}
        self.environment = clean | {
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "DEMO": "0",
            "DJANGO_SETTINGS_MODULE": "fsportal.settings",
            **environment,
        }
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "start", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            self.lines.extend(line.rstrip("\n") for line in output)

    def says(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    def wait_until_ready(self) -> None:
        eventually(lambda: self.says("Ready: ") or self.process.poll() is not None, "ready")
        assert self.process.poll() is None, "\n".join(self.lines)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python beside it, with the same environment."""
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )

    def stop(self, number: signal.Signals) -> float:
        """Send a signal, wait for the end, return how long that took in seconds."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(timeout=PATIENCE)
        return time.monotonic() - began

    def clean_up(self) -> None:
        left = [*descendants(self.process.pid), self.process.pid] if self.process.poll() is None else []
        for pid in left:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(timeout=10)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    made: list[Started] = []

    def begin(*arguments: str, is_new: bool = False, **environment: str) -> Started:
        if not is_new:
            copy_to(tmp_path / "db.sqlite3")
        made.append(Started(tmp_path, *arguments, **environment))
        return made[-1]

    yield begin
    for started in made:
        started.clean_up()


def test_it_sets_up_answers_and_stops_in_time_leaving_nothing(start: Callable[..., Started]) -> None:
    portal = start(DEMO="1", is_new=True)
    portal.wait_until_ready()
    assert portal.lines[-1] == f"Ready: http://127.0.0.1:{portal.port}/"
    assert portal.get("/health/live") == (200, "ok\n")
    kept = json.loads((portal.folder / "demo-logins.json").read_text())
    assert set(kept) == {"admin", "dispatcher", "technician", "customer"}
    assert all(portal.says(password) for password in kept.values())
    # The first heartbeat is asked for at once, not only by the clock.
    eventually(lambda: portal.get("/health/ready") == (200, "ok\n"), "worker, cache and queues are well")

    kept_files = [portal.folder, *portal.folder.rglob("*")]
    assert [path for path in kept_files if path.lstat().st_mode & 0o077 and not path.is_symlink()] == []
    assert any(path.suffix == ".sqlite3" for path in kept_files) or "DATABASE_URL" in portal.environment

    family = descendants(portal.process.pid)
    assert any("gunicorn" in command for command in family.values())
    assert any("qcluster" in command for command in family.values())
    assert portal.stop(signal.SIGTERM) < 10
    assert portal.process.returncode == 0
    assert [pid for pid in family if is_alive(pid)] == []


def test_what_dies_is_started_again_and_ctrl_c_stops_it(start: Callable[..., Started]) -> None:
    portal = start()
    portal.wait_until_ready()
    assert portal.says("createsuperuser"), "without a demo it says how to get in"
    eventually(lambda: portal.get("/health/ready")[0] == 200, "the worker runs")
    for name, command in (("worker", "qcluster"), ("web", "gunicorn")):
        before = {pid for pid, line in descendants(portal.process.pid).items() if command in line}
        leader = min(before)
        os.kill(leader, signal.SIGKILL)
        eventually(lambda name=name: portal.says(f"The {name} had died"), f"{name} comes back")  # type: ignore[misc]
        eventually(lambda before=before: not any(map(is_alive, before)), "nothing of the dead one is left")  # type: ignore[misc]
    eventually(lambda: _live(portal), "the web answers again")
    family = descendants(portal.process.pid)
    assert portal.stop(signal.SIGINT) < 10
    assert [pid for pid in family if is_alive(pid)] == []


def _live(portal: Started) -> bool:
    try:
        return portal.get("/health/live")[0] == 200
    except OSError:
        return False


def test_the_worker_alone_opens_no_port(start: Callable[..., Started]) -> None:
    worker = start("--worker")
    worker.wait_until_ready()
    assert not _live(worker)
    assert not any("gunicorn" in command for command in descendants(worker.process.pid).values())
    assert worker.stop(signal.SIGTERM) < 10


def test_without_its_cache_it_starts_delivers_and_stops_and_health_says_so(start: Callable[..., Started]) -> None:
    portal = start(CACHE_URL="redis://127.0.0.1:1/0")
    portal.wait_until_ready()
    only_the_cache = (503, "The cache does not answer (ConnectionError).\n")
    eventually(lambda: portal.get("/health/ready") == only_the_cache, "the worker runs")
    setting_off = "import django; django.setup(); from tests.factories import BookingFactory; BookingFactory().travel()"
    assert portal.run("-c", setting_off).returncode == 0
    with closing(sqlite3.connect(portal.folder / "db.sqlite3")) as database:
        states = "SELECT DISTINCT state FROM notifications_customernotification WHERE event = 'traveling'"
        eventually(lambda: database.execute(states).fetchall() == [("simulated",)], "what was queued is delivered")
    told = portal.run("manage.py", "healthcheck")
    assert told.returncode == 1
    assert "The cache does not answer (ConnectionError).\n" in told.stdout
    assert not portal.says("Traceback")
    assert portal.stop(signal.SIGTERM) < 10
    assert portal.process.returncode == 0


def test_a_taken_port_is_told_at_once(start: Callable[..., Started]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        portal = start(PORT=str(taken.getsockname()[1]), is_new=True)
        assert portal.process.wait(timeout=PATIENCE) != 0
    eventually(lambda: portal.says("cannot be used"), "it says so")
    assert not (portal.folder / "db.sqlite3").exists()


def test_two_at_once_on_one_empty_database_both_come_up(tmp_path: Path, start: Callable[..., Started]) -> None:
    both = [start(is_new=True), start(is_new=True)]
    for portal in both:
        portal.wait_until_ready()
    for portal in both:
        eventually(lambda portal=portal: portal.get("/health/ready")[0] == 200, "all is well")  # type: ignore[misc]
        assert not portal.says("Traceback")


def test_of_two_at_once_on_one_port_the_second_says_why_not(start: Callable[..., Started]) -> None:
    first = start()
    second = start(PORT=str(first.port))
    eventually(lambda: None in (codes := [first.process.poll(), second.process.poll()]) and any(codes), "one ends")
    ended, runs = (first, second) if first.process.poll() is not None else (second, first)
    eventually(lambda: ended.says(f"Port {first.port} of 127.0.0.1 cannot be used"), "it says why")
    runs.port = first.port
    runs.wait_until_ready()
    assert _live(runs)
