"""Tasks of the worker. Harmless when run twice."""

from fsportal.models import WorkerHeartbeat


def heartbeat() -> None:
    WorkerHeartbeat.beat()
