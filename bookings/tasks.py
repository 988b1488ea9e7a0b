"""What the worker runs. A few lines each, harmless when run twice."""

from django.utils import timezone

from bookings import reminders


def sweep_if_due() -> str:
    """Run today's reminder sweep if it is time and nobody has; comes by every minute."""
    return str(reminders.sweep_if_due(timezone.now()) or "not due")
