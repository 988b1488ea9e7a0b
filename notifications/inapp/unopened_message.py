"""The email to the people on call about a card of high priority that nobody has opened."""

import datetime as dt
import uuid
from typing import Any

from django.conf import settings as django_settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fsportal.models import PortalSettings
from fsportal.settings_area.parts import masked_address, span_words
from notifications.customers.kinds import SEND, Composed, Decision, MessageKind, Verdict
from notifications.customers.settled import is_settled
from notifications.inapp import staff_cards
from notifications.inapp.ending import end_about
from notifications.inapp.privileges import receivers_with
from notifications.inapp.staff_cards import End, StaffCardKind
from notifications.inapp.unopened import EVENT, rows_of
from notifications.models import AppNotification, CustomerNotification, IconType, Reason, UnopenedCard

#: The card about such an email that did not arrive. Of normal priority, or it would be mailed as well.
UNREACHED = "on_call_unreached"


class UnopenedCardMessage(MessageKind):
    """What the card says, how long it has waited, and where to take it. In the reader's language."""

    event = EVENT
    label = pgettext_lazy("event", "Unopened notification, to the people on call")
    priority = 1
    channels = ("email",)
    heeds_opt_out = False
    has_own_address = True

    def subject(self, notification: CustomerNotification) -> UnopenedCard | None:
        return UnopenedCard.objects.filter(pk=notification.regarding_id or uuid.UUID(int=0)).first()

    def verdict(
        self,
        notification: CustomerNotification,
        subject: UnopenedCard,
        portal_settings: PortalSettings,
        now: dt.datetime,
    ) -> Verdict:
        """Send it while the card's cause holds and nobody has opened it."""
        if rows_of(subject, now).exists():
            return SEND
        return Verdict(Decision.SUPERSEDE, Reason.CARD_SETTLED)

    def compose(
        self, notification: CustomerNotification, subject: UnopenedCard, portal_settings: PortalSettings, language: str
    ) -> Composed:
        now = timezone.now()
        rows = rows_of(subject, now)
        # Each holder has it in their own language; the reader's own, if they have one.
        card: AppNotification = rows.filter(owner__email=notification.to).first() or rows[0]
        waited = span_words((now - card.created_on).total_seconds())
        context: dict[str, Any] = {"title": card.title, "body": card.body, "waited": waited}
        return Composed(
            subject=self._render("subject", context),
            paragraphs=self._render("body", context).split("\n\n"),
            sms="",
            button=(_("Open the notifications"), django_settings.SITE_URL + reverse("notification-center")),
        )

    def _render(self, part: str, context: dict[str, Any]) -> str:
        return render_to_string(f"messages/{self.event}/{part}.txt", context, using="text").strip()

    def undelivered(self, notification: CustomerNotification) -> None:
        """Tell everybody who may send messages again."""
        page = reverse("admin:notifications_customernotification_change", args=[notification.pk])

        def words() -> dict[str, Any]:
            why = notification.get_reason_display() or notification.get_state_display()
            address = masked_address(notification.to)
            return {
                "title": _("On call could not be reached: %(address)s") % {"address": address},
                "body": _("By email: %(why)s.") % {"why": why},
                "icon_type": IconType.WARNING,
                "actions": {"actions": [{"title": _("See the message"), "data": {"url": page}}]},
            }

        staff_cards.tell(UNREACHED, receivers_with("notifications.send_again"), notification, words)

    def delivered_after_all(self, notification: CustomerNotification) -> None:
        for message in filter(None, (notification, notification.resent_of)):
            end_about(message, UNREACHED)

    def settling(self, notifications: Any) -> list[CustomerNotification]:
        """Return copies of one that had failed."""
        return [one for one in notifications if one.resent_of_id is not None]


def register_kinds() -> None:
    staff_cards.register(
        StaffCardKind(
            UNREACHED,
            gettext_lazy("On call could not be reached"),
            gettext_lazy("The email about a card that nobody had opened did not arrive."),
            gettext_lazy("Until it arrives after all or is sent again, at most for a day."),
            (End(CustomerNotification, is_settled, after=dt.timedelta(days=1)),),
        )
    )
