"""What the worker runs for the ground floor. Harmless when run twice."""

from fsportal.models import WorkerHeartbeat


def heartbeat() -> None:
    WorkerHeartbeat.beat()
