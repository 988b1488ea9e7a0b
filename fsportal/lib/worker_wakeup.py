"""Waking a worker: the task queue is only the alarm clock, the rows are the truth (docs/decisions/0001 and 0002)."""

import logging

from django.core.cache import cache
from django_q.tasks import async_task

logger = logging.getLogger(__name__)

#: Seconds after which a worker is woken again although nobody has been `woken` since the last call.
PATIENCE = 20


def wake(task: str, group: str) -> None:
    """Ask a worker to run `task` (a dotted name) now, unless an earlier call is still unanswered.

    Never raises: the work is in the database, so a lost call costs a minute at most, until the schedule comes by.
    """
    try:
        if cache.add(_key(task), 1, timeout=PATIENCE):
            async_task(task, group=group)
    except Exception:
        logger.warning("The worker could not be woken; the schedule will find what is due", exc_info=True)


def woken(task: str) -> None:
    """Note that a worker is looking, so that the next change wakes one again."""
    cache.delete(_key(task))


def _key(task: str) -> str:
    return f"wake:{task}"
