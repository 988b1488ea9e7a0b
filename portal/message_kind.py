"""The base class of the message kinds that carry a code, a link or a warning for one person."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fsportal.models import Contact
from notifications.customers.kinds import Example, MessageKind
from notifications.models import CustomerNotification
from portal.invitations import staff_cards

#: What these messages are looked at with: people's own codes and links are nobody else's business.
MADE_UP_MESSAGE: list[tuple[str, Any]] = [("made-up", gettext_lazy("Somebody who is made up"))]
#: The account of whoever is made up.
MADE_UP_ACCOUNT: Any = gettext_lazy("Example Ltd")


def made_up(event: str, channel: str, subject: Any) -> Example:
    """Return a message to nobody about something that is not stored."""
    contact = Contact(name=_("Anna Example"))
    return Example(
        str(MADE_UP_MESSAGE[0][1]), CustomerNotification(event=event, channel=channel, contact=contact), subject
    )


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
