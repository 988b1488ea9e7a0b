"""Child processes of `manage.py start`, forked from it and each stopped together with everything it has started."""

import gc
import logging
import mmap
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from django.db import connections

logger = logging.getLogger(__name__)

#: Seconds: a child that dies at once is restarted after 1, 2, 4, …
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: Seconds after which a child counts as well and the pauses start over.
WELL_AFTER = 60.0
#: Seconds that the processes have for an orderly end once the launcher is gone.
WITHOUT_LAUNCHER = 3.0


class Lifeline:
    """A pipe whose one end only the launcher holds: when it closes, everything below the launcher ends itself.

    No signal tells a process that its parent was killed, except on Linux, and there only a direct child.
    """

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    def hold(self) -> None:
        """Watch it, here and in every process forked from here. For a child, right after the fork."""
        os.close(self._write)
        os.register_at_fork(after_in_child=self._watch)
        self._watch()

    def _watch(self) -> None:
        threading.Thread(target=self._end_with_launcher, name="lifeline", daemon=True).start()

    def _end_with_launcher(self) -> None:
        os.read(self._read, 1)  # nobody ever writes; this returns when the other end is closed
        if os.getpid() == os.getpgrp():
            # To the main thread, so that it does not sleep on while this one has the signal.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        time.sleep(WITHOUT_LAUNCHER)
        os.killpg(0, signal.SIGKILL)


class Pulse:
    """When a child last showed that it goes on, in memory shared with the launcher.

    It needs no database, and no other machine's worker can hide that this one hangs.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)

    def beat(self) -> None:
        self._memory[:8] = struct.pack("d", time.monotonic())

    def age(self) -> float:
        """Return seconds."""
        beat_at: float = struct.unpack("d", self._memory[:8])[0]
        return time.monotonic() - beat_at


class Child:
    """One process in a session of its own, so that Ctrl-C in the terminal does not reach it.

    `run` is what it does. If it has to beat its `pulse`, `silent_after` says when a silent one counts as hanging.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Pulse], None],
        *,
        lifeline: Lifeline | None = None,
        silent_after: float | None = None,
    ) -> None:
        self.name, self.pulse = name, Pulse()
        self.pid: int | None = None  # also the number of its process group
        self._run, self._lifeline, self._silent_after = run, lifeline, silent_after
        self._started_at, self._pause, self._not_before = 0.0, FIRST_PAUSE, 0.0

    def start(self) -> None:
        # What the child inherits: no half-written line, no connection to the database, and memory that the garbage
        # collector leaves alone, as it would make a copy of every page that it touches.
        sys.stdout.flush()
        sys.stderr.flush()
        connections.close_all()
        gc.collect()
        gc.freeze()
        self._started_at = time.monotonic()
        self.pulse.beat()
        pid = os.fork()
        if pid == 0:
            self._become()
        self.pid = pid

    def _become(self) -> NoReturn:
        """Be the child. Never returns into the launcher's code, whatever happens."""
        code = 1
        try:
            os.setsid()
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            if self._lifeline:
                self._lifeline.hold()
            self._run(self.pulse)
            code = 0
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else 1
        except BaseException:
            logger.exception("The %s ends", self.name)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def age(self) -> float:
        """Return the seconds since it was started."""
        return time.monotonic() - self._started_at

    def has_ended(self) -> bool:
        """Tell whether the process is dead, without reaping it: its group id stays taken until `kill`."""
        if self.pid is None:
            return True
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def wait(self) -> int:
        """Wait until it has ended by itself; returns its exit code, not 0 if it failed."""
        assert self.pid is not None
        status = os.waitpid(self.pid, 0)[1]
        self.pid = None
        return os.waitstatus_to_exitcode(status)

    def hangs(self) -> bool:
        """Tell whether it runs but no longer goes on."""
        return self.pid is not None and self._silent_after is not None and self.pulse.age() > self._silent_after

    def keep_alive(self) -> bool:
        """Restart it if it is dead and its pause is over; returns whether it was restarted."""
        if self.pid is not None and not self.has_ended():
            return False
        if self.pid is not None:
            self.kill()
            self._pause = FIRST_PAUSE if self.age() > WELL_AFTER else min(self._pause * 2, LONGEST_PAUSE)
            self._not_before = time.monotonic() + self._pause / 2
        if time.monotonic() < self._not_before:
            return False
        self._not_before = time.monotonic() + self._pause / 2  # should there be no memory for another process
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the leader only: django-q2 hangs if its whole group gets it."""
        if self.pid is not None and not self.has_ended():
            os.kill(self.pid, signal.SIGTERM)

    def stop_by(self, deadline: float) -> None:
        """Wait until it has ended or `deadline` (time.monotonic()) has passed, then kill the rest of its group."""
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill()

    def kill(self) -> None:
        """Kill the whole group, including orphans of a dead leader, and reap it."""
        if self.pid is None:
            return
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:  # it has no group of its own yet
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.pid = None
