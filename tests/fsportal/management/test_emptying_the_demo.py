"""From the demo to one's own company: the demo goes, all of it or nothing, and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from bookings.models import Booking, IncidentType, Reminder, Resource, Team
from fsportal.management.demo import build
from fsportal.models import Account, AuditEntry, BusinessUnit, Contact, PortalSettings, User
from fsportal.settings_area import demo_marks
from notifications.models import AppNotification, CustomerNotification, MessageTemplate, State
from portal.models import WEB_API_USERS, Invitation, Redemption, WebRole
from tests.admin_cast import person
from tests.factories import (
    PASSWORD,
    AccountFactory,
    BookingFactory,
    ContactFactory,
    ResourceFactory,
    UserFactory,
    WorkOrderFactory,
)

pytestmark = pytest.mark.django_db

PAGE = "/admin/own-company/"
NAME = "Brightwater Home Services"
#: What may have rows afterwards: the settings, the one who stays, what the machinery keeps, and what is the company's.
STAYS = {
    "auth.Group", "auth.Permission", "contenttypes.ContentType",
    "fsportal.AuditEntry", "fsportal.BusinessUnit", "fsportal.PortalSettings", "fsportal.User", "fsportal.Tally",
    "notifications.EmailFrame", "notifications.MessageTemplate", "notifications.TemplateVersion",
    "notifications.CustomerNotification",  # to the one who stays: the password was changed
    "bookings.NumberSeries", "bookings.Reminder", "portal.WebRole", "portal.SecurityNotice",
    "sessions.Session", "usersessions.UserSession", "django_q.OrmQ", "django_q.Schedule",
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def ada(folder: Path) -> Client:
    """Return the demo's admin."""
    call_command("demo", verbosity=0)
    client = Client()
    client.force_login(User.objects.get(username="admin"))
    return client


def answer(**different: str) -> dict[str, str]:
    own = {"first_name": "Olga", "last_name": "Owner", "email": "Olga@own.example"}
    own |= {"password": PASSWORD, "password_again": PASSWORD}
    return {"confirmation": f" {NAME.upper()} "} | own | different


def test_in_one_action_the_demo_is_gone_and_the_settings_are_there(
    ada: Client, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    PortalSettings.objects.update(reminder_lead_days=3, guest_list="olga@own.example")
    MessageTemplate.write("upcoming", "en", None, {"subject": "Ours"}, by=None, based_on=None)
    Reminder.objects.create(portal_settings_id=1, lead_days=2)
    page = ada.get(PAGE).content.decode()
    assert "Résidence « Les Tilleuls »" in page
    assert Booking.objects.count() == 26, "looking changes nothing"
    with django_capture_on_commit_callbacks(execute=True):
        done = ada.post(PAGE, answer(), follow=True)
    assert done.redirect_chain == [("/admin/", 302)]
    assert "This is your company now" in done.content.decode()

    left = {model._meta.label for model in apps.get_models() if model._default_manager.exists()}
    assert left - STAYS == set()
    olga = User.objects.get()
    assert (olga.get_full_name(), olga.email, olga.check_password(PASSWORD)) == ("Olga Owner", "olga@own.example", True)
    assert [group.name for group in olga.groups.all()] == ["admin"]
    record = PortalSettings.load()
    assert record.is_unnamed
    assert (record.reminder_lead_days, record.guest_list) == (3, "olga@own.example")
    assert (record.time_zone, record.page_footer, record.contact_email) == ("UTC", "", "")
    assert (MessageTemplate.objects.count(), Reminder.objects.count()) == (1, 1)
    assert not WebRole.objects.get(name=WEB_API_USERS).contacts.exists()
    assert CustomerNotification.objects.exclude(event="security_notice").count() == 0
    entry = AuditEntry.objects.get(action="demo emptied")
    assert entry.by == olga
    assert "history: 26" in entry.why
    assert not (folder / "demo-logins.json").exists()
    assert "There is no demo company" in ada.post(PAGE, answer(), follow=True).content.decode()


def test_who_mistypes_or_may_not_changes_nothing(ada: Client) -> None:
    before = {model: model._default_manager.count() for model in (Booking, Account, User, CustomerNotification)}
    for wrong in (
        {"confirmation": "Brightwater"},
        {"email": "admin@example.com"},
        {"password": "12345"},
        {"password_again": "x"},
    ):
        assert ada.post(PAGE, answer(**wrong)).status_code == 400
    desk = Client()
    desk.force_login(User.objects.get(username="dispatcher"))
    assert desk.get(PAGE).status_code == 403
    assert desk.post(PAGE, answer()).status_code == 403
    queued = CustomerNotification.objects.order_by("pk")[0]
    CustomerNotification.objects.filter(pk=queued.pk).update(state=State.SENDING)
    assert "being sent at this moment" in ada.post(PAGE, answer()).content.decode()
    assert {model: model._default_manager.count() for model in before} == before
    assert User.objects.get(username="admin").first_name == "Ada", "not even who they are"


def test_emptying_gives_nobody_rights_that_they_did_not_have(ada: Client) -> None:
    needed = ["change_portalsettings", "delete_account", "delete_user", "delete_booking"]
    tess = person("tess", needed)
    client = Client()
    client.force_login(tess)
    PortalSettings.objects.update(company_name="")
    assert client.post(PAGE, {"confirmation": "demo"}).status_code == 302, "a company without a name has a way, too"
    assert not tess.groups.exists()
    assert not User.objects.get(pk=tess.pk).has_perm("fsportal.change_user")


def test_what_is_the_companys_own_stays_with_all_that_it_needs(ada: Client) -> None:
    service = IncidentType.objects.get(name="Boiler service")
    IncidentType.objects.filter(name="Leak repair").update(duration_minutes=100)
    omar = Resource.objects.get(name="Omar Haddad")
    boss, nia = UserFactory(username="boss", is_staff=True), ResourceFactory(name="Nia New")
    own = AccountFactory(name="Own & Co", external_id="erp-1")
    contact = ContactFactory(account=own, email="own@own.example")
    order = WorkOrderFactory(account=own, incident_type=service, reported_by=contact)
    visit = BookingFactory(work_order=order, resource=omar)
    AuditEntry.note(own, "seen", by=boss)
    messages = CustomerNotification.objects.filter(contact=contact).count()
    customer = UserFactory(username="redeemed")
    demo_contact = Contact.objects.filter(account__external_id="demo-newyork")[0]
    Redemption.objects.create(
        invitation=Invitation.objects.filter(contacts=demo_contact)[0],
        contact=demo_contact,
        user=customer,
        made_user=True,
    )
    page = ada.get(PAGE).content.decode().partition('id="stays"')[2]
    for name in ("Own &amp; Co", "Omar Haddad", "Nia New", "Boiler service", "Leak repair", "boss"):
        assert name in page
    ada.post(PAGE, answer())
    assert [account.name for account in Account.objects.all()] == ["Own & Co"]
    assert [booking.pk for booking in Booking.objects.all()] == [visit.pk]
    assert set(Resource.objects.values_list("name", flat=True)) == {"Omar Haddad", nia.name}
    assert set(IncidentType.objects.values_list("name", flat=True)) == {"Boiler service", "Leak repair"}
    assert set(User.objects.values_list("username", flat=True)) == {"admin", "boss"}
    assert CustomerNotification.objects.filter(contact=contact).count() == messages
    assert AuditEntry.of(own).exists()
    assert AppNotification.objects.exclude(regarding_id__in=[visit.pk]).count() == 0
    assert not Team.objects.filter(name="Abroad").exists()
    assert not BusinessUnit.objects.filter(name="Field north").exists()


def test_a_real_admin_of_the_demos_name_is_not_the_demos(folder: Path) -> None:
    real = UserFactory(username="admin", email="real@own.example", is_staff=True, groups=["admin"])
    call_command("demo", "--force", verbosity=0)
    client = Client()
    client.force_login(real)
    assert "Your new password" not in client.get(PAGE).content.decode()
    assert client.post(PAGE, {"confirmation": NAME})["Location"] == reverse("admin:index")
    kept = User.objects.get()
    assert (kept.email, kept.password) == (real.email, real.password)
    assert build.is_foreign()


def test_the_command_says_first_and_keeps_the_admins_password(
    ada: Client, folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    call_command("empty_demo", verbosity=0)
    assert Booking.objects.exists()
    with pytest.raises(CommandError, match="no user 'nobody'"):
        call_command("empty_demo", "--keep", "nobody")
    with django_capture_on_commit_callbacks(execute=True):
        call_command("empty_demo", "--yes")
    assert list(json.loads((folder / "demo-logins.json").read_text())) == ["admin"]
    assert [user.username for user in demo_marks.users()] == ["admin"]
    with pytest.raises(CommandError, match="There is no demo company"):
        call_command("empty_demo", "--yes")
