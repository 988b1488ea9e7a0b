"""Runs web, worker and delivery as child processes: starts them, says when they answer, restarts and stops them."""

import logging
import signal
import time
from collections.abc import Callable
from types import FrameType

from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string
from django.utils.translation import trans_real

from fsportal.management import delivery_process, schedules, task_cluster, web_server
from fsportal.management.processes import Child, Lifeline

logger = logging.getLogger(__name__)

#: Seconds for an orderly end, then the rest is killed; stopping must take 10 seconds at most (docs/operations.md).
ORDERLY_END = 7.0
READY_WITHIN = 60.0
LOOK_EVERY = 0.25
#: Seconds after which a child that shows no sign of life is killed. Delivery gets longer, as a mail server may take its
#: time, and a text message that is cut off can never be sent again.
WORKER_HANGS_AFTER, DELIVERY_HANGS_AFTER = 40.0, 180.0


class CannotStart(Exception):
    """Its message says what to do."""


class Launcher:
    """The child processes, from start to end. It asks no database and no cache, so none can stop it."""

    def __init__(self, *, port: web_server.Port | None, worker: bool, say: Callable[[str], None]) -> None:
        self._say, self._port = say, port
        self._stopping = False
        lifeline = Lifeline()
        self.children: list[Child] = []
        if port:
            self.children.append(Child("web", port.serve, lifeline=lifeline))
        if worker:
            for name, run, silent_after in (
                ("worker", task_cluster.run, WORKER_HANGS_AFTER),
                ("delivery", delivery_process.run, DELIVERY_HANGS_AFTER),
            ):
                self.children.append(Child(name, run, lifeline=lifeline, silent_after=silent_after))

    def run(self, ready: Callable[[], None]) -> None:
        """Run until SIGINT or SIGTERM; `ready` is called once the web server answers. Raises CannotStart, PortTaken."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        if self._port:
            self._port.listen()
        load_everything()
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
        while self._port and not self._stopping and not web_server.answers():
            if self.children[0].has_ended() or time.monotonic() > deadline:
                raise CannotStart("The web server did not start; its last messages are above.")
            time.sleep(0.1)
        return not self._stopping

    def _watch(self) -> None:
        while not self._stopping:
            time.sleep(LOOK_EVERY)
            for child in self.children:
                if not self._stopping:
                    self._look_after(child)

    def _look_after(self, child: Child) -> None:
        try:
            if child.hangs():
                self._say(f"The {child.name} no longer went on and is being restarted.")
                child.kill()
            if child.keep_alive():
                self._say(f"The {child.name} had died and was started again.")
        except Exception:
            # Whatever fails here, no memory for another process say, the others go on and it is tried again.
            logger.exception("The %s could not be looked after", child.name)

    def _stop(self) -> None:
        self._say("Stopping.")
        if self._port:
            self._port.close()
        for child in self.children:
            child.ask_to_stop()
        deadline = time.monotonic() + ORDERLY_END
        for child in self.children:
            child.stop_by(deadline)
        self._say("Stopped.")


def load_everything() -> None:
    """Load what the children need, so that they share it with the launcher instead of each having a copy."""
    # Not before the set-up: it lists the static files, once.
    import_string(settings.WSGI_APPLICATION)
    _ = get_resolver().url_patterns
    for every in schedules.SCHEDULES:
        import_string(every.function)
    trans_real.translation(settings.LANGUAGE_CODE)
