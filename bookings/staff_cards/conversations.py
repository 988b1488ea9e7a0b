"""Cards for dispatchers about what customers text, and about words of staff that did not arrive."""

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.staff_cards.kinds import TEXTED, UNREACHED_BY_US, dispatchers
from bookings.staff_cards.texts import buttons, name_of, to_call
from fsportal.lib import phones
from fsportal.lib.text import one_line
from fsportal.models import User
from notifications.inapp import staff_cards
from notifications.inapp.privileges import receivers_with
from notifications.models import Conversation, CustomerNotification, IconType, Priority, StaffMessage, TextReply

TEXT_LENGTH = 400


def customer_texted(conversation: Conversation, reply: TextReply | None) -> None:
    """Tell dispatchers of the newest text, or without one that our answer did not arrive; one card per conversation.

    Only those who may see contacts: the text may say anything.
    """
    contact = conversation.contact
    page = reverse("admin:notifications_conversation_change", args=[conversation.pk])

    def words() -> dict[str, Any]:
        name = name_of(contact) if contact else phones.masked(conversation.number) or conversation.number
        title = _("%(name)s texted") if reply else _("%(name)s did not get our answer")
        return {
            "title": (title % {"name": name})[:256],
            # Title and body of a card are plain text: what looks like markdown or a link stays as it was typed.
            "body": f"“{one_line(reply.body, TEXT_LENGTH)}”" if reply and reply.body.strip() else "",
            "priority": Priority.NORMAL if reply else Priority.HIGH,
            "icon_type": IconType.MENTION if reply else IconType.FAILURE,
            "actions": buttons((_("Answer"), f"{page}?answer=1"), to_call(contact)),
        }

    staff_cards.tell(TEXTED, who_may_read(), conversation, words)


def who_may_read() -> QuerySet[User]:
    """Return the dispatchers who may see contacts and conversations."""
    contacts, texts = receivers_with("fsportal.view_contact"), receivers_with("notifications.view_conversation")
    return dispatchers().filter(Q(pk__in=contacts.values("pk")) & Q(pk__in=texts.values("pk")))


def unreached(written: StaffMessage, notification: CustomerNotification) -> None:
    """Tell dispatchers that a message of ours to many did not reach somebody: one card per message."""
    failed = CustomerNotification.objects.filter(staff_message=written).needing_attention().count()
    page = reverse("admin:notifications_staffmessage_change", args=[written.pk])

    def words() -> dict[str, Any]:
        return {
            "title": _("A free message did not arrive: %(count)d") % {"count": failed},
            "body": f"“{one_line(written.subject or written.body, TEXT_LENGTH)}”",
            "icon_type": IconType.WARNING,
            "actions": buttons((_("See whom it did not reach"), page)),
        }

    staff_cards.tell(UNREACHED_BY_US, who_may_read(), written, words)
