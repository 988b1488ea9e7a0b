"""Log lines as text and JSON: what they are about, and no secret."""

import json
import logging
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.http import HttpResponse
from django.test import Client
from django_q.signals import post_execute, pre_execute

from fsportal.lib.log_context import about_message
from fsportal.lib.logs import HideCodes, formatter
from fsportal.lib.request_ids import RequestIds, end_request
from notifications.customers import delivery, outbox, preparing
from notifications.models import CustomerNotification
from tests.factories import BookingFactory
from tests.migrated import copy_to
from tests.test_start import Started, eventually

SECRETS = "to ann@example.com, +442079460018, at /visit/abcSECRET/ or /x/?token=SECRET and +0100"
HIDDEN = "to [email], [phone], at /visit/[code]/ or /x/?token=[code] and +0100"


def line(log_format: str, words: str, *args: object, **more: object) -> str:
    record = logging.LogRecord("portal", logging.WARNING, "", 0, words, args, None)
    record.__dict__.update(more)
    HideCodes().filter(record)
    return formatter(log_format).format(record)


@pytest.fixture
def heard() -> Iterator[list[dict[str, str]]]:
    """Return the JSON lines that are logged meanwhile."""
    lines: list[dict[str, str]] = []
    listener = logging.Handler()
    listener.setFormatter(formatter("json"))
    listener.addFilter(HideCodes())
    listener.emit = lambda record: lines.append(json.loads(listener.format(record)))  # type: ignore[method-assign]
    loggers = [logging.getLogger(name) for name in ("django.request", "notifications", "portal")]
    for logger in loggers:
        logger.addHandler(listener)
    yield lines
    for logger in loggers:
        logger.removeHandler(listener)


# --- One line ---------------------------------------------------------------------------------------------------------
def test_a_json_line_has_time_level_logger_and_message() -> None:
    told = json.loads(line("json", "Über %s", "Bord"))
    assert told["time"].endswith("+00:00")
    assert told | {"time": ""} == {"time": "", "level": "WARNING", "logger": "portal", "message": "Über Bord"}


def test_several_lines_of_words_are_one_line_of_json() -> None:
    assert "\n" not in line("json", "One\nTwo")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_code_address_or_number_is_in_a_line(log_format: str) -> None:
    assert HIDDEN in line(log_format, "%s", SECRETS)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_none_is_in_a_traceback_either(log_format: str) -> None:
    try:
        raise ValueError(SECRETS)  # noqa: TRY301
    except ValueError:
        written = line(log_format, "It broke", exc_info=sys.exc_info())
    assert f"ValueError: {HIDDEN}" in written
    assert "Traceback" in written


def test_fields_that_a_library_adds_are_left_out_of_json() -> None:
    # Django adds the request, whose text is its address.
    assert "SECRET" not in line("json", "Not Found", request="<GET '/somewhere/SECRET/'>", status_code=404)


# --- Requests ---------------------------------------------------------------------------------------------------------
def test_a_refused_request_is_logged_with_the_id_of_its_response(
    client: Client, db: None, heard: list[dict[str, str]]
) -> None:
    response = client.get("/no/such/page")
    assert [(told["message"], told["request_id"]) for told in heard] == [
        ("Not Found: /no/such/page", response["X-Request-ID"])
    ]


@pytest.mark.parametrize(
    ("given", "is_taken"),
    [("abcd-1234", True), ("short", False), ("x" * 65, False), ('"}\n{"level', False), ("a b c d e f g", False)],
)
def test_the_id_of_a_proxy_is_taken_over_if_it_looks_like_one(client: Client, given: str, is_taken: bool) -> None:
    answered = client.get("/health/live", headers={"x-request-id": given})["X-Request-ID"]
    assert (answered == given) is is_taken
    assert is_taken or len(answered) == 32


def test_after_a_request_lines_are_about_none(rf, heard: list[dict[str, str]]) -> None:  # type: ignore[no-untyped-def]
    RequestIds(lambda request: HttpResponse())(rf.get("/"))
    end_request()
    logging.getLogger("portal").warning("x")
    assert "request_id" not in heard[0]


# --- Messages and tasks -----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_what_goes_wrong_with_a_message_is_logged_with_its_id(
    heard: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = BookingFactory()
    outbox.queue("traveling", contact=booking.reported_by, channels=["email"], regarding=booking, revision=2)
    monkeypatch.setattr(preparing, "_judgements", lambda *args: 1 / 0)
    delivery.drain()
    row = CustomerNotification.objects.get(event="traveling")
    assert [told["message_id"] for told in heard if "could not be prepared" in told["message"]] == [str(row.pk)]


def test_a_task_gives_its_lines_its_name(heard: list[dict[str, str]]) -> None:
    logger = logging.getLogger("portal")
    pre_execute.send(None, func=None, task={"func": "notifications.tasks.deliver_due"})
    with about_message(uuid.UUID(int=7)):
        logger.warning("in it")
    post_execute.send(None, task={})
    logger.warning("after it")
    assert heard[0]["task"] == "notifications.tasks.deliver_due"
    assert heard[0]["message_id"] == str(uuid.UUID(int=7))
    assert {"task", "message_id"}.isdisjoint(heard[1])


# --- The whole product ------------------------------------------------------------------------------------------------
@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Started]]:
    made: list[Started] = []

    def begin(*arguments: str, **environment: str) -> Started:
        copy_to(tmp_path / "db.sqlite3")
        made.append(Started(tmp_path, *arguments, **environment))
        return made[-1]

    yield begin
    for started in made:
        started.clean_up()


def test_every_line_of_the_product_is_json_in_web_and_worker(start: Callable[..., Started]) -> None:
    started = start(LOG_FORMAT="json", DEMO="1")
    started.wait_until_ready()
    address = f"http://127.0.0.1:{started.port}/visit/SECRET/"
    answered = httpx.get(address, headers={"X-Request-ID": "of-the-proxy-1"})
    assert answered.headers["X-Request-ID"] == "of-the-proxy-1"
    eventually(lambda: started.says("of-the-proxy-1"), "the refused request is in the log")
    # A task that nobody may run is told of by the worker.
    fails = "from django_q.tasks import async_task; async_task('os.getpid')"
    started.run("manage.py", "shell", "-c", fails)
    eventually(lambda: started.says("A task is refused"), "the worker tells of the task")
    lines = [json.loads(each) for each in started.lines if each]
    assert {"time", "level", "logger", "message"} <= set.intersection(*(set(each) for each in lines))
    assert not started.says("SECRET")
    assert not started.says("password")
