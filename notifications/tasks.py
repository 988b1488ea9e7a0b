"""What the worker runs. A few lines each, harmless when run twice."""

from notifications.customers import delivery

#: Seconds. `manage.py start` gives a worker eight to end what it does; what is left is another run's.
BUDGET = 4.0


def deliver_due() -> str:
    """Deliver every message that is due; the result is a count, never an address."""
    return f"{delivery.drain(BUDGET)} messages looked at"
