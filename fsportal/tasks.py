"""Tasks of the worker. Harmless when run twice."""

from django.utils import timezone

from fsportal.lib import life_sign
from fsportal.models import WorkerHeartbeat


def heartbeat() -> None:
    WorkerHeartbeat.beat()
    life_sign.write(timezone.now())
