"""Each provider speaks its documented protocol, and its answer becomes an arrival."""

import datetime as dt
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from bookings import eta
from bookings.eta.base import distance_km
from bookings.eta.chain import provider_for
from bookings.eta.estimate import Estimate
from fsportal.conf.environment import routing_engines
from tests.routing_servers import KEY, SERVERS, GoogleServer, RoutingServer, TomTomServer, ValhallaServer

VADUZ, BENDERN = (47.1410, 9.5209), (47.2186, 9.5103)
NOW = dt.datetime.now(dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def trip(departs_at: dt.datetime = NOW) -> eta.Trip:
    return eta.Trip(VADUZ, BENDERN, departs_at, "Europe/Vaduz")


@pytest.fixture(params=SERVERS, ids=lambda server: server.scheme)
def server(request: pytest.FixtureRequest, settings: Settings) -> Iterator[RoutingServer]:
    with request.param() as started:
        settings.ROUTING = routing_engines(started.routing_url)
        yield started


def test_the_answer_becomes_an_arrival_with_its_source_its_age_and_the_line(server: RoutingServer) -> None:
    server.seconds, server.metres = 1200, 12_000
    arrival = eta.ask(trip())
    assert arrival.source == server.scheme
    assert abs(arrival.computed_at - dt.datetime.now(dt.UTC)) < MINUTE
    assert arrival.metres == 12_000
    assert arrival.expected == NOW + 20 * MINUTE + 3 * MINUTE, "with the way from the car to the door"
    assert arrival.earliest <= arrival.expected <= arrival.latest
    assert distance_km(arrival.line[0], VADUZ) < 0.01
    assert distance_km(arrival.line[-1], BENDERN) < 0.01
    (question,) = server.questions
    assert question.headers["Accept-Encoding"] == "identity", "what is packed could be endless"


def test_one_that_knows_the_traffic_promises_more_than_the_estimate(server: RoutingServer) -> None:
    known = provider_for(routing_engines(server.routing_url)[0]).slack
    assert known.share < Estimate.slack.share
    assert known.least < Estimate.slack.least


def test_who_is_there_already_arrives_at_once(server: RoutingServer) -> None:
    server.line = [VADUZ]
    arrival = eta.ask(eta.Trip(VADUZ, VADUZ, NOW, "Europe/Vaduz"))
    assert (arrival.source, arrival.metres) == (server.scheme, 0)
    assert NOW <= arrival.earliest <= NOW + 3 * MINUTE
    assert arrival.latest < NOW + 15 * MINUTE


def test_valhalla_is_asked_for_the_hour_on_the_clock_of_the_place(settings: Settings) -> None:
    eight_in_vaduz = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
    with ValhallaServer() as server:
        settings.ROUTING = routing_engines(server.routing_url)
        eta.ask(trip(eight_in_vaduz))
    asked = server.questions[0].body
    assert asked["date_time"] == {"type": 1, "value": "2026-11-24T08:00"}
    assert {"current", "predicted"} <= set(asked["costing_options"]["auto"]["speed_types"])


def test_a_valhalla_behind_a_password_gets_it(settings: Settings) -> None:
    with ValhallaServer() as server:
        settings.ROUTING = routing_engines(server.routing_url.replace("://", "://us%40r:p%3Aw@"))
        assert eta.ask(trip()).source == "valhalla"
    assert server.questions[0].headers["Authorization"] == "Basic dXNAcjpwOnc="


@pytest.mark.parametrize(("later", "departure"), [(dt.timedelta(0), None), (dt.timedelta(hours=2), "a time")])
def test_google_hears_of_a_departure_that_is_not_now(
    settings: Settings, later: dt.timedelta, departure: str | None
) -> None:
    with GoogleServer() as server:
        settings.ROUTING = routing_engines(server.routing_url)
        assert eta.ask(trip(NOW + later)).source == "google-routes"
    asked = server.questions[0]
    wanted = (NOW + later).strftime("%Y-%m-%dT%H:%M:%SZ") if departure else None
    assert asked.body.get("departureTime") == wanted, "one in the past is refused, and now has passed on arrival"
    assert asked.body["routingPreference"] == "TRAFFIC_AWARE"
    assert KEY not in asked.path


@pytest.mark.parametrize(("later", "departure"), [(dt.timedelta(0), "now"), (dt.timedelta(hours=2), "a time")])
def test_tomtom_hears_of_a_departure_that_is_not_now(settings: Settings, later: dt.timedelta, departure: str) -> None:
    with TomTomServer() as server:
        settings.ROUTING = routing_engines(server.routing_url)
        assert eta.ask(trip(NOW + later)).source == "tomtom"
    wanted = "now" if departure == "now" else (NOW + later).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert server.questions[0].params["departAt"] == wanted


def test_without_an_engine_the_estimate_answers(settings: Settings) -> None:
    settings.ROUTING = routing_engines("estimate://")
    assert eta.ask(trip()).source == "estimate"
