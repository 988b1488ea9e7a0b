"""Staff cards of the portal: who came in by an invitation, and who could not be reached."""

import datetime as dt
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.staff_cards.kinds import UNDELIVERED
from bookings.staff_cards.texts import buttons, name_of, to_call
from fsportal.lib.text import one_line
from fsportal.models import Contact, User
from fsportal.settings_area.parts import masked_address
from notifications.admin.message_states import what_to_do
from notifications.customers.kinds import label_of
from notifications.customers.settled import ARRIVED, is_settled
from notifications.inapp import staff_cards
from notifications.inapp.ending import end_about
from notifications.inapp.privileges import receivers, receivers_with
from notifications.inapp.staff_cards import End, StaffCardKind
from notifications.models import CustomerNotification, IconType, Priority, State
from notifications.models.customer_notification import CustomerNotificationQuerySet
from portal.models import Invitation, Redemption

REDEEMED = "invitation_redeemed"
NAME_LENGTH = 60
#: How long it is news that somebody came in, or did not get a code.
NEWS_FOR = dt.timedelta(days=3)
#: Messages about a person's sign-in, not about an invitation or a visit.
OF_PEOPLE = ("email_changed", "one_time_code", "password_reset", "security_notice")


def register_kinds() -> None:
    """Make the kind known, and when cards about people and invitations are over; called once when the app is ready."""
    says = gettext_lazy("Somebody came in by an invitation of yours.")
    until = gettext_lazy("For three days, or until the redemption is undone.")
    ends = (End(Invitation, _nobody_came, after=NEWS_FOR),)
    staff_cards.register(StaffCardKind(REDEEMED, gettext_lazy("Your invitation was redeemed"), says, until, ends))
    staff_cards.register_ends(
        UNDELIVERED,
        End(Invitation, _invited_or_over),
        End(Contact, _reached, after=NEWS_FOR),
        End(CustomerNotification, is_settled, after=NEWS_FOR),
    )


# --- When they are over -----------------------------------------------------------------------------------------------


def _nobody_came(_now: dt.datetime) -> Q:
    return ~Q(Exists(Redemption.objects.filter(invitation=OuterRef("pk"), undone_at=None)))


def _invited_or_over(now: dt.datetime) -> Q:
    """Tell which invitations cannot be redeemed any more, or have reached or let in everybody they were sent to."""
    came = Redemption.objects.filter(invitation=OuterRef("regarding_id"), contact=OuterRef("contact"), undone_at=None)
    failed = _unsaid(CustomerNotification.objects.filter(regarding_id=OuterRef("pk"))).exclude(Exists(came))
    return ~Q(Exists(Invitation.objects.redeemable(now).filter(pk=OuterRef("pk")))) | ~Q(Exists(failed))


def _reached(_now: dt.datetime) -> Q:
    """Tell which contacts have got what had not arrived."""
    return ~Q(Exists(_unsaid(CustomerNotification.objects.filter(contact=OuterRef("pk"), event__in=OF_PEOPLE))))


def _unsaid(sent: CustomerNotificationQuerySet) -> CustomerNotificationQuerySet:
    """Return those of `sent` that failed and were not followed by one of the same kind that arrived."""
    later = CustomerNotification.objects.filter(
        event=OuterRef("event"), contact=OuterRef("contact"), created_at__gte=OuterRef("created_at"), state__in=ARRIVED
    )
    return sent.needing_attention().exclude(Exists(later))


# --- Who came in ------------------------------------------------------------------------------------------------------


def redeemed(redemption: Redemption) -> None:
    """Tell the inviter who came in; for a group invitation one card counts them all.

    Called inside the transaction of the redemption.
    """
    invitation, contact = redemption.invitation, redemption.contact
    end_about(invitation, UNDELIVERED)
    if invitation.inviter is None or contact is None:
        return
    invitation.refresh_from_db(fields=["redeemed_count"])  # the seat was taken in the database

    def words() -> dict[str, Any]:
        return {
            "title": _("%(name)s redeemed your invitation") % {"name": one_line(contact.name, NAME_LENGTH)},
            "body": _("%(account)s. Redeemed %(count)d of %(most)d times.")
            % {
                "account": one_line(invitation.account.name, NAME_LENGTH),
                "count": invitation.redeemed_count,
                "most": invitation.max_redemptions,
            },
            "icon_type": IconType.SUCCESS,
            "actions": buttons((_("See the contact"), _contact(redemption))),
        }

    staff_cards.tell(REDEEMED, [invitation.inviter], invitation, words)


def _contact(redemption: Redemption) -> str:
    return f"?pagetype=entityrecord&etn=contact&id={redemption.contact_id}"


# --- Messages that did not arrive -----------------------------------------------------------------------------------


def invitation_undelivered(message: CustomerNotification, invitation: Invitation) -> None:
    """Tell the inviter, with the page from which it can be sent again.

    If there is no inviter (automatic invites) or they have left, tell everybody who may send messages again.
    """
    inviter = receivers(User.objects.filter(pk__in=[invitation.inviter_id]))
    page = reverse("admin:portal_invitation_change", args=[invitation.pk])
    _tell_undelivered(message, inviter if inviter.exists() else _helpers(), invitation, page)


def undelivered(message: CustomerNotification) -> None:
    """Tell everybody who may send messages again that a person did not get their code, link or warning.

    One card per customer, however often they ask for a new password; for people who are not customers (staff), one
    card per message.
    """
    page = reverse("admin:notifications_customernotification_change", args=[message.pk])
    _tell_undelivered(message, _helpers(), message.contact or message, page)


def invitation_arrived(invitation: Invitation) -> None:
    """Withdraw the card once the invitation has reached everybody it was sent to."""
    end_about(invitation, UNDELIVERED)


def arrived(message: CustomerNotification) -> None:
    """Withdraw the card once its customer, or the person who is none, has got what had not arrived."""
    for about in filter(None, (message.contact,) if message.contact else (message, message.resent_of)):
        end_about(about, UNDELIVERED)


def to_person(contact: Contact | None) -> CustomerNotificationQuerySet:
    """Return the messages about this contact's way in; none for somebody who is not a contact."""
    sent = CustomerNotification.objects
    return sent.filter(contact=contact, event__in=OF_PEOPLE) if contact else sent.none()


def _helpers() -> "QuerySet[User]":
    return receivers_with("notifications.send_again")


def _tell_undelivered(
    message: CustomerNotification, whom: "QuerySet[User]", about: Invitation | Contact | CustomerNotification, page: str
) -> None:
    failed = message.state == State.FAILED

    def words() -> dict[str, Any]:
        title = _("%(name)s did not get: %(event)s") if failed else _("%(name)s perhaps did not get: %(event)s")
        name = name_of(message.contact) if message.contact else masked_address(message.to)
        body = _("By %(channel)s: %(why)s.") % {
            "channel": message.get_channel_display(),
            "why": message.get_reason_display() or message.get_state_display(),
        }
        return {
            "title": (title % {"name": name, "event": label_of(message.event)})[:256],
            "body": f"{body} {what_to_do(message.reason)}",
            "priority": Priority.HIGH,
            "icon_type": IconType.FAILURE if failed else IconType.WARNING,
            "actions": buttons(to_call(message.contact), (_("Send again"), page)),
        }

    staff_cards.tell(UNDELIVERED, whom, about, words)
