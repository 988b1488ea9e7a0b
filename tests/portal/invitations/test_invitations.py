"""Invitations: the code, the states, sending, and what the email says."""

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection
from django.utils import timezone

from fsportal.lib.codes import TYPED_ALPHABET
from fsportal.models import AuditEntry, Contact, User
from notifications.customers import delivery
from notifications.models import CustomerNotification, Reason, State
from portal.models import (
    WEB_API_USERS,
    Invitation,
    InvitationState,
    InvitationType,
    NoAddress,
    NotRedeemable,
    WebRole,
)
from tests.factories import (
    AccountFactory,
    ContactFactory,
    GroupInvitationFactory,
    InvitationFactory,
    UserFactory,
    redeem,
)
from tests.portal.stage import company

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def actions(subject: Invitation | Contact) -> list[str]:
    return [entry.action for entry in AuditEntry.of(subject)][::-1]


def email_of(invitation: Invitation) -> CustomerNotification:
    delivery.drain()
    return invitation.messages()[0]


# --- Making ---------------------------------------------------------------------------------------------------------
def test_one_click_makes_a_single_invitation_of_the_portals_own_role_that_ends_as_the_settings_say(
    clock: time_machine.Coordinates, dispatcher: User
) -> None:
    contact = ContactFactory()
    invitation, is_new = Invitation.offer(contact, by=dispatcher)
    assert is_new
    assert (invitation.type, invitation.max_redemptions) == (InvitationType.SINGLE, 1)
    assert (invitation.account, invitation.inviter) == (contact.account, dispatcher)
    assert [role.name for role in invitation.web_roles.all()] == [WEB_API_USERS]
    assert invitation.expires_at == NOW + 30 * DAY
    assert actions(invitation) == ["created"]


def test_a_contact_with_an_open_invitation_is_led_to_it_and_one_that_is_over_does_not_count(dispatcher: User) -> None:
    contact = ContactFactory()
    first, _new = Invitation.offer(contact, by=dispatcher)
    assert Invitation.offer(contact, by=dispatcher) == (first, False)
    first.withdraw(by=dispatcher)
    second, is_new = Invitation.offer(contact, by=dispatcher)
    assert is_new
    assert second != first


@pytest.mark.django_db(transaction=True)
def test_a_double_click_makes_one_invitation() -> None:
    contact, gate = ContactFactory(), Barrier(4)

    def click(_number: int) -> bool:
        try:
            gate.wait(timeout=20)
            return Invitation.offer(contact, by=None)[1]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(click, range(4))) == [False, False, False, True]
    assert Invitation.objects.count() == 1


def test_zero_days_in_the_settings_means_for_ever() -> None:
    company(invitation_days=0)
    assert InvitationFactory().expires_at is None


def test_a_single_invitation_is_never_for_two() -> None:
    invitation = InvitationFactory()
    invitation.max_redemptions = 2
    with pytest.raises(ValidationError, match="redeemed once"):
        invitation.full_clean()
    with pytest.raises(IntegrityError):
        Invitation.objects.filter(pk=invitation.pk).update(max_redemptions=2)


# --- The code -------------------------------------------------------------------------------------------------------
def test_the_code_is_in_groups_without_look_alikes_and_stands_nowhere_in_the_row() -> None:
    invitation = InvitationFactory()
    assert [len(group) for group in invitation.code.split("-")] == [4, 4, 4, 4]
    assert set(invitation.code) - {"-"} <= set(TYPED_ALPHABET)
    assert not set("0O1I5S") & set(TYPED_ALPHABET)
    secret = invitation.code.replace("-", "")[6:]
    assert secret not in str(Invitation.objects.filter(pk=invitation.pk).values())


@pytest.mark.parametrize("typed", [str, str.lower, lambda code: code.replace("-", ""), lambda code: f"  {code} "])
def test_case_dashes_and_spaces_are_forgiven(typed: type[str]) -> None:
    invitation = InvitationFactory()
    assert Invitation.find(typed(invitation.code), timezone.now()) == invitation


def test_a_new_code_takes_the_place_of_the_old_one_and_reopens_what_was_withdrawn(dispatcher: User) -> None:
    invitation = InvitationFactory()
    old = invitation.code
    invitation.withdraw(by=dispatcher, why="Wrong person")
    assert Invitation.find(old, timezone.now()) is None
    invitation.renew_code(by=dispatcher)
    assert Invitation.find(old, timezone.now()) is None
    assert Invitation.find(invitation.code, timezone.now()) == invitation
    assert actions(invitation) == ["created", "withdrawn", "new code"]


# --- Where it stands ------------------------------------------------------------------------------------------------
def in_every_state() -> dict[InvitationState, Invitation]:
    sent, withdrawn, redeemed = InvitationFactory(sent_at=timezone.now()), InvitationFactory(), InvitationFactory()
    withdrawn.withdraw(by=None)
    redeem(redeemed, redeemed.contacts.get(), UserFactory())
    redeemed.refresh_from_db()
    return {
        InvitationState.DRAFT: InvitationFactory(),
        InvitationState.SENT: sent,
        InvitationState.WITHDRAWN: withdrawn,
        InvitationState.REDEEMED: redeemed,
        InvitationState.EXPIRED: InvitationFactory(expires_at=timezone.now() - MINUTE),
    }


@pytest.mark.parametrize("state", InvitationState)
def test_the_list_and_the_record_agree_on_the_state(state: InvitationState) -> None:
    made, now = in_every_state(), timezone.now()
    assert made[state].state_at(now) == state
    assert list(Invitation.objects.in_state(state, now)) == [made[state]]


def test_extending_opens_an_expired_one_again(dispatcher: User) -> None:
    invitation = InvitationFactory(expires_at=timezone.now() - MINUTE)
    invitation.extend(timezone.now() + DAY, by=dispatcher)
    assert invitation.state_at(timezone.now()) == InvitationState.DRAFT
    invitation.extend(None, by=dispatcher)
    assert invitation.is_redeemable(timezone.now() + 9999 * DAY)
    assert actions(invitation)[1:] == ["extended", "extended"]


def test_withdrawing_twice_is_told_once(dispatcher: User) -> None:
    invitation = InvitationFactory()
    assert invitation.withdraw(by=dispatcher)
    assert not invitation.withdraw(by=dispatcher)
    assert actions(invitation) == ["created", "withdrawn"]


# --- Sending --------------------------------------------------------------------------------------------------------
def test_sending_mails_the_contact_once_however_often_one_page_is_clicked(dispatcher: User) -> None:
    invitation, page = InvitationFactory(), timezone.now()
    assert invitation.send(by=dispatcher, asked_at=page) == 1
    delivery.drain()
    assert invitation.send(by=dispatcher, asked_at=page) == 0
    delivery.drain()
    assert invitation.messages().count() == 1
    assert invitation.state_at(timezone.now()) == InvitationState.SENT
    assert actions(invitation) == ["created", "sent"]


def test_without_an_email_address_it_stays_a_draft(dispatcher: User) -> None:
    invitation = InvitationFactory(contact=ContactFactory(email=""))
    with pytest.raises(NoAddress):
        invitation.send(by=dispatcher)
    invitation.refresh_from_db()
    assert invitation.state_at(timezone.now()) == InvitationState.DRAFT
    assert not invitation.messages().exists()


def test_of_a_group_only_emails_that_can_go_are_counted_and_the_log_has_the_others(dispatcher: User) -> None:
    people = [ContactFactory(), ContactFactory(email="")]
    for person in people:
        Contact.objects.filter(pk=person.pk).update(account=people[0].account)
    group = GroupInvitationFactory(account=people[0].account)
    group.contacts.set(people)
    assert group.send(by=dispatcher) == 1
    assert group.messages().count() == 2


def test_a_second_wish_sends_again(dispatcher: User) -> None:
    invitation = InvitationFactory()
    invitation.send(by=dispatcher)
    first = email_of(invitation)
    assert invitation.send(by=dispatcher, asked_at=timezone.now()) == 1
    assert email_of(invitation).resent_of == first
    assert invitation.messages().count() == 2


def test_what_has_not_gone_out_yet_is_left_to_go(dispatcher: User) -> None:
    invitation = InvitationFactory()
    invitation.send(by=dispatcher)
    assert invitation.send(by=dispatcher, asked_at=timezone.now()) == 0
    assert invitation.messages().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_press_send_at_once_send_once() -> None:
    invitation, gate = InvitationFactory(), Barrier(4)
    page = timezone.now()

    def press(_number: int) -> int:
        try:
            mine = Invitation.objects.get(pk=invitation.pk)
            gate.wait(timeout=20)
            return mine.send(by=None, asked_at=page)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(press, range(4))) == 1
    assert invitation.messages().count() == 1


def test_a_new_code_is_sent_anew_and_the_email_with_the_old_one_goes_no_more(dispatcher: User) -> None:
    invitation = InvitationFactory()
    invitation.send(by=dispatcher)
    invitation.renew_code(by=dispatcher)
    assert invitation.state_at(timezone.now()) == InvitationState.DRAFT
    assert invitation.send(by=dispatcher) == 1
    delivery.drain()
    new, old = invitation.messages()
    assert (old.state, old.reason) == (State.SUPERSEDED, Reason.INVITATION_OVER)
    assert (new.state, new.revision) == (State.SIMULATED, 2)


def test_a_group_is_mailed_to_everybody_by_name_who_has_not_come_in() -> None:
    people = ContactFactory.create_batch(3, account=AccountFactory())
    group = GroupInvitationFactory(account=people[0].account, contacts=people)
    redeem(group, people[0], UserFactory())
    assert group.send(by=None) == 2
    assert {message.contact for message in group.messages()} == set(people[1:])


@pytest.mark.parametrize("end", ["withdrawn", "expired", "redeemed"])
def test_what_cannot_be_redeemed_is_not_sent_neither_now_nor_from_the_queue(end: str, dispatcher: User) -> None:
    invitation = InvitationFactory()
    invitation.send(by=dispatcher)
    if end == "withdrawn":
        invitation.withdraw(by=dispatcher)
    elif end == "expired":
        invitation.extend(timezone.now() - MINUTE, by=dispatcher)
    else:
        redeem(invitation, invitation.contacts.get(), UserFactory())
    with pytest.raises(NotRedeemable):
        invitation.send(by=dispatcher, asked_at=timezone.now())
    row = email_of(invitation)
    assert (row.state, row.reason, row.words) == (State.SUPERSEDED, Reason.INVITATION_OVER, "")


def test_who_has_come_in_by_a_group_invitation_is_not_mailed_any_more() -> None:
    contact = ContactFactory()
    group = GroupInvitationFactory(account=contact.account, contacts=[contact])
    group.send(by=None)
    redeem(group, contact, UserFactory())
    assert email_of(group).reason == Reason.INVITATION_OVER


def test_an_automatic_one_is_not_sent_to_who_has_an_account_by_now() -> None:
    invitation = InvitationFactory(is_automatic=True)
    invitation.send(by=None)
    invitation.contacts.update(portal_user=UserFactory())
    assert email_of(invitation).reason == Reason.INVITATION_OVER


@pytest.mark.parametrize(
    ("account", "reason"),
    [({"is_excluded": True}, Reason.EXCLUDED_ACCOUNT), ({"is_active": False}, Reason.INACTIVE_ACCOUNT)],
)
def test_nobody_of_an_excluded_or_inactive_account_is_mailed(account: dict[str, bool], reason: Reason) -> None:
    invitation = InvitationFactory(contact=ContactFactory(account=AccountFactory(**account)))
    invitation.send(by=None)
    row = email_of(invitation)
    assert (row.state, row.reason) == (State.SUPPRESSED, reason)


def test_an_opt_out_of_email_and_a_choice_are_heeded_also_for_what_is_queued() -> None:
    left, chose = InvitationFactory(), InvitationFactory()
    for invitation in (left, chose):
        invitation.send(by=None)
    left.contacts.get().opt_out("email", how="test")
    chose.contacts.get().choose("invitation", "email", is_wanted=False)
    assert email_of(left).reason == Reason.OPTED_OUT
    assert email_of(chose).reason == Reason.NOT_WANTED


def test_it_goes_by_email_also_when_customers_are_told_by_sms_and_not_when_it_is_switched_off() -> None:
    company(communication_type="sms")
    invitation = InvitationFactory()
    invitation.send(by=None)
    assert email_of(invitation).state == State.SIMULATED
    company(send_invitation=False)
    other = InvitationFactory()
    other.send(by=None)
    assert email_of(other).reason == Reason.SWITCHED_OFF


# --- The words ------------------------------------------------------------------------------------------------------
def test_the_email_says_who_invites_what_for_and_until_when_on_the_accounts_clock(
    clock: time_machine.Coordinates,
) -> None:
    company(self_scheduling=True)
    invitation = InvitationFactory(contact=ContactFactory(account=AccountFactory(time_zone="America/New_York")))
    invitation.send(by=None)
    row = email_of(invitation)
    assert row.subject == "Brightside Plumbing invites you to its customer portal"
    assert "book new ones" in row.words
    assert "Thu 24 Dec, 05:00 (New York time)" in row.words
    assert "did not expect" in row.words


@pytest.mark.parametrize("language", ["en", "ar", "he"])
def test_the_log_keeps_neither_code_nor_link(language: str) -> None:
    invitation = InvitationFactory(contact=ContactFactory(language=language))
    invitation.send(by=None)
    words = email_of(invitation).words
    assert words.count("[link]") == 3  # the code, the button's link, and the one to unsubscribe
    assert invitation.code not in words
    assert invitation.code.replace("-", "") not in words


# --- Web roles ------------------------------------------------------------------------------------------------------
def test_a_role_is_given_and_taken_away_once_and_the_trail_has_it(admin: User) -> None:
    role, contact = WebRole.objects.create(name="Approver"), ContactFactory()
    assert [role.give(contact, by=admin), role.give(contact, by=admin)] == [True, False]
    assert [role.take_away(contact, by=admin), role.take_away(contact, by=admin)] == [True, False]
    assert actions(contact) == ["web role given", "web role taken away"]
