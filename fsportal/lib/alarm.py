"""Waking a worker: the task queue is the alarm clock, the rows are the truth (docs/architecture.md, Decisions)."""

import logging

from django.core.cache import cache
from django_q.tasks import async_task

logger = logging.getLogger(__name__)

#: Seconds after which another alarm is given although nobody heard the last one.
PATIENCE = 20


def ring(task: str, group: str) -> None:
    """Ask a worker to run `task` (a dotted name) now. A lost alarm costs a minute at most: the schedule comes by.

    One alarm is enough until somebody has `heard` it. Raises nothing: what was to be done stands in the database.
    """
    try:
        if cache.add(_key(task), 1, timeout=PATIENCE):
            async_task(task, group=group)
    except Exception:
        logger.warning("The worker could not be woken; the schedule will find what is due", exc_info=True)


def heard(task: str) -> None:
    """Note that a worker is up and looking, so that the next change wakes one again."""
    cache.delete(_key(task))


def _key(task: str) -> str:
    return f"alarm:{task}"
