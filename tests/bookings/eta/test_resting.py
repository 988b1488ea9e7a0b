"""A provider that failed is left alone for a time, by all processes, so that nobody waits for it again and again."""

import datetime as dt
import logging
from collections.abc import Iterator
from email.utils import format_datetime

import pytest
import time_machine
from pytest_django import Settings

from bookings import eta
from bookings.eta.base import RoutingError
from fsportal.conf.environment import routing_engines
from tests.bookings.eta.test_providers import trip
from tests.routing_servers import NO_ROUTE, RoutingServer, TomTomServer
from tests.servers import Answer

START = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def server(settings: Settings) -> Iterator[RoutingServer]:
    with TomTomServer() as started:
        settings.ROUTING = routing_engines(started.routing_url)
        yield started


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(START, tick=False) as coordinates:
        yield coordinates


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Answer(500, ""), 30),
        (Answer(200, "<h1>Login</h1>"), 30),
        (Answer(drop=True), 30),
        (Answer(429, ""), 30),
        (Answer(429, "", {"Retry-After": "120"}), 120),
        (Answer(503, "", {"Retry-After": "90"}), 90),
        (Answer(429, "", {"Retry-After": format_datetime(START + dt.timedelta(seconds=300), usegmt=True)}), 300),
        (Answer(429, "", {"Retry-After": "soon"}), 30),
        (Answer(429, "", {"Retry-After": "86400"}), 3600),
    ],
)
def test_it_rests_as_long_as_it_asks_for_or_half_a_minute(
    server: RoutingServer, clock: time_machine.Coordinates, answer: Answer, seconds: int
) -> None:
    server.answer = answer
    assert eta.ask(trip(START)).source == "estimate"
    server.answer = None
    clock.shift(seconds - 1)
    assert eta.ask(trip(START)).source == "estimate"
    assert len(server.questions) == 1, "it was left alone"
    clock.shift(2)
    assert eta.ask(trip(START)).source == "tomtom"


def test_one_place_without_a_road_keeps_nobody_else_from_asking(server: RoutingServer) -> None:
    server.answer = NO_ROUTE[server.scheme]
    assert eta.ask(trip()).source == "estimate"
    server.answer = None
    assert eta.ask(trip()).source == "tomtom"


def test_the_log_is_loud_once_and_quiet_while_it_rests(server: RoutingServer, caplog: pytest.LogCaptureFixture) -> None:
    server.answer = Answer(500, "")
    with caplog.at_level(logging.INFO):
        for _ in range(3):
            eta.ask(trip())
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [
        ("WARNING", "Arrival time from estimate: tomtom is broken (500)"),
        ("INFO", "Arrival time from estimate: tomtom rests after a failure"),
        ("INFO", "Arrival time from estimate: tomtom rests after a failure"),
    ]


def test_the_same_kind_of_engine_twice_rests_each_for_itself(settings: Settings) -> None:
    with TomTomServer() as first, TomTomServer() as second:
        settings.ROUTING = routing_engines(f"{first.routing_url},{second.routing_url}")
        first.answer = Answer(500, "")
        assert [eta.ask(trip()).source for _ in range(2)] == ["tomtom", "tomtom"]
        assert (len(first.questions), len(second.questions)) == (1, 2)


def test_without_a_cache_it_is_asked_again(server: RoutingServer, dead_cache: None) -> None:
    server.answer = Answer(500, "")
    assert eta.ask(trip()).source == "estimate"
    server.answer = None
    assert eta.ask(trip()).source == "tomtom"


def test_an_error_says_nothing_but_its_reason() -> None:
    error = RoutingError("is broken (500)", retry_after=5)
    assert (str(error), error.reason, error.retry_after) == ("is broken (500)", "is broken (500)", 5)
