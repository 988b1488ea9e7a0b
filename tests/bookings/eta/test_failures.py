"""However a provider fails, the customer gets an arrival time within two seconds, and the log says from whom."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from bookings import eta
from bookings.eta import chain, http
from fsportal.conf.environment import routing_engines
from tests.bookings.eta.test_providers import BENDERN, VADUZ, trip
from tests.routing_servers import (
    KEY,
    NO_ROUTE,
    OVER_QUOTA,
    SERVERS,
    Drip,
    GoogleServer,
    RoutingServer,
    TomTomServer,
    ValhallaServer,
)
from tests.servers import Answer

#: Well below how long a server hangs or drips, and far above how long an answer takes on the busiest machine.
PATIENCE = 15.0
HTML = "<!DOCTYPE html><html><h1>Welcome to nginx!</h1></html>"
Prepare = Callable[[RoutingServer], None]


def says(answer: Answer) -> Prepare:
    return lambda server: setattr(server, "answer", answer)


def claims(**values: object) -> Prepare:
    return lambda server: server.__dict__.update(values)


FAILURES: dict[str, tuple[Prepare, str]] = {
    "hangs": (says(Answer(hang=True)), "did not answer in time"),
    "drips its headers": (says(Drip(200, {"a": "b" * 500}, of="headers")), "did not answer in time"),
    "drips its body": (says(Drip(200, {"a": "b" * 500})), "did not answer in time"),
    "hangs up": (says(Answer(drop=True)), "broke off"),
    "over quota": (lambda server: setattr(server, "answer", OVER_QUOTA[server.scheme]), "over its quota (429)"),
    "500": (says(Answer(500, {"error": "oops"})), "is broken (500)"),
    "503 in HTML": (says(Answer(503, HTML)), "is broken (503)"),
    "wrong key": (says(Answer(403, {"error": {"status": "PERMISSION_DENIED"}})), "answered 403"),
    "wrong key, in HTML": (says(Answer(403, "<h1>Developer Inactive</h1>")), "answered 403"),
    "sends elsewhere": (says(Answer(302, "", {"Location": "https://example.com/"})), "answered 302"),
    "HTML instead of JSON": (says(Answer(200, HTML)), "sent no JSON"),
    "nothing": (says(Answer(200, "")), "sent no JSON"),
    "a list": (says(Answer(200, [])), "sent no JSON object"),
    "endless brackets": (says(Answer(200, "[" * 100_000)), "sent no JSON"),
    "gzip": (says(Answer(200, HTML, {"Content-Encoding": "gzip"})), "sent no JSON"),
    "too much": (says(Answer(200, {"a": "b" * (http.MOST_BYTES + 1)})), "sent too much"),
    "no route": (lambda server: setattr(server, "answer", NO_ROUTE[server.scheme]), ""),
    "an empty object": (says(Answer(200, {})), ""),
    "no time": (claims(seconds="soon"), "time"),
    "0 s": (claims(seconds=0), "impossible time"),
    "negative time": (claims(seconds=-600), "time"),
    "300 km/h": (claims(seconds=104, metres=8_700), "impossible time"),
    "a week": (claims(seconds=604_800), "impossible time"),
    "not a number": (claims(seconds=float("nan")), "time"),
    "a number without end": (claims(seconds=10**400), "sent "),
    "shorter than the crow flies": (claims(metres=3_000, seconds=600), "impossible distance"),
    "no distance": (claims(metres="far", seconds=600), "distance"),
    "another way": (claims(line=[(47.5, 9.5), BENDERN]), "the way of another trip"),
    "half a way": (claims(line=[VADUZ, (47.18, 9.51)]), "the way of another trip"),
    "no line": (claims(line=[]), "sent no line"),
}


@pytest.fixture(params=SERVERS, ids=lambda server: server.scheme)
def server(request: pytest.FixtureRequest, settings: Settings) -> Iterator[RoutingServer]:
    with request.param() as started:
        settings.ROUTING = routing_engines(started.routing_url)
        yield started


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give all providers together less time than customers do."""
    monkeypatch.setattr(chain, "TOTAL_SECONDS", 0.5)


def test_customers_wait_for_two_seconds_at_most() -> None:
    assert chain.TOTAL_SECONDS + http.GRACE < 2


def no_secret_in(text: str) -> None:
    for secret in (KEY, *map(str, (*VADUZ, *BENDERN)), "127.0.0.1"):
        assert secret not in text


@pytest.mark.parametrize("failure", FAILURES)
def test_a_provider_that_fails_is_replaced_in_time_and_named_in_the_log(
    failure: str, server: RoutingServer, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    prepare, reason = FAILURES[failure]
    prepare(server)
    if reason == "did not answer in time":
        request.getfixturevalue("hurry")
    begun = time.monotonic()
    arrival = eta.ask(trip())
    took = time.monotonic() - begun
    assert took < PATIENCE
    assert arrival.source == "estimate"
    assert trip().departs_at <= arrival.earliest < arrival.latest
    assert f"Arrival time from estimate: {server.scheme} " in caplog.text
    assert reason in caplog.text
    no_secret_in(caplog.text)
    assert server.questions, "it was asked"


def test_a_closed_port_is_replaced_at_once(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, and nobody listens
        settings.ROUTING = routing_engines(f"tomtom://{KEY}?base_url=http://127.0.0.1:{closed.getsockname()[1]}")
        assert eta.ask(trip()).source == "estimate"
    assert "tomtom cannot be reached" in caplog.text
    no_secret_in(caplog.text)


def test_one_that_takes_no_connection_is_given_up_in_time(settings: Settings, hurry: None) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:  # the queue of a listener that accepts nobody is full after one or two
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        settings.ROUTING = routing_engines(f"valhalla://127.0.0.1:{full.getsockname()[1]}")
        begun = time.monotonic()
        assert eta.ask(trip()).source == "estimate"
        assert time.monotonic() - begun < PATIENCE
        for filler in fillers:
            filler.close()


def test_the_next_provider_answers_when_the_first_one_hangs(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with ValhallaServer() as slow, GoogleServer() as broken, TomTomServer() as good:
        slow.answer, broken.answer = Answer(hang=True), Answer(500, HTML)
        settings.ROUTING = routing_engines(f"{slow.routing_url},{broken.routing_url},{good.routing_url}")
        begun = time.monotonic()
        arrival = eta.ask(trip())
        assert time.monotonic() - begun < PATIENCE
    assert arrival.source == "tomtom"
    assert "Arrival time from tomtom: valhalla did not answer in time; google-routes is broken (500)" in caplog.text


def test_five_that_hang_take_no_longer_than_one(settings: Settings, hurry: None) -> None:
    with ValhallaServer() as slow:
        slow.answer = Answer(hang=True)
        settings.ROUTING = routing_engines(",".join([slow.routing_url] * 5))
        begun = time.monotonic()
        assert eta.ask(trip()).source == "estimate"
        assert time.monotonic() - begun < PATIENCE
        assert len(slow.questions) == 5


def test_what_nobody_has_thought_of_is_a_failure_like_any_other(
    server: RoutingServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object) -> None:
        raise KeyError(KEY)

    monkeypatch.setattr(http, "ask", broken)
    assert eta.ask(trip()).source == "estimate"
    assert f"{server.scheme} failed (KeyError)" in caplog.text
    no_secret_in(caplog.text)


def test_a_name_server_that_hangs_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, hurry: None
) -> None:
    settings.ROUTING = routing_engines("valhalla+https://maps.example.com")
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: released.wait(2 * PATIENCE))
    begun = time.monotonic()
    assert eta.ask(trip()).source == "estimate"
    assert time.monotonic() - begun < PATIENCE
    released.set()


def test_what_blocks_our_own_side_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, hurry: None
) -> None:
    settings.ROUTING = routing_engines("valhalla://127.0.0.1:1")
    released = threading.Event()
    monkeypatch.setattr(http, "_client", lambda: released.wait(2 * PATIENCE))
    begun = time.monotonic()
    assert eta.ask(trip()).source == "estimate"
    assert time.monotonic() - begun < PATIENCE
    released.set()


def test_nothing_is_left_of_a_question_that_was_given_up(server: RoutingServer, hurry: None) -> None:
    before = set(threading.enumerate())
    server.answer = Drip(200, {"a": "b" * 500}, of="headers")
    eta.ask(trip())
    for thread in set(threading.enumerate()) - before:
        if thread.name == "routing":
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a server that drips keeps a thread and a connection"


def test_when_all_is_well_the_log_is_quiet(server: RoutingServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert eta.ask(trip()).source == server.scheme
    assert "Arrival time" not in caplog.text
    no_secret_in(caplog.text)
