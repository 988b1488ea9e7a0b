"""Cards for dispatchers about what customers do and say."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import Booking, CustomerNote, Feedback, WorkOrder
from bookings.staff_cards.kinds import CHANGED, LOW_RATING, REQUESTED, WROTE, dispatchers
from bookings.staff_cards.texts import (
    NAME_LENGTH,
    buttons,
    details_of,
    name_of,
    to_call,
    to_visit,
    to_work_order,
    visit_words,
)
from fsportal.lib.text import one_line
from fsportal.models import Contact
from notifications.inapp import staff_cards
from notifications.models import IconType, Priority

TEXT_LENGTH = 300


def customer_booked(booking: Booking, contact: Contact) -> None:
    """Tell dispatchers of a visit that a customer booked; a note with it gets a card of its own."""
    _tell_dispatchers(CHANGED, booking, contact, gettext_lazy("%(name)s booked: %(visit)s"), icon_type=IconType.INFO)


def customer_moved(booking: Booking, contact: Contact) -> None:
    title = gettext_lazy("%(name)s chose another time: %(visit)s")
    _tell_dispatchers(CHANGED, booking, contact, title, icon_type=IconType.INFO)


def customer_canceled(booking: Booking, contact: Contact) -> None:
    title = gettext_lazy("%(name)s canceled: %(visit)s")
    _tell_dispatchers(CHANGED, booking, contact, title, icon_type=IconType.WARNING)


def customer_wrote(note: CustomerNote) -> None:
    """Tell dispatchers what a customer wrote or asks for.

    There is one such card per visit: while a wish waits, a mere note does not take its place.
    """
    titles = {
        "change": gettext_lazy("%(name)s asks for another time: %(visit)s"),
        "cancel": gettext_lazy("%(name)s asks to cancel: %(visit)s"),
    }
    wish = note.wish if note.wish in titles else _waiting_wish(note)
    _tell_dispatchers(
        WROTE,
        note.booking,
        note.contact,
        titles.get(wish, gettext_lazy("%(name)s wrote: %(visit)s")),
        said=note.text,
        priority=Priority.HIGH if wish in titles else Priority.NORMAL,
        icon_type=IconType.MENTION,
    )


def customer_asked_for_time(order: WorkOrder) -> None:
    """Tell dispatchers of work for which a customer found no time on the portal."""
    place = one_line(order.site.address_line(), 150)
    body = ", ".join(filter(None, (f"“{one_line(order.request, TEXT_LENGTH)}” {order.number}", place)))

    def words() -> dict[str, Any]:
        names = {"name": name_of(order.reported_by), "service": one_line(order.incident_type.name, NAME_LENGTH)}
        return {
            "title": (_("%(name)s asks for a visit: %(service)s") % names)[:256],
            "body": body[:500],
            "actions": buttons(to_call(order.reported_by), to_work_order(order)),
            "priority": Priority.HIGH,
            "icon_type": IconType.MENTION,
        }

    staff_cards.tell(REQUESTED, dispatchers(), order, words)


def _waiting_wish(note: CustomerNote) -> str:
    """Return what the same customer still asks for about the same visit; empty if nothing."""
    waiting = type(note).objects.waiting().filter(booking=note.booking_id, contact=note.contact_id)
    return waiting.values_list("wish", flat=True).first() or ""


def low_rating(feedback: Feedback) -> None:
    """Tell dispatchers that a customer was not satisfied, so that somebody calls."""
    _tell_dispatchers(
        LOW_RATING,
        feedback.booking,
        feedback.contact,
        gettext_lazy("%(rating)s of 5 from %(name)s: %(visit)s"),
        said=feedback.comment,
        rating=feedback.rating,
        icon_type=IconType.WARNING,
    )


def _tell_dispatchers(
    kind: str,
    booking: Booking,
    contact: Contact | None,
    title: Any,
    *,
    said: str = "",
    rating: int | None = None,
    **more: Any,
) -> None:
    said = one_line(said, TEXT_LENGTH)

    def words() -> dict[str, Any]:
        names = {"name": name_of(contact), "visit": visit_words(booking), "rating": rating}
        body = f"“{said}” {details_of(booking)}" if said else details_of(booking)
        actions = buttons(to_call(contact), to_visit(booking))
        return {"title": (title % names)[:256], "body": body[:500], "actions": actions, **more}

    staff_cards.tell(kind, dispatchers(), booking, words)
