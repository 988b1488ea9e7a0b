"""Health: for load balancers and for `manage.py healthcheck`."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoAssertNumQueries, Settings

from bookings.models import Booking
from fsportal.lib import probes
from fsportal.lib.cache import CONFIGURED
from fsportal.models import WorkerHeartbeat
from notifications.models import CustomerNotification, State

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def beating(db: None) -> None:
    WorkerHeartbeat.beat()


@pytest.fixture
def broken() -> Iterator[None]:
    def fail() -> list[str]:
        raise ConnectionError("redis://user:hunter2@cache refused")

    probes.register("The test", fail)
    yield
    del probes._probes["The test"]


def heard(ago: dt.timedelta) -> None:
    WorkerHeartbeat.objects.update(beat_at=timezone.now() - ago)


def test_live_answers_without_asking_the_database(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/health/live")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_all_is_well(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]
    call_command("healthcheck")
    assert capsys.readouterr().out == "All is well.\n"


def test_a_worker_that_never_ran_is_told() -> None:
    WorkerHeartbeat.objects.all().delete()
    assert probes.problems() == ["No worker has run yet; start one with manage.py start --worker."]


def test_a_silent_worker_is_told(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    heard(5 * MINUTE)
    assert probes.problems() == []
    heard(7 * MINUTE)
    sentence = "The worker was last heard of 7 minutes ago; look at its log and restart it."
    assert client.get("/health/ready").content.decode() == f"{sentence}\n"
    assert client.get("/health/ready").status_code == 503
    with pytest.raises(SystemExit) as ended:
        call_command("healthcheck")
    assert ended.value.code == 1
    assert capsys.readouterr().out == f"{sentence}\n"


def test_a_message_that_is_long_due_is_told_and_one_that_is_due_later_is_not(booking: Booking) -> None:
    message = CustomerNotification.objects.create(
        event="upcoming", channel="email", contact=booking.reported_by, dedupe_key="x", due_at=timezone.now() + MINUTE
    )
    assert probes.problems() == []
    CustomerNotification.objects.filter(pk=message.pk).update(due_at=timezone.now() - 11 * MINUTE)
    assert probes.problems() == ["The oldest message to a customer has been due for 11 minutes."]
    CustomerNotification.objects.filter(pk=message.pk).update(state=State.SENT)
    assert probes.problems() == []


def test_a_task_that_waits_long_is_told() -> None:
    task = OrmQ.objects.create(key="fsportal", payload="", lock=timezone.now() - 9 * MINUTE)
    assert probes.problems() == []
    OrmQ.objects.filter(pk=task.pk).update(lock=timezone.now() - 12 * MINUTE)
    assert probes.problems() == ["The oldest task has waited 12 minutes for a worker."]


def test_a_cache_that_forgets_is_told(settings: Settings) -> None:
    settings.CACHES = settings.CACHES | {CONFIGURED: {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert [problem[:24] for problem in probes.problems()] == ["The cache does not keep "]


def test_what_breaks_is_named_without_its_secrets(client: Client, broken: None) -> None:
    assert client.get("/health/ready").content == b"The test does not answer (ConnectionError).\n"


def test_only_reading_is_allowed(client: Client) -> None:
    assert client.head("/health/ready").status_code == 200
    assert client.post("/health/live").status_code == 405


def test_pages_stand_when_the_cache_does_not(client: Client, dead_cache: None) -> None:
    assert client.get("/accounts/login/").status_code == 200
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert b"The cache does not answer" in answer.content
