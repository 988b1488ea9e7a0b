"""The card for dispatchers about a visit that its customer has not confirmed, or that does not suit them."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.staff_cards.kinds import UNCONFIRMED, dispatchers
from bookings.staff_cards.texts import buttons, details_of, name_of, to_call, to_visit, visit_words
from fsportal.models import Contact
from notifications.inapp import staff_cards
from notifications.models import IconType, Priority


def nobody_answered(booking: Booking) -> None:
    order = booking.work_order
    contact = order.reported_by or order.account.primary_contact
    with translation.override(settings.LANGUAGE_CODE):
        _tell(booking, contact, _("Not confirmed by %(name)s: %(visit)s"), _("They were asked and have not answered."))


def customer_declined(booking: Booking, contact: Contact) -> None:
    """Tell dispatchers although the customer may be able to choose another time: not everybody does."""
    with translation.override(settings.LANGUAGE_CODE):
        words = _("Does not suit %(name)s: %(visit)s")
        _tell(booking, contact, words, _("They need another time."), priority=Priority.HIGH)


def _tell(
    booking: Booking, contact: Contact | None, words: str, why: str, *, priority: Priority = Priority.NORMAL
) -> None:
    title = words % {"name": name_of(contact), "visit": visit_words(booking)}
    staff_cards.tell(
        UNCONFIRMED,
        dispatchers(),
        booking,
        title=title[:256],
        body=f"{why} {details_of(booking)}"[:500],
        priority=priority,
        icon_type=IconType.WARNING,
        actions=buttons(to_call(contact), to_visit(booking)),
    )
