"""A real Valhalla with the roads of Liechtenstein (tests/valhalla.py): what it says is what customers get."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from pytest_django import Settings

from bookings import eta
from bookings.eta.base import ON_FOOT, distance_km
from fsportal.conf.environment import routing_engines
from tests.routing_servers import TomTomServer
from tests.servers import Answer
from tests.valhalla import Engine

# One process starts one engine.
pytestmark = pytest.mark.xdist_group("engine")

VADUZ, BENDERN = (47.1410, 9.5209), (47.2186, 9.5103)
#: A Tuesday in Vaduz, an hour ahead of UTC.
NIGHT = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
RUSH = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
SUNDAY = dt.datetime(2026, 11, 22, 7, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def configured(engine: Engine, settings: Settings) -> None:
    settings.ROUTING = routing_engines(engine.routing_url)


def trip(departs_at: dt.datetime, destination: eta.Point = BENDERN) -> eta.Trip:
    return eta.Trip(VADUZ, destination, departs_at, "Europe/Vaduz")


def drive_by(arrival: eta.Arrival, departs_at: dt.datetime) -> float:
    return (arrival.expected - ON_FOOT - departs_at).total_seconds()


def seconds_of(engine: Engine, local_time: str) -> float:
    places = [{"lat": latitude, "lon": longitude} for latitude, longitude in (VADUZ, BENDERN)]
    asked: dict[str, Any] = {"locations": places, "costing": "auto", "date_time": {"type": 1, "value": local_time}}
    seconds: float = engine.ask("route", asked)["trip"]["summary"]["time"]
    return seconds


def test_the_arrival_follows_the_traffic_of_the_hour_as_the_engine_says(engine: Engine) -> None:
    said = {
        NIGHT: seconds_of(engine, "2026-11-24T03:00"),
        RUSH: seconds_of(engine, "2026-11-24T08:00"),
        SUNDAY: seconds_of(engine, "2026-11-22T08:00"),
    }
    assert said[RUSH] > 1.5 * said[NIGHT], "the engine knows the rush hour"
    for departs_at, seconds in said.items():
        arrival = eta.ask(trip(departs_at))
        assert arrival.source == "valhalla"
        assert drive_by(arrival, departs_at) == pytest.approx(seconds, abs=1)
        assert arrival.earliest <= departs_at + dt.timedelta(seconds=seconds) + ON_FOOT <= arrival.latest
    assert eta.ask(trip(RUSH)).earliest - RUSH > eta.ask(trip(NIGHT)).earliest - NIGHT


def test_the_line_follows_the_roads(engine: Engine) -> None:
    arrival = eta.ask(trip(NIGHT))
    steps = [distance_km(a, b) * 1000 for a, b in pairwise(arrival.line)]
    assert sum(steps) == pytest.approx(arrival.metres, rel=0.02), "as long as the road"
    assert arrival.metres > 1.05 * 1000 * distance_km(VADUZ, BENDERN), "and not as the crow flies"
    places = [{"lat": latitude, "lon": longitude} for latitude, longitude in arrival.line]
    found = engine.ask("locate", {"locations": places[:20], "costing": "auto", "verbose": False})
    assert all(place["edges"] for place in found), "each of its points is on a road"
    for place, asked in zip(found, places, strict=False):
        road = place["edges"][0]
        assert distance_km((road["correlated_lat"], road["correlated_lon"]), (asked["lat"], asked["lon"])) < 0.01


@pytest.mark.parametrize("metres", [0, 5, 80])
def test_the_last_metres_are_a_drive_too(metres: int) -> None:
    arrival = eta.ask(trip(RUSH, destination=(VADUZ[0] + metres / 111_195, VADUZ[1])))
    assert arrival.source == "valhalla"
    assert arrival.earliest == RUSH
    assert arrival.latest <= RUSH + dt.timedelta(minutes=10)


def test_the_engine_stands_in_for_a_provider_that_is_over_its_quota(
    engine: Engine, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with TomTomServer() as tomtom:
        tomtom.answer = Answer(429, "")
        settings.ROUTING = routing_engines(f"{tomtom.routing_url},{engine.routing_url}")
        assert eta.ask(trip(RUSH)).source == "valhalla"
    assert "Arrival time from valhalla: tomtom is over its quota (429)" in caplog.text


def test_where_the_map_ends_the_estimate_answers_and_the_next_trip_is_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert eta.ask(trip(RUSH, destination=(48.2, 16.37))).source == "estimate"
    assert "valhalla found no way (error 171)" in caplog.text
    assert eta.ask(trip(RUSH)).source == "valhalla"
