"""The settings in pages by subject: what each saves, shows beforehand, and remembers."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Booking, Reminder
from bookings.plan import SettingsToBe, plan_each
from bookings.plan_settings import effect_of
from fsportal.models import AuditEntry, AuditKind, Contact, PortalSettings
from notifications.models import CustomerNotification
from portal.admin.settings_pages.subjects import BY_SLUG, SUBJECTS
from tests.factories import AccountFactory, ContactFactory, UserFactory, WorkOrderFactory
from tests.portal.admin.test_portal_settings import SVG, as_typed, reminder

CHANGE = "admin:fsportal_portalsettings_change"


def url(slug: str) -> str:
    return BY_SLUG[slug].url


def typed(slug: str, **changes: Any) -> dict[str, Any]:
    """Return a page as a browser posts it, with what its fields were when it was opened."""
    return before(*BY_SLUG[slug].fields) | {
        name: value for name, value in as_typed().items() if name in BY_SLUG[slug].fields
    } | changes  # fmt: skip


def before(*names: str) -> dict[str, str]:
    """Return the hidden fields that say what the others were."""
    values: Any = PortalSettings.objects.values().first() or {}
    shown = {name: values.get(name, values.get(f"{name}_id")) for name in names if not name.startswith("logo")}
    return {
        f"initial-{name}": "" if value is None else str(value) for name, value in shown.items() if name != "on_call"
    }


def saved(client: Client, slug: str, **changes: Any) -> PortalSettings:
    answer = client.post(url(slug), typed(slug, **changes))
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert answer["Location"] == url(slug)
    return PortalSettings.load()


def checked(client: Client, slug: str, **changes: Any) -> Any:
    """Return what a page says that saving would do, having seen that it saves nothing."""
    before = PortalSettings.objects.values().first()
    answer = client.post(url(slug), typed(slug, check="1", **changes))
    assert answer.status_code == 200
    assert PortalSettings.objects.values().first() == before
    assert not AuditEntry.objects.filter(action="settings changed").exists()
    return answer.context["effect"]


@pytest.fixture(autouse=True)
def record(db: None) -> PortalSettings:
    return PortalSettings.objects.update_or_create(pk=1, defaults={"company_name": "Contoso"})[0]


@pytest.fixture
def visits(contact: Contact, resource: Any) -> list[Booking]:
    """Return visits that were booked long ago; one has nobody who reported it."""
    booked = []
    for days in (2, 3, 5, 9):
        start = timezone.now().replace(hour=15, minute=0, second=0, microsecond=0) + dt.timedelta(days=days)
        order = WorkOrderFactory(account=contact.account, reported_by=None if days == 5 else contact)
        one = Booking.schedule(work_order=order, resource=resource, start=start, end=start + dt.timedelta(hours=1))
        booked.append(one)
    CustomerNotification.objects.all().delete()
    Booking.objects.update(timed_at=timezone.now() - dt.timedelta(days=20))
    return booked


def test_each_setting_belongs_to_one_page() -> None:
    named = [name for subject in SUBJECTS for name in subject.fields]
    fields = [*PortalSettings._meta.fields, *PortalSettings._meta.many_to_many]
    assert sorted(named) == sorted(field.name for field in fields if field.editable and not field.primary_key)


def test_the_first_page_leads_to_every_subject(admin: Client) -> None:
    answer = admin.get(reverse(CHANGE, args=[1]))
    words = answer.content.decode()
    for card in answer.context["cards"]:
        assert f'href="{card.subject.url}"' in words
        assert card.lines
    assert "Text messages: 08:00 to 20:00" in words


def test_whoever_may_only_look_sees_pages_and_previews_and_no_buttons(reader: Client) -> None:
    for subject in SUBJECTS:
        words = reader.get(subject.url).content.decode()
        assert "<h1>" in words
        assert 'name="_save"' not in words
        assert "data-look" not in words
        assert "style=" not in words
        for look in subject.looks:
            assert reader.get(subject.preview_url, {"look": look}).status_code == 200
        assert reader.post(subject.url, typed(subject.slug)).status_code == 403
    assert not AuditEntry.objects.filter(kind=AuditKind.SETTINGS).exists()


def test_a_page_saves_its_own_fields_only(admin: Client) -> None:
    """Two people at two subjects, and two at one subject, leave each other's changes alone."""
    assert 'name="initial-company_name"' in admin.get(url("company")).content.decode()
    page = typed("company", company_name="Acme")
    PortalSettings.objects.update(send_traveling=False, contact_phone="020 7946 0018", toast_seconds=9)
    assert admin.post(url("company"), page).status_code == 302
    now = PortalSettings.load()
    assert (now.company_name, now.send_traveling, now.contact_phone, now.toast_seconds) == (
        "Acme", False, "020 7946 0018", 9,
    )  # fmt: skip
    # So does the form of all of them, and a page whose fields are checked against each other.
    everything, shown = as_typed(), before(*(name for subject in SUBJECTS for name in subject.fields))
    PortalSettings.objects.update(max_lead_days=3, contact_email="a@example.com")
    admin.post(reverse(CHANGE, args=[1]), everything | shown | {"page_title": "Visit"})
    assert PortalSettings.objects.filter(max_lead_days=3, contact_email="a@example.com", page_title="Visit").exists()
    stale = typed("self-scheduling", min_lead_days="5") | {"initial-max_lead_days": "30", "max_lead_days": "30"}
    refused = admin.post(url("self-scheduling"), stale)
    assert list(refused.context["adminform"].form.errors) == ["min_lead_days"]


def test_what_is_wrong_on_another_page_does_not_stand_in_the_way(admin: Client) -> None:
    PortalSettings.objects.update(send_messages_to="contact", fallback_contact=None)
    assert saved(admin, "company", page_title="Visit").page_title == "Visit"
    refused = admin.post(url("messages"), typed("messages"))
    assert list(refused.context["adminform"].form.errors) == ["fallback_contact"]


def test_without_its_record_a_page_makes_it(admin: Client) -> None:
    PortalSettings.objects.all().delete()
    assert admin.get(url("kept")).status_code == 200
    admin.post(url("kept"), typed("kept", messages_kept_days="30"))
    assert PortalSettings.objects.get().messages_kept_days == 30


# --- What saving would do to messages ---------------------------------------------------------------------------------
def counts(effect: Any) -> dict[str, list[str]]:
    return {group.says: group.counts for group in effect.groups}


def test_a_page_says_what_saving_would_do_to_messages(admin: Client, visits: list[Booking]) -> None:
    off = checked(admin, "messages", send_upcoming="")
    assert counts(off) == {
        "8 messages would not go any more": ["Upcoming booking: 8 (This message is switched off in the settings)"]
    }
    assert off.looked_at == "Looked at all 4 visits that are to come or have a message waiting."
    moved = checked(admin, "reminders", reminder_lead_days="1")
    assert "Upcoming booking: 8" in next(iter(counts(moved).values()))
    assert len(moved.groups[0].named) == 3
    assert checked(admin, "messages").remark.startswith("Change something")
    assert checked(admin, "hours").remark.startswith("Change something")
    wrong = checked(admin, "hours", sms_until="07:00")
    assert wrong.remark == "This cannot be saved yet: see what is marked."
    for slug in ("self-scheduling", "track-my-technician", "invitations", "in-app", "kept"):
        assert checked(admin, slug).remark == str(BY_SLUG[slug].no_effect) != ""


@pytest.mark.parametrize(
    ("slug", "changes"),
    [
        ("messages", {"communication_type": "email"}),
        ("messages", {"send_booked": "", "send_upcoming": ""}),
        ("messages", {"send_messages_to": "nobody"}),
        ("reminders", {"reminder_lead_days": "3", "reminder_time": "18:30"}),
        ("reminders", {"reminders-TOTAL_FORMS": "1", "reminders-INITIAL_FORMS": "0", **reminder(0, is_on="on")}),
        ("hours", {"sms_from": "15:00", "sms_until": "15:10", "email_from": "04:00", "email_until": "04:30"}),
    ],
)
def test_what_it_says_is_what_comes_about(
    admin: Client, visits: list[Booking], slug: str, changes: dict[str, str]
) -> None:
    now = timezone.now()

    def going() -> dict[Any, dt.datetime]:
        planned = [
            (plan.booking.pk, one) for plan in plan_each(Booking.objects.with_visit(), now) for one in plan.going
        ]
        return {(pk, one.event, one.channel, one.message.contact_id, one.at): one.at for pk, one in planned if one.at}

    before, said = going(), checked(admin, slug, **changes)
    saved(admin, slug, **changes)
    after = going()
    numbers = [int(group.says.split()[0]) for group in said.groups]
    same = len(before.keys() & after.keys())
    # What moves is gone at one moment, and comes at another.
    moves = sum(number for group, number in zip(said.groups, numbers, strict=True) if "another time" in group.says)
    assert sum(numbers) + moves == len(before) + len(after) - 2 * same
    assert numbers


def test_only_so_many_visits_are_looked_at(
    visits: list[Booking], monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    monkeypatch.setattr("bookings.plan_settings.MOST", 2)
    to_be = PortalSettings.load()
    to_be.send_upcoming = False
    with django_assert_max_num_queries(30):
        effect = effect_of(SettingsToBe(to_be, Reminder.all_of(to_be)), timezone.now())
    assert (effect.visits, effect.until) == (2, visits[1].start)
    assert {one.booking.pk for one in effect.withdrawn} == {visits[0].pk, visits[1].pk}


def test_the_guest_list_counts_in_its_mode(admin: Client, visits: list[Booking], settings: Any) -> None:
    assert "which is off" in checked(admin, "delivery", guest_list="ann@example.com").remark
    settings.DELIVERY_MODE = "guest-list"
    reached = counts(checked(admin, "delivery", guest_list="ann@example.com"))
    assert [says.partition(" ")[2] for says in reached] == ["messages would reach guests"]


# --- The preview ------------------------------------------------------------------------------------------------------
def test_the_preview_shows_what_is_typed_and_stores_nothing(admin: Client) -> None:
    def look(slug: str, name: str, **changes: Any) -> str:
        answer = admin.post(BY_SLUG[slug].preview_url, typed(slug, look=name, **changes))
        assert answer.status_code == 200
        assert "sandbox" in answer["Content-Security-Policy"]
        assert " href=" not in "".join(part.partition(">")[0] for part in answer.content.decode().split("<a ")[1:])
        return str(answer.content.decode())

    page = look("company", "visit", company_name="Typed & Co", background_colour="#7a1fa2")
    assert "Typed &amp; Co" in page
    assert "7a1fa2" in page
    assert "data:image/png;base64," in look("company", "visit", logo=ContentFile(SVG, "a.svg"))
    assert "Typed &amp; Co" in look("company", "email", company_name="Typed & Co", logo=ContentFile(SVG, "a.svg"))
    assert "Typed &amp; Co" in look("company", "sms", company_name="Typed & Co")
    assert "Omar Haddad" in look("track-my-technician", "visit")
    hidden = look("track-my-technician", "visit", show_resource_name="", show_resource_phone="")
    assert "Omar Haddad" not in hidden
    assert "switched off" in look("messages", "email", event="canceled", send_canceled="")
    assert "survey" in look("messages", "email", survey_url="https://example.com/survey").lower()
    assert "3 days before" in look("reminders", "reminders", reminder_lead_days="3")
    assert "Which device" in look("self-scheduling", "booking", self_scheduling="on", asset_choice="on")
    assert "cannot book by themselves" in look("self-scheduling", "booking", self_scheduling="")
    assert "9 seconds" in look("in-app", "toast", toast_seconds="9")
    assert PortalSettings.load().company_name == "Contoso"
    assert not PortalSettings.load().logo
    assert not AuditEntry.objects.exists()
    assert not CustomerNotification.objects.exists()


def test_a_visit_in_the_preview_has_words_and_times_in_one_language(admin: Client) -> None:
    admin.cookies["django_language"] = "ar"
    page = admin.get(BY_SLUG["company"].preview_url, {"look": "visit"}).content.decode()
    assert re.search(r"\d\d?:\d\d", page)
    assert not re.search(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d", page)


def test_the_preview_uses_up_no_words_for_its_reader(admin: Client) -> None:
    admin.post(url("kept"), typed("kept", audit_kept_days="9"))
    for subject in SUBJECTS:
        admin.get(subject.preview_url)
    assert "The settings are saved." in admin.get(url("kept")).content.decode()


# --- The history ------------------------------------------------------------------------------------------------------
def test_a_page_remembers_who_changed_what_from_what_to_what(admin: Client, contact: Contact) -> None:
    saved(admin, "messages", send_delayed="", send_messages_to="contact", fallback_contact=str(contact.pk))
    saved(admin, "company", company_name="Acme", logo=ContentFile(SVG, "a.svg"))
    saved(admin, "company", company_name="Acme", logo=ContentFile(SVG, "b.svg"))
    saved(admin, "company")  # nothing was changed, so nothing is noted
    entries = AuditEntry.objects.filter(action="settings changed").order_by("pk")
    assert [entry.changes for entry in entries] == [
        {
            "send_delayed": [True, False],
            "send_messages_to": ["primary", "contact"],
            "fallback_contact": [None, str(contact.pk)],
        },
        {"company_name": ["Contoso", "Acme"], "logo": ["", "picture"]},
        {"logo": ["picture", "another picture"]},
    ]
    [shown] = admin.get(url("messages")).context["history"]
    assert shown.who == "ada"
    assert [(one.label, one.before, one.after) for one in shown.fields] == [
        ("Running late", "on", "off"),
        ("Send messages to", "The account's primary contact", "The contact chosen below"),
        ("Fallback contact", "–", "Ann Smith"),
    ]
    assert admin.get(url("hours")).context["history"] == []
    contact.delete()
    [shown] = admin.get(url("messages")).context["history"]
    assert shown.fields[-1].after == "somebody who is no longer there"


def test_the_history_holds_no_address_of_a_guest_and_names_reminders_and_people(admin: Client) -> None:
    saved(admin, "delivery", guest_list="ann@example.com\n+44 20 7946 0018")
    entry = AuditEntry.objects.get(action="settings changed")
    assert "ann@example.com" not in str(entry.changes)
    assert "79460018" not in str(entry.changes)
    rows = {"reminders-TOTAL_FORMS": "1", "reminders-INITIAL_FORMS": "0"}
    saved(admin, "reminders", **rows, **reminder(0, is_on="on", lead_hours="2"))
    [shown] = admin.get(url("reminders")).context["history"]
    assert [(one.label, one.before, one.after) for one in shown.fields] == [
        ("Further reminders", "–", "1 day 2 hours before")
    ]
    ada = UserFactory(
        username="zoe", first_name="", last_name="", is_staff=True, is_superuser=True, email="z@x.example"
    )
    saved(admin, "in-app", on_call=[str(ada.pk)])
    [shown] = admin.get(url("in-app")).context["history"]
    assert [(one.before, one.after) for one in shown.fields] == [("–", str(ada))]


# --- Test messages ----------------------------------------------------------------------------------------------------
def test_the_answer_to_a_test_message_stands_where_one_pressed_once(admin: Client) -> None:
    answer = admin.post(reverse("admin:test-sms"), {"phone": "call me"})
    assert answer["Location"] == url("delivery") + "#test-sms-answer"
    words = admin.get(url("delivery")).content.decode()
    form = words.partition('data-test="sms"')[2].partition("</form>")[0]
    assert 'id="test-sms-answer" tabindex="-1"' in form
    assert 'value="call me"' in form
    assert "test-email-answer" not in words
    assert "test-sms-answer" not in admin.get(url("delivery")).content.decode()


def test_an_account_without_reporter_is_told_by_the_contact_who_is_chosen(admin: Client, visits: list[Booking]) -> None:
    other = ContactFactory(account=AccountFactory(), mobile_phone="+12025550111")
    said = counts(checked(admin, "messages", send_messages_to="contact", fallback_contact=str(other.pk)))
    assert said["2 messages would go that do not go now"] == ["Upcoming booking: 2"]
    assert "2 messages would not go any more" in said
