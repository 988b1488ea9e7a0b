"""The card for dispatchers about a visit that its customer has not confirmed, or that does not suit them."""

from typing import Any

from django.utils.translation import gettext_lazy

from bookings.models import Booking
from bookings.staff_cards.kinds import UNCONFIRMED, dispatchers
from bookings.staff_cards.texts import buttons, details_of, name_of, to_call, to_visit, visit_words
from fsportal.models import Contact
from notifications.inapp import staff_cards
from notifications.models import IconType, Priority


def nobody_answered(booking: Booking) -> None:
    order = booking.work_order
    contact = order.reported_by or order.account.primary_contact
    words = gettext_lazy("Not confirmed by %(name)s: %(visit)s")
    _tell(booking, contact, words, gettext_lazy("They were asked and have not answered."))


def customer_declined(booking: Booking, contact: Contact) -> None:
    """Tell dispatchers although the customer may be able to choose another time: not everybody does."""
    words = gettext_lazy("Does not suit %(name)s: %(visit)s")
    _tell(booking, contact, words, gettext_lazy("They need another time."), priority=Priority.HIGH)


def _tell(
    booking: Booking, contact: Contact | None, title: Any, why: Any, *, priority: Priority = Priority.NORMAL
) -> None:
    def words() -> dict[str, Any]:
        return {
            "title": (title % {"name": name_of(contact), "visit": visit_words(booking)})[:256],
            "body": f"{why} {details_of(booking)}"[:500],
            "priority": priority,
            "icon_type": IconType.WARNING,
            "actions": buttons(to_call(contact), to_visit(booking)),
        }

    staff_cards.tell(UNCONFIRMED, dispatchers(), booking, words)
