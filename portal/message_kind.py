"""What the messages about a person's way in have in common."""

from notifications.customers.kinds import MessageKind
from notifications.models import CustomerNotification
from notifications.models.customer_notification import CustomerNotificationQuerySet
from portal.invitations import staff_cards


class PersonMessageKind(MessageKind):
    """A code, a link or a warning to one person; when it does not arrive, somebody of the staff hears of it."""

    def undelivered(self, notification: CustomerNotification) -> None:
        """Tell who can send it again or call."""
        staff_cards.undelivered(notification)

    def related(self, notification: CustomerNotification) -> CustomerNotificationQuerySet:
        """Return the messages of this sort to the same contact."""
        return staff_cards.to_person(notification.contact)

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        """Take back what they were told, if that is settled now."""
        staff_cards.arrived(notification)
