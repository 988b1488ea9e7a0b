"""The base class of the message kinds that carry a code, a link or a warning for one person."""

from collections.abc import Sequence

from notifications.customers.kinds import MessageKind
from notifications.models import CustomerNotification
from portal.invitations import staff_cards


class PersonMessageKind(MessageKind):
    """A code, a link or a warning for one person; staff get a card if it does not arrive."""

    def undelivered(self, notification: CustomerNotification) -> None:
        staff_cards.undelivered(notification)

    def settling(self, notifications: Sequence[CustomerNotification]) -> list[CustomerNotification]:
        """Return those to a contact whom another message of this sort did not reach, and copies of one that failed."""
        return [
            one
            for one in notifications
            if one.resent_of_id or staff_cards.to_person(one.contact).needing_attention().exists()
        ]

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        staff_cards.arrived(notification)
