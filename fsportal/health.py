"""The health pages, and the probes for database, cache, worker and task queue."""

import datetime as dt
import secrets
from collections.abc import Iterator

from django.core.cache import caches
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_q.models import OrmQ

from fsportal.lib import disks, probes
from fsportal.lib.cache import CONFIGURED
from fsportal.models import WorkerHeartbeat

#: A task that has waited longer for a worker is a problem.
QUEUE_IS_SLOW = dt.timedelta(minutes=10)


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200. Asks nobody else, so that a slow database does not get web servers restarted."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 if all is well, otherwise 503 with one sentence per problem."""
    found = probes.problems()
    return HttpResponse("\n".join([*(found or ["ok"]), ""]), content_type="text/plain", status=503 if found else 200)


def database() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield from ()


def cache_answers() -> Iterator[str]:
    cache = caches[CONFIGURED]  # `default` fails open, so it would never report an outage
    key, value = f"health-{secrets.token_hex(8)}", "1"
    cache.set(key, value, timeout=10)
    kept = cache.get(key)
    cache.delete(key)
    # Django's table of the database swallows every error of a write; a full disk is named by a probe of its own.
    if kept != value and not probes.problems_of(probes.DISKS):
        yield "The cache does not keep what it is given; run manage.py createcachetable or look at CACHE_URL."


def worker() -> Iterator[str]:
    silent = WorkerHeartbeat.silent()
    delivery_age = silent.pop(WorkerHeartbeat.Part.DELIVERY, None)
    if silent:
        yield _silent("The worker", max(silent.values(), key=lambda age: age or dt.timedelta()))
    if delivery_age is not None:
        yield _silent("The delivery of messages", delivery_age)


def _silent(name: str, age: dt.timedelta | None) -> str:
    if age is None:
        return "No worker has run yet; start one with manage.py start --worker."
    if age < dt.timedelta():
        return f"{name} was last heard of {span(-age)} in the future; see whether this machine's clock is right."
    return f"{name} was last heard of {span(age)} ago; look at its log and restart it."


def task_queue() -> Iterator[str]:
    # `lock` is when a task may be taken: the moment it was queued, or later once a worker has it.
    oldest = OrmQ.objects.order_by("lock").values_list("lock", flat=True).first()
    if oldest is not None and (age := timezone.now() - oldest) > QUEUE_IS_SLOW:
        yield f"The oldest task has waited {minutes(age)} minutes for a worker."


def span(age: dt.timedelta) -> str:
    return f"{minutes(age)} minutes" if minutes(age) > 1 else f"{int(age.total_seconds())} seconds"


def minutes(age: dt.timedelta) -> int:
    return int(age.total_seconds() // 60)


def register() -> None:
    probes.register("The database", database)
    probes.register(probes.DISKS, disks.problems)
    probes.register(probes.CACHE, cache_answers)
    probes.register(probes.WORKER, worker)
    probes.register("The task queue", task_queue)
