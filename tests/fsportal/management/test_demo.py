"""`manage.py demo`: the demo company."""

import json
import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from bookings.models import Booking, BookingStatus, Resource
from fsportal.models import Account, AuditEntry, Contact, PortalSettings, User
from notifications.models import AppNotification, CustomerNotification, Reason, State
from portal.models import WEB_API_USERS, Invitation, InvitationState, InvitationType
from tests.factories import AccountFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def passwords(folder: Path) -> dict[str, str]:
    kept: dict[str, str] = json.loads((folder / "demo-logins.json").read_text())
    return kept


def test_it_has_visits_in_every_state_and_people_in_several_zones_and_languages() -> None:
    call_command("demo", verbosity=0)
    assert set(Booking.objects.values_list("status", flat=True)) == set(BookingStatus.values)
    assert Resource.objects.count() == 4
    assert len(set(Account.objects.values_list("time_zone", flat=True))) >= 5
    assert set(Contact.objects.values_list("language", flat=True)) >= {"en", "de", "fr", "ar", "he"}
    for account in Account.objects.all():
        account.full_clean()
    for contact in Contact.objects.all():
        contact.full_clean()


def test_the_technician_has_a_day_with_a_visit_under_way_and_some_to_come() -> None:
    call_command("demo", verbosity=0)
    client = Client()
    client.force_login(User.objects.get(username="technician"))
    page = client.get("/", follow=True).content.decode()
    assert "On the way" in page
    assert "Boiler in the loft" in page
    assert "The bell is broken" in page
    assert "No visits today" not in page


def test_customers_have_been_told_and_nothing_is_left_lying() -> None:
    call_command("demo", verbosity=0)
    call_command("deliver_due")
    told = CustomerNotification.objects.filter(state=State.SIMULATED)
    assert set(told.values_list("event", flat=True)) == {
        "upcoming",
        "traveling",
        "completed",
        "rescheduled",
        "canceled",
        "invitation",
    }
    # At night texts wait for the morning.
    left = CustomerNotification.objects.exclude(reason=Reason.QUIET_HOURS)
    assert not left.filter(state__in=[*State.open(), State.FAILED]).exists()


def test_it_has_invitations_in_every_state_and_the_customer_may_use_the_portal() -> None:
    call_command("demo", verbosity=0)
    now = timezone.now()
    assert {invitation.state_at(now) for invitation in Invitation.objects.all()} == set(InvitationState)
    assert Invitation.objects.filter(type=InvitationType.GROUP).exists()
    contact = Contact.objects.get(portal_user__username="customer")
    assert contact.web_roles.filter(name=WEB_API_USERS).exists()
    assert PortalSettings.load().self_scheduling


def test_the_sign_ins_work_are_printed_and_only_the_operator_can_read_them(
    client: Client, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("demo")
    kept = passwords(folder)
    printed = capsys.readouterr().out
    assert set(kept) == {"admin", "dispatcher", "technician", "customer"}
    assert len(set(kept.values())) == 4
    for name, password in kept.items():
        assert client.login(username=name, password=password)
        assert password in printed
    assert stat.S_IMODE((folder / "demo-logins.json").stat().st_mode) == 0o600
    roles = {user.username: [group.name for group in user.groups.all()] for user in User.objects.all()}
    assert roles == {"admin": ["admin"], "dispatcher": ["dispatcher"], "technician": ["technician"], "customer": []}


def test_loading_it_twice_changes_nothing(folder: Path) -> None:
    call_command("demo", verbosity=0)
    call_command("deliver_due")
    models = (Account, Booking, CustomerNotification, Invitation, AuditEntry)
    kept, counts = passwords(folder), [model.objects.count() for model in models]
    call_command("demo", verbosity=0)
    assert passwords(folder) == kept
    assert [model.objects.count() for model in models] == counts


def test_a_technician_does_not_begin_with_a_screen_full_of_news(folder: Path) -> None:
    call_command("demo", verbosity=0)
    assert 0 < AppNotification.objects.filter(owner__username="technician").count() <= 2


@pytest.mark.parametrize("make", [AccountFactory, UserFactory])
def test_it_does_not_mix_itself_into_other_data(make: type[AccountFactory]) -> None:
    make()
    with pytest.raises(CommandError, match="not the demo's"):
        call_command("demo")
    assert not Booking.objects.exists()


def test_forced_it_leaves_an_admin_of_the_same_name_alone(folder: Path) -> None:
    real = UserFactory(username="admin", is_superuser=True)
    call_command("demo", force=True, verbosity=0)
    assert User.objects.get(username="admin").password == real.password
    assert "admin" not in passwords(folder)
