"""Health: for load balancers and for `manage.py healthcheck`."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
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


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (WorkerHeartbeat.Part.SCHEDULER, "The worker"),
        (WorkerHeartbeat.Part.DELIVERY, "The delivery of messages"),
    ],
)
def test_a_part_that_stopped_is_told_within_half_a_minute(part: WorkerHeartbeat.Part, name: str) -> None:
    WorkerHeartbeat.beat(part)
    assert probes.problems() == []
    WorkerHeartbeat.objects.filter(pk=part).update(beat_at=timezone.now() - dt.timedelta(seconds=26.5))
    assert probes.problems() == [f"{name} was last heard of 26 seconds ago; look at its log and restart it."]


def test_parts_that_never_were_belong_to_no_earlier_release() -> None:
    assert WorkerHeartbeat.ages().keys() == {WorkerHeartbeat.Part.TASKS}
    assert probes.problems() == [], "a worker of release 0.2 beats once"


def test_a_heartbeat_from_the_future_counts_as_none() -> None:
    heard(-dt.timedelta(seconds=20))
    assert probes.problems() == [], "two machines' clocks differ a little"
    heard(-61 * MINUTE)
    assert probes.problems() == [
        "The worker was last heard of 60 minutes in the future; see whether this machine's clock is right."
    ]


def test_each_part_has_one_row_and_nothing_else_has() -> None:
    for _ in range(2):
        for part in WorkerHeartbeat.Part:
            WorkerHeartbeat.beat(part)
    assert WorkerHeartbeat.objects.count() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkerHeartbeat.objects.create(pk=4, beat_at=timezone.now())


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
