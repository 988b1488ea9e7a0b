"""Cards for dispatchers about messages that did not arrive."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.staff_cards.kinds import UNDELIVERED, dispatchers
from bookings.staff_cards.texts import buttons, details_of, name_of, to_call, to_visit, visit_words
from notifications.admin.message_states import what_to_do
from notifications.customers.kinds import label_of
from notifications.customers.settled import ARRIVED
from notifications.inapp import staff_cards
from notifications.inapp.ending import end_about
from notifications.models import CustomerNotification, IconType, Priority, Reason, State


def undelivered(message: CustomerNotification, booking: Booking) -> None:
    """Tell dispatchers that a message did not reach its contact, unless the same one arrived on another channel."""
    if message.reason == Reason.NEWER_MESSAGE or _same(message).filter(state__in=ARRIVED).exists():
        return
    failed = message.state == State.FAILED
    page = reverse("admin:notifications_customernotification_change", args=[message.pk])

    def words() -> dict[str, Any]:
        title = _("%(name)s was not told: %(event)s") if failed else _("%(name)s was perhaps not told: %(event)s")
        how = _("By %(channel)s: %(why)s.") % {
            "channel": message.get_channel_display(),
            "why": message.get_reason_display() or message.get_state_display(),
        }
        return {
            "title": (title % {"name": name_of(message.contact), "event": label_of(message.event)})[:256],
            "body": f"{how} {what_to_do(message.reason)} {visit_words(booking)}. {details_of(booking)}"[:500],
            "priority": Priority.HIGH,
            "icon_type": IconType.FAILURE if failed else IconType.WARNING,
            "actions": buttons(to_call(message.contact), (_("Send again"), page), to_visit(booking)),
        }

    staff_cards.tell(UNDELIVERED, dispatchers(), booking, words)
    # What the message would have said may no longer matter (ends.py).
    end_about(booking, UNDELIVERED)


def arrived(message: CustomerNotification) -> None:
    """Withdraw the card when the message arrived after all and no other one about the visit needs attention."""
    if isinstance(message.regarding, Booking):
        end_about(message.regarding, UNDELIVERED)


def _same(message: CustomerNotification) -> QuerySet[CustomerNotification]:
    """Return the messages that say the same to the same contact, on any channel, sent again or not."""
    return CustomerNotification.objects.filter(
        regarding_type=message.regarding_type_id,
        regarding_id=message.regarding_id,
        event=message.event,
        revision=message.revision,
        contact=message.contact_id,
    ).exclude(pk=message.pk)
