"""Pages of records with a form: who they are, what belongs to them, their story, and forms that say what is wrong."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from bookings.models import Booking, IncidentType, Resource, Verb
from fsportal.models import Account, AuditEntry, Contact
from fsportal.settings_area import autocomplete
from notifications.models import CustomerNotification
from tests.admin_cast import person
from tests.factories import ContactFactory, UserFactory

TEXT = "reported_by__text"


def address(record: models.Model) -> str:
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def page(client: Client, record: models.Model, **query: str) -> str:
    return client.get(address(record), query).content.decode()


def audit(record: models.Model, number: int) -> None:
    """Write so many audit entries about a record, a minute apart."""
    kind, now = ContentType.objects.get_for_model(record), timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            subject_type=kind, subject_id=str(record.pk), action=f"deed {one}.", at=now - dt.timedelta(minutes=one)
        )
        for one in range(number)
    )


# --- What they show ---------------------------------------------------------------------------------------------------
def test_a_contacts_page_says_how_to_reach_them_and_what_is_next(
    admin: Client, contact: Contact, booking: Booking, make_booking: Callable[..., Booking]
) -> None:
    over = make_booking(-48)
    words = page(admin, contact)
    assert "<h1>Ann Smith</h1>" in words
    assert 'href="tel:+12025550123"' in words
    assert 'href="mailto:ann@example.com"' in words
    beside = words.partition("<aside")[2].partition("</aside>")[0]
    assert beside.index(address(booking)) < beside.index(address(over))
    assert f'{reverse("admin:new-visit")}?contact={contact.pk}"' in words


def test_the_place_of_an_account_leads_to_a_map(admin: Client, account: Account) -> None:
    query = "query=1+Main+St"
    assert re.search(
        rf'href="https://www\.google\.com/maps/search/\?api=1&amp;{re.escape(query)}', page(admin, account)
    )
    Account.objects.filter(pk=account.pk).update(latitude=42.65, longitude=-73.75)
    assert "query=42.65%2C-73.75" in page(admin, account)


def test_each_kind_of_record_is_headed_by_its_name(admin: Client, booking: Booking) -> None:
    order, user = booking.work_order, UserFactory(first_name="Uma", last_name="Usher")
    for record in (order, order.account, order.incident_type, booking.resource, user):
        words = page(admin, record)
        assert f"<h1>{escape(record)}</h1>" in words
        assert f'<p class="record-kind">{str(record._meta.verbose_name).capitalize()}</p>' in words
        assert "Change " + str(record._meta.verbose_name) not in words


def test_the_list_to_which_a_customers_page_leads_has_their_visits_only(
    admin: Client, contact: Contact, booking: Booking, make_booking: Callable[..., Booking]
) -> None:
    make_booking(reported_by=ContactFactory(account=contact.account))
    links = re.findall(r'href="(/admin/bookings/booking/\?[^"]*reported_by[^"]*)"', page(admin, contact))
    found = admin.get(links[0].replace("&amp;", "&")).context["cl"].result_list
    assert [one.pk for one in found] == [booking.pk]


def test_visits_that_nobody_reported_are_the_primary_contacts(
    admin: Client, contact: Contact, make_booking: Callable[..., Booking]
) -> None:
    unreported = make_booking(reported_by=None)
    assert address(unreported) in page(admin, contact)
    assert address(unreported) not in page(admin, ContactFactory(account=contact.account))


def test_a_technicians_page_shows_today_by_their_clock(
    admin: Client, resource: Resource, make_booking: Callable[..., Booking]
) -> None:
    Resource.objects.filter(pk=resource.pk).update(time_zone="Pacific/Kiritimati")
    there = timezone.now() + dt.timedelta(hours=14)
    noon = (12 - there.hour) - there.minute / 60
    today, tomorrow = make_booking(noon), make_booking(noon + 24)
    words = page(admin, resource).partition("<aside")[2]
    first, second = words.index(">Today</h2>"), words.index(">Next visits</h2>")
    assert first < words.index(address(today)) < second < words.index(address(tomorrow))


def test_where_a_technician_was_is_told_to_those_who_may_know(
    admin: Client, reader: Client, resource: Resource
) -> None:
    Resource.objects.filter(pk=resource.pk).update(last_seen_at=timezone.now() - dt.timedelta(minutes=5))
    assert "Last seen 5 min ago" in page(admin, resource)
    assert "Last seen" not in page(reader, resource)


def test_a_page_shows_only_what_its_reader_may_see(
    contact: Contact, booking: Booking, make_message: Callable[..., CustomerNotification]
) -> None:
    message = make_message()
    AuditEntry.note(contact, "merged")
    client = Client()
    client.force_login(person("tess", ["view_contact"]))
    words = page(client, contact)
    assert "ann@example.com" in words
    for hidden in (address(booking), address(message), "Merged", "Next visits", "Write a message", "New visit"):
        assert hidden not in words


def test_second_factors_are_told_to_those_who_can_remove_them(admin: Client, reader: Client) -> None:
    user = UserFactory()
    assert "Second factors" in page(admin, user)
    assert "Second factors" not in page(reader, user)


# --- Their story ------------------------------------------------------------------------------------------------------
def test_the_story_has_visits_messages_and_audit_newest_first(
    admin: Client, contact: Contact, booking: Booking, make_message: Callable[..., CustomerNotification]
) -> None:
    now = timezone.now()
    booking.changes.filter(verb=Verb.SCHEDULE).update(at=now - dt.timedelta(hours=3))
    message = make_message(created_at=now - dt.timedelta(hours=2))
    AuditEntry.objects.filter(pk=AuditEntry.note(contact, "merged").pk).update(at=now - dt.timedelta(hours=1))
    entries = admin.get(address(contact)).context["story"].entries
    assert [(entry.title, entry.url) for entry in entries[:2]] == [
        ("Merged", ""),
        ("Upcoming booking, Email to Ann Smith: Sent", address(message)),
    ]
    assert entries[2].title.startswith("Scheduled: visit of")
    assert entries[2].url == address(booking)


def test_a_long_story_is_read_page_by_page_without_a_gap(admin: Client, account: Account) -> None:
    audit(account, 45)
    seen, query = [], ""
    for _page in range(3):
        story = admin.get(f"{address(account)}?{query}").context["story"]
        seen.append([entry.title for entry in story.entries])
        query = story.older
    assert [len(titles) for titles in seen] == [20, 20, 5]
    assert [title for titles in seen for title in titles] == [f"Deed {one}." for one in range(45)]
    assert query == ""


def test_of_many_things_that_happened_at_one_moment_none_is_lost(admin: Client, account: Account) -> None:
    audit(account, 45)
    deeds = AuditEntry.of(account)
    AuditEntry.objects.filter(pk__in=[entry.pk for entry in deeds[3:44]]).update(at=deeds[3].at)
    seen, query = [], ""
    for _page in range(3):
        story = admin.get(f"{address(account)}?{query}").context["story"]
        seen.append([entry.title for entry in story.entries])
        query = story.older
    assert [len(titles) for titles in seen] == [20, 20, 5]
    assert sorted(title for titles in seen for title in titles) == sorted(f"Deed {one}." for one in range(45))
    assert query == ""


def test_a_story_says_who_did_it_when_they_are_gone(admin: Client, account: Account) -> None:
    user = UserFactory(first_name="Una", last_name="Gone")
    AuditEntry.note(account, "put on the exclusion list", by=user)
    user.delete()
    assert [entry.by for entry in admin.get(address(account)).context["story"].entries] == ["Una Gone"]


@pytest.mark.parametrize(
    "before", ["x", "2026-11-01", "0001-01-01T00:00:00+14:00,0", "2026-11-01T00:00:00+00:00,-1", "\0"]
)
def test_a_moment_that_cannot_be_read_shows_the_newest(admin: Client, account: Account, before: str) -> None:
    audit(account, 1)
    assert "Deed 0." in page(admin, account, before=before)


def test_a_users_page_tells_what_they_did_to_those_who_see_the_audit_trail(
    admin: Client, reader: Client, account: Account
) -> None:
    user = UserFactory()
    AuditEntry.note(account, "put on the exclusion list", by=user)
    assert f'<a href="{address(account)}">Account: put on the exclusion list</a>' in page(admin, user)
    client = Client()
    client.force_login(person("tess", ["view_user"]))
    assert "exclusion list" not in page(client, user)


# --- Forms ------------------------------------------------------------------------------------------------------------
def order_form(order: Any, **values: Any) -> dict[str, Any]:
    kept = {"number": order.number, "account": order.account_id, "incident_type": order.incident_type_id}
    return kept | values


def test_without_scripts_a_record_is_found_by_what_is_written(admin: Client, booking: Booking) -> None:
    order, bob = booking.work_order, ContactFactory(account=booking.work_order.account, name="Bob Baker")
    assert f'<noscript><input type="text" name="{TEXT}"' in page(admin, order)
    assert admin.post(address(order), order_form(order, **{TEXT: " baker "})).status_code == 302
    order.refresh_from_db()
    assert order.reported_by == bob


def test_of_several_that_are_found_one_is_chosen(
    admin: Client, booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(autocomplete, "OFFERED", 2)
    order = booking.work_order
    bobs = [ContactFactory(account=order.account, name=f"Bob {letter}") for letter in "AB"]
    words = admin.post(address(order), order_form(order, **{TEXT: "bob"})).content.decode()
    assert "2 are found by “bob”. Choose one of these." in words
    for bob in bobs:
        assert f'<option value="{bob.pk}">' in words
    assert f'name="{TEXT}" value=""' in words  # or else it would win over the choice
    ContactFactory(account=order.account, name="Bob C")
    assert "More than 2 are found" in admin.post(address(order), order_form(order, **{TEXT: "bob"})).content.decode()
    assert admin.post(address(order), order_form(order, **{TEXT: "BOB A"})).status_code == 302
    order.refresh_from_db()
    assert order.reported_by == bobs[0]


@pytest.mark.parametrize("text", ["nobody's", "a\0b"])
def test_what_nobody_is_called_stays_written(admin: Client, booking: Booking, text: str) -> None:
    order = booking.work_order
    words = admin.post(address(order), order_form(order, **{TEXT: text})).content.decode()
    assert "Nothing is found by" in words
    assert f'name="{TEXT}" value="{escape(text)}"' in words


def test_who_may_not_see_contacts_finds_none_by_writing(booking: Booking) -> None:
    client = Client()
    client.force_login(person("tess", ["view_workorder", "change_workorder"]))
    order = booking.work_order
    words = client.post(address(order), order_form(order, **{TEXT: "Ann Smith"})).content.decode()
    assert "Nothing is found by" in words


def test_without_scripts_somebody_is_invited_by_name(admin: Client, contact: Contact) -> None:
    made = admin.post(reverse("admin:portal_invitation_add"), {"contact": "", "contact__text": "ann sm"})
    assert made.status_code == 302
    assert contact.invitations.count() == 1


def test_a_field_for_a_record_has_words_and_deletes_nothing(admin: Client, booking: Booking) -> None:
    words = page(admin, booking.work_order)
    assert f'href="{address(booking.work_order.account)}" aria-label="Open the chosen account">Open</a>' in words
    assert 'aria-label="New account">New</a>' in words
    assert "delete-related" not in words
    assert "icon-changelink" not in words


@pytest.mark.parametrize("query", ["", "?_popup=1"])
def test_a_refused_form_says_what_is_wrong_with_links_to_the_fields(
    admin: Client, booking: Booking, contact: Contact, query: str
) -> None:
    rows = {f"{rows}-{kind}_FORMS": "0" for rows in ("opt_outs", "message_choices") for kind in ("TOTAL", "INITIAL")}
    typed = {"name": "", "email": "no address", "language": "en", "time_zone": "Mars/Olympus", **rows}
    if query:
        typed["_popup"] = "1"
    words = admin.post(address(contact) + query, typed).content.decode()
    summary = words.partition('class="error-summary"')[2].partition("</div>")[0]
    assert re.findall(r'href="#(\w+)"', summary) == ["id_name", "id_email", "id_time_zone"]
    assert "autofocus" in summary
    assert 'value="no address"' in words
    assert "<h1>Ann Smith</h1>" in words
    assert "<title>Error: " in words.replace("\n", "")
    assert not re.search(r"<details><summary>\s*<h2[^>]*>Time zone and sign-in", words)  # its error is in view
    assert ("<aside" in words) is not bool(query)


def test_an_error_in_a_row_names_the_row(admin: Client, account: Account, contact: Contact) -> None:
    row = {"contacts-0-id": str(contact.pk), "contacts-0-account": str(account.pk), "contacts-0-name": ""}
    counts = {"contacts-TOTAL_FORMS": "1", "contacts-INITIAL_FORMS": "1", "sites-TOTAL_FORMS": "0",
              "sites-INITIAL_FORMS": "0"}  # fmt: skip
    words = admin.post(address(account), {"name": "Smith", "time_zone": "UTC", **row, **counts}).content.decode()
    assert '<a href="#id_contacts-0-name">Contact: Name: This field is required.</a>' in words


def test_a_page_for_adding_says_what_is_wrong_too(admin: Client) -> None:
    address = reverse("admin:bookings_incidenttype_add")
    words = admin.post(address, {"duration_minutes": "0"}).content.decode()
    assert '<a href="#id_name">Name for customers: This field is required.</a>' in words
    script = "admin/js/change_form"  # it would take the focus from the summary
    assert script not in words
    assert script in admin.get(address).content.decode()
    assert not IncidentType.objects.exists()
