"""The checklist of the first hour knows from the data what is done."""

from typing import Any

import pytest
from django.test import Client

from fsportal.conf.environment import email_config
from fsportal.models import AuditEntry, PortalSettings
from fsportal.settings_area.checklist import Checklist, checklist
from notifications.models import State
from tests.factories import AccountFactory, ContactFactory, IncidentTypeFactory, ResourceFactory

pytestmark = pytest.mark.django_db

PAGE = "/admin/first-hour/"
STEPS = ["name", "zone", "technicians", "services", "email", "sms", "customers", "guest-list", "live"]


def now() -> Checklist:
    return checklist(PortalSettings.load())


def done() -> set[str]:
    return {line.slug for line in now().lines if line.is_done}


def test_an_empty_start_has_everything_before_it() -> None:
    assert [line.slug for line in now().lines] == STEPS
    assert done() == set()
    assert now().next == now().lines[0]


def test_steps_are_done_one_after_the_other(settings: Any) -> None:
    PortalSettings.objects.update_or_create(pk=1, defaults={"company_name": "Brightwater Home Services"})
    assert done() == set(), "that is the demo's name"
    PortalSettings.objects.update(company_name="Contoso")
    assert done() == set()
    assert "Add the logo" in now().lines[0].missing
    PortalSettings.objects.update(logo="brand/x.png")
    assert done() == {"name"}
    PortalSettings.objects.update(time_zone="Europe/Berlin")
    assert done() == {"name", "zone"}

    ResourceFactory(name="Omar Haddad", user=None), ResourceFactory(name="Left", is_active=False)
    IncidentTypeFactory(name="Boiler service")
    ContactFactory(account=AccountFactory(external_id="demo-x"))
    assert done() == {"name", "zone"}, "the demo's, and who has left"
    ResourceFactory(name="Nia New"), IncidentTypeFactory(name="Chimney")
    assert done() == {"name", "zone", "technicians", "services"}

    settings.EMAIL = email_config("smtp://mail.example")
    assert "Send yourself a test email" in now().lines[4].missing
    AuditEntry.note(PortalSettings.load(), "test email sent")
    PortalSettings.objects.update(communication_type="email")
    assert done() == set(STEPS[:6])
    ContactFactory(account=AccountFactory())
    PortalSettings.objects.update(guest_list="me@example.com")
    assert done() == set(STEPS[:8])
    settings.DELIVERY_MODE = "live"
    assert now().is_complete


def test_a_real_message_that_was_taken_is_a_test_as_well(settings: Any, make_message: Any) -> None:
    settings.EMAIL = email_config("smtp://mail.example")
    make_message(State.SIMULATED), make_message(State.FAILED)
    assert "email" not in done()
    make_message(State.DELIVERED)
    assert "email" in done()
    assert "sms" not in done()


def test_the_index_shows_it_to_admins_until_it_is_put_away(admin: Client, dispatcher: Client) -> None:
    assert "0 of 9 done" in admin.get("/admin/").content.decode()
    assert "First hour" not in dispatcher.get("/admin/").content.decode()
    assert dispatcher.get(PAGE).status_code == 403
    assert dispatcher.post(f"{PAGE}put-away/").status_code == 403
    page = admin.get(PAGE).content.decode()
    for address in ("#id_company_name", "#id_time_zone", "/delivery/", "#id_guest_list", "/bookings/resource/add/"):
        assert address in page
    admin.post(f"{PAGE}put-away/")
    assert "0 of 9 done" not in admin.get("/admin/").content.decode()
    assert "0 of 9 done" in admin.get(PAGE).content.decode()
    admin.post(f"{PAGE}put-away/", {"back": "yes"})
    assert "0 of 9 done" in admin.get("/admin/").content.decode()
