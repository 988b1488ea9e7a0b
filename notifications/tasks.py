"""The tasks that the worker runs; each is harmless if run twice."""

from django.utils import timezone

from notifications.customers import delivery
from notifications.models import app_notification

#: Seconds. `manage.py start` gives a worker eight to finish; another run does the rest.
BUDGET = 4.0


def deliver_due() -> str:
    """Deliver every message that is due. The result is kept, so it has a count but no address."""
    return f"{delivery.drain(BUDGET)} messages looked at"


def expire_app_notifications() -> str:
    """Delete app notifications that are expired or finally dismissed."""
    return f"{app_notification.expire(timezone.now())} in-app notifications deleted"
