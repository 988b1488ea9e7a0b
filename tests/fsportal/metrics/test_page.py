"""`/metrics`: who may see it, and what it says."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from fsportal.conf.environment import long_enough
from fsportal.lib import gauges, probes
from fsportal.metrics import exposition
from fsportal.models import ScheduledRun, WorkerHeartbeat
from notifications.customers import metrics
from notifications.models import AttemptOutcome, CustomerNotification, NotificationAttempt, State

pytestmark = pytest.mark.django_db
TOKEN = "a-token-of-more-than-thirty-two-characters"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def token(settings: Settings) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def get(client: Client, authorization: str = f"Bearer {TOKEN}") -> Any:
    return client.get("/metrics", headers={"authorization": authorization} if authorization else {})


def samples() -> dict[str, float]:
    """Return the value of each sample by its name with labels: `portal_messages_queued{sms}`."""
    found = {}
    for family in text_string_to_metric_families(exposition.text().decode()):
        for sample in family.samples:
            labels = f"{{{','.join(sample.labels.values())}}}" if sample.labels else ""
            found[sample.name + labels] = sample.value
    return found


# --- Who may see it ---------------------------------------------------------------------------------------------------
def test_without_a_token_in_the_environment_there_is_no_such_page(client: Client) -> None:
    assert get(client, "Bearer ").status_code == 404


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ä"]
)
def test_without_the_right_token_nothing_is_told(client: Client, token: str, authorization: str) -> None:
    response = get(client, authorization)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert b"portal_" not in response.content


def test_the_right_token_opens_it(client: Client, token: str) -> None:
    response = get(client)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")
    assert b"portal_messages_queued" in response.content


def test_a_token_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(Exception, match="METRICS_TOKEN is shorter than 32 characters"):
        long_enough("secret", "METRICS_TOKEN")
    assert long_enough("", "METRICS_TOKEN") == ""


# --- What it says -----------------------------------------------------------------------------------------------------
def message(state: str, channel: str = "email", minutes: float = 0, **values: Any) -> CustomerNotification:
    at = timezone.now() - minutes * MINUTE
    key = str(CustomerNotification.objects.count())
    return CustomerNotification.objects.create(
        event="upcoming", channel=channel, dedupe_key=key, state=state, **({"due_at": at, "created_at": at} | values)
    )


def test_what_waits_is_told_by_channel_with_the_age_of_the_oldest() -> None:
    message(State.QUEUED, "email", 7)
    message(State.QUEUED, "email", 3)
    message(State.QUEUED, "email", -60)  # not due yet
    message(State.SENDING, "email", 90)
    found = samples()
    assert found["portal_messages_queued{email}"] == 3
    assert found["portal_messages_queued{sms}"] == 0
    assert found["portal_messages_sending"] == 1
    assert found["portal_message_queue_age_seconds{email}"] == pytest.approx(420, abs=60)
    assert found["portal_message_queue_age_seconds{sms}"] == 0


def test_what_ended_is_told_of_the_last_hour() -> None:
    for minutes in (1, 59, 61):
        message(State.SENT, minutes=minutes)
    message(State.FAILED)
    found = samples()
    assert found["portal_messages_last_hour{sent}"] == 2
    assert found["portal_messages_last_hour{failed}"] == 1
    assert found["portal_messages_last_hour{expired}"] == 0


def test_attempts_are_told_by_provider_and_outcome() -> None:
    about = message(State.SENT)
    for provider, outcome, minutes in (
        ("smtp", AttemptOutcome.ACCEPTED, 1),
        ("smtp", AttemptOutcome.ACCEPTED, 2),
        ("smtp", AttemptOutcome.TRANSIENT, 2),
        ("twilio", AttemptOutcome.ACCEPTED, 61),
    ):
        NotificationAttempt.objects.create(
            notification=about, provider=provider, outcome=outcome, started_at=timezone.now() - minutes * MINUTE
        )
    found = samples()
    assert found["portal_attempts_last_hour{accepted,smtp}"] == 2
    assert found["portal_attempts_last_hour{transient,smtp}"] == 1
    assert "portal_attempts_last_hour{accepted,twilio}" not in found


def test_worker_tasks_and_jobs_are_told_with_their_age() -> None:
    assert "portal_worker_heartbeat_age_seconds" not in samples()
    now = timezone.now()
    WorkerHeartbeat.objects.create(pk=1, beat_at=now - 2 * MINUTE)
    ScheduledRun.objects.create(job="reminders", slot=now, finished_at=now - 30 * MINUTE)
    OrmQ.objects.create(key="fsportal", payload="x", lock=now - 4 * MINUTE)
    OrmQ.objects.create(key="fsportal", payload="x", lock=now + 4 * MINUTE)  # a worker has it
    found = samples()
    assert found["portal_worker_heartbeat_age_seconds"] == pytest.approx(120, abs=60)
    assert found["portal_job_age_seconds{reminders}"] == pytest.approx(1800, abs=60)
    assert found["portal_tasks_waiting"] == 1
    assert found["portal_task_queue_age_seconds"] == pytest.approx(240, abs=60)


def test_problems_of_health_are_counted_by_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(probes._probes, "The moon", lambda: ["It is too bright.", "It is too far."])
    found = samples()
    assert found["portal_health_problems{The moon}"] == 2
    assert found["portal_health_problems{The database}"] == 0


@pytest.fixture
def broken_collector() -> Iterator[None]:
    gauges.register("moon", lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    yield
    del gauges._collectors["moon"]


def test_a_collector_that_fails_leaves_out_its_own_gauges_and_says_so(
    broken_collector: None, caplog: pytest.LogCaptureFixture
) -> None:
    found = samples()
    assert found["portal_collect_failed{moon}"] == 1
    assert found["portal_messages_sending"] == 0
    assert "moon" in caplog.text


def test_no_query_reads_all_messages_or_attempts() -> None:
    with CaptureQueriesContext(connection) as queries:
        list(metrics.outbox())
        list(metrics.attempts())
    plans = "\n".join(_plan(one["sql"]) for one in queries.captured_queries)
    assert "SCAN notifications_" not in plans
    assert "Seq Scan" not in plans


def _plan(sql: str) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # the tables are all but empty
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())
