"""Where somebody is signed in, and ending that from elsewhere."""

import re
from importlib import import_module

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore as EarlierSessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connection
from django.test import Client
from django.utils import timezone

from fsportal.lib.sessions import stored_key_of
from fsportal.management.cleaning import clean_up
from fsportal.models import PortalSettings, User
from portal.sign_in.user_agent import device_words
from tests.factories import PASSWORD, ContactFactory, UserFactory
from tests.fresh_database import rows_of

pytestmark = pytest.mark.django_db

LIST = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
    " Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def chris() -> User:
    user: User = UserFactory(username="chris")
    ContactFactory(portal_user=user, time_zone="Asia/Tokyo")
    return user


def signed_in(agent: str, address: str, name: str = "chris") -> Client:
    client = Client(REMOTE_ADDR=address, headers={"user-agent": agent})
    assert client.post("/accounts/login/", {"login": name, "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(LIST).status_code == 200


def test_the_list_says_where_and_since_when_this_one_first(chris: User) -> None:
    signed_in(IPHONE, "198.51.100.7")
    page = signed_in(FIREFOX, "192.0.2.1").get(LIST).content.decode()
    assert page.index("Firefox, Windows (this one)") < page.index("Safari, iPhone")
    assert "198.51.100.7" in page
    assert "Tokyo" in page, "times are in the contact's own zone, named"
    assert not re.search(r"[a-z0-9]{32}", re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)), "no key of one"


def test_staff_read_the_companys_zone() -> None:
    UserFactory(username="dora", is_staff=True)
    portal_settings = PortalSettings.load()
    portal_settings.time_zone = "Pacific/Auckland"
    portal_settings.save()
    assert "(Auckland time" in signed_in(FIREFOX, "192.0.2.1", "dora").get(LIST).content.decode()


def test_one_of_them_is_ended_from_here(chris: User) -> None:
    phone, desk = signed_in(IPHONE, "198.51.100.7"), signed_in(FIREFOX, "192.0.2.1")
    row = UserSession.objects.get(ip="198.51.100.7")
    assert f"/accounts/sessions/{row.pk}/end/" in desk.get(LIST).content.decode()
    answer = desk.post(f"/accounts/sessions/{row.pk}/end/", follow=True)
    assert "Signed out there." in answer.content.decode()
    assert "Safari, iPhone" not in answer.content.decode()
    assert not is_in(phone)
    assert is_in(desk)


def test_all_others_are_ended_at_once(chris: User) -> None:
    others = [signed_in(IPHONE, f"198.51.100.{number}") for number in range(3)]
    desk = signed_in(FIREFOX, "192.0.2.1")
    assert "Signed out in 3 other places." in desk.post("/accounts/sessions/others/end/", follow=True).content.decode()
    assert [is_in(client) for client in [*others, desk]] == [False, False, False, True]
    assert "You are signed in nowhere else." in desk.get(LIST).content.decode()


def test_nobody_ends_or_sees_the_sessions_of_others(chris: User) -> None:
    UserFactory(username="eve")
    mine = signed_in(FIREFOX, "192.0.2.1")
    row = UserSession.objects.get(user=chris)
    eve = signed_in(IPHONE, "203.0.113.9", "eve")
    assert eve.post(f"/accounts/sessions/{row.pk}/end/").status_code == 404
    eve.post("/accounts/sessions/others/end/")
    assert is_in(mine)
    assert "192.0.2.1" not in eve.get(LIST).content.decode()


def test_looking_changes_no_row(chris: User) -> None:
    signed_in(IPHONE, "198.51.100.7").post("/accounts/logout/")
    desk = signed_in(FIREFOX, "192.0.2.1")
    UserSession.objects.create(user=chris, ip="10.0.0.1", session_key="gone", user_agent=IPHONE)
    before = list(UserSession.objects.order_by("pk").values())
    assert "10.0.0.1" not in desk.get(LIST).content.decode(), "what has ended is not shown"
    assert list(UserSession.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("address", ["/accounts/sessions/1/end/", "/accounts/sessions/others/end/"])
def test_ending_is_a_post(chris: User, address: str) -> None:
    desk = signed_in(FIREFOX, "192.0.2.1")
    assert desk.get(address).status_code == 405
    assert Client().post(address)["Location"].startswith("/accounts/login/")
    assert Client().get(LIST)["Location"].startswith("/accounts/login/")
    assert desk.post(LIST).status_code == 405


def test_a_changed_password_ends_all_others(chris: User) -> None:
    phone, desk = signed_in(IPHONE, "198.51.100.7"), signed_in(FIREFOX, "192.0.2.1")
    new = "an-entirely-other-phrase"
    desk.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert not is_in(phone)
    assert is_in(desk)
    assert "Safari, iPhone" not in desk.get(LIST).content.decode()


def test_the_daily_clean_up_forgets_places_whose_session_is_over(chris: User) -> None:
    signed_in(FIREFOX, "192.0.2.1")
    UserSession.objects.create(user=chris, ip="10.0.0.1", session_key="gone", created_at=timezone.now())
    clean_up()
    assert [row.ip for row in UserSession.objects.all()] == ["192.0.2.1"]


# --- What a dump of the database gives away -------------------------------------------------------------------------
def test_nothing_in_a_dump_is_a_session_or_shows_what_is_in_one(chris: User) -> None:
    desk = signed_in(FIREFOX, "192.0.2.1")
    desk.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert desk.get("/accounts/2fa/totp/activate/").status_code == 200
    secret = desk.session["mfa.totp.secret"]
    dump = " ".join(str(row) for table in connection.introspection.table_names() for row in rows_of(table))
    assert stored_key_of(desk.cookies["sessionid"].value) in dump
    assert desk.cookies["sessionid"].value not in dump
    assert secret not in dump + signing.b64_decode(Session.objects.get().session_data.encode()[:400]).decode("latin-1")
    for word in set(re.findall(r"[\w:.=-]{20,100}", dump)):
        assert not is_in(Client(headers={"cookie": f"sessionid={word}"})), "what is stored does not open it"


def test_whoever_was_signed_in_before_the_upgrade_stays_so_and_can_be_ended(chris: User) -> None:
    earlier = EarlierSessionStore()
    earlier.update(dict(signed_in(IPHONE, "192.0.2.1").session))
    earlier.create()
    UserSession.objects.update(session_key=earlier.session_key)
    phone = Client(headers={"cookie": f"sessionid={earlier.session_key}"})
    upgrade = import_module("fsportal.migrations.0015_hashed_session_keys")
    for _ in range(2):  # harmless when repeated
        upgrade.hash_keys(None, connection.schema_editor())
    assert "(this one)" in phone.get(LIST).content.decode()
    desk = signed_in(FIREFOX, "192.0.2.1")
    assert "Signed out in 1 other place." in desk.post("/accounts/sessions/others/end/", follow=True).content.decode()
    assert not is_in(phone)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox, Windows"),
        (IPHONE, "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/128.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/128.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/128.0 Safari/537.36 Edg/128.0", "Edge, Windows"),
        ("curl/8", "Unknown device"),
        ("", "Unknown device"),
        ("<script>Firefox/", "Firefox"),
    ],
)
def test_a_browser_is_named_as_its_owner_knows_it(agent: str, words: str) -> None:
    assert device_words(agent) == words
