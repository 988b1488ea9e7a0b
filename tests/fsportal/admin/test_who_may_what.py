"""People of the Settings area and what they may not do to each other, or learn of each other."""

import pytest
from django.test import Client
from django.urls import reverse

from fsportal.models import Account, Contact, User
from tests.factories import AccountFactory, ContactFactory, UserFactory, WorkOrderFactory

OPT_OUTS = {f"{rows}-{of}_FORMS": 0 for rows in ("opt_outs", "message_choices") for of in ("TOTAL", "INITIAL")}
NEW = {"password1": "hoho-hoho-88", "password2": "hoho-hoho-88", "usable_password": "true"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(db: None) -> User:
    user: User = UserFactory(username="boss", is_staff=True, is_superuser=True)
    return user


def as_admin(client: Client) -> Client:
    client.force_login(UserFactory(username="someone", is_staff=True, groups=["admin"]))
    return client


def as_dispatcher(client: Client) -> Client:
    client.force_login(UserFactory(username="someone", is_staff=True, groups=["dispatcher"]))
    return client


def posted(contact: Contact, **changes: object) -> dict[str, object]:
    values = {"account": contact.account_id, "name": contact.name, "email": contact.email, "language": "en"}
    return values | {"mobile_phone": contact.mobile_phone} | OPT_OUTS | changes


def contact_page(contact: Contact) -> str:
    return reverse("admin:fsportal_contact_change", args=[contact.pk])


# --- Contacts -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["primary contact", "reporter"])
def test_a_contact_stays_with_their_account_whatever_is_posted(client: Client, role: str) -> None:
    contact = WorkOrderFactory().reported_by
    if role == "primary contact":
        Account.objects.filter(pk=contact.account_id).update(primary_contact=contact)
    before = contact.account_id
    answer = as_admin(client).post(contact_page(contact), posted(contact, account=AccountFactory().pk, name="Ann"))
    contact.refresh_from_db()
    assert answer.status_code == 302
    assert (contact.account_id, contact.name) == (before, "Ann")


def test_a_new_contact_is_given_an_account(client: Client) -> None:
    account = AccountFactory()
    values = posted(ContactFactory.build(account=account, name="New"), account=account.pk)
    as_dispatcher(client).post(reverse("admin:fsportal_contact_add"), values)
    assert Contact.objects.get().account == account


def test_a_dispatcher_links_no_contact_to_a_user_and_still_corrects_the_rest(client: Client) -> None:
    contact, user = ContactFactory(), UserFactory()
    as_dispatcher(client).post(contact_page(contact), posted(contact, portal_user=user.pk, name="Ann Corrected"))
    contact.refresh_from_db()
    assert (contact.portal_user, contact.name) == (None, "Ann Corrected")
    client.post(reverse("admin:fsportal_contact_add"), posted(contact, portal_user=user.pk, name="Another"))
    assert Contact.objects.get(name="Another").portal_user is None


def test_an_admin_links_a_contact_to_a_customer_and_never_to_staff(client: Client, boss: User) -> None:
    contact, user = ContactFactory(), UserFactory()
    refused = as_admin(client).post(contact_page(contact), posted(contact, portal_user=boss.pk))
    assert "signs in to the Settings area" in refused.content.decode()
    client.post(contact_page(contact), posted(contact, portal_user=user.pk))
    contact.refresh_from_db()
    assert contact.portal_user == user


# --- Users ----------------------------------------------------------------------------------------------------------
def test_the_admin_group_cannot_take_over_a_superuser(client: Client, boss: User) -> None:
    page = reverse("admin:fsportal_user_change", args=[boss.pk])
    as_admin(client)
    assert client.post(reverse("admin:auth_user_password_change", args=[boss.pk]), NEW).status_code == 403
    assert client.post(page, {"username": "boss", "email": "mine@example.com"}).status_code == 403
    assert client.post(reverse("admin:fsportal_user_delete", args=[boss.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(boss.pk)], "post": "yes"}
    client.post(reverse("admin:fsportal_user_changelist"), chosen)
    boss.refresh_from_db()
    assert boss.check_password("a-long-pass-phrase")
    assert boss.email == "boss@example.com"


def test_the_admin_group_makes_nobody_a_superuser_and_grants_groups(client: Client) -> None:
    user = UserFactory(username="clerk")
    page = reverse("admin:fsportal_user_change", args=[user.pk])
    group = as_admin(client).get(page).context["adminform"].form.fields["groups"].queryset.get(name="dispatcher")
    values = {"username": "clerk", "is_active": "on", "is_staff": "on", "groups": [group.pk]}
    assert client.post(page, values | {"is_superuser": "on", "user_permissions": [1]}).status_code == 302
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser, user.user_permissions.count()) == (True, False, 0)
    assert list(user.groups.all()) == [group]
    assert client.post(reverse("admin:auth_user_password_change", args=[user.pk]), NEW).status_code == 302


def test_a_superuser_may_do_all_of_that(client: Client, boss: User) -> None:
    client.force_login(boss)
    other = UserFactory(username="other", is_superuser=True)
    assert client.post(reverse("admin:auth_user_password_change", args=[other.pk]), NEW).status_code == 302
    page = client.get(reverse("admin:fsportal_user_change", args=[other.pk]))
    assert b'name="is_superuser"' in page.content


def test_the_read_only_group_sees_no_staff_and_no_groups(client: Client, boss: User) -> None:
    client.force_login(UserFactory(username="rita", is_staff=True, groups=["read-only"]))
    assert client.get(reverse("admin:fsportal_user_change", args=[boss.pk])).status_code == 403
    assert client.get(reverse("admin:auth_group_changelist")).status_code == 403


def test_who_may_not_change_a_user_reads_nothing_of_the_password(client: Client, boss: User, reader: Client) -> None:
    page = reader.get(reverse("admin:fsportal_user_change", args=[boss.pk])).content.decode()
    assert "boss" in page
    assert "md5" not in page
    assert "md5" not in as_admin(client).get(reverse("admin:fsportal_user_change", args=[boss.pk])).content.decode()
