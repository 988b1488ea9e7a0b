"""The delivery process: looks for due messages twice a second, until it is told to stop."""

import logging
import threading

from django.db import InterfaceError, OperationalError, close_old_connections

from notifications.customers import delivery

logger = logging.getLogger(__name__)

#: Seconds between two looks at the outbox.
LOOK_EVERY = 0.5


def run(stopped: threading.Event) -> None:
    """Deliver what is due until `stopped` is set; then give back what has not been sent."""
    while not stopped.is_set():
        close_old_connections()
        try:
            delivery.drain(budget=2.0)
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database does not answer (%s)", type(error).__name__)
        stopped.wait(LOOK_EVERY)
