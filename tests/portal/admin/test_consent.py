"""A contact's page tells who wants what no more, since when and how; staff note what they were told on the phone."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from fsportal.models import Account, AuditEntry, Contact, OptOut
from tests.admin_cast import person
from tests.factories import UserFactory


@pytest.fixture
def desk(db: None) -> Client:
    """Return a real dispatcher's browser: with the rights that the role has."""
    client = Client()
    client.force_login(UserFactory(username="desk", is_staff=True, groups=["dispatcher"]))
    return client


def page(client: Client, contact: Contact) -> str:
    return client.get(reverse("admin:fsportal_contact_change", args=[contact.pk])).content.decode()


def action(client: Client, contact: Contact, name: str, **data: str) -> Any:
    return client.post(reverse("admin:fsportal_contact_action", args=[contact.pk, name]), data)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("link", "On the page behind the link in a message"),
        ("one-click", "With the mail program&#x27;s own button"),
        ("sms", "By a text message"),
        ("provider", "The SMS provider says so"),
        ("profile", "On the profile page"),
        ("staff", "Noted by staff"),
        ("from the old system", "from the old system"),
    ],
)
def test_how_it_was_said_is_told_in_words(admin: Client, contact: Contact, how: str, words: str) -> None:
    contact.opt_out("email", how=how)
    assert words in page(admin, contact)
    contact.opt_in("email", how=how)
    assert page(admin, contact).count(words) == 2


def test_the_newest_opt_out_stands_first(admin: Client, contact: Contact) -> None:
    contact.opt_out("email", how="first of all")
    contact.opt_in("email", how="link")
    contact.opt_out("email", how="second of all")
    words = page(admin, contact)
    assert words.index("second of all") < words.index("first of all")


def test_choices_are_told_by_the_names_of_the_settings(admin: Client, contact: Contact) -> None:
    contact.choose("completed", "email", is_wanted=False)
    contact.choose("of_old", "sms", is_wanted=False)
    words = page(admin, contact)
    assert "Booking completed" in words
    assert "of_old" in words
    assert "whatever is not listed is sent" in words


def test_what_was_said_on_the_phone_is_noted_taken_back_and_audited(desk: Client, contact: Contact) -> None:
    assert "Note an opt-out" in page(desk, contact)
    assert "Take back an opt-out" not in page(desk, contact)
    action(desk, contact, "note-opt-out", channel="sms", why="Called, wants no texts")
    assert contact.has_opted_out("sms")
    assert not contact.has_opted_out("email")
    assert OptOut.objects.get().how == "staff"
    entry = AuditEntry.of(contact).get()
    assert (entry.action, entry.why, str(entry.by)) == ("noted an opt-out: sms", "Called, wants no texts", "desk")
    action(desk, contact, "take-back-opt-out", channel="sms", why="Changed their mind")
    assert not contact.has_opted_out("sms")
    assert AuditEntry.of(contact).first().action == "took back an opt-out: sms"  # type: ignore[union-attr]
    assert OptOut.objects.get().ended_how == "staff"


def test_it_must_be_said_which_channel_and_why(desk: Client, contact: Contact) -> None:
    for data in ({"channel": "sms", "why": ""}, {"channel": "pigeon", "why": "x"}, {"why": "x"}):
        assert action(desk, contact, "note-opt-out", **data).status_code == 400
    assert not OptOut.objects.exists()


def test_only_what_can_be_is_offered_and_twice_is_once(desk: Client, contact: Contact) -> None:
    contact.opt_out("email", how="link")
    assert action(desk, contact, "note-opt-out", channel="email", why="again").status_code == 400
    assert action(desk, contact, "take-back-opt-out", channel="sms", why="never was").status_code == 400
    assert OptOut.objects.count() == 1
    contact.opt_out("sms", how="link")
    assert "Note an opt-out" not in page(desk, contact)


def test_who_may_only_read_notes_nothing(reader: Client, contact: Contact) -> None:
    contact.opt_out("email", how="link")
    words = page(reader, contact)
    assert "On the page behind the link" in words
    assert "Note an opt-out" not in words
    assert action(reader, contact, "note-opt-out", channel="sms", why="x").status_code == 403
    assert action(reader, contact, "take-back-opt-out", channel="email", why="x").status_code == 403
    assert Client().post(reverse("admin:fsportal_contact_action", args=[contact.pk, "note-opt-out"])).status_code == 302
    assert contact.has_opted_out("email")
    assert not contact.has_opted_out("sms")


def test_a_contacts_page_leads_to_what_was_done_with_them(admin: Client, contact: Contact) -> None:
    AuditEntry.note(contact, "looked at")
    AuditEntry.note(contact.account, "something else")
    address = reverse("admin:fsportal_auditentry_changelist") + f"?subject_id__exact={contact.pk}"
    assert address in page(admin, contact)
    words = admin.get(address).content.decode()
    assert "looked at" in words
    assert [entry.action for entry in admin.get(address).context["cl"].result_list] == ["looked at"]


def test_a_contact_has_a_zone_of_their_own_and_an_account_may_share_its_visits(
    admin: Client, contact: Contact, account: Account
) -> None:
    assert 'name="time_zone"' in page(admin, contact)
    words = admin.get(reverse("admin:fsportal_account_change", args=[account.pk])).content.decode()
    assert 'name="shares_visits"' in words


def test_a_role_without_these_rights_sees_no_such_buttons(db: None, contact: Contact) -> None:
    client = Client()
    client.force_login(person("mo", ["view_contact", "change_contact"]))
    assert "Note an opt-out" not in page(client, contact)
