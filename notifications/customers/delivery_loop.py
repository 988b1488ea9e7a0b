"""The delivery process: looks for due messages twice a second, until it is told to stop."""

import threading

from notifications.customers import delivery

#: Seconds between two looks at the outbox when nothing is due.
LOOK_EVERY = 0.5


def run(stopped: threading.Event) -> None:
    """Deliver what is due until `stopped` is set; then give back what has not been sent."""
    delivery.run(stopped, LOOK_EVERY)
