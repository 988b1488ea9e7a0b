"""The process of `manage.py start` that delivers messages."""

import logging
import signal
import threading
import time
from types import FrameType

import setproctitle
from django.db import DatabaseError, InterfaceError

from fsportal.management.processes import Pulse
from fsportal.models import WorkerHeartbeat
from notifications.customers import delivery_loop

logger = logging.getLogger(__name__)

#: Seconds between two heartbeats.
BEAT_EVERY = 5.0


class WatchedStop(threading.Event):
    """Tells the loop when to stop; that it looks is the sign that it goes on."""

    def __init__(self, pulse: Pulse) -> None:
        super().__init__()
        self._pulse, self._beat_at = pulse, -BEAT_EVERY

    def is_set(self) -> bool:
        self._beat()
        return super().is_set()

    def wait(self, timeout: float | None = None) -> bool:
        self._beat()
        return super().wait(timeout)

    def _beat(self) -> None:
        self._pulse.beat()
        now = time.monotonic()
        if now - self._beat_at < BEAT_EVERY:
            return
        self._beat_at = now
        try:
            WorkerHeartbeat.beat(WorkerHeartbeat.Part.DELIVERY)
        except (DatabaseError, InterfaceError):
            pass  # the loop will notice, and say so


def run(pulse: Pulse) -> None:
    """Deliver messages until SIGTERM."""
    setproctitle.setproctitle("fsportal: delivery")
    stopped = WatchedStop(pulse)

    def stop(number: int, frame: FrameType | None) -> None:
        # From another thread: the main one may be waiting on it, with its lock.
        threading.Thread(target=stopped.set).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    delivery_loop.run(stopped)
