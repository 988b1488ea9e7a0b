"""Invitations in the Settings area: from one click on the contact to the code, sending, and every action."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fsportal.models import Account, AuditEntry, Contact, PortalSettings
from notifications.customers import delivery
from notifications.models import Reason, State
from portal.invitations import automatic
from portal.models import WEB_API_USERS, Invitation, InvitationState, InvitationType, InvitedAddress, WebRole
from tests.admin_cast import DISPATCH, READ, person
from tests.factories import ContactFactory, GroupInvitationFactory, InvitationFactory, UserFactory, redeem

LIST, ADD = "admin:portal_invitation_changelist", "admin:portal_invitation_add"
CONTACTS = "admin:fsportal_contact_changelist"
SEE = [*READ, "view_invitation", "view_redemption", "view_invitedaddress", "view_webrole"]
INVITE = [*DISPATCH, *SEE, "add_invitation", "show_code"]


@pytest.fixture
def inviter(db: None) -> Client:
    return signed_in("ivy", INVITE)


@pytest.fixture
def onlooker(db: None) -> Client:
    return signed_in("olga", SEE)


@pytest.fixture
def invitation(contact: Contact) -> Invitation:
    made: Invitation = InvitationFactory(contact=contact)
    return made


def signed_in(name: str, rights: list[str]) -> Client:
    client = Client()
    client.force_login(person(name, rights))
    return client


def page(invitation: Invitation) -> str:
    return reverse("admin:portal_invitation_change", args=[invitation.pk])


def action(invitation: Invitation, name: str) -> str:
    return reverse("admin:portal_invitation_action", args=[invitation.pk, name])


def create(contact: Contact) -> str:
    return reverse("admin:fsportal_contact_action", args=[contact.pk, "create-invitation"])


def contact_page(contact: Contact) -> str:
    return reverse("admin:fsportal_contact_change", args=[contact.pk])


def words(client: Client, address: str, **query: str) -> str:
    return client.get(address, query).content.decode()


# --- Create Invitation ----------------------------------------------------------------------------------------------
def test_one_click_on_the_contact_leads_to_the_code_ready_to_copy(inviter: Client, contact: Contact) -> None:
    assert "Create Invitation" in words(inviter, contact_page(contact))
    answer = inviter.post(create(contact))
    invitation = Invitation.objects.get()
    assert answer["Location"] == page(invitation)
    shown = words(inviter, page(invitation))
    assert f'value="{invitation.code}"' in shown
    assert f'value="{invitation.link}"' in shown
    assert "The invitation is made" in shown


def test_a_second_click_leads_to_the_open_one_and_says_so(inviter: Client, contact: Contact) -> None:
    inviter.post(create(contact))
    answer = inviter.post(create(contact), follow=True)
    assert "has an open invitation already: this one." in answer.content.decode()
    assert Invitation.objects.count() == 1


def test_a_get_creates_nothing(inviter: Client, contact: Contact) -> None:
    assert inviter.get(create(contact)).status_code == 405
    assert not Invitation.objects.exists()


def test_who_has_an_account_is_not_invited(inviter: Client, contact: Contact) -> None:
    contact.portal_user = UserFactory()
    contact.save()
    assert "Create Invitation" not in words(inviter, contact_page(contact))


def test_the_missing_role_is_offered_with_one_button(admin: Client, inviter: Client, contact: Contact) -> None:
    inviter.post(create(contact))
    invitation = Invitation.objects.get()
    assert "does not have the web role Web API Users yet" in words(inviter, page(invitation))
    assert action(invitation, "give-role") not in words(inviter, page(invitation))
    assert inviter.post(action(invitation, "give-role")).status_code == 403
    assert action(invitation, "give-role") in words(admin, page(invitation))
    admin.post(action(invitation, "give-role"))
    assert contact.web_roles.get().name == WEB_API_USERS
    assert AuditEntry.of(contact).get().action == "web role given"
    assert "does not have the web role" not in words(admin, page(invitation))


def test_many_contacts_are_invited_at_once_and_who_has_one_is_left(inviter: Client) -> None:
    contacts = ContactFactory.create_batch(3)
    InvitationFactory(contact=contacts[0])
    ContactFactory(portal_user=UserFactory())
    chosen = {"action": "create-invitations", "_selected_action": [str(one.pk) for one in Contact.objects.all()]}
    asked = inviter.post(reverse(CONTACTS), chosen)
    assert "Nothing is sent yet" in asked.content.decode()
    said = inviter.post(reverse(CONTACTS), {**chosen, "action_form": "1"}, follow=True).content.decode()
    assert "Create invitations: 2 done." in said
    assert "Create invitations: 2 left as they were." in said
    assert Invitation.objects.count() == 3


# --- The ladder -----------------------------------------------------------------------------------------------------
def test_a_stranger_is_asked_to_sign_in(stranger: Client, invitation: Invitation, contact: Contact) -> None:
    for address in (page(invitation), create(contact), action(invitation, "send"), reverse(ADD)):
        assert stranger.post(address).status_code == 302
    assert "/login/" in stranger.get(page(invitation))["Location"]
    assert Invitation.objects.get().sent_at is None


def test_staff_without_rights_see_nothing(dispatcher: Client, invitation: Invitation, contact: Contact) -> None:
    for address in (page(invitation), reverse(LIST), reverse(ADD), reverse("admin:portal_redemption_changelist")):
        assert dispatcher.get(address).status_code == 403
    for address in (action(invitation, "send"), create(contact)):
        assert dispatcher.post(address).status_code == 403
    shown = words(dispatcher, contact_page(contact))
    assert page(invitation) not in shown
    assert "Create Invitation" not in shown


def test_an_onlooker_sees_the_invitation_without_code_and_changes_nothing(
    onlooker: Client, invitation: Invitation, contact: Contact
) -> None:
    shown = words(onlooker, page(invitation))
    assert invitation.code not in shown
    assert "You may not see codes" in shown
    assert 'class="action-buttons"' not in shown
    for name in ("send", "extend", "withdraw", "new-code", "give-role"):
        assert onlooker.post(action(invitation, name), {"why": "x"}).status_code == 403
    assert onlooker.post(create(contact)).status_code == 403
    assert onlooker.get(reverse(ADD)).status_code == 403
    chosen = {"action": "send-many", "_selected_action": [str(invitation.pk)], "action_form": "1"}
    onlooker.post(reverse(LIST), chosen)
    assert Invitation.objects.get().state_at(timezone.now()) == InvitationState.DRAFT


def test_who_invites_does_not_withdraw_extend_or_renew(inviter: Client, invitation: Invitation) -> None:
    for name in ("extend", "withdraw", "new-code"):
        assert inviter.post(action(invitation, name), {"why": "x"}).status_code == 403


def test_nobody_edits_or_deletes_an_invitation_by_hand(admin: Client, invitation: Invitation) -> None:
    assert admin.post(page(invitation), {"redeemed_count": "0"}).status_code == 403
    delete = reverse("admin:portal_invitation_delete", args=[invitation.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == 403


# --- Sending --------------------------------------------------------------------------------------------------------
def test_sending_queues_one_email_however_often_one_page_is_clicked(inviter: Client, invitation: Invitation) -> None:
    shown = inviter.get(page(invitation)).content.decode()
    asked_at = shown.partition('name="asked_at" value="')[2].partition('"')[0]
    said = inviter.post(action(invitation, "send"), {"asked_at": asked_at}, follow=True).content.decode()
    assert "1 email is on its way." in said
    delivery.drain()
    said = inviter.post(action(invitation, "send"), {"asked_at": asked_at}, follow=True).content.decode()
    assert "Nothing more was sent" in said
    assert invitation.messages().count() == 1
    inviter.post(action(invitation, "send"), {"asked_at": timezone.now().isoformat()})
    assert invitation.messages().count() == 2


@pytest.mark.parametrize("asked_at", ["", "yesterday", "2026-11-24T10:00:00"])
def test_what_a_page_says_of_its_time_may_be_nonsense(inviter: Client, invitation: Invitation, asked_at: str) -> None:
    inviter.post(action(invitation, "send"), {"asked_at": asked_at})
    assert invitation.messages().count() == 1


def test_without_an_email_address_it_is_not_sent_and_says_what_to_do(inviter: Client, contact: Contact) -> None:
    contact.email = ""
    contact.save()
    invitation = InvitationFactory(contact=contact)
    said = inviter.post(action(invitation, "send"), follow=True).content.decode()
    assert "there is no email address" in said
    assert "is on its way" not in said
    invitation.refresh_from_db()
    assert invitation.sent_at is None


def test_both_pages_tell_what_became_of_the_email_and_lead_to_the_log(
    inviter: Client, invitation: Invitation, contact: Contact
) -> None:
    contact.opt_out("email", how="test")
    invitation.send(by=None)
    delivery.drain()
    message = invitation.messages().get()
    assert (message.state, message.reason) == (State.SUPPRESSED, Reason.OPTED_OUT)
    for address in (page(invitation), contact_page(contact)):
        shown = words(inviter, address)
        assert "The contact has opted out of this channel" in shown
        assert "call them if it matters" in shown
        assert reverse("admin:notifications_customernotification_change", args=[message.pk]) in shown


def test_many_are_sent_at_once_and_what_is_over_is_left(inviter: Client) -> None:
    open_ones, over = [InvitationFactory(), InvitationFactory()], InvitationFactory()
    over.withdraw(by=None)
    chosen = {"action": "send-many", "_selected_action": [str(one.pk) for one in [*open_ones, over]]}
    asked = inviter.post(reverse(LIST), chosen).content.decode()
    asked_at = asked.partition('name="asked_at" value="')[2].partition('"')[0]
    answer = {**chosen, "action_form": "1", "asked_at": asked_at}
    said = inviter.post(reverse(LIST), answer, follow=True).content.decode()
    assert "Send: 2 done." in said
    assert "Send: 1 left as they were." in said
    delivery.drain()
    inviter.post(reverse(LIST), answer)
    assert [one.messages().count() for one in [*open_ones, over]] == [1, 1, 0]


def test_the_email_in_the_log_is_called_by_its_name_and_leads_back(admin: Client, invitation: Invitation) -> None:
    invitation.send(by=None)
    delivery.drain()
    message = invitation.messages().get()
    shown = words(admin, reverse("admin:notifications_customernotification_change", args=[message.pk]))
    assert "Invitation, Email" in shown
    assert page(invitation) in shown
    assert invitation.code not in shown


# --- The other actions ------------------------------------------------------------------------------------------------
def test_extending_asks_until_when(admin: Client, invitation: Invitation) -> None:
    assert admin.get(action(invitation, "extend")).status_code == 200
    yesterday = (timezone.now() - dt.timedelta(days=1)).date()
    refused = admin.post(action(invitation, "extend"), {"until": yesterday})
    assert (refused.status_code, "not over yet" in refused.content.decode()) == (400, True)
    day = (timezone.now() + dt.timedelta(days=90)).date()
    admin.post(action(invitation, "extend"), {"until": day})
    invitation.refresh_from_db()
    assert invitation.expires_at == dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    admin.post(action(invitation, "extend"), {"until": ""})
    invitation.refresh_from_db()
    assert invitation.expires_at is None


def test_withdrawing_asks_why_and_a_new_code_reopens(admin: Client, invitation: Invitation) -> None:
    old = invitation.code
    assert admin.post(action(invitation, "withdraw"), {"why": ""}).status_code == 400
    admin.post(action(invitation, "withdraw"), {"why": "Sent to the neighbour"})
    shown = words(admin, page(invitation))
    assert "Sent to the neighbour" in shown
    assert "This code redeems nothing now." in shown
    assert old not in shown
    admin.post(action(invitation, "new-code"))
    invitation.refresh_from_db()
    assert invitation.code in words(admin, page(invitation))
    assert invitation.code != old


def test_a_withdrawn_one_is_not_extended_as_if_it_were_open(admin: Client, invitation: Invitation) -> None:
    invitation.withdraw(by=None)
    assert action(invitation, "extend") not in words(admin, page(invitation))
    answer = admin.post(action(invitation, "extend"), {"until": ""}, follow=True)
    assert "It does not expire any more" not in answer.content.decode()
    assert "changed nothing" in answer.content.decode()
    invitation.refresh_from_db()
    assert invitation.expires_at is not None


def test_a_new_code_of_an_expired_one_says_that_it_must_be_extended(admin: Client, invitation: Invitation) -> None:
    invitation.extend(timezone.now() - dt.timedelta(days=1), by=None)
    said = admin.post(action(invitation, "new-code"), follow=True).content.decode()
    assert "extend it, then send it" in said


def test_buttons_of_an_older_page_change_nothing_of_what_has_come_since(admin: Client, contact: Contact) -> None:
    invitation = InvitationFactory(contact=contact)
    redeem(invitation, contact, UserFactory())
    for name, data in (("withdraw", {"why": "x"}), ("new-code", {}), ("extend", {"until": ""})):
        assert "changed nothing" in admin.post(action(invitation, name), data, follow=True).content.decode()
    before = invitation.code
    invitation.refresh_from_db()
    assert (invitation.withdrawn_at, invitation.code) == (None, before)
    assert "changed nothing" in admin.post(create(contact), follow=True).content.decode()
    assert Invitation.objects.count() == 1


def test_the_button_of_a_single_one_does_nothing_to_a_group(admin: Client, contact: Contact) -> None:
    group = GroupInvitationFactory(account=contact.account)
    group.contacts.set([contact, ContactFactory(account=contact.account)])
    assert admin.post(action(group, "give-role")).status_code == 302
    assert not contact.web_roles.exists()


def test_a_redemption_is_undone_from_the_invitations_page(admin: Client, inviter: Client, contact: Contact) -> None:
    invitation = InvitationFactory(contact=contact)
    redemption = redeem(invitation, contact, UserFactory(username="wrong"))
    undo = reverse("admin:portal_redemption_action", args=[redemption.pk, "undo"])
    assert "as wrong" in words(inviter, page(invitation))
    assert undo not in words(inviter, page(invitation))
    assert inviter.post(undo, {"why": "x"}).status_code == 403
    assert undo in words(admin, page(invitation))
    assert admin.post(undo, {"why": ""}).status_code == 400
    answer = admin.post(undo, {"why": "The neighbour had the letter"})
    assert answer["Location"] == page(invitation)
    shown = words(admin, page(invitation))
    assert "The invitation has a new code" in shown
    assert "Undone" in shown
    assert "The neighbour had the letter" in shown
    again = admin.post(undo, {"why": "x"})
    assert "undone already" in again.content.decode()


# --- Adding by form -------------------------------------------------------------------------------------------------
def test_undoing_says_when_the_invitation_has_expired_meanwhile(admin: Client, contact: Contact) -> None:
    invitation = InvitationFactory(contact=contact)
    redemption = redeem(invitation, contact, UserFactory())
    invitation.extend(timezone.now() - dt.timedelta(days=1), by=None)
    undo = reverse("admin:portal_redemption_action", args=[redemption.pk, "undo"])
    assert "extend it before you give it out" in admin.post(undo, {"why": "x"}, follow=True).content.decode()


def test_a_single_one_is_made_for_a_contact_with_the_portals_role_preselected(
    inviter: Client, contact: Contact
) -> None:
    shown = words(inviter, reverse(ADD))
    role = WebRole.web_api_users()
    assert f'value="{role.pk}" id="id_web_roles_0" checked' in shown
    day = (timezone.now() + dt.timedelta(days=9)).date()
    answer = inviter.post(reverse(ADD), {"contact": str(contact.pk), "web_roles": [str(role.pk)], "until": str(day)})
    invitation = Invitation.objects.get()
    assert answer["Location"] == page(invitation)
    assert (list(invitation.contacts.all()), list(invitation.web_roles.all())) == ([contact], [role])
    assert (invitation.account, invitation.type) == (contact.account, InvitationType.SINGLE)
    assert str(invitation.inviter) == "ivy"
    assert invitation.expires_at is not None
    assert invitation.expires_at.date() == day + dt.timedelta(days=1)


def test_a_group_one_is_made_for_an_account_with_contacts_by_name(inviter: Client, contact: Contact) -> None:
    values = {"account": str(contact.account_id), "max_redemptions": "4", "contacts": [str(contact.pk)]}
    inviter.post(reverse(ADD) + "?type=group", values)
    invitation = Invitation.objects.get()
    assert (invitation.type, invitation.max_redemptions) == (InvitationType.GROUP, 4)
    assert list(invitation.contacts.all()) == [contact]
    assert invitation.expires_at is None
    shown = words(inviter, page(invitation))
    assert "0 of 4" in shown
    inviter.post(action(invitation, "send"))
    assert invitation.messages().get().contact == contact


@pytest.mark.parametrize(
    ("query", "changes", "field", "says"),
    [
        ("", {"contact": ""}, "contact", "required"),
        ("", {"until": "2020-01-01"}, "until", "not over yet"),
        ("", {"until": "soon"}, "until", "valid date"),
        ("?type=group", {"account": ""}, "account", "required"),
        ("?type=group", {"max_redemptions": "0"}, "max_redemptions", "greater than or equal to 1"),
        ("?type=group", {"max_redemptions": "1"}, "max_redemptions", "You invite 2 contacts by name"),
        ("?type=group", {"contacts": "elsewhere"}, "contacts", "Choose contacts of Smith"),
    ],
)
def test_an_error_stands_beside_its_field_and_what_was_typed_stays(
    inviter: Client, account: Account, query: str, changes: dict[str, str], field: str, says: str
) -> None:
    people = ContactFactory.create_batch(2, account=account)
    values: dict[str, object] = {
        "contact": str(people[0].pk),
        "account": str(account.pk),
        "max_redemptions": "7",
        "contacts": [str(one.pk) for one in people],
        "until": (timezone.now() + dt.timedelta(days=3)).date(),
        **changes,
    }
    if changes == {"contacts": "elsewhere"}:
        values["contacts"] = [str(ContactFactory(name="Else").pk)]
    answer = inviter.post(reverse(ADD) + query, values)
    errors = answer.context["adminform"].form.errors
    assert list(errors) == [field]
    assert says in str(errors[field])
    assert field == "until" or str(values["until"]) in answer.content.decode()
    assert not Invitation.objects.exists()


def test_who_gives_no_web_roles_offers_the_portals_own_one_only(
    admin: Client, inviter: Client, contact: Contact
) -> None:
    approver = WebRole.objects.create(name="Approver")
    assert "Approver" in words(admin, reverse(ADD))
    assert "Approver" not in words(inviter, reverse(ADD))
    values = {"contact": str(contact.pk), "web_roles": [str(approver.pk)]}
    assert list(inviter.post(reverse(ADD), values).context["adminform"].form.errors) == ["web_roles"]


# --- The list -------------------------------------------------------------------------------------------------------
def test_the_list_tells_whom_where_it_stands_and_how_often_and_filters_by_state(admin: Client) -> None:
    for name in ("Draft", "Sent", "Over", "Gone"):
        InvitationFactory(contact=ContactFactory(name=f"Contact {name}"))
    InvitationFactory(contact=ContactFactory(name="Contact Sent"), sent_at=timezone.now())
    Invitation.objects.filter(contacts__name="Contact Over").update(expires_at=timezone.now())
    Invitation.objects.get(contacts__name="Contact Gone").withdraw(by=None)
    GroupInvitationFactory(account=ContactFactory().account)
    shown = words(admin, reverse(LIST))
    for said in ("Group of Account", "0 of 3", "0 of 1", "Draft", "Withdrawn", "Expired"):
        assert said in shown
    for state, name in (("expired", "Over"), ("withdrawn", "Gone"), ("sent", "Sent")):
        rows = admin.get(reverse(LIST), {"state": state}).context["cl"].result_list
        assert [row.contacts.get().name for row in rows] == [f"Contact {name}"]
    assert admin.get(reverse(LIST), {"state": "nonsense"}).status_code == 200


def test_an_invitation_is_found_by_the_first_letters_of_its_code(admin: Client) -> None:
    wanted = InvitationFactory()
    InvitationFactory()
    rows = admin.get(reverse(LIST), {"q": wanted.code.replace("-", "")[:6].lower()}).context["cl"].result_list
    assert list(rows) == [wanted]


# --- The contact's page, the addresses, the settings ----------------------------------------------------------------
def test_the_contacts_page_tells_at_a_glance_how_they_stand(admin: Client, contact: Contact) -> None:
    assert "No account" in words(admin, contact_page(contact))
    invitation = InvitationFactory(contact=contact)
    shown = words(admin, contact_page(contact))
    assert "Invited, no account yet" in shown
    assert page(invitation) in shown
    user = UserFactory(username="ann1")
    redeem(invitation, contact, user)
    shown = words(admin, contact_page(contact))
    assert "Has an account" in shown
    assert reverse("admin:fsportal_user_change", args=[user.pk]) in shown
    assert "is missing" not in shown
    WebRole.web_api_users().take_away(contact, by=None)
    assert "The web role Web API Users is missing" in words(admin, contact_page(contact))
    user.is_active = False
    user.save()
    assert "The account is closed" in words(admin, contact_page(contact))


def test_an_admin_sees_why_an_address_got_no_automatic_invite(admin: Client, account: Account) -> None:
    InvitedAddress.objects.create(email="ann@example.com")
    contact = ContactFactory(account=account, email="Ann@Example.com")
    assert "The automatic invite went to this email address" in words(admin, contact_page(contact))
    addresses = reverse("admin:portal_invitedaddress_changelist")
    assert "ann@example.com" in words(admin, addresses, q="ann@")
    assert admin.get(reverse("admin:portal_invitedaddress_add")).status_code == 403


def test_the_settings_page_says_how_many_existing_contacts_would_be_invited(admin: Client) -> None:
    ContactFactory.create_batch(3)
    InvitedAddress.objects.create(email=ContactFactory().email)
    settings = reverse("admin:fsportal_portalsettings_change", args=[1])
    assert "3 contacts would be invited now" in words(admin, settings)
    portal_settings = PortalSettings.load()
    portal_settings.auto_invite, portal_settings.auto_invite_whom = True, "all"
    portal_settings.save()
    assert automatic.sweep(timezone.now()) == 3
    assert "0 contacts would be invited now" in words(admin, settings)
