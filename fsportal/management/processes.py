"""Child processes of `manage.py start`, each stopped together with everything it has started."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping

#: Seconds: a child that dies at once is restarted after 1, 2, 4, …
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: Seconds after which a child counts as well and the pauses start over.
WELL_AFTER = 60.0


class Child:
    """One process in a session of its own, so that Ctrl-C in the terminal does not reach it."""

    def __init__(
        self, name: str, command: list[str], *, env: Mapping[str, str] | None = None, on_start: Callable[[], None]
    ) -> None:
        self.name = name
        self.started_at = 0.0
        self._command, self._env, self._on_start = command, env, on_start
        self._process: subprocess.Popen[bytes] | None = None
        self._pause, self._not_before = FIRST_PAUSE, 0.0

    @property
    def pid(self) -> int | None:
        """Return the process id, which is also that of its group, or None if it is not running."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, env=self._env, start_new_session=True)  # noqa: S603 - our own
        self.started_at = time.monotonic()
        self._on_start()

    def age(self) -> float:
        """Return the seconds since it was started."""
        return time.monotonic() - self.started_at

    def has_ended(self) -> bool:
        """Tell whether the process is dead, without reaping it: its group id stays taken until `kill`."""
        if self._process is None:
            return True
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is not None

    def keep_alive(self) -> bool:
        """Restart it if it is dead and its pause is over; returns whether it was restarted."""
        if self._process is not None and not self.has_ended():
            return False
        if self._process is not None:
            self.kill()
            self._pause = FIRST_PAUSE if self.age() > WELL_AFTER else min(self._pause * 2, LONGEST_PAUSE)
            self._not_before = time.monotonic() + self._pause / 2
        if time.monotonic() < self._not_before:
            return False
        self.start()
        return True

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the leader only: django-q2 hangs if its whole group gets it."""
        if self._process is not None and not self.has_ended():
            self._process.send_signal(signal.SIGTERM)

    def stop_by(self, deadline: float) -> None:
        """Wait until it has ended or `deadline` (time.monotonic()) has passed, then kill the rest of its group."""
        while not self.has_ended() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.kill()

    def kill(self) -> None:
        """Kill the whole group, including orphans of a dead leader, and reap it."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._process = None
