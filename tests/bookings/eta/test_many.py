"""Many trips at once: a far engine that takes its time does not make the last one wait for all the others."""

import datetime as dt

from pytest_django import Settings

from bookings import eta
from fsportal.conf.environment import routing_engines
from tests.bookings.eta.test_providers import VADUZ
from tests.routing_servers import GoogleServer, TomTomServer
from tests.servers import Answer

NOW = dt.datetime.now(dt.UTC)


def trips(number: int) -> list[eta.Trip]:
    return [eta.Trip(VADUZ, (VADUZ[0] + 0.05 + step / 100, VADUZ[1]), NOW, "Europe/Vaduz") for step in range(number)]


def test_each_gets_its_own_arrival_in_the_order_of_the_trips(settings: Settings) -> None:
    with GoogleServer() as server:
        server.delay = 0.25
        settings.ROUTING = routing_engines(server.routing_url)
        arrivals = eta.ask_all(trips(16))
        assert server.most_at_once > 4
    assert {arrival.source for arrival in arrivals} == {"google-routes"}
    assert [arrival.metres for arrival in arrivals] == sorted(arrival.metres for arrival in arrivals)
    assert len({arrival.metres for arrival in arrivals}) == 16


def test_when_the_engine_hangs_only_the_first_ones_wait_for_it(settings: Settings) -> None:
    with TomTomServer() as server:
        server.answer = Answer(hang=True)
        settings.ROUTING = routing_engines(server.routing_url)
        arrivals = eta.ask_all(trips(200))
        assert len(server.questions) < 20
    assert [arrival.source for arrival in arrivals] == ["estimate"] * 200


def test_of_no_trips_there_are_no_arrivals() -> None:
    assert eta.ask_all([]) == []
