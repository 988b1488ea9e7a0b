"""What the worker runs. A few lines each, harmless when run twice."""

from django.utils import timezone

from portal.invitations import automatic

#: Seconds. `manage.py start` gives a worker eight to end what it does; what is left is the next run's.
BUDGET = 4.0


def invite_automatically() -> str:
    """Send the automatic invites that are due; returns a count, never an address."""
    return f"{automatic.sweep(timezone.now(), BUDGET)} contacts invited"
