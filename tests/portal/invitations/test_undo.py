"""Redeemed by the wrong person: what an admin's undoing takes back, and what it leaves."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from bookings.models import BookingNotificationCode
from fsportal.lib.sessions import end_sessions
from fsportal.models import AuditEntry, Contact, User
from fsportal.models.consent import OptOutSource
from notifications.customers import outbox
from notifications.models import CustomerNotification
from portal.models import Invitation, InvitationState, NotRedeemable, Redemption, WebRole
from tests.factories import (
    BookingFactory,
    CodeFactory,
    ContactFactory,
    GroupInvitationFactory,
    InvitationFactory,
    UserFactory,
    WorkOrderFactory,
    redeem,
)
from tests.portal.invitations.doorstep import create_profile, single, type_code

pytestmark = pytest.mark.django_db


def came_in(**values: bool) -> Redemption:
    invitation = InvitationFactory()
    return redeem(invitation, invitation.contacts.get(), UserFactory(), **values)


def fresh(redemption: Redemption) -> tuple[Contact, User, Invitation]:
    row = Redemption.objects.select_related("contact", "user", "invitation").get(pk=redemption.pk)
    assert row.contact is not None
    assert row.user is not None
    return row.contact, row.user, row.invitation


def test_the_contact_is_free_without_the_role_and_the_account_is_closed(admin: User) -> None:
    redemption = came_in()
    assert redemption.undo(by=admin, why="Sent to the neighbour")
    contact, user, _invitation = fresh(redemption)
    assert contact.portal_user is None
    assert not contact.web_roles.exists()
    assert not user.is_active
    assert (redemption.undone_by, redemption.undone_at is not None) == (admin, True)
    assert {entry.action for entry in AuditEntry.of(contact)} >= {"portal user taken away", "web role taken away"}
    assert AuditEntry.of(user).get().why == "Sent to the neighbour"


def test_they_are_signed_out_everywhere_and_nobody_else_is(admin: User) -> None:
    redemption, other = came_in(), UserFactory()
    assert redemption.user is not None
    theirs, others = [Client(), Client()], Client()
    for client in theirs:
        client.force_login(redemption.user)
    others.force_login(other)
    redemption.undo(by=admin)
    assert not any(client.session.get("_auth_user_id") for client in theirs)
    assert others.session["_auth_user_id"] == str(other.pk)
    assert end_sessions(other) == 1


def test_a_single_invitation_is_a_draft_again_under_a_new_code(admin: User) -> None:
    redemption = came_in()
    old = redemption.invitation.code
    redemption.undo(by=admin)
    _contact, _user, invitation = fresh(redemption)
    assert invitation.state_at(timezone.now()) == InvitationState.DRAFT
    assert invitation.redeemed_count == 0
    assert invitation.code != old
    assert Invitation.find(old, timezone.now()) is None


def test_the_right_person_can_come_in_afterwards(admin: User) -> None:
    redemption = came_in()
    redemption.undo(by=admin)
    contact, _user, invitation = fresh(redemption)
    right = redeem(invitation, contact, UserFactory())
    contact.refresh_from_db()
    assert contact.portal_user == right.user
    with pytest.raises(NotRedeemable):
        invitation.take_seat(timezone.now())


def test_of_a_group_the_seat_is_free_and_the_code_stays(admin: User) -> None:
    people = ContactFactory.create_batch(2)
    group = GroupInvitationFactory(account=people[0].account, max_redemptions=2)
    first, second = (redeem(group, person, UserFactory()) for person in people)
    code = group.code
    first.undo(by=admin)
    group.refresh_from_db()
    assert (group.redeemed_count, group.code) == (1, code)
    assert Contact.objects.get(pk=people[1].pk).portal_user == second.user


def test_a_contact_that_it_made_stays_without_its_user(admin: User) -> None:
    redemption = came_in()
    Redemption.objects.filter(pk=redemption.pk).update(made_contact=True)
    redemption.undo(by=admin)
    assert fresh(redemption)[0].portal_user is None


def test_an_account_that_was_there_before_loses_the_contact_only(admin: User) -> None:
    redemption = came_in(made_user=False)
    assert redemption.user is not None
    elsewhere = ContactFactory(portal_user=redemption.user)
    client = Client()
    client.force_login(redemption.user)
    redemption.undo(by=admin)
    contact, user, _invitation = fresh(redemption)
    elsewhere.refresh_from_db()
    assert (contact.portal_user, elsewhere.portal_user, user.is_active) == (None, user, True)
    assert client.session["_auth_user_id"] == str(user.pk)


def test_an_account_that_is_still_another_contacts_is_signed_out_and_not_closed(admin: User) -> None:
    redemption = came_in()
    assert redemption.user is not None
    ContactFactory(portal_user=redemption.user)
    client = Client()
    client.force_login(redemption.user)
    redemption.undo(by=admin)
    assert fresh(redemption)[1].is_active
    assert "_auth_user_id" not in client.session


def test_only_the_roles_that_it_gave_are_taken_away(admin: User) -> None:
    invitation = InvitationFactory()
    contact = invitation.contacts.get()
    WebRole.web_api_users().give(contact, by=admin)
    approver = WebRole.objects.create(name="Approver")
    invitation.web_roles.add(approver)
    redeem(invitation, contact, UserFactory()).undo(by=admin)
    assert list(contact.web_roles.all()) == [WebRole.web_api_users()]


def test_who_came_in_by_another_invitation_too_stays_in(admin: User) -> None:
    first = came_in()
    assert first.contact is not None
    assert first.user is not None
    second = redeem(InvitationFactory(contact=first.contact), first.contact, first.user, made_user=False)
    second.undo(by=admin)
    assert fresh(first)[0].portal_user == first.user
    first.undo(by=admin)
    assert fresh(first)[0].portal_user is None


def test_a_role_that_another_invitation_gives_too_stays(admin: User) -> None:
    first = came_in()
    assert first.contact is not None
    assert first.user is not None
    second = redeem(InvitationFactory(contact=first.contact), first.contact, first.user, made_user=False)
    first.undo(by=admin)
    assert fresh(second)[0].web_roles.get() == WebRole.web_api_users()
    second.undo(by=admin)
    contact = fresh(second)[0]
    assert contact.portal_user is None
    assert not contact.web_roles.exists()


def test_a_link_that_somebody_changed_since_is_left_alone(admin: User) -> None:
    redemption, right = came_in(), UserFactory()
    Contact.objects.filter(pk=str(redemption.contact_id)).update(portal_user=right)
    redemption.undo(by=admin)
    assert fresh(redemption)[0].portal_user == right


def test_undoing_twice_changes_nothing_more(admin: User) -> None:
    redemption = came_in()
    assert redemption.undo(by=admin)
    generation = fresh(redemption)[2].generation
    assert not redemption.undo(by=admin)
    assert fresh(redemption)[2].generation == generation


def test_it_works_when_contact_and_user_are_no_more(admin: User) -> None:
    redemption = came_in()
    Contact.objects.filter(pk=str(redemption.contact_id)).delete()
    User.objects.filter(pk=str(redemption.user_id)).delete()
    assert Redemption.objects.get(pk=redemption.pk).undo(by=admin)
    assert Invitation.objects.get().redeemed_count == 0


@pytest.mark.django_db(transaction=True)
def test_two_admins_at_once_undo_once() -> None:
    group, contact = GroupInvitationFactory(), ContactFactory()
    redemption, gate = redeem(group, contact, UserFactory()), Barrier(4)
    redeem(group, ContactFactory(), UserFactory())

    def undo(_number: int) -> bool:
        try:
            mine = Redemption.objects.get(pk=redemption.pk)
            gate.wait(timeout=20)
            return mine.undo(by=None)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(undo, range(4))) == [False, False, False, True]
    group.refresh_from_db()
    assert group.redeemed_count == 1


def test_what_the_wrong_person_changed_on_the_profile_is_as_it_was(admin: User) -> None:
    redemption = came_in()
    contact, wrong, _invitation = fresh(redemption)
    before = (contact.name, contact.email, contact.mobile_phone, contact.language)
    contact.change_profile(by=wrong, name="Somebody Else", mobile_phone="+442079469999", language="de")
    contact.change_profile(by=wrong, name="Somebody Quite Else")
    contact.change_email("wrong@evil.example", by=wrong)
    contact.choose_all({("upcoming", "email"): False}, by=wrong)
    assert redemption.undo(by=admin)
    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.mobile_phone, contact.language) == before
    assert contact.wants("upcoming", "email")


def test_what_staff_put_right_meanwhile_stays(admin: User) -> None:
    redemption = came_in()
    contact, wrong, _invitation = fresh(redemption)
    was = contact.mobile_phone
    contact.change_email("wrong@evil.example", by=wrong)
    contact.change_profile(by=wrong, mobile_phone="+442079469999")
    Contact.objects.filter(pk=contact.pk).update(email="right@example.com")
    redemption.undo(by=admin)
    contact.refresh_from_db()
    assert contact.email == "right@example.com"
    assert contact.mobile_phone == was


def test_channels_that_the_wrong_person_stopped_or_started_are_as_they_were(admin: User) -> None:
    invitation = InvitationFactory()
    contact = invitation.contacts.get()
    contact.opt_out("sms", how=OptOutSource.SMS)
    redemption = redeem(invitation, contact, UserFactory())
    contact.opt_out("email", how=OptOutSource.PROFILE)
    contact.opt_in("sms", how=OptOutSource.PROFILE)
    redemption.undo(by=admin)
    assert not contact.has_opted_out("email")
    assert contact.has_opted_out("sms")
    assert contact.opt_outs.filter(ended_at=None).get().how == OptOutSource.STAFF


def test_a_stop_that_came_from_the_phone_itself_stays(admin: User) -> None:
    redemption = came_in()
    contact, _wrong, _invitation = fresh(redemption)
    contact.opt_out("sms", how=OptOutSource.SMS)
    redemption.undo(by=admin)
    assert contact.has_opted_out("sms")


def test_what_somebody_changed_before_they_came_in_by_it_stays(admin: User) -> None:
    invitation, user = InvitationFactory(), UserFactory()
    contact = invitation.contacts.get()
    contact.change_profile(by=user, name="As It Should Be")
    redemption = redeem(invitation, contact, user)
    redemption.undo(by=admin)
    contact.refresh_from_db()
    assert contact.name == "As It Should Be"


def test_the_right_person_may_use_their_own_email_as_user_name_afterwards(client: Client, admin: User) -> None:
    invitation = single()
    type_code(client, invitation.code)
    create_profile(client, "sarah@example.com")
    wrong = User.objects.get(username="sarah@example.com")
    Redemption.objects.get().undo(by=admin)
    invitation.refresh_from_db()
    client.logout()
    type_code(client, invitation.code)
    assert create_profile(client, "Sarah@example.com").status_code == 302
    right = invitation.contacts.get().portal_user
    assert right is not None
    assert (right.username, right.email) == ("Sarah@example.com", "sarah@example.com")
    wrong.refresh_from_db()
    assert not wrong.is_active
    assert wrong.username != "sarah@example.com"


def test_a_user_name_of_an_account_that_an_admin_closed_stays_taken(client: Client) -> None:
    UserFactory(username="sarah", is_active=False)
    type_code(client, single().code)
    assert create_profile(client, "sarah").status_code == 400


def test_links_that_went_to_the_wrong_persons_address_open_nothing_and_others_still_do(admin: User) -> None:
    redemption = came_in()
    contact, wrong, _invitation = fresh(redemption)
    order = WorkOrderFactory(account=contact.account, reported_by=contact)
    seen, kept = (CodeFactory(booking=BookingFactory(work_order=order), contact=contact) for _ in range(2))
    right = contact.email
    contact.change_email("wrong@evil.example", by=wrong)
    for code, to in ((seen, "wrong@evil.example"), (kept, right)):
        outbox.queue("upcoming", contact=contact, channels=["email"], regarding=code.booking)
        CustomerNotification.objects.filter(regarding_id=code.booking.pk).update(to=to)
    old = {code.pk: code.code for code in (seen, kept)}
    redemption.undo(by=admin)
    now = timezone.now()
    assert BookingNotificationCode.find(old[seen.pk], now) is None
    assert BookingNotificationCode.find(old[kept.pk], now) == kept
