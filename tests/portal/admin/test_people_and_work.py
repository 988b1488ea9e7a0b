"""Accounts, contacts, types, users: the exclusion list, related links, and lists that stay fast."""

from collections.abc import Callable

import pytest
from django.contrib import admin as django_admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.models import Booking, BookingNotificationCode, Resource, WorkOrderType
from fsportal.models import Account, AuditEntry, Contact, User
from tests.admin_cast import DISPATCH, person
from tests.factories import UserFactory

LISTS = ["fsportal_account", "fsportal_contact", "fsportal_user", "auth_group", "bookings_workorder",
         "bookings_resource", "bookings_bookingnotificationcode", "fsportal_auditentry"]  # fmt: skip


def test_accounts_are_put_on_the_exclusion_list_and_taken_off_and_it_is_audited(
    dispatcher: Client, account: Account
) -> None:
    address = reverse("admin:fsportal_account_changelist")
    dispatcher.post(address, {"action": "put_on_list", "_selected_action": [str(account.pk)]})
    account.refresh_from_db()
    assert account.is_excluded
    assert AuditEntry.of(account).get().action == "put on the exclusion list"
    assert "Smith" in dispatcher.get(address, {"is_excluded__exact": "1"}).content.decode()
    dispatcher.post(address, {"action": "take_off_list", "_selected_action": [str(account.pk)]})
    account.refresh_from_db()
    assert not account.is_excluded


def test_a_read_only_user_changes_no_exclusion(reader: Client, account: Account) -> None:
    address = reverse("admin:fsportal_account_changelist")
    reader.post(address, {"action": "put_on_list", "_selected_action": [str(account.pk)]})
    account.refresh_from_db()
    assert not account.is_excluded


def test_work_order_types_have_the_exclusion_list_too(admin: Client) -> None:
    kind = WorkOrderType.objects.create(name="Internal")
    address = reverse("admin:bookings_workordertype_changelist")
    admin.post(address, {"action": "put_on_list", "_selected_action": [str(kind.pk)]})
    kind.refresh_from_db()
    assert kind.is_excluded


def test_a_contacts_page_leads_to_messages_and_codes_and_tells_opt_outs(admin: Client, contact: Contact) -> None:
    contact.opt_out("sms", how="STOP by SMS")
    words = admin.get(reverse("admin:fsportal_contact_change", args=[contact.pk])).content.decode()
    for said in ("Messages sent to this contact", "Booking notification codes", "STOP by SMS"):
        assert said in words
    for name in ("notifications_customernotification", "bookings_bookingnotificationcode"):
        related = reverse(f"admin:{name}_changelist") + f"?contact__id__exact={contact.pk}"
        assert related in words
        assert admin.get(related).status_code == 200


def test_contacts_are_found_by_opt_out(admin: Client, contact: Contact) -> None:
    address = reverse("admin:fsportal_contact_changelist")
    assert not list(admin.get(address, {"opted_out": "any"}).context["cl"].result_list)
    contact.opt_out("sms", how="STOP")
    assert list(admin.get(address, {"opted_out": "sms"}).context["cl"].result_list) == [contact]
    assert not list(admin.get(address, {"opted_out": "email"}).context["cl"].result_list)


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(
    admin: Client, make_booking: Callable[..., Booking], contact: Contact, name: str
) -> None:
    address = reverse(f"admin:{name}_changelist")

    def grow(number: int) -> None:
        BookingNotificationCode.issue(make_booking(24 + number), contact)
        account = Account.objects.create(name=f"More {number}", time_zone="UTC")
        account.primary_contact = Contact.objects.create(account=account, name=f"Person {number}")
        account.save()
        Resource.objects.create(name=f"Technician {number}")
        person(f"user{number}", ["view_booking"])

    grow(0)
    admin.get(address)
    with CaptureQueriesContext(connection) as one:
        admin.get(address)
    for number in range(1, 6):
        grow(number)
    with CaptureQueriesContext(connection) as many:
        admin.get(address)
    assert len(many) == len(one)


def test_schedules_of_the_task_queue_cannot_be_edited() -> None:
    assert not [model for model in django_admin.site._registry if model._meta.app_label == "django_q"]


def test_nobody_writes_the_audit_trail(admin: Client, account: Account) -> None:
    entry = AuditEntry.note(account, "seen")
    assert admin.post(reverse("admin:fsportal_auditentry_change", args=[entry.pk]), {"action": "x"}).status_code == 403
    assert admin.get(reverse("admin:fsportal_auditentry_add")).status_code == 403


def test_look_up_boxes_answer(admin: Client, booking: Booking) -> None:
    asked = {"app_label": "bookings", "model_name": "booking", "field_name": "work_order", "term": "WO"}
    assert len(admin.get(reverse("admin:autocomplete"), asked).json()["results"]) == 1
    asked = {"app_label": "bookings", "model_name": "bookingnotificationcode", "field_name": "booking", "term": "smith"}
    assert len(admin.get(reverse("admin:autocomplete"), asked).json()["results"]) == 1


# --- The address that a contact signs in with -----------------------------------------------------------------------
NO_ROWS = {f"{rows}-{kind}_FORMS": "0" for rows in ("opt_outs", "message_choices") for kind in ("TOTAL", "INITIAL")}


def correct_email(client: Client, contact: Contact, email: str) -> str:
    address = reverse("admin:fsportal_contact_change", args=[contact.pk])
    kept = {"name": contact.name, "language": "en", "portal_user": str(contact.portal_user_id)}
    return client.post(address, {**NO_ROWS, **kept, "email": email}, follow=True).content.decode()


@pytest.fixture
def customer(contact: Contact) -> User:
    contact.portal_user = UserFactory(username="ann", email="Ann@example.com")
    contact.save()
    return contact.portal_user


def test_a_corrected_email_is_the_one_that_the_contact_signs_in_with(
    admin: Client, contact: Contact, customer: User
) -> None:
    assert "signs in with the new address, too" in correct_email(admin, contact, "right@example.com")
    customer.refresh_from_db()
    assert customer.email == "right@example.com"
    assert AuditEntry.of(customer).get().by == User.objects.get(username="ada")


def test_who_does_not_look_after_users_is_told_that_the_sign_in_stays(
    db: None, contact: Contact, customer: User, client: Client
) -> None:
    client.force_login(person("dan", [*DISPATCH, "change_contact"]))
    assert "still signs in with" in correct_email(client, contact, "right@example.com")
    customer.refresh_from_db()
    assert customer.email == "ann@example.com"


@pytest.mark.parametrize("email", ["taken@example.com", ""])
def test_an_address_of_somebody_else_or_none_is_nobodys_sign_in(
    admin: Client, contact: Contact, customer: User, email: str
) -> None:
    UserFactory(email="taken@example.com")
    assert "still signs in with" in correct_email(admin, contact, email)
    customer.refresh_from_db()
    assert customer.email == "ann@example.com"


def test_who_signs_in_with_another_address_goes_on_doing_so(admin: Client, contact: Contact, customer: User) -> None:
    User.objects.filter(pk=customer.pk).update(email="private@example.com")
    assert "signs in with" not in correct_email(admin, contact, "right@example.com")
    customer.refresh_from_db()
    assert customer.email == "private@example.com"


def test_an_email_corrected_on_the_accounts_page_counts_alike(
    admin: Client, account: Account, contact: Contact, customer: User
) -> None:
    row = {"contacts-0-id": str(contact.pk), "contacts-0-account": str(account.pk), "contacts-0-name": contact.name,
           "contacts-0-language": "en", "contacts-0-email": "right@example.com"}  # fmt: skip
    data = {"name": account.name, "time_zone": account.time_zone, "street": account.street, "city": account.city,
            "contacts-TOTAL_FORMS": "1", "contacts-INITIAL_FORMS": "1", "sites-TOTAL_FORMS": "0",
            "sites-INITIAL_FORMS": "0", **row}  # fmt: skip
    page = admin.post(reverse("admin:fsportal_account_change", args=[account.pk]), data, follow=True)
    assert "signs in with the new address, too" in page.content.decode()
    customer.refresh_from_db()
    assert customer.email == "right@example.com"
