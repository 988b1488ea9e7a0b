"""The base class of the message kinds that carry a code, a link or a warning for one person."""

from notifications.customers.kinds import MessageKind
from notifications.models import CustomerNotification
from notifications.models.customer_notification import CustomerNotificationQuerySet
from portal.invitations import staff_cards


class PersonMessageKind(MessageKind):
    """A code, a link or a warning for one person; staff get a card if it does not arrive."""

    def undelivered(self, notification: CustomerNotification) -> None:
        staff_cards.undelivered(notification)

    def related(self, notification: CustomerNotification) -> CustomerNotificationQuerySet:
        """Return the messages of this sort to the same contact."""
        return staff_cards.to_person(notification.contact)

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        staff_cards.arrived(notification)
