"""What the forms of the Settings area change is in the audit trail, once, with before and after; and its page."""

import json

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from fsportal.lib.changes import HIDDEN, LARGEST, MASKED, bounded
from fsportal.models import AuditEntry, AuditKind, BusinessUnit, Contact, User
from tests.admin_cast import person
from tests.factories import ContactFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "admin:fsportal_auditentry_changelist"


def last() -> AuditEntry:
    return AuditEntry.objects.order_by("pk").select_related("by").last()  # type: ignore[return-value]


def test_rights_are_noted_by_what_came_and_went_and_passwords_as_changed_only(admin: Client) -> None:
    first, second = Group.objects.create(name="First"), Group.objects.create(name="Second")
    user = UserFactory(username="una", first_name="Una")
    user.groups.set([first])
    page = reverse("admin:fsportal_user_change", args=[user.pk])
    form = {"username": "una", "first_name": "Una", "email": user.email, "is_active": "on", "is_staff": "on",
            "date_joined_0": "2026-11-30", "date_joined_1": "10:00", "groups": [second.pk]}  # fmt: skip
    answer = admin.post(page, form, REMOTE_ADDR="203.0.113.9")
    assert answer.status_code == 302, answer.context["errors"]
    entry = last()
    assert entry.changes == {"is_staff": [False, True], "groups": [["First"], ["Second"]]}
    assert (entry.action, entry.kind, entry.by_name, entry.subject_name) == ("changed", AuditKind.RIGHTS, "ada", "Una")
    assert (entry.address, entry.way) == ("203.0.113.9", "settings")

    secret = "a-new-pass-phrase-of-una"
    admin.post(reverse("admin:auth_user_password_change", args=[user.pk]),
               {"password1": secret, "password2": secret, "usable_password": "true"})  # fmt: skip
    assert User.objects.get(pk=user.pk).check_password(secret)
    assert last().changes == {"password": MASKED}
    right = Permission.objects.get(codename="view_contact")
    admin.post(reverse("admin:auth_group_change", args=[second.pk]), {"name": "Second", "permissions": [right.pk]})
    assert last().changes == {"permissions": [[], [str(right)]]}
    assert secret not in json.dumps(list(AuditEntry.objects.values_list("changes", "why")))

    before = AuditEntry.objects.count()
    form["groups"] = [second.pk]
    assert admin.post(page, form).status_code == 302
    assert AuditEntry.objects.count() == before, "nothing was changed"


def test_inlines_and_deletions_are_noted_and_what_a_verb_notes_is_not_noted_twice(admin: Client) -> None:
    contact = ContactFactory(name="Ann", mobile_phone="+442079460018")
    page = reverse("admin:fsportal_contact_change", args=[contact.pk])
    forms = {
        f"{prefix}-{part}": "0"
        for prefix in ("opt_outs", "message_choices")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    data = {"name": "Ann Other", "email": contact.email, "mobile_phone": "020 7946 0019", "language": "en", **forms}
    answer = admin.post(page, data)
    assert answer.status_code == 302, answer.context["errors"]
    assert last().changes["name"] == ["Ann", "Ann Other"]
    assert "9460019" not in json.dumps(last().changes)

    unit = BusinessUnit.objects.create(name="North")
    admin.post(reverse("admin:fsportal_businessunit_delete", args=[unit.pk]), {"post": "yes"})
    assert (last().action, last().subject_name, last().changes) == ("deleted", "North", {"name": ["North", None]})

    admin.post(reverse("admin:fsportal_apitoken_add"), {"user": UserFactory().pk, "name": "ERP", "days": "30"})
    assert AuditEntry.objects.filter(action="token created").count() == 1
    assert not AuditEntry.objects.filter(subject_name__startswith="ERP").exclude(action="token created").exists()


def test_what_is_kept_of_a_change_is_bounded_and_without_secrets() -> None:
    kept = bounded(
        {"notes": ["x" * 500, "y"], "sms_token": ["a", "b"], "logo": [b"1", None], "postal_code": ["1", "2"]}
    )
    assert kept == {"notes": [HIDDEN, "y"], "sms_token": MASKED, "logo": [HIDDEN, None], "postal_code": ["1", "2"]}
    assert len(json.dumps(bounded({f"f{number}": ["a" * 200, "b" * 200] for number in range(500)}))) <= LARGEST


def test_the_page_shows_before_and_after_filters_and_finds(admin: Client) -> None:
    user, contact = UserFactory(username="una"), ContactFactory(name="Ann")
    AuditEntry.note(contact, "changed", by=user, changes={"language": ["en", "de"], "is_new": [False, True]})
    AuditEntry.note(contact.account, "looked at")
    entry = AuditEntry.of(contact).get()
    user.delete()
    for query in ("kind=records&q=una", "q=Ann", f"q={entry.action}", "about=" + str(entry.subject_type_id)):
        page = admin.get(f"{reverse(LIST)}?{query}").content.decode()
        assert "en → de" in page, query
        assert "Looked at" not in page, query
    page = admin.get(reverse("admin:fsportal_auditentry_change", args=[entry.pk])).content.decode()
    assert "no → yes" in page
    assert "una" in page, "the name outlives the user"


def test_sign_ins_and_addresses_are_for_those_who_see_users(admin: Client) -> None:
    AuditEntry.objects.create(action="signed in", kind=AuditKind.SIGN_IN, at=timezone.now(), address="203.0.113.7")
    AuditEntry.note(ContactFactory(), "seen")
    client = Client()
    client.force_login(person("nora", ["view_auditentry"]))
    page = client.get(reverse(LIST)).content.decode()
    assert "Seen" in page
    assert "Signed in" not in page
    assert "203.0.113.7" in admin.get(f"{reverse(LIST)}?q=203.0.113.7").content.decode()
    assert client.get(f"{reverse(LIST)}?address=203.0.113.7").status_code != 200


def test_which_rights_staff_were_given_is_for_those_who_see_users(admin: Client) -> None:
    una = UserFactory(username="una")
    AuditEntry.note(una, "changed", changes={"groups": [[], ["Rights of una"]]})
    AuditEntry.objects.filter(pk=AuditEntry.note(una, "as releases before this one wrote it").pk).update(kind="")
    AuditEntry.note(ContactFactory(), "seen")
    client = Client()
    client.force_login(person("nora", ["view_auditentry"]))
    page = client.get(reverse(LIST)).content.decode()
    assert "Seen" in page
    assert "Rights of una" not in page
    assert "As releases before" not in page
    assert "Rights of una" in admin.get(reverse(LIST)).content.decode()


def test_of_many_at_once_each_is_counted_on_one_row() -> None:
    contact: Contact = ContactFactory()
    for _ in range(3):
        AuditEntry.count("refused", subject=contact)
    AuditEntry.count("refused")
    assert sorted(AuditEntry.objects.filter(action="refused").values_list("number", flat=True)) == [1, 3]
