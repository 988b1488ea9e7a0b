"""Second factors: authenticator apps, recovery codes, and staff who must have one."""

import json
import re
import time
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib import admin as django_admin
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from fsportal.models import AuditEntry, PortalSettings, User
from notifications.models import CustomerNotification
from portal.access.middleware import SecondFactorMiddleware
from portal.sign_in.adapters import MFAAdapter
from tests.factories import PASSWORD, UserFactory
from tests.portal.stage import company

pytestmark = pytest.mark.django_db

LOGIN, INDEX = "/accounts/login/", "/accounts/2fa/"
ACTIVATE, AUTHENTICATE = "/accounts/2fa/totp/activate/", "/accounts/2fa/authenticate/"


@pytest.fixture
def chris() -> User:
    user: User = UserFactory(username="chris", email="chris@example.com")
    return user


def code_for(secret: str) -> str:
    """Return what an authenticator app shows now (RFC 6238)."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(client: Client, name: str = "chris") -> Any:
    return client.post(LOGIN, {"login": name, "password": PASSWORD})


def set_up_app(client: Client) -> str:
    """Set an authenticator app up as its owner does; returns its secret."""
    answer = client.get(ACTIVATE)
    if answer.status_code == 302:
        client.post(answer["Location"], {"password": PASSWORD})
        answer = client.get(ACTIVATE)
    found = re.search(r'class="key"><bdi dir="ltr">([A-Z2-7 ]+)<', answer.content.decode())
    assert found
    secret = found[1].replace(" ", "")
    answer = client.post(ACTIVATE, {"code": code_for(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


def with_app(name: str = "chris") -> str:
    """Return the secret of an app that somebody has, set up in a browser that is closed since."""
    client = Client()
    sign_in(client, name)
    return set_up_app(client)


# --- Authenticator apps ---------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_setting_an_app_up_gives_recovery_codes_and_tells_by_email(client: Client, chris: User) -> None:
    company()
    sign_in(client)
    assert client.get(ACTIVATE)["Location"].startswith("/accounts/reauthenticate/"), "first it must be them"
    set_up_app(client)
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    for secret in (ACTIVATE, "recovery-codes/", "recovery-codes/download/", "recovery-codes/generate/", ""):
        answer = client.get(secret if secret == ACTIVATE else f"{INDEX}{secret}")
        assert "no-store" in answer["Cache-Control"], secret
    page = client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert len(re.findall(r"<li><bdi dir=\"ltr\">\d{4} \d{4}</bdi></li>", page)) == 10
    notice = CustomerNotification.objects.filter(event="security_notice").first()
    assert notice is not None
    assert notice.to == "chris@example.com"
    assert "totp activated" in {entry.action for entry in AuditEntry.of(chris)}


def test_the_picture_is_data_and_names_the_company(client: Client, chris: User) -> None:
    company()
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get(ACTIVATE).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "otpauth://totp/chris%40example.com" in page
    assert "issuer=Brightside%20Plumbing" in page


def test_after_the_password_the_code_is_asked_for_and_leads_where_one_wanted(client: Client, chris: User) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        secret = with_app()
    with time_machine.travel("2026-11-24T10:05:00Z", tick=False):
        answer = client.post(LOGIN, {"login": "chris", "password": PASSWORD, "next": "/redeem/"})
        assert answer["Location"] == AUTHENTICATE
        assert "_auth_user_id" not in client.session
        assert "One more step" in client.get(AUTHENTICATE).content.decode()
        wrong = client.post(AUTHENTICATE, {"code": "000000"})
        assert "That code is not right" in wrong.content.decode()
        right = code_for(secret)
        answer = client.post(AUTHENTICATE, {"code": f"{right[:3]} {right[3:]}"})
        assert answer["Location"] == "/redeem/"
        assert client.session["_auth_user_id"] == str(chris.pk)


def test_a_code_that_was_used_is_not_good_again(chris: User) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        secret = with_app()
    with time_machine.travel("2026-11-24T10:05:00Z", tick=False):
        for expected in (302, 200):
            client = Client()
            sign_in(client)
            assert client.post(AUTHENTICATE, {"code": code_for(secret)}).status_code == expected


def test_a_recovery_code_works_in_its_place_and_once(chris: User) -> None:
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False):
        with_app()
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    for code, expected in ((codes[0], 302), (codes[0], 200), (codes[1], 302)):
        client = Client()
        sign_in(client)
        assert client.post(AUTHENTICATE, {"code": f"{code[:4]} {code[4:]}"}).status_code == expected


@time_machine.travel("2026-11-24T10:00:00Z", tick=False)
def test_codes_cannot_be_guessed_at_from_everywhere(chris: User) -> None:
    secret = with_app()
    for number in range(9):  # one try set it up
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        sign_in(client)
        assert "not right" in client.post(AUTHENTICATE, {"code": "000000"}).content.decode()
    client = Client()
    sign_in(client)
    assert "Too many tries. Wait" in client.post(AUTHENTICATE, {"code": code_for(secret)}).content.decode()


def test_the_password_alone_opens_no_page(client: Client, chris: User) -> None:
    with_app()
    sign_in(client)
    for address in (INDEX, "/accounts/sessions/", "/accounts/password/change/"):
        assert client.get(address).status_code == 302
    assert client.get("/")["Location"] == AUTHENTICATE


def test_one_can_turn_back_at_the_second_step(client: Client, chris: User) -> None:
    with_app()
    sign_in(client)
    assert client.post("/accounts/logout/", {"next": LOGIN})["Location"] == LOGIN
    assert client.get(LOGIN).status_code == 200


def test_removing_the_app_asks_and_takes_the_recovery_codes_along(client: Client, chris: User) -> None:
    sign_in(client)
    set_up_app(client)
    assert "Remove the authenticator app?" in client.get("/accounts/2fa/totp/deactivate/").content.decode()
    assert Authenticator.objects.exists()
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


# --- What is kept ---------------------------------------------------------------------------------------------------
def test_a_dump_of_the_database_is_no_second_factor(client: Client, chris: User) -> None:
    sign_in(client)
    secret = set_up_app(client)
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert MFAAdapter().decrypt(kept) == secret


def test_secrets_survive_a_change_of_the_key_while_the_old_one_is_known(settings: Any) -> None:
    kept = MFAAdapter().encrypt("JBSWY3DPEHPK3PXP")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [settings.SECRET_KEY]
    assert MFAAdapter().decrypt(kept) == "JBSWY3DPEHPK3PXP"
    settings.SECRET_KEY_FALLBACKS = []
    lost = MFAAdapter().decrypt(kept)
    assert len(lost) == 32, "nothing that anybody could count with"
    assert lost != MFAAdapter().decrypt(kept)


# --- Passkeys -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("host", "offered", "hint"),
    [
        ("localhost:8000", True, ""),
        ("127.0.0.1:8000", False, 'href="http://localhost:8000/accounts/2fa/"'),
        ("[::1]:8000", False, 'href="http://localhost:8000/accounts/2fa/"'),
        ("192.168.1.10", False, "At this address there are none"),
        ("portal.example.com", False, "At this address there are none"),
    ],
)
def test_passkeys_are_offered_where_browsers_have_them(
    client: Client, chris: User, settings: Any, host: str, offered: bool, hint: str
) -> None:
    settings.ALLOWED_HOSTS = ["*", "localhost"]
    assert ("passkey-button" in client.get(LOGIN, headers={"host": host}).content.decode()) == offered
    client.force_login(chris)
    page = client.get(INDEX, headers={"host": host}).content.decode()
    assert ("/accounts/2fa/webauthn/add/" in page) == offered
    assert hint in page


def test_passkeys_are_offered_on_a_secure_site(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["portal.example.com"]
    page = client.get(LOGIN, secure=True, headers={"host": "portal.example.com"}).content.decode()
    assert "passkey-button" in page


@pytest.mark.parametrize("credential", ["", "null", "{}", '{"id": "x", "response": {"userHandle": "AAAA"}}', "["])
def test_a_made_up_passkey_opens_nothing(client: Client, chris: User, credential: str) -> None:
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})
    assert answer["Location"] == LOGIN
    assert "_auth_user_id" not in client.session


# --- Staff must have one --------------------------------------------------------------------------------------------
@pytest.fixture
def asked_for() -> None:
    portal_settings = PortalSettings.load()
    portal_settings.staff_second_factor = True
    portal_settings.save()


STAFF_PAGES = ["/admin/", "/admin/today/", "/admin/fsportal/user/", "/", "/redeem/", "/accounts/sessions/"]


@pytest.mark.usefixtures("asked_for")
@pytest.mark.parametrize("address", STAFF_PAGES)
@pytest.mark.parametrize("method", ["get", "post", "head"])
def test_staff_without_one_are_led_to_set_one_up(client: Client, admin: User, address: str, method: str) -> None:
    client.force_login(admin)
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer["Location"]) == (302, INDEX)
    assert "everybody who works here needs one" in client.get(INDEX).content.decode()


@pytest.mark.usefixtures("asked_for")
def test_no_page_of_the_settings_area_is_forgotten(client: Client, admin: User) -> None:
    client.force_login(admin)
    for model in django_admin.site._registry:
        for page in ("changelist", "add"):
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
            assert client.get(address)["Location"] == INDEX


@pytest.mark.usefixtures("asked_for")
@pytest.mark.parametrize(
    "address",
    [
        INDEX,
        ACTIVATE,
        "/accounts/2fa/webauthn/add/",
        "/accounts/reauthenticate/",
        "/accounts/logout/",
        "/admin/logout/",
        "/brand.css",
        "/health/live",
    ],
)
def test_the_way_to_one_and_out_stays_open(client: Client, admin: User, address: str) -> None:
    client.force_login(admin)
    answer = client.get(address)
    assert answer.status_code in (200, 302, 405)
    assert answer.headers.get("Location", "") != INDEX


@pytest.mark.usefixtures("asked_for")
def test_the_page_that_asks_for_one_has_no_link_that_leads_back_to_it(client: Client, admin: User) -> None:
    client.force_login(admin)
    page = client.get(INDEX).content.decode()
    main = page[page.index("<main") : page.index("</main")]
    links = {link for link in re.findall(r'href="(/[^"]*)"', main) if link != "/"}
    assert links
    assert not [link for link in links if client.get(link).headers.get("Location") == INDEX]


@pytest.mark.usefixtures("asked_for")
def test_with_one_set_up_the_settings_area_opens(client: Client, admin: User) -> None:
    sign_in(client, admin.username)
    set_up_app(client)
    assert client.get("/admin/").status_code == 200
    client.post("/accounts/2fa/totp/deactivate/")
    assert client.get("/admin/")["Location"] == INDEX, "and closes when it is removed"


@pytest.mark.usefixtures("asked_for")
def test_staff_have_their_bell_here_once_it_could_lead_anywhere(client: Client, admin: User, customer: User) -> None:
    def has_bell() -> bool:
        text = client.get(INDEX).content.decode()
        assert ("data-bell " in text) is ("js/inapp." in text)
        return "data-bell " in text

    sign_in(client, admin.username)
    assert not has_bell()
    set_up_app(client)
    assert has_bell()
    client.force_login(customer)
    assert not has_bell()


@pytest.mark.usefixtures("asked_for")
def test_recovery_codes_alone_are_none(client: Client, admin: User) -> None:
    Authenticator.objects.create(user=admin, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    client.force_login(admin)
    assert client.get("/admin/")["Location"] == INDEX


@pytest.mark.usefixtures("asked_for")
def test_customers_and_strangers_are_not_asked(client: Client, customer: User) -> None:
    assert client.get("/").status_code == 200
    client.force_login(customer)
    assert client.get("/").status_code != 302


def test_without_the_setting_nobody_is_asked(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.get("/admin/").status_code == 200


def test_the_setting_is_on_the_settings_page(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert 'name="staff_second_factor"' in client.get("/admin/fsportal/portalsettings/1/change/").content.decode()


# --- Everything lost ------------------------------------------------------------------------------------------------
def action(user: User) -> str:
    return reverse("admin:fsportal_user_action", args=[user.pk, "remove-second-factors"])


def test_an_admin_helps_somebody_who_has_lost_everything(client: Client, admin: User, chris: User) -> None:
    with_app()
    CustomerNotification.objects.all().delete()
    client.force_login(admin)
    page = client.get(reverse("admin:fsportal_user_change", args=[chris.pk])).content.decode()
    assert action(chris) in page
    assert "Be sure that it is them" in client.get(action(chris)).content.decode()
    assert Authenticator.objects.exists()
    client.post(action(chris))
    assert not Authenticator.objects.exists()
    entry = AuditEntry.of(chris).first()
    assert entry is not None
    assert (entry.action, entry.by) == ("factors removed", admin)
    assert CustomerNotification.objects.get(event="security_notice").to == "chris@example.com"
    assert sign_in(Client()).headers["Location"] == "/"
    assert action(chris) not in client.get(reverse("admin:fsportal_user_change", args=[chris.pk])).content.decode()


def test_only_those_who_may_change_users_help(client: Client, dispatcher: User, reader: User, chris: User) -> None:
    with_app()
    for user in (dispatcher, reader):
        client.force_login(user)
        assert client.post(action(chris)).status_code == 403
    assert Authenticator.objects.exists()


def test_an_admin_does_not_take_a_superusers_factors_away(client: Client, admin: User) -> None:
    boss = UserFactory(username="boss", is_staff=True, is_superuser=True)
    with_app("boss")
    client.force_login(admin)
    client.post(action(boss))
    assert Authenticator.objects.filter(user=boss).exists()


@pytest.mark.usefixtures("asked_for")
def test_scripts_that_come_with_the_session_are_answered_in_their_own_way(admin: User, rf: RequestFactory) -> None:
    request = rf.post("/api/data/v9.2/SendAppNotification")
    request.user, request.resolver_match = admin, None
    answer = SecondFactorMiddleware(lambda request: HttpResponse()).process_view(request, None, (), {})
    assert answer is not None
    assert answer.status_code == 403
    assert json.loads(answer.content)["error"]["code"] == "0x80040220"  # clients of the Web API read a number
