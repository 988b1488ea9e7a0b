"""What the worker runs. A few lines each, harmless when run twice."""

from django.utils import timezone

from notifications.customers import delivery
from notifications.models import app_notification

#: Seconds. `manage.py start` gives a worker eight to end what it does; what is left is another run's.
BUDGET = 4.0


def deliver_due() -> str:
    """Deliver every message that is due; the result is a count, never an address."""
    return f"{delivery.drain(BUDGET)} messages looked at"


def expire_app_notifications() -> str:
    """Delete in-app notifications that are over."""
    return f"{app_notification.expire(timezone.now())} in-app notifications deleted"
