"""Is it up, and is it well? For load balancers and `manage.py healthcheck`."""

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

from fsportal.lib import probes
from fsportal.lib.cache import CONFIGURED
from fsportal.models import WorkerHeartbeat

#: A task may wait this long for a worker before somebody should look.
QUEUE_IS_SLOW = dt.timedelta(minutes=10)


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer: this process is up. Asks nothing of anybody else, so that a slow database restarts no web server."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when all is well, else 503 with one sentence per problem."""
    found = probes.problems()
    return HttpResponse("\n".join([*(found or ["ok"]), ""]), content_type="text/plain", status=503 if found else 200)


def database() -> Iterator[str]:
    """Look whether the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    yield from ()


def cache_answers() -> Iterator[str]:
    cache = caches[CONFIGURED]  # the cache that fails open would never say that it does not answer
    key, value = f"health-{secrets.token_hex(8)}", "1"
    cache.set(key, value, timeout=10)
    kept = cache.get(key)
    cache.delete(key)
    if kept != value:
        yield "The cache does not keep what it is given; run manage.py createcachetable or look at CACHE_URL."


def worker() -> Iterator[str]:
    """Look whether a worker takes tasks."""
    age = WorkerHeartbeat.age()
    if age is None:
        yield "No worker has run yet; start one with manage.py start --worker."
    elif age > WorkerHeartbeat.SILENT_AFTER:
        yield f"The worker was last heard of {minutes(age)} minutes ago; look at its log and restart it."


def task_queue() -> Iterator[str]:
    """Look how long the oldest task has waited."""
    # `lock` is the moment from which a task may be taken: now when it is queued, later once somebody has it.
    oldest = OrmQ.objects.order_by("lock").values_list("lock", flat=True).first()
    if oldest is not None and (age := timezone.now() - oldest) > QUEUE_IS_SLOW:
        yield f"The oldest task has waited {minutes(age)} minutes for a worker."


def minutes(age: dt.timedelta) -> int:
    """Return whole minutes."""
    return int(age.total_seconds() // 60)


def register() -> None:
    probes.register("The database", database)
    probes.register(probes.CACHE, cache_answers)
    probes.register("The worker's heartbeat", worker)
    probes.register("The task queue", task_queue)
