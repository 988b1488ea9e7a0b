"""What messages with codes, links and warnings for one person have in common."""

from notifications.customers.kinds import MessageKind
from notifications.models import CustomerNotification
from portal.invitations import staff_cards


class PersonMessageKind(MessageKind):
    """A code, a link or a warning for one person; staff get a card if it does not arrive."""

    def undelivered(self, notification: CustomerNotification) -> None:
        staff_cards.undelivered(notification)

    def delivered(self, notification: CustomerNotification) -> None:
        staff_cards.arrived(notification)
