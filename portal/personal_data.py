"""The portal's personal data: exporting and erasing it."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from fsportal.lib.personal_data import Disposition, Line, erase, holding, kept, told
from fsportal.models import ErasedAddress, Person
from fsportal.models.erased_address import INVITED
from notifications.personal_data import cards_about, erase_cards
from portal.invitations.staff_cards import REDEEMED
from portal.models import (
    Invitation,
    InvitationType,
    InvitedAddress,
    OneTimeCode,
    Redemption,
    SecurityNotice,
    StaffInvitation,
    WebRole,
)
from portal.models.invitation import InvitationQuerySet

HANDLED = {
    "portal.Invitation": "withdrawn if open; stays, of a nameless contact",
    "portal.Invitation_contacts": "of a group: erased; of a single one: leads to a nameless contact",
    "portal.Redemption": "stays, of a nameless contact",
    "portal.OneTimeCode": "erased",
    "portal.InvitedAddress": "becomes a keyed hash",
    "portal.SecurityNotice": "erased",
    "portal.StaffInvitation": "erased",
    "portal.WebRole": "their roles are taken away",
    "portal.WebRole_contacts": "erased",
}
NOT_PERSONAL = {
    "portal.Invitation_web_roles": "which roles an invitation gives",
    "portal.Redemption_web_roles": "which roles an invitation gave; nameless with its redemption",
}


def _invitations(person: Person) -> InvitationQuerySet:
    return Invitation.objects.filter(pk__in=Invitation.objects.filter(contacts__in=person.contacts))


def _redemptions(person: Person) -> QuerySet[Redemption]:
    return Redemption.objects.filter(Q(contact__in=person.contacts) | Q(user__in=person.users))


def _codes(person: Person) -> QuerySet[OneTimeCode]:
    """Return codes that were for them or went to an address of theirs, even to one that they never confirmed."""
    changes = [f"email:{pk}" for pk in person.contacts]
    to_them = holding(OneTimeCode.objects.all(), person.addresses, "to")
    mine = Q(contact__in=person.contacts) | Q(purpose__in=changes) | Q(pk__in=to_them.values("pk"))
    return OneTimeCode.objects.filter(mine)


def _invited(person: Person) -> QuerySet[InvitedAddress]:
    return holding(InvitedAddress.objects.all(), person.emails, "email")


def _notices(person: Person) -> QuerySet[SecurityNotice]:
    return SecurityNotice.objects.filter(user__in=person.users)


def _of_staff(person: Person) -> QuerySet[StaffInvitation]:
    return StaffInvitation.objects.filter(user__in=person.users)


def records(person: Person) -> list[QuerySet[Any]]:
    """Return the records that audit trails may be about."""
    return [_invitations(person).filter(type=InvitationType.SINGLE), _redemptions(person), _invited(person)]


def export(person: Person) -> dict[str, Any]:
    """Return what is held, without codes."""
    sent = ("type", "account__name", "created_at", "sent_at", "expires_at", "withdrawn_at", "is_automatic")
    return {
        "invitations": told(_invitations(person).order_by("created_at"), *sent),
        "redemptions": told(
            _redemptions(person).order_by("redeemed_at"),
            *("redeemed_at", "made_user", "made_contact", "undone_at"),
        ),
        "web_roles": told(
            WebRole.objects.filter(pk__in=WebRole.objects.filter(contacts__in=person.contacts)), "name", "description"
        ),
        "invited_addresses": told(_invited(person), "email", "invited_at"),
        "one_time_codes": told(_codes(person).order_by("created_at"), "channel", "to", "created_at", "used_at"),
        "security_notices": told(_notices(person).order_by("at"), "at", "change"),
        "invitations_as_staff": told(
            _of_staff(person).order_by("sent_at"), "language", "sent_at", "expires_at", "accepted_at", "withdrawn_at"
        ),
    }


def forget(person: Person) -> list[Line]:
    """Blank or delete it, in the caller's transaction. A keyed hash of invited addresses stays: one invite, ever."""
    # Cards about a group invitation name the last person who came in.
    cards = cards_about(
        [_invitations(person), Invitation.objects.filter(redemptions__in=_redemptions(person))], REDEEMED
    )
    members = Invitation.contacts.through.objects.filter(
        contact__in=person.contacts, invitation__type=InvitationType.GROUP
    )
    for address in _invited(person):
        ErasedAddress.keep(address.email, INVITED)
    codes = _codes(person)
    return [
        erase_cards("in-app notifications of their coming in", cards),
        Line(Disposition.CLOSED, "open invitations, withdrawn", _withdraw(person)),
        erase("places in group invitations", members),
        kept("invitations", _invitations(person).count(), "that somebody was invited, and when"),
        kept("redemptions", _redemptions(person).count(), "that somebody came in, and when"),
        erase("web roles of theirs", WebRole.contacts.through.objects.filter(contact__in=person.contacts)),
        erase(
            "addresses that were invited", _invited(person), "a keyed hash stays: the automatic invite goes out once"
        ),
        erase("one-time codes", codes),
        erase("notices of changes of sign-in", _notices(person)),
        erase("invitations as staff", _of_staff(person)),
    ]


def _withdraw(person: Person) -> int:
    open_ones = _invitations(person).redeemable(timezone.now()).filter(type=InvitationType.SINGLE)
    return sum(invitation.withdraw(by=None, why="") for invitation in open_ones)
