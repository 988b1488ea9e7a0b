"""The seven messages about a booking: whether each is still true when it is about to go out, and what it says.

Words are in templates/messages/<event>/; the rules are the seed's "List of notifications" and domain.md.
"""

from bookings.messages.appointment import Canceled, Confirmed, Rescheduled, Upcoming
from bookings.messages.progress import Completed, Delayed, Traveling
from notifications.customers.kinds import register


def register_kinds() -> None:
    """Make the seven messages known to the outbox; called once when the app is ready."""
    for kind in (Confirmed(), Upcoming(), Traveling(), Delayed(), Completed(), Rescheduled(), Canceled()):
        register(kind)
