"""While the database is away: 503 and when to come again, in the language of the page, or in the form of the API."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, ProgrammingError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from fsportal.lib.database_away import RETRY_AFTER, is_away
from fsportal.models import User
from tests.factories import UserFactory
from tests.notifications.web_api.stage import READ, Api, person

pytestmark = pytest.mark.django_db(transaction=True)

TITLES = {
    "en": "We are back in a moment",
    "de": "Wir sind gleich wieder da",
    "fr": "Nous revenons dans un instant",
    "ar": "سنعود بعد لحظات",
    "he": "נחזור בעוד רגע",
}
PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"


# --- Faults of a program, for the tests below -------------------------------------------------------------------------
def missing_table(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    return HttpResponse()


def doubled_key(request: HttpRequest) -> HttpResponse:
    user = User.objects.get()
    User.objects.bulk_create([User(pk=user.pk, username="twice")])
    return HttpResponse()


def fault_elsewhere(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


urlpatterns = [
    path("missing-table", missing_table),
    path("doubled-key", doubled_key),
    path("fault-elsewhere", fault_elsewhere),
]
handler500 = "fsportal.unavailable.server_error"


# --- The database away ------------------------------------------------------------------------------------------------
@contextmanager
def away() -> Iterator[None]:
    """Let no connection come about: nothing listens at the port, or there is no such folder."""
    name = {"NAME": "/no/such/folder/db"} if connection.vendor == "sqlite" else {"PORT": "1"}
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(name)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False, headers={"Accept": PAGE})


@pytest.mark.parametrize("language", TITLES)
def test_a_page_says_so_in_the_readers_language_and_when_to_come_again(client: Client, language: str) -> None:
    with away():
        answer = client.get("/", headers={"Accept-Language": language})
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER))
    words = answer.content.decode()
    assert f'<h1 id="what">{TITLES[language]}</h1>' in words
    assert f'lang="{language}" dir="{"rtl" if language in ("ar", "he") else "ltr"}"' in words
    assert "no-store" in answer["Cache-Control"]
    assert client.get("/").status_code == 200, "and goes on when it is back"


def test_the_language_that_somebody_chose_comes_first(client: Client) -> None:
    client.cookies["django_language"] = "fr"
    with away():
        answer = client.get("/", headers={"Accept-Language": "de"})
    assert TITLES["fr"] in answer.content.decode()


@pytest.mark.parametrize("address", ["/accounts/login/", "/profile/", "/visit/abcdefgh/", "/admin/", "/brand.css"])
def test_every_kind_of_page_says_so_signed_in_or_not(client: Client, address: str) -> None:
    with away():
        guest = client.get(address).status_code
    client.force_login(UserFactory(is_staff=True))
    with away():
        user = client.get(address).status_code
    assert 500 not in (guest, user)
    assert user == 503


def test_a_form_is_not_lost_silently(client: Client) -> None:
    with away():
        assert client.post("/redeem/", {"code": "ABCD-EFGH"}).status_code == 503


def test_the_web_api_answers_in_its_own_form() -> None:
    user = person(READ)
    api = Api(user)
    with away():
        by_token = Client(raise_request_exception=False).get(
            "/api/data/v9.2/WhoAmI", headers={"Authorization": f"Bearer {api.token}"}
        )
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(user)
    with away():
        by_session = signed_in.get("/api/data/v9.2/WhoAmI")
    for answer in (by_token, by_session):
        assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER))
        assert (answer["Content-Type"].partition(";")[0], answer["OData-Version"]) == ("application/json", "4.0")
        assert set(answer.json()["error"]) == {"code", "message"}
    assert api.get("WhoAmI").status == 200


def test_the_poll_answers_in_json() -> None:
    client = Client(raise_request_exception=False)
    client.force_login(person(READ))
    with away():
        answer = client.get("/notifications/poll")
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER))
    assert set(answer.json()) == {"error"}
    assert client.get("/notifications/poll").status_code == 200


def test_one_line_is_logged_for_each_request(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with away():
        client.get("/")
    assert [line for line in caplog.messages if "database did not answer" in line]
    assert "Traceback" not in caplog.text


# --- Faults of a program stay what they are ---------------------------------------------------------------------------
@pytest.mark.urls(__name__)
@pytest.mark.parametrize("fault", ["missing-table", "doubled-key", "fault-elsewhere"])
def test_a_fault_of_a_program_is_500(client: Client, fault: str) -> None:
    UserFactory()
    answer = client.get(f"/{fault}")
    assert answer.status_code == 500
    assert "Retry-After" not in answer


@pytest.mark.parametrize("statement", ["SELECT * FROM no_such_table", "SELECT no_such FROM fsportal_user", "SELEKT"])
def test_a_wrong_statement_is_no_outage(statement: str) -> None:
    with pytest.raises((ProgrammingError, OperationalError)) as caught, connection.cursor() as cursor:
        cursor.execute(statement)
    assert not is_away(caught.value)


def test_a_row_that_is_there_already_is_no_outage() -> None:
    user = UserFactory()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.bulk_create([User(pk=user.pk, username="twice")])
    assert not is_away(caught.value)


# --- Outages that are met in the middle -------------------------------------------------------------------------------
def ask_over_a_connection_that_breaks() -> None:
    """Ask after the server has ended this connection, as it does when it restarts."""
    settings: dict[str, Any] = connection.settings_dict
    where = {"host": settings["HOST"], "port": settings["PORT"] or 5432, "user": settings["USER"]}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
        with psycopg.connect(**where, password=settings["PASSWORD"], dbname="postgres", autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        cursor.execute("SELECT 1")


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_a_connection_that_breaks_is_an_outage() -> None:
    UserFactory()
    with pytest.raises(OperationalError) as caught, transaction.atomic():
        ask_over_a_connection_that_breaks()
    assert is_away(caught.value)
    assert User.objects.count() == 1


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_a_lock_that_is_held_too_long_is_an_outage(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OperationalError) as caught:
            UserFactory()
        other.rollback()
    assert is_away(caught.value)
    connection.close()
