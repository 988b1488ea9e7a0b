"""The delivery process: looks for due messages twice a second, until it is told to stop."""

import logging
import threading
import time

from django.db import InterfaceError, OperationalError, close_old_connections

from fsportal.models import WorkerHeartbeat
from notifications.customers import delivery

logger = logging.getLogger(__name__)

#: Seconds between two looks at the outbox.
LOOK_EVERY = 0.5
#: Seconds between two heartbeats.
BEAT_EVERY = 5.0


def run(stopped: threading.Event) -> None:
    """Deliver what is due until `stopped` is set; then give back what has not been sent."""
    beat_at = -BEAT_EVERY
    while not stopped.is_set():
        close_old_connections()
        try:
            if time.monotonic() - beat_at >= BEAT_EVERY:
                beat_at = time.monotonic()
                WorkerHeartbeat.beat(WorkerHeartbeat.Part.DELIVERY)
            delivery.drain(budget=2.0)
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database does not answer (%s)", type(error).__name__)
        stopped.wait(LOOK_EVERY)
