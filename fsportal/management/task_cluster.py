"""The worker's process: django-q2's cluster, made to end as a whole when one of its processes was killed.

django-q2 replaces a killed process, but not the lock of the queue that the dead one held: the new one waits for it for
ever (docs/decisions/0009-launcher.md).
"""

import logging
import os
import signal
import time
import uuid
from collections.abc import Callable
from types import FrameType
from typing import Any

import setproctitle
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from django_q.cluster import Sentinel
from django_q.tasks import async_task

from fsportal.lib.task_broker import TaskBroker
from fsportal.management import schedules
from fsportal.management.processes import Pulse
from fsportal.models import WorkerHeartbeat

logger = logging.getLogger(__name__)

#: Seconds between two heartbeats, each with a look at the schedules.
BEAT_EVERY = 5.0


class _Switch:
    """Stands in for a multiprocessing.Event, in one process.

    A handler of signals may set it at any moment, and its wait goes on when the clock is set back: that of an Event is
    a deadline by the wall clock. django-q2 waits once in every round of its guard, which has no other hook.
    """

    def __init__(self, each_round: Callable[[], None] = lambda: None) -> None:
        self._is_set, self._each_round = False, each_round

    def set(self) -> None:
        self._is_set = True

    def is_set(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        self._each_round()
        time.sleep(seconds)
        return self._is_set


class WatchedCluster(Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """django-q2's guard, without the leader that it usually has above it: that is the launcher."""

    def __init__(self, pulse: Pulse, *, start: bool = True) -> None:
        self._pulse, self._began, self._beat_at = pulse, time.monotonic(), -BEAT_EVERY
        super().__init__(_Switch(self._each_round), _Switch(), uuid.uuid4(), TaskBroker(schedules.RUNS), start=start)

    def start(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        os.register_at_fork(after_in_child=_heed_terminate)
        super().start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop_event.set()

    def reincarnate(self, process: Any) -> None:
        """Replace a process that has ended by itself; end everything if it was killed."""
        if process.exitcode is not None and process.exitcode < 0:
            logger.critical("A process of the worker was killed by signal %d; it starts again", -process.exitcode)
            raise SystemExit(1)
        super().reincarnate(process)

    def _each_round(self) -> None:
        self._pulse.beat()
        now = time.monotonic()
        if now - self._beat_at < BEAT_EVERY:
            return
        self._beat_at = now
        close_old_connections()
        try:
            WorkerHeartbeat.beat(WorkerHeartbeat.Part.SCHEDULER)
            wall_clock = timezone.now()
            schedules.put_right(wall_clock)
            schedules.queue_due(wall_clock)
            self._end_if_nothing_runs(now)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The database does not answer (%s)", type(error).__name__)

    def _end_if_nothing_runs(self, now: float) -> None:
        """End a cluster that looks alive, but no task comes through, for whatever reason."""
        longest, age = WorkerHeartbeat.SILENT_AFTER, WorkerHeartbeat.age()
        if now - self._began > longest.total_seconds() and (age is None or age > longest):
            logger.critical("No task has run for too long; the worker starts again")
            raise SystemExit(1)


def _heed_terminate() -> None:
    """Let django-q2 end a worker whose task takes too long."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def run(pulse: Pulse) -> None:
    """Run tasks until SIGTERM."""
    setproctitle.setproctitle("qcluster fsportal")
    ask_for_heartbeat()
    WatchedCluster(pulse)


def ask_for_heartbeat() -> None:
    """Queue a heartbeat now; the schedules would only run it after half a minute. Never raises."""
    try:
        async_task("fsportal.tasks.heartbeat", group="heartbeat")
    except Exception as error:  # noqa: BLE001 (nothing here is worth not starting)
        logger.warning("The first heartbeat comes later (%s)", type(error).__name__)
