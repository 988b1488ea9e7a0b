"""What staff are told of the portal by themselves: the inviter, that somebody came in."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from fsportal.models import User
from notifications.models import AppNotification, IconType
from portal import alerts, redeem
from portal.models import Invitation, NotRedeemable
from tests.factories import ContactFactory, GroupInvitationFactory, InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db


def come_in(invitation: Invitation, name: str) -> None:
    contact = ContactFactory(account=invitation.account, name=name)
    person = redeem.Person(contact.name, contact.email, "de", contact)
    redeem.make_profile(invitation, person, User(username=name.replace(" ", ".")), timezone.now())


def test_the_inviter_hears_who_came_in(dispatcher: User, admin: User) -> None:
    come_in(InvitationFactory(by=dispatcher), "Sarah O'Brien")
    card = AppNotification.objects.get()
    assert (card.owner, card.kind, card.icon_type) == (dispatcher, alerts.REDEEMED, IconType.SUCCESS)
    assert card.title == "Sarah O'Brien redeemed your invitation"
    assert "Redeemed 1 of 1 times." in card.body


def test_many_who_come_in_by_one_invitation_are_one_card(dispatcher: User) -> None:
    invitation = GroupInvitationFactory(inviter=dispatcher)
    for name in ("Ann One", "Ben Two", "Cy Three"):
        come_in(invitation, name)
    card = AppNotification.objects.get()
    assert card.title.startswith("Cy Three")
    assert "Redeemed 3 of 3 times." in card.body
    with pytest.raises(NotRedeemable):
        come_in(invitation, "Di Four")
    assert AppNotification.objects.get().title.startswith("Cy Three")


def test_an_inviter_without_a_bell_and_an_invitation_of_nobody_tell_nobody(dispatcher: User) -> None:
    come_in(InvitationFactory(by=None), "Ann One")
    blind: User = UserFactory(is_staff=True)
    blind.user_permissions.set(Permission.objects.filter(codename="add_invitation"))
    come_in(InvitationFactory(by=blind), "Ben Two")
    assert not AppNotification.objects.exists()
