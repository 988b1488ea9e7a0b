"""The task queue: django-q2's table, without its statistics, and patient with tasks of a newer release."""

import datetime as dt
import logging
import pydoc
from typing import Any

from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.signing import BadSignature, SignedPackage

logger = logging.getLogger(__name__)

#: When a task that we do not know is free again for others, and when nobody will ever know it.
LEAVE_FOR = dt.timedelta(seconds=20)
FORGET_AFTER = dt.timedelta(days=1)


class TaskBroker(ORM):  # type: ignore[misc]  # django-q2 has no types
    """What a worker takes its tasks from."""

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
            if callable(name) or pydoc.locate(name) is not None:
                return True
        except (TypeError, BadSignature):
            return True  # django-q2 throws it away
        except Exception as error:  # noqa: BLE001 (a newer release may have packed anything)
            logger.warning("A task cannot be read (%s)", type(error).__name__)
        if queued_at < now - FORGET_AFTER:
            logger.warning("Nobody knows the task %s; it is deleted", name)
            self.delete(pk)
        else:
            self.get_connection().filter(pk=pk).update(lock=now + LEAVE_FOR)
        return False
