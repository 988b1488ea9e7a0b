"""A drive, replayed: what customers are told in its last twenty minutes comes true."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from pytest_django import Settings

from bookings import eta
from fsportal.conf.environment import routing_engines
from tests import gpx
from tests.make_drive import FILE, RUGGELL
from tests.valhalla import Engine

pytestmark = pytest.mark.xdist_group("engine")

MINUTE = dt.timedelta(minutes=1)
Ask = Callable[[eta.Trip], eta.Arrival]


def shown_on(fixes: list[gpx.Fix], ask: Ask) -> Iterator[tuple[gpx.Fix, eta.Arrival]]:
    """Yield each position with what is shown then: asked once a minute, as the worker does it."""
    asked: tuple[gpx.Fix, eta.Arrival] | None = None
    for fix in fixes[:-1]:
        if asked is None or fix.at - asked[0].at >= MINUTE:
            asked = fix, ask(eta.Trip(fix.point, RUGGELL, fix.at, "Europe/Vaduz"))
        yield fix, asked[1]


def held(fixes: list[gpx.Fix], ask: Ask, last: dt.timedelta) -> float:
    """Return the share of positions in the last part of a drive at which the range that was shown came true."""
    arrived_at = fixes[-1].at
    true = [
        shown.earliest <= arrived_at <= shown.latest
        for fix, shown in shown_on(fixes, ask)
        if arrived_at - fix.at <= last
    ]
    return sum(true) / len(true)


def off_by(fixes: list[gpx.Fix], ask: Ask) -> dt.timedelta:
    """Return how far what was expected lies from what came true, on average over the whole drive."""
    misses = [abs(shown.expected - fixes[-1].at) for _fix, shown in shown_on(fixes, ask)]
    return sum(misses, dt.timedelta(0)) / len(misses)


def test_the_drive_is_long_dense_and_not_as_the_engine_thinks(engine: Engine, settings: Settings) -> None:
    fixes = gpx.read(FILE)
    took = fixes[-1].at - fixes[0].at
    assert 25 * MINUTE < took < 35 * MINUTE
    steps = {after.at - before.at for before, after in pairwise(fixes[:-1])}
    assert steps == {dt.timedelta(seconds=10)}
    settings.ROUTING = routing_engines(engine.routing_url)
    predicted = eta.ask(eta.Trip(fixes[0].point, RUGGELL, fixes[0].at, "Europe/Vaduz"))
    assert predicted.source == "valhalla"
    assert abs(fixes[-1].at - predicted.expected) > 2 * MINUTE


def test_the_engines_range_comes_true(engine: Engine, settings: Settings) -> None:
    settings.ROUTING = routing_engines(engine.routing_url)
    sources = set()

    def ask(trip: eta.Trip) -> eta.Arrival:
        arrival = eta.ask(trip)
        sources.add(arrival.source)
        return arrival

    assert held(gpx.read(FILE), ask, last=20 * MINUTE) >= 0.8
    assert sources == {"valhalla"}


def test_the_range_of_the_estimate_comes_true() -> None:
    assert held(gpx.read(FILE), eta.estimate, last=20 * MINUTE) >= 0.8


def test_it_is_the_traffic_of_the_hour_that_makes_the_difference(engine: Engine, settings: Settings) -> None:
    settings.ROUTING = routing_engines(engine.routing_url)

    def at_night(trip: eta.Trip) -> eta.Arrival:
        earlier = dt.timedelta(hours=5)
        arrival = eta.ask(replace(trip, departs_at=trip.departs_at - earlier))
        return replace(arrival, expected=arrival.expected + earlier)

    fixes = gpx.read(FILE)
    assert off_by(fixes, eta.ask) < 1.5 * MINUTE
    assert off_by(fixes, at_night) > 4 * MINUTE
