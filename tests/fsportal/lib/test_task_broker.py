"""The task queue: what a worker takes from it, and what it leaves to a newer release."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from fsportal.lib.task_broker import FORGET_AFTER, LEAVE_FOR, TaskBroker

pytestmark = pytest.mark.django_db
OURS, NEWER = "fsportal.tasks.heartbeat", "fsportal.tasks.of_a_newer_release"


def take() -> list[str]:
    taken: list[tuple[int, str]] | None = TaskBroker().dequeue()
    return [SignedPackage.loads(payload)["func"] for _pk, payload in taken or []]


def test_a_task_is_taken() -> None:
    async_task(OURS)
    assert take() == [OURS]


def test_a_task_of_a_newer_release_is_left_to_it_and_holds_up_no_other() -> None:
    async_task(NEWER)
    async_task(OURS)
    now = timezone.now()
    assert take() == []
    assert take() == [OURS]
    left = min(OrmQ.objects.values_list("lock", flat=True))
    assert now < left <= timezone.now() + LEAVE_FOR, "soon free for a worker that knows it"


def test_one_that_nobody_knows_is_forgotten_after_a_day() -> None:
    async_task(NEWER)
    task = OrmQ.objects.get()
    content = SignedPackage.loads(task.payload)
    content["started"] = timezone.now() - FORGET_AFTER - dt.timedelta(seconds=1)
    OrmQ.objects.update(payload=SignedPackage.dumps(content))
    assert take() == []
    assert not OrmQ.objects.exists()


def test_one_that_cannot_be_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(payload: str) -> Any:
        raise AttributeError("no such class")

    async_task(OURS)
    monkeypatch.setattr(SignedPackage, "loads", fail)
    assert TaskBroker().dequeue() == []
    assert OrmQ.objects.exists()


def test_the_cache_is_not_asked(dead_cache: None, caplog: pytest.LogCaptureFixture) -> None:
    TaskBroker().set_stat("stat", "value", 3)
    assert caplog.messages == []
