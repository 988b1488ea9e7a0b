"""Runs web and worker as child processes: starts them, says when they answer, restarts and stops them."""

import http.client
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django_q.tasks import async_task

from fsportal.management.processes import Child
from fsportal.models import WorkerHeartbeat

logger = logging.getLogger(__name__)

#: Seconds for an orderly end, then the rest is killed; stopping must take 10 seconds at most (docs/operations.md).
ORDERLY_END = 8.0
READY_WITHIN = 60.0
LOOK_EVERY, CHECK_HEARTBEAT_EVERY = 0.25, 15.0


class CannotStart(Exception):
    """Its message says what to do."""


class Launcher:
    """The child processes, from start to end."""

    def __init__(self, *, web: bool, worker: bool, say: Callable[[str], None]) -> None:
        self._say = say
        self._stopping = False
        self.web = Child("web", web_command(), on_start=lambda: None) if web else None
        self.worker = Child("worker", worker_command(), on_start=wake_worker) if worker else None
        self._heartbeat_checked_at = 0.0

    @property
    def children(self) -> list[Child]:
        return [child for child in (self.web, self.worker) if child is not None]

    def run(self, ready: Callable[[], None]) -> None:
        """Run until SIGINT or SIGTERM; `ready` is called once the web server answers. Raises CannotStart."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if self.web:
            require_free_port()
        try:
            for child in self.children:
                child.start()
            if self._wait_until_ready():
                ready()
            self._watch()
        finally:
            self._stop()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _wait_until_ready(self) -> bool:
        deadline = time.monotonic() + READY_WITHIN
        while self.web and not self._stopping and not web_answers():
            if self.web.has_ended() or time.monotonic() > deadline:
                raise CannotStart("The web server did not start; its last messages are above.")
            time.sleep(0.1)
        return not self._stopping

    def _watch(self) -> None:
        while not self._stopping:
            time.sleep(LOOK_EVERY)
            for child in [] if self._stopping else self.children:
                if child.keep_alive():
                    self._say(f"The {child.name} had died and was started again.")
            self._check_heartbeat()

    def _check_heartbeat(self) -> None:
        """Restart a worker that runs but takes no tasks, as django-q2 does once its idle workers were killed."""
        if self.worker is None or time.monotonic() - self._heartbeat_checked_at < CHECK_HEARTBEAT_EVERY:
            return
        self._heartbeat_checked_at = time.monotonic()
        longest = WorkerHeartbeat.SILENT_AFTER.total_seconds()
        if self.worker.age() > longest and heart_is_silent():
            self._say("The worker no longer took tasks and is being restarted.")
            self.worker.kill()

    def _stop(self) -> None:
        self._say("Stopping.")
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + ORDERLY_END
        for child in self.children:
            child.stop_by(deadline)
        self._say("Stopped.")


def web_command() -> list[str]:
    """Return gunicorn's command: few processes with threads, no access log, since addresses hold secret codes."""
    host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
    options = {
        "--bind": f"{host}:{settings.PORT}",
        "--worker-class": "gthread",
        "--workers": str(settings.WEB_PROCESSES),
        "--threads": "4",
        "--graceful-timeout": "6",
        "--log-level": "warning",
        # A $filter of the Web API may be long; this is the most that gunicorn allows, and nginx's default.
        "--limit-request-line": "8190",
        # Recycled now and then, in case a C library leaks. Not every few minutes on a busy day, though: while one of
        # two processes restarts, everybody waits for the other.
        "--max-requests": "100000",
        "--max-requests-jitter": "20000",
    }
    flat = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "gunicorn", "fsportal.wsgi", "--no-control-socket", *flat]


def worker_command() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"]


def wake_worker() -> None:
    """Queue a heartbeat and a delivery now; the schedules would only run them after half a minute."""
    try:
        async_task("fsportal.tasks.heartbeat", group="heartbeat")
        async_task("notifications.tasks.deliver_due", group="outbox")
    except DatabaseError:
        logger.warning("The database does not answer; the worker's first heartbeat comes later")


def heart_is_silent() -> bool:
    """Tell whether no worker has taken a task for too long. False if the database does not answer."""
    close_old_connections()
    try:
        age = WorkerHeartbeat.age()
    except DatabaseError:
        return False
    return age is None or age > WorkerHeartbeat.SILENT_AFTER


def address() -> str:
    """Return the portal's address for a browser on this machine."""
    return f"http://{_near_host()}:{settings.PORT}/"


def _near_host() -> str:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound to
    host = everywhere.get(settings.HOST, settings.HOST)
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def require_free_port() -> None:
    """Raise CannotStart if our port is taken."""
    family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CannotStart(
                f"Port {settings.PORT} of {settings.HOST} cannot be used ({os.strerror(error.errno or 0)})."
                " Stop what uses it, or choose another one: PORT=8001 make run"
            ) from error


def web_answers() -> bool:
    """Ask /health/live once, under a host name that ALLOWED_HOSTS accepts."""
    connection = http.client.HTTPConnection(_near_host().strip("[]"), settings.PORT, timeout=5)
    named = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    try:
        connection.request("GET", "/health/live", headers={"Host": named[0].lstrip(".") if named else "localhost"})
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()
