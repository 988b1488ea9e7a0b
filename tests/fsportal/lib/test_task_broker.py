"""The task queue: what a worker takes from it, and what it leaves to a newer release."""

import base64
import datetime as dt
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from fsportal.lib.task_broker import FORGET_AFTER, LEAVE_FOR, TaskBroker
from fsportal.management.schedules import RUNS

pytestmark = pytest.mark.django_db
OURS, NEWER = "fsportal.tasks.heartbeat", "fsportal.tasks.of_a_newer_release"


def take() -> list[str]:
    taken: list[tuple[int, str]] | None = TaskBroker(RUNS).dequeue()
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
    assert TaskBroker(RUNS).dequeue() == []
    assert OrmQ.objects.exists()


@pytest.mark.parametrize(
    ("task", "options"),
    [
        ("os.system", {}),
        (os.system, {}),
        ("fsportal.lib.text.one_line", {}),  # ours, but no task
        (OURS, {"hook": "os.system"}),
        (OURS, {"chain": [("os.system", ("echo hunter2",))]}),
        (OURS, {"iter_count": 1}),
        (OURS, {"token": "hunter2"}),
    ],
)
def test_nothing_but_what_the_code_lists_is_run_and_others_go_on(
    task: Any, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async_task(task, *(("echo hunter2",) if task != OURS else ()), **options)
    async_task(OURS)
    assert [*take(), *take()] == [OURS]
    assert OrmQ.objects.count() == 1
    assert "A task is refused" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_result_in_a_row_runs_nothing(tmp_path: Path) -> None:
    class Command:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'was-here'}",)

    Task.objects.create(id="1", name="1", func=OURS, started=timezone.now(), stopped=timezone.now(), result=3)
    pickled = base64.b64encode(pickle.dumps(Command())).decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_q_task SET kwargs = %s", [pickled])
    row = Task.objects.get()
    assert (row.args, row.kwargs, row.result) == (None, None, 3)
    assert list(tmp_path.iterdir()) == []


def test_the_cache_is_not_asked(dead_cache: None, caplog: pytest.LogCaptureFixture) -> None:
    TaskBroker().set_stat("stat", "value", 3)
    assert caplog.messages == []
