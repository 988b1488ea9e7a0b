"""Staff cards of the portal: who came in by an invitation, and who could not be reached."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import models
from django.utils import timezone, translation

from bookings.staff_cards import UNDELIVERED
from fsportal.models import Contact, User
from notifications.customers.kinds import choices, kind_of, note_ends
from notifications.models import AppNotification, CustomerNotification, IconType, Reason, State
from portal.invitations import redeem, staff_cards
from portal.models import Invitation, NotRedeemable
from tests.factories import ContactFactory, GroupInvitationFactory, InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact() -> Contact:
    made: Contact = ContactFactory()
    return made


def come_in(invitation: Invitation, name: str) -> None:
    contact = ContactFactory(account=invitation.account, name=name)
    person = redeem.Redeemer(contact.name, contact.email, "de", contact)
    redeem.make_profile(invitation, person, User(username=name.replace(" ", ".")), timezone.now())


def test_the_inviter_hears_who_came_in(dispatcher: User, admin: User) -> None:
    come_in(InvitationFactory(by=dispatcher), "Sarah O'Brien")
    card = AppNotification.objects.get()
    assert (card.owner, card.kind, card.icon_type) == (dispatcher, staff_cards.REDEEMED, IconType.SUCCESS)
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


# --- Messages that did not arrive -----------------------------------------------------------------------------------


def message(
    event: str, state: str, contact: Contact | None, regarding: models.Model | None = None, **fields: Any
) -> CustomerNotification:
    row = CustomerNotification.objects.create(
        event=event,
        channel="email",
        contact=contact,
        regarding=regarding,
        dedupe_key=f"{event}:{CustomerNotification.objects.count()}",
        state=state,
        finished_at=timezone.now(),
        **fields,
    )
    note_ends([row])
    return row


def told(user: User) -> list[str]:
    return [card.title for card in AppNotification.objects.filter(owner=user, kind=UNDELIVERED, dismissed_at=None)]


def test_an_invitation_that_failed_is_told_to_its_inviter_alone(
    dispatcher: User, admin: User, contact: Contact
) -> None:
    invitation = InvitationFactory(by=admin)
    message("invitation", State.FAILED, contact, invitation, reason=Reason.REFUSED)
    assert (told(admin), told(dispatcher)) == ([f"{contact.name} did not get: Invitation"], [])
    card = AppNotification.objects.get()
    assert card.content["actions"][-1]["data"]["url"] == f"/admin/portal/invitation/{invitation.pk}/change/"
    assert str(Reason.REFUSED.label) in card.body


def test_an_invitation_of_nobody_or_of_who_left_is_told_to_who_may_send_again(
    dispatcher: User, admin: User, reader: User, contact: Contact
) -> None:
    gone = UserFactory(username="gone", is_active=False, groups=["dispatcher"])
    for number, inviter in enumerate((None, gone), 1):
        message("invitation", State.FAILED, contact, InvitationFactory(by=inviter))
        assert (len(told(dispatcher)), len(told(admin)), told(reader), told(gone)) == (number, number, [], [])


def test_an_invitation_that_reached_one_of_two_is_still_open(dispatcher: User) -> None:
    invitation, one, other = InvitationFactory(by=dispatcher), ContactFactory(), ContactFactory()
    for somebody in (one, other):
        message("invitation", State.FAILED, somebody, invitation)
    message("invitation", State.SENT, one, invitation)
    assert len(told(dispatcher)) == 1
    message("invitation", State.SENT, other, invitation)
    assert told(dispatcher) == []


@pytest.mark.parametrize("event", staff_cards.OF_PEOPLE)
@pytest.mark.parametrize("state", [State.FAILED, State.UNKNOWN])
def test_a_code_a_link_or_a_warning_that_failed_is_told_to_who_may_send_again(
    dispatcher: User, technician: User, contact: Contact, event: str, state: str
) -> None:
    row = message(event, state, contact, to=contact.email)
    (title,) = told(dispatcher)
    assert title.startswith(contact.name)
    assert told(technician) == []
    urls = [action["data"]["url"] for action in AppNotification.objects.get().content["actions"]]
    assert urls == [f"tel:{contact.mobile_phone}", f"/admin/notifications/customernotification/{row.pk}/change/"]


def test_who_asks_five_times_for_a_password_is_one_card_until_one_arrives(dispatcher: User, contact: Contact) -> None:
    for _time in range(5):
        message("password_reset", State.FAILED, contact, to=contact.email)
    assert len(told(dispatcher)) == 1
    message("one_time_code", State.SENT, contact, to=contact.email)
    assert len(told(dispatcher)) == 1
    message("password_reset", State.SENT, contact, to=contact.email)
    assert told(dispatcher) == []


def test_an_address_of_no_customer_is_not_spelled_out(dispatcher: User) -> None:
    message("password_reset", State.FAILED, None, to="sarah.obrien@example.com")
    (title,) = told(dispatcher)
    assert title.endswith("did not get: Password reset")
    assert "sarah.obrien" not in title


def test_no_kind_of_message_fails_in_silence() -> None:
    """Whoever adds a kind says who hears of its failures; test messages to oneself are seen where they are sent."""
    silent = [event for event, _label in choices() if "undelivered" not in _own_methods(event)]
    assert set(silent) <= {"test"}


def _own_methods(event: str) -> set[str]:
    kind = type(kind_of(event))
    return {name for one in kind.__mro__[:-2] for name in vars(one)}


def test_the_card_speaks_the_installations_language_whatever_the_customers(dispatcher: User, contact: Contact) -> None:
    with translation.override("ar"):
        message("password_reset", State.FAILED, contact, to=contact.email, reason=Reason.REFUSED)
        come_in(InvitationFactory(by=dispatcher), "Sarah O'Brien")
    said = "".join(card.title + card.body + card.data for card in AppNotification.objects.all())
    assert not [letter for letter in said if "\u0590" <= letter <= "\u06ff"]
    assert told(dispatcher) == [f"{contact.name} did not get: Password reset"]
