"""The task queue: django-q2's table, of which only tasks that the code lists are run.

Whoever can write a row of it must not be able to run anything: a name such as `os.system` is refused, and so is
everything that none of our tasks has, such as arguments or a hook.
"""

import datetime as dt
import logging
from collections.abc import Container
from typing import Any

from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.signing import BadSignature, SignedPackage

from fsportal.lib.text import one_line

logger = logging.getLogger(__name__)

#: When a task that we do not know is free again for others, and when nobody will ever know it.
LEAVE_FOR = dt.timedelta(seconds=20)
FORGET_AFTER = dt.timedelta(days=1)
#: What a newer release may have, and we do not know, begins like this.
OUR_APPS = ("fsportal.", "notifications.", "bookings.", "portal.")
#: Options of django-q2 that run something else besides the task.
NEVER_OURS = ("hook", "chain", "iter_count", "sync")


class TaskBroker(ORM):  # type: ignore[misc]  # django-q2 has no types
    """What a worker takes its tasks from: those of `runs`, by dotted name."""

    def __init__(self, runs: Container[str] = ()) -> None:
        super().__init__()
        self._runs = runs

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Keep no statistics: nobody reads them, and they would ask the cache several times a second."""

    def dequeue(self) -> list[tuple[int, str]] | None:
        """Take the next tasks. One that this release does not have is left to a newer one."""
        taken: list[tuple[int, str]] | None = super().dequeue()
        return [(pk, payload) for pk, payload in taken if self._is_ours(pk, payload)] if taken else taken

    def _is_ours(self, pk: int, payload: str) -> bool:
        now = timezone.now()
        queued_at, name = now, "?"
        try:
            task: dict[str, Any] = SignedPackage.loads(payload)
            queued_at, name = task["started"], task["func"]
            if not may_be_ours(name) or _does_more(task):
                # Without what it would have been called with: that may be a secret.
                logger.error("A task is refused, since it is none of ours: %s", shown(name))
                self.delete(pk)
                return False
            if name in self._runs:
                return True
        except (TypeError, BadSignature):
            return True  # django-q2 throws it away
        except Exception as error:  # noqa: BLE001 (a newer release may have packed anything)
            logger.warning("A task cannot be read (%s)", type(error).__name__)
        if queued_at < now - FORGET_AFTER:
            logger.warning("Nobody knows the task %s; it is deleted", shown(name))
            self.delete(pk)
        else:
            self.get_connection().filter(pk=pk).update(lock=now + LEAVE_FOR)
        return False


def may_be_ours(name: object) -> bool:
    """Tell whether this or a newer release may have a task of that name."""
    return isinstance(name, str) and name.startswith(OUR_APPS)


def shown(name: object) -> str:
    return one_line(name, 80) if isinstance(name, str) else type(name).__name__


def _does_more(task: dict[str, Any]) -> bool:
    return bool(task.get("args") or task.get("kwargs") or any(task.get(option) for option in NEVER_OURS))
