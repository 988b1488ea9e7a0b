"""The automatic invite: to whom, once per address, ever, also when two workers sweep at once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fsportal.models import AuditEntry, Contact, PortalSettings, Restore, User
from notifications.customers import delivery
from notifications.models import CustomerNotification, State
from portal.invitations import automatic
from portal.models import WEB_API_USERS, Invitation, InvitationState, InvitedAddress
from portal.tasks import invite_automatically
from tests.factories import AccountFactory, ContactFactory, InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def switch(whom: str = "new", *, on: bool = True, **values: Any) -> PortalSettings:
    portal_settings = PortalSettings.load()
    portal_settings.auto_invite, portal_settings.auto_invite_whom = on, whom
    for name, value in values.items():
        setattr(portal_settings, name, value)
    portal_settings.save()
    return portal_settings


def sweep() -> int:
    return automatic.sweep(timezone.now())


def invited() -> set[str]:
    return set(Invitation.objects.filter(is_automatic=True).values_list("contacts__name", flat=True))


# --- Whom -----------------------------------------------------------------------------------------------------------
def test_switched_off_nobody_is_invited() -> None:
    ContactFactory()
    assert sweep() == 0
    switch("all")
    switch("all", on=False)
    assert sweep() == 0


def test_new_contacts_are_those_made_since_it_was_switched_on() -> None:
    ContactFactory(name="Old")
    switch("new")
    ContactFactory(name="New")
    assert sweep() == 1
    assert invited() == {"New"}


def test_existing_ones_are_invited_too_when_the_settings_say_so() -> None:
    ContactFactory(name="Old")
    switch("all")
    ContactFactory(name="New")
    assert sweep() == 2
    assert invited() == {"Old", "New"}


def test_switched_off_and_on_again_new_begins_anew_and_saving_something_else_does_not() -> None:
    since = switch("new").auto_invite_since
    assert switch("new", company_name="Other").auto_invite_since == since
    ContactFactory(name="While it was on")
    switch("new", on=False)
    ContactFactory(name="While it was off")
    again = switch("new").auto_invite_since
    assert since is not None
    assert again is not None
    assert again > since
    ContactFactory(name="After")
    sweep()
    assert invited() == {"After"}


def test_an_old_copy_of_the_settings_that_is_saved_does_not_move_the_moment() -> None:
    stale = switch("new")
    switch("new", on=False)
    since = switch("new").auto_invite_since
    stale.save()
    assert PortalSettings.load().auto_invite_since == since
    portal_settings = PortalSettings.load()
    portal_settings.auto_invite = False
    portal_settings.save(update_fields=["auto_invite"])
    assert PortalSettings.load().auto_invite_since is None


@pytest.mark.parametrize(
    ("account", "contact"),
    [
        ({"is_active": False}, {}),
        ({"is_excluded": True}, {}),
        ({}, {"email": ""}),
        ({}, {"portal_user": "somebody"}),
    ],
)
def test_some_are_never_invited(account: dict[str, bool], contact: dict[str, str]) -> None:
    switch("all")
    values = {**contact, **({"portal_user": UserFactory()} if "portal_user" in contact else {})}
    ContactFactory(account=AccountFactory(**account), **values)
    assert sweep() == 0
    assert not InvitedAddress.objects.exists()


def test_who_wants_no_email_is_left_alone_and_their_address_not_used_up() -> None:
    switch("all")
    left, chose = ContactFactory(name="Left"), ContactFactory(name="Chose")
    left.opt_out("email", how="test")
    chose.choose("invitation", "email", is_wanted=False)
    assert sweep() == 0
    left.opt_in("email", how="test")
    assert sweep() == 1
    assert invited() == {"Left"}


def test_while_the_message_is_switched_off_no_address_is_used_up() -> None:
    ContactFactory()
    switch("all", send_invitation=False)
    assert sweep() == 0
    switch("all", send_invitation=True)
    assert sweep() == 1


def test_who_was_sent_an_invitation_by_hand_gets_no_second_one_beside_it() -> None:
    switch("all")
    invitation = InvitationFactory()
    invitation.send(by=None)
    assert sweep() == 0
    invitation.withdraw(by=None)
    assert sweep() == 1


# --- What they get --------------------------------------------------------------------------------------------------
def test_they_get_a_sent_invitation_of_their_own_and_the_email_goes_out() -> None:
    switch("all")
    contact = ContactFactory()
    sweep()
    invitation = Invitation.objects.get()
    assert (list(invitation.contacts.all()), invitation.account) == ([contact], contact.account)
    assert (invitation.is_automatic, invitation.inviter) == (True, None)
    assert [role.name for role in invitation.web_roles.all()] == [WEB_API_USERS]
    assert invitation.state_at(timezone.now()) == InvitationState.SENT
    assert invitation.expires_at is not None
    assert abs(invitation.expires_at - timezone.now() - 30 * DAY) < dt.timedelta(minutes=1)
    assert [entry.action for entry in AuditEntry.of(invitation)] == ["created and sent"]
    delivery.drain()
    assert [(row.state, row.to) for row in CustomerNotification.objects.all()] == [(State.SIMULATED, contact.email)]


def test_the_worker_does_it_every_minute_and_says_how_many() -> None:
    switch("all")
    ContactFactory.create_batch(3)
    assert invite_automatically() == "3 contacts invited"
    assert invite_automatically() == "0 contacts invited"


# --- Once, ever -----------------------------------------------------------------------------------------------------
def test_a_contact_who_was_deleted_and_added_again_gets_none_by_itself_and_one_by_hand(dispatcher: User) -> None:
    switch("new")
    account = AccountFactory()
    ContactFactory(account=account, email="Ann@Example.com").delete()
    ContactFactory(account=account, email="Ann@Example.com")
    sweep()
    Contact.objects.all().delete()
    again = ContactFactory(account=account, email="ann@example.com")
    assert sweep() == 0
    invitation, is_new = Invitation.offer(again, by=dispatcher)
    assert is_new
    assert invitation.send(by=dispatcher) == 1
    delivery.drain()
    assert invitation.messages().get().state == State.SIMULATED


def test_two_contacts_with_one_address_get_one_invite_between_them() -> None:
    switch("all")
    for email in ("ann@example.com", "ANN@example.com", "Ann@Example.COM"):
        ContactFactory(email=email)
    assert sweep() == 1
    assert sweep() == 0
    assert [row.email for row in InvitedAddress.objects.all()] == ["ann@example.com"]
    assert CustomerNotification.objects.count() == 1


def test_an_address_that_is_changed_is_another_address() -> None:
    switch("all")
    contact = ContactFactory(email="old@example.com")
    sweep()
    Invitation.objects.get().withdraw(by=None)
    contact.email = "new@example.com"
    contact.save()
    assert sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_invite_everybody_once() -> None:
    switch("all")
    ContactFactory.create_batch(60)
    for number in range(20):
        ContactFactory(email=f"shared{number % 5}@example.com")
    gate = Barrier(3)

    def run(_number: int) -> int:
        try:
            gate.wait(timeout=20)
            return sweep()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(run, range(3))) == 65
    assert Invitation.objects.count() == InvitedAddress.objects.count() == CustomerNotification.objects.count() == 65
    assert Contact.invitations.through.objects.count() == 65


# --- Many -----------------------------------------------------------------------------------------------------------
def test_a_sweep_goes_through_all_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic, "CHUNK", 4)
    switch("all")
    ContactFactory.create_batch(10)
    assert sweep() == 10


def test_a_sweep_out_of_time_leaves_the_rest_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic, "CHUNK", 4)
    switch("all")
    ContactFactory.create_batch(10)
    assert [automatic.sweep(timezone.now(), 0.0) for _ in range(4)] == [4, 4, 2, 0]


def test_whom_it_is_due_is_one_query_however_many_were_invited() -> None:
    switch("all")
    ContactFactory.create_batch(5)
    sweep()
    with CaptureQueriesContext(connection) as queries:
        sweep()
    assert len(queries) <= 3


def test_after_a_restore_invites_that_may_have_gone_out_are_held() -> None:
    switch("all")
    ContactFactory(name="Before")
    assert sweep() == 1
    Restore.objects.create(backup_at=timezone.now() - DAY, noticed_at=timezone.now())
    ContactFactory(name="After")
    assert sweep() == 1
    assert [row.held_at is not None for row in CustomerNotification.objects.order_by("created_at")] == [False, True]
