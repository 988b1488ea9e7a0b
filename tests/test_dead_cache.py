"""Without a cache everything works, slower: Redis is gone, or the table in the database is, in a transaction or not."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from bookings import arrival_updates
from bookings.models import Booking
from bookings.models.arrival import TASK
from fsportal.conf.environment import cache_config, routing_engines
from fsportal.lib import cache as fail_open
from fsportal.lib import probes, worker_wakeup
from fsportal.lib.cache import CONFIGURED
from fsportal.management import task_cluster
from fsportal.models import ApiToken, User, WorkerHeartbeat
from notifications import stamps
from notifications.models import AppNotification, CustomerNotification, State
from portal.sign_in.forms import CODE_TRIES
from tests.factories import BookingFactory, UserFactory
from tests.notifications.web_api.stage import CREATE, READ, SEND, Api, note, person
from tests.portal.sign_in.test_mfa import AUTHENTICATE, code_for, sign_in, with_app
from tests.routing_servers import TomTomServer
from tests.servers import Answer

POLL, STORAGE = "/notifications/poll", "/admin/notifications/appnotification/storage/"
NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)
GONE = {
    "redis": cache_config("redis://127.0.0.1:1/0"),
    "table": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "no_such_table"},
}


@pytest.fixture(autouse=True, params=GONE)
def gone(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CACHES = settings.CACHES | {CONFIGURED: GONE[request.param]}
    # Every call is one that finds out for itself.
    monkeypatch.setattr(fail_open, "REST", 0.0)


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


def on_the_way() -> Booking:
    booking: Booking = BookingFactory(start=timezone.now() + dt.timedelta(hours=1))
    booking.travel()
    return booking


# --- Worker ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_what_is_due_is_delivered(capsys: pytest.CaptureFixture[str]) -> None:
    on_the_way()
    call_command("deliver_due")
    assert capsys.readouterr().out == "2 messages looked at.\n"
    assert set(CustomerNotification.objects.values_list("state", flat=True)) == {State.SIMULATED}


@pytest.mark.django_db
def test_every_change_wakes_the_worker_and_one_line_says_why(caplog: pytest.LogCaptureFixture) -> None:
    for number in (1, 2):
        worker_wakeup.wake(TASK, group="arrivals")
        assert OrmQ.objects.count() == number, "there is nothing to tell that one was woken already"
    assert sum("The cache does not answer" in line for line in caplog.messages) == 1


@pytest.mark.django_db
def test_a_worker_that_starts_is_asked_for_a_heartbeat() -> None:
    task_cluster.ask_for_heartbeat()
    assert [task.func() for task in OrmQ.objects.all()] == ["fsportal.tasks.heartbeat"]


@pytest.mark.django_db
def test_a_worker_starts_whatever_fails(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(task_cluster, "async_task", fail)
    task_cluster.ask_for_heartbeat()
    assert "The first heartbeat comes later (ConnectionError)" in caplog.text


@pytest.mark.django_db
def test_arrivals_are_asked_of_the_engine_which_never_rests(settings: Settings) -> None:
    with TomTomServer() as engine:
        settings.ROUTING = routing_engines(engine.routing_url)
        engine.answer = Answer(500, "")
        booking = on_the_way()
        assert arrival_updates.work_out() == 1
        booking.refresh_from_db()
        assert booking.arrival_source == "estimate"
        engine.answer = None
        Booking.objects.update(arrival_due=True)
        assert arrival_updates.work_out() == 1
        booking.refresh_from_db()
        assert booking.arrival_source == "tomtom"


# --- Sign-in --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_passwords_and_codes_open_and_wrong_ones_do_not(client: Client, clock: time_machine.Coordinates) -> None:
    UserFactory(username="chris", email="chris@example.com")
    secret = with_app()
    clock.shift(300)
    assert client.post("/accounts/login/", {"login": "chris", "password": "guess"}).status_code == 200
    assert sign_in(client)["Location"] == AUTHENTICATE
    for _ in range(CODE_TRIES.limit - 1):  # setting it up was one
        assert "That code is not right" in client.post(AUTHENTICATE, {"code": "000000"}).content.decode()
    assert "Too many tries" in client.post(AUTHENTICATE, {"code": code_for(secret)}).content.decode()
    clock.shift(CODE_TRIES.seconds)
    assert client.post(AUTHENTICATE, {"code": code_for(secret)}).status_code == 302
    assert "_auth_user_id" in client.session


# --- Web API --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_token_signs_in_and_its_last_use_is_what_was_written_down(clock: time_machine.Coordinates) -> None:
    user = person(READ, SEND, CREATE)
    api = Api(user)
    assert api.get("WhoAmI").json["UserId"] == str(user.pk)
    assert ApiToken.objects.get().last_use is None, "reading writes no row"
    assert api.send(user).status == 200
    assert ApiToken.objects.get().last_use == NOW
    ApiToken.keep_last_uses()
    wrong = Api(None)
    wrong.token = "fsp_wrong"
    assert wrong.get("WhoAmI").status == 401


# --- Staff ----------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_poll_is_never_unchanged(client: Client) -> None:
    reading = person(READ)
    client.force_login(reading)
    note(reading)
    answer = client.get(POLL)
    assert (answer.status_code, answer.json()["badge"]) == (200, "1")
    note(reading)
    stamps.touch_all()
    again = client.get(POLL, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.json()["badge"]) == (200, "2")


@pytest.mark.django_db
def test_the_storage_page_counts_each_time(client: Client) -> None:
    admin = User.objects.create_superuser("ada", "ada@example.com", "x")
    client.force_login(admin)
    for number in (1, 2):
        note(admin)
        assert f"{number} notification" in client.get(STORAGE).content.decode()
    assert AppNotification.objects.count() == 2


@pytest.mark.django_db(transaction=True)  # the probe asks the cache itself, in no transaction
def test_health_says_so(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    WorkerHeartbeat.beat()
    [problem] = probes.problems()
    assert problem.startswith("The cache does not answer (")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content.decode()) == (503, f"{problem}\n")
    with pytest.raises(SystemExit):
        call_command("healthcheck")
    assert capsys.readouterr().out == f"{problem}\n"
