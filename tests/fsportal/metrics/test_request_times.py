"""Request times: by view, from all processes, and never with an address."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from fsportal.metrics import folder
from fsportal.metrics.request_times import TIMES, RequestTimes
from tests.migrated import copy_to
from tests.test_start import Started

TOKEN = "a-token-of-more-than-thirty-two-characters"


def test_a_request_counts_under_the_name_of_its_view(client: Client, db: None, settings) -> None:  # type: ignore[no-untyped-def]
    settings.MIDDLEWARE = ["fsportal.metrics.request_times.RequestTimes", *settings.MIDDLEWARE]
    TIMES.clear()
    client.get("/visit/a-secret-code-of-somebody/")
    client.get("/no/such/secret-address")
    client.get("/health/live")
    labels = {tuple(sample.labels.values())[:2] for metric in TIMES.collect() for sample in metric.samples}
    assert ("health-live", "2xx") in labels
    assert ("none", "4xx") in labels
    assert "secret" not in str(labels)


def test_an_answer_of_a_middleware_counts_without_a_view() -> None:
    TIMES.clear()
    RequestTimes(lambda request: HttpResponse(status=503))(RequestFactory().get("/secret"))
    assert TIMES.labels("none", "5xx")._sum.get() > 0


def test_the_folder_is_ours_alone_and_otherwise_in_our_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, data = tmp_path / "shm", tmp_path / "data"
    for parent in (shared, data):
        parent.mkdir()
    monkeypatch.setattr(folder, "SHARED_MEMORY", shared)
    ours = folder.metrics_folder(data, 8000)
    assert ours.parent == shared
    assert ours.stat().st_mode & 0o777 == 0o700
    ours.rmdir()
    ours.symlink_to(tmp_path)  # somebody else was there first
    assert folder.metrics_folder(data, 8000).parent == data


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    copy_to(tmp_path / "db.sqlite3")
    started = Started(tmp_path, "--web", METRICS_TOKEN=TOKEN, WEB_PROCESSES="2")
    yield started
    started.clean_up()
    shutil.rmtree(f"/dev/shm/fsportal-metrics-{os.getuid()}-{started.port}", ignore_errors=True)


def test_whichever_process_answers_knows_the_requests_of_all(started: Started) -> None:
    started.wait_until_ready()
    for _request in range(40):
        started.get("/accounts/login/")  # each on a new connection, so that both processes get some
    address = f"http://127.0.0.1:{started.port}/metrics"
    text = httpx.get(address, headers={"Authorization": f"Bearer {TOKEN}"}).text
    counted = re.search(r'portal_request_seconds_count\{status="2xx",view="account_login"\} (\S+)', text)
    assert counted
    assert float(counted[1]) == 40
    files = list(Path("/dev/shm").glob(f"fsportal-metrics-{os.getuid()}-{started.port}/*.db"))
    assert len(files) == 2
