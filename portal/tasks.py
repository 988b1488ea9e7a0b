"""The tasks of this app that the worker runs. Harmless when run twice."""

from django.utils import timezone

from portal.invitations import automatic

#: Seconds. `manage.py start` gives a worker eight to finish; another run does the rest.
BUDGET = 4.0


def invite_automatically() -> str:
    """Send the automatic invites that are due; returns a count, never an address."""
    return f"{automatic.sweep(timezone.now(), BUDGET)} contacts invited"
