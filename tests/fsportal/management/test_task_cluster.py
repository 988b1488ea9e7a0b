"""The worker's guard: what ends the whole worker, and what does not. With real processes: tests/faults/."""

import datetime as dt
import logging
from types import SimpleNamespace

import pytest
from django.utils import timezone
from django_q.cluster import Sentinel
from django_q.models import Schedule

from fsportal.management.processes import Pulse
from fsportal.management.task_cluster import WatchedCluster
from fsportal.models import WorkerHeartbeat

# Outside a transaction: it lets go of old connections, as it must when the database was restarted.
pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def cluster() -> WatchedCluster:
    """Return a guard without processes, which has been at it for a quarter of an hour."""
    WorkerHeartbeat.beat()
    made = WatchedCluster(Pulse(), start=False)
    made._began -= 15 * 60
    return made


def heard(ago: dt.timedelta) -> None:
    WorkerHeartbeat.objects.filter(pk=WorkerHeartbeat.Part.TASKS).update(beat_at=timezone.now() - ago)


def test_each_round_is_a_sign_of_life_and_puts_the_schedules_right(cluster: WatchedCluster) -> None:
    Schedule.objects.update(next_run=timezone.now() + dt.timedelta(days=3))
    cluster._pulse._memory[:8] = bytes(8)
    cluster.stop_event.wait(0)
    assert cluster._pulse.age() < 60
    assert WorkerHeartbeat.age(WorkerHeartbeat.Part.SCHEDULER) is not None
    assert Schedule.objects.filter(next_run__gt=timezone.now() + dt.timedelta(days=2)).count() == 0


def test_a_worker_through_which_no_task_comes_starts_again(cluster: WatchedCluster) -> None:
    heard(5 * MINUTE)
    cluster._end_if_nothing_runs(cluster._began + 900)
    heard(7 * MINUTE)
    cluster._end_if_nothing_runs(cluster._began + 300)  # it has just started
    with pytest.raises(SystemExit):
        cluster._end_if_nothing_runs(cluster._began + 900)


def test_a_killed_process_ends_everything_and_one_that_ended_by_itself_is_replaced(
    cluster: WatchedCluster, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    replaced = []
    monkeypatch.setattr(Sentinel, "reincarnate", lambda guard, process: replaced.append(process.exitcode))
    for exit_code in (0, 1, None):
        cluster.reincarnate(SimpleNamespace(exitcode=exit_code))
    assert replaced == [0, 1, None]
    with caplog.at_level(logging.CRITICAL), pytest.raises(SystemExit):
        cluster.reincarnate(SimpleNamespace(exitcode=-9))
    assert "killed by signal 9" in caplog.text


def test_a_database_that_is_away_does_not_end_it(cluster: WatchedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import InterfaceError

    def fail(*arguments: object) -> None:
        raise InterfaceError

    monkeypatch.setattr(WorkerHeartbeat, "beat", fail)
    assert not cluster.stop_event.wait(0)
