"""Gauges of worker, task queue, scheduled jobs and health."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Max
from django.utils import timezone
from django_q.models import OrmQ

from fsportal.lib import gauges, probes
from fsportal.lib.gauges import Gauge
from fsportal.models import ScheduledRun, WorkerHeartbeat


def worker() -> Iterator[Gauge]:
    age = WorkerHeartbeat.age()
    yield Gauge(
        "portal_worker_heartbeat_age_seconds",
        "Since a worker was last heard of; nothing if none ever was.",
        (),
        {} if age is None else {(): age.total_seconds()},
    )
    now, waiting = timezone.now(), list(OrmQ.objects.order_by("lock").values_list("lock", flat=True)[:10_000])
    # A task that a worker has is locked until it counts as lost: in the future.
    waiting = [since for since in waiting if since is not None and since <= now]
    yield Gauge("portal_tasks_waiting", "Tasks that wait for a worker.", (), {(): float(len(waiting))})
    yield Gauge(
        "portal_task_queue_age_seconds",
        "For how long the oldest of them has waited.",
        (),
        {(): (now - waiting[0]).total_seconds() if waiting else 0.0},
    )


def jobs() -> Iterator[Gauge]:
    now = timezone.now()
    done = ScheduledRun.objects.exclude(finished_at=None).order_by().values_list("job").annotate(Max("finished_at"))
    yield Gauge(
        "portal_job_age_seconds",
        "Since a job that runs once per slot was last finished (reminders: daily).",
        ("job",),
        {(job,): _age(now, finished) for job, finished in done},
    )


def health() -> Iterator[Gauge]:
    problems: gauges.Values = {(name,): float(len(probes.problems_of(name))) for name in probes.names()}
    yield Gauge("portal_health_problems", "What /health/ready says, counted.", ("probe",), problems)


def _age(now: dt.datetime, since: dt.datetime) -> float:
    return (now - since).total_seconds()


def register() -> None:
    gauges.register("worker", worker)
    gauges.register("jobs", jobs)
    gauges.register("health", health)
