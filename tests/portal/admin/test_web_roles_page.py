"""Web Roles: Related > Web Roles of a contact, the role's own page, and who may give and take them."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from fsportal.models import AuditEntry, Contact
from portal.models import WEB_API_USERS, WebRole
from tests.admin_cast import READ, person
from tests.factories import ContactFactory

SEE = [*READ, "view_webrole"]
GIVE = [*SEE, "change_webrole"]


@pytest.fixture
def giver(db: None) -> Client:
    client = Client()
    client.force_login(person("gina", GIVE))
    return client


@pytest.fixture
def onlooker(db: None) -> Client:
    client = Client()
    client.force_login(person("olga", SEE))
    return client


@pytest.fixture
def role(db: None) -> WebRole:
    return WebRole.web_api_users()


def of_contact(contact: Contact) -> str:
    return reverse("admin:portal_webrole_of_contact", args=[contact.pk])


def role_page(role: WebRole) -> str:
    return reverse("admin:portal_webrole_change", args=[role.pk])


def contacts_of(role: WebRole) -> str:
    return reverse("admin:portal_webrole_contacts", args=[role.pk])


def actions(contact: Contact) -> list[tuple[str, str]]:
    return [(entry.action, str(entry.by)) for entry in AuditEntry.of(contact)][::-1]


# --- From the contact -----------------------------------------------------------------------------------------------
def test_the_contacts_page_leads_to_their_web_roles(onlooker: Client, reader: Client, contact: Contact) -> None:
    page = reverse("admin:fsportal_contact_change", args=[contact.pk])
    assert f'<a href="{of_contact(contact)}">Web Roles</a>' in onlooker.get(page).content.decode()
    assert of_contact(contact) not in reader.get(page).content.decode()


def test_a_role_is_added_and_removed_and_the_trail_has_it(giver: Client, contact: Contact, role: WebRole) -> None:
    assert "Add existing web role" in giver.get(of_contact(contact)).content.decode()
    said = giver.post(of_contact(contact), {"role": role.pk}, follow=True).content.decode()
    assert "Ann Smith has the web role Web API Users." in said
    assert list(contact.web_roles.all()) == [role]
    said = giver.post(of_contact(contact), {"remove": role.pk}, follow=True).content.decode()
    assert "does not have the web role Web API Users any more" in said
    assert not contact.web_roles.exists()
    assert actions(contact) == [("web role given", "gina"), ("web role taken away", "gina")]


def test_only_roles_that_the_contact_lacks_are_offered(giver: Client, contact: Contact, role: WebRole) -> None:
    approver = WebRole.objects.create(name="Approver")
    role.give(contact, by=None)
    form = giver.get(of_contact(contact)).context["form"]
    assert list(form.fields["role"].queryset) == [approver]
    approver.give(contact, by=None)
    assert "There is no other web role." in giver.get(of_contact(contact)).content.decode()


@pytest.mark.parametrize("posted", [{}, {"role": ""}, {"role": "999999"}, {"role": "x"}])
def test_what_is_no_role_gets_an_error_beside_the_field(
    giver: Client, contact: Contact, posted: dict[str, str]
) -> None:
    answer = giver.post(of_contact(contact), posted)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["role"]


def test_nonsense_is_answered_with_not_found(giver: Client, contact: Contact, role: WebRole) -> None:
    assert giver.get(reverse("admin:portal_webrole_of_contact", args=[uuid.uuid4()])).status_code == 404
    assert giver.post(of_contact(contact), {"remove": "x"}).status_code == 404
    assert giver.post(contacts_of(role), {"remove": "x"}).status_code == 404
    assert giver.post(reverse("admin:portal_webrole_contacts", args=[99999]), {"contacts": "x"}).status_code == 404
    assert giver.put(of_contact(contact)).status_code == 405
    assert giver.get(contacts_of(role)).status_code == 405


# --- From the role --------------------------------------------------------------------------------------------------
def test_the_roles_page_lists_its_contacts_and_adds_existing_ones(giver: Client, role: WebRole) -> None:
    people = ContactFactory.create_batch(2)
    said = giver.post(contacts_of(role), {"contacts": [str(one.pk) for one in people]}, follow=True).content.decode()
    assert "2 contacts more have it now." in said
    for one in people:
        assert one.name in said
        assert actions(one) == [("web role given", "gina")]
    giver.post(contacts_of(role), {"remove": str(people[0].pk)})
    assert list(role.contacts.all()) == [people[1]]


def test_adding_nobody_is_an_error_beside_the_field(giver: Client, role: WebRole) -> None:
    answer = giver.post(contacts_of(role), {})
    assert answer.status_code == 400
    assert "Choose at least one contact." in answer.content.decode()


def test_a_role_of_many_is_shown_in_pages(giver: Client, role: WebRole) -> None:
    role.contacts.set(ContactFactory.create_batch(51))
    shown = giver.get(role_page(role)).content.decode()
    assert "Contacts with this role (51)" in shown
    assert shown.count('name="remove"') == 50
    assert giver.get(role_page(role), {"people": "2"}).content.decode().count('name="remove"') == 1
    assert giver.get(role_page(role), {"people": "x"}).status_code == 200


def test_the_portals_own_role_is_neither_renamed_nor_deleted(admin: Client, role: WebRole) -> None:
    admin.post(role_page(role), {"name": "Other", "description": "Told apart"})
    role.refresh_from_db()
    assert (role.name, role.description) == (WEB_API_USERS, "Told apart")
    assert admin.post(reverse("admin:portal_webrole_delete", args=[role.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(role.pk)], "post": "yes"}
    admin.post(reverse("admin:portal_webrole_changelist"), chosen)
    assert WebRole.objects.filter(name=WEB_API_USERS).exists()


def test_other_roles_are_made_renamed_and_deleted(admin: Client) -> None:
    admin.post(reverse("admin:portal_webrole_add"), {"name": "Approver", "description": ""})
    role = WebRole.objects.get(name="Approver")
    admin.post(role_page(role), {"name": "Approvers", "description": ""})
    role.refresh_from_db()
    assert role.name == "Approvers"
    admin.post(reverse("admin:portal_webrole_delete", args=[role.pk]), {"post": "yes"})
    assert not WebRole.objects.filter(pk=role.pk).exists()


def test_a_name_that_differs_in_case_only_is_refused(admin: Client) -> None:
    answer = admin.post(reverse("admin:portal_webrole_add"), {"name": "web api users", "description": ""})
    assert list(answer.context["adminform"].form.errors) == ["name"]


# --- The ladder -----------------------------------------------------------------------------------------------------
def test_a_stranger_is_asked_to_sign_in(stranger: Client, contact: Contact, role: WebRole) -> None:
    for address in (of_contact(contact), contacts_of(role)):
        assert "/login/" in stranger.post(address, {"role": role.pk, "contacts": str(contact.pk)})["Location"]
    assert not role.contacts.exists()


def test_staff_without_rights_are_refused(reader: Client, contact: Contact, role: WebRole) -> None:
    assert reader.get(of_contact(contact)).status_code == 403
    assert reader.get(role_page(role)).status_code == 403
    assert reader.post(of_contact(contact), {"role": role.pk}).status_code == 403


def test_who_may_only_look_finds_no_buttons_and_changes_nothing(
    onlooker: Client, contact: Contact, role: WebRole
) -> None:
    other = ContactFactory()
    role.give(other, by=None)
    for address in (of_contact(other), role_page(role)):
        shown = onlooker.get(address).content.decode()
        assert 'class="action' not in shown
        assert WEB_API_USERS in shown
    assert onlooker.post(of_contact(contact), {"role": role.pk}).status_code == 403
    assert onlooker.post(of_contact(other), {"remove": role.pk}).status_code == 403
    assert onlooker.post(contacts_of(role), {"contacts": str(contact.pk)}).status_code == 403
    assert onlooker.post(contacts_of(role), {"remove": str(other.pk)}).status_code == 403
    assert list(role.contacts.all()) == [other]


def test_who_may_not_see_contacts_sees_none_on_the_roles_page(contact: Contact, role: WebRole) -> None:
    role.give(contact, by=None)
    client = Client()
    client.force_login(person("walt", ["view_webrole", "change_webrole"]))
    assert contact.name not in client.get(role_page(role)).content.decode()
    assert client.get(of_contact(contact)).status_code == 403
    assert client.post(contacts_of(role), {"remove": str(contact.pk)}).status_code == 403
