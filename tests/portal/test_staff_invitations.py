"""Staff are invited by email: a link that works once, for a week, and leads to where their role works."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bookings.models import Resource
from fsportal.lib.logs import without_secrets
from fsportal.models import AuditEntry, PortalSettings, User
from notifications.customers.delivery import drain
from notifications.models import CustomerNotification, Reason, State
from portal.admin import staff_invitations as invitations_page
from portal.models import StaffInvitation
from tests.factories import PASSWORD, ResourceFactory, UserFactory
from tests.portal.stage import company
from tests.servers import SmtpSink

pytestmark = pytest.mark.django_db

PAGE = "/admin/users/invite/"
ADDRESS = "dana@example.com"


@pytest.fixture
def smtp(settings: Any) -> Any:
    """Deliver for real, to a server of our own."""
    company()
    with SmtpSink() as sink:
        settings.DELIVERY_MODE = "live"
        for name, value in sink.django_settings.items():
            setattr(settings, name, value)
        yield sink


@pytest.fixture
def boss() -> Client:
    client = Client()
    client.force_login(UserFactory(username="ada", first_name="Ada", groups=["admin"], is_staff=True))
    return client


def invite(boss: Client, *roles: str, **more: Any) -> Any:
    data = {"email": "Dana@Example.com", "first_name": "Dana", "last_name": "Desk", "language": "en"}
    chosen = [Group.objects.get(name=role).pk for role in roles]
    return boss.post(PAGE, data | {"roles": chosen} | more)


def link(smtp: SmtpSink) -> str:
    """Deliver, and return the address in the last email."""
    drain()
    part = smtp.messages[-1].get_body(("plain",))
    assert part is not None
    found = re.search(r"/join/\S+/", str(part.get_content()))
    assert found
    return found[0]


def dana() -> User:
    return User.objects.get(email=ADDRESS)


def do(boss: Client, name: str) -> Any:
    return boss.post(reverse("admin:fsportal_user_action", args=[dana().pk, name]), follow=True)


def test_from_the_invitation_to_the_first_page(boss: Client, smtp: SmtpSink) -> None:
    answer = invite(boss, "dispatcher")
    assert answer["Location"] == reverse("admin:fsportal_user_change", args=[dana().pk])
    assert (dana().is_active, dana().is_staff, dana().has_usable_password()) == (False, True, False)
    assert "The link works until" in boss.get(answer["Location"]).content.decode()
    everybody = boss.get("/admin/fsportal/user/?invited=yes").content.decode()
    assert "Invited</span>" in everybody
    assert "ada" not in everybody.partition('id="result_list"')[2].partition("</table>")[0]

    address, browser = link(smtp), Client()
    log = CustomerNotification.objects.get(event="staff_invitation")
    assert (log.to, log.state) == (ADDRESS, State.SENT)
    assert address.split("/")[2] not in f"{log.words} {log.email_words}", "the log opens nothing"
    assert without_secrets(f"Not Found: {address}") == "Not Found: /join/[code]/"
    assert browser.get(address)["Location"] == "/join/"
    assert "Ada" in browser.get("/join/").content.decode()
    assert browser.post("/join/", {"password": "12345"}).status_code == 400
    assert not dana().is_active, "looking and a bad password let nobody in"
    assert browser.post("/join/", {"password": PASSWORD})["Location"] == "/admin/today/"
    assert browser.get("/admin/today/").status_code == 200
    assert dana().check_password(PASSWORD)
    assert set(dana().groups.values_list("name", flat=True)) == {"dispatcher"}

    again = Client()
    assert again.get(address).status_code == 404
    assert set(AuditEntry.of(dana()).values_list("action", flat=True)) >= {"invited", "invitation accepted"}
    assert CustomerNotification.objects.filter(event="security_notice", to=ADDRESS).count() == 1
    assert "Send the invitation again" not in boss.get(answer["Location"]).content.decode()


def test_a_second_factor_comes_right_after_the_password_where_staff_need_one(boss: Client, smtp: SmtpSink) -> None:
    invite(boss, "dispatcher")
    PortalSettings.objects.update(staff_second_factor=True)
    browser = Client()
    browser.get(link(smtp))
    browser.post("/join/", {"password": PASSWORD})
    assert browser.get("/admin/today/")["Location"] == reverse("mfa_index")


def test_a_link_is_over_after_a_week_and_when_it_is_replaced_withdrawn_or_the_address_was_wrong(
    boss: Client, smtp: SmtpSink
) -> None:
    invite(boss, "read-only")
    first, browser = link(smtp), Client()
    browser.get(first)
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, minutes=1)):
        assert Client().get(first).status_code == 404

    do(boss, "send-invitation")
    second = link(smtp)
    assert second != first
    assert Client().get(first).status_code == 404
    assert browser.post("/join/", {"password": PASSWORD}).status_code == 404, "it was held in a browser meanwhile"

    User.objects.filter(pk=dana().pk).update(email="d.desk@example.com")
    assert Client().get(second).status_code == 404
    User.objects.filter(email="d.desk@example.com").update(email=ADDRESS)
    assert Client().get(second).status_code == 302

    do(boss, "withdraw-invitation")
    assert Client().get(second).status_code == 404
    do(boss, "send-invitation")
    assert Client().get(link(smtp)).status_code == 302
    User.objects.filter(email=ADDRESS).update(is_active=True)
    assert Client().get(link(smtp)).status_code == 404, "an admin let them in by hand"
    User.objects.filter(email=ADDRESS).update(is_active=False, last_login=timezone.now())
    assert Client().get(link(smtp)).status_code == 404, "and closed them again: they left"


def test_a_withdrawn_invitation_that_waits_is_not_sent(boss: Client, smtp: SmtpSink) -> None:
    invite(boss, "dispatcher")
    do(boss, "withdraw-invitation")
    drain()
    assert smtp.messages == []
    assert CustomerNotification.objects.get(event="staff_invitation").reason == Reason.INVITATION_OVER


def test_nobody_grants_more_than_they_have(boss: Client) -> None:
    root = Group.objects.create(name="root")
    root.permissions.add(Permission.objects.get(codename="delete_auditentry"))
    assert invite(boss, "root").status_code == 400
    assert not User.objects.filter(email=ADDRESS).exists()
    invite(boss, "admin")
    dana().groups.add(root)
    assert "more than you may yourself" in do(boss, "send-invitation").content.decode()
    assert StaffInvitation.objects.get().generation == 1

    desk = Client()
    desk.force_login(UserFactory(groups=["dispatcher"], is_staff=True))
    assert desk.get(PAGE).status_code == 403
    assert invite(desk, "dispatcher").status_code == 403


def test_who_signs_in_already_is_not_invited_and_many_invitations_have_to_wait(
    boss: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    UserFactory(email=ADDRESS)
    assert "has this address already" in invite(boss, "dispatcher").content.decode()
    assert invite(boss, email="x@example.com").status_code == 400, "no role"
    assert invite(boss, "dispatcher", email="x@example.com").status_code == 302
    assert "invited already" in invite(boss, "dispatcher", email="x@example.com").content.decode()
    monkeypatch.setattr(invitations_page.INVITATIONS.__class__, "count", lambda *_: 60)
    assert "Wait a while" in invite(boss, "dispatcher", email="y@example.com").content.decode()
    assert StaffInvitation.objects.count() == 1


def test_a_technician_is_tied_to_their_visits_and_lands_on_their_day(boss: Client, smtp: SmtpSink) -> None:
    omar = ResourceFactory(name="Omar Haddad")
    invite(boss, "technician", technician=omar.pk)
    omar.refresh_from_db()
    assert (omar.user, dana().is_staff) == (dana(), False)
    browser = Client()
    browser.get(link(smtp))
    assert browser.post("/join/", {"password": PASSWORD})["Location"] == reverse("technician")

    invite(boss, "technician", email="n@example.com", first_name="Nia", last_name="New")
    assert Resource.objects.get(name="Nia New").user == User.objects.get(email="n@example.com")
    taken = invite(boss, "technician", email="o@example.com", first_name="Omar", last_name="Haddad")
    assert "There is a technician called" in taken.content.decode()
    assert not User.objects.filter(email="o@example.com").exists()


def test_who_is_signed_in_as_somebody_else_signs_out_first(boss: Client, smtp: SmtpSink) -> None:
    invite(boss, "dispatcher")
    boss.get(link(smtp))
    assert "Sign out, then open" in boss.get("/join/").content.decode()
    boss.post("/join/", {"password": PASSWORD})
    assert not dana().is_active


@pytest.mark.parametrize(
    ("groups", "is_staff", "lands"),
    [
        (["admin"], True, "/admin/"),
        (["dispatcher"], True, "/admin/today/"),
        (["read-only"], True, "/admin/today/"),
        (["technician"], False, "/technician/"),
        ([], False, "/"),
    ],
)
def test_each_role_lands_where_it_works(groups: list[str], is_staff: bool, lands: str) -> None:
    user = UserFactory(username="who", groups=groups, is_staff=is_staff)
    if groups == ["technician"]:
        ResourceFactory(user=user)
    browser = Client()
    sign_in = browser.get("/admin/", follow=True).redirect_chain[-1][0]
    answer = browser.post(sign_in, {"login": "who", "password": PASSWORD})
    assert answer["Location"] == lands
