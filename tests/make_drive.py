"""Makes tests/data/drives/triesen-ruggell.gpx: a made-up drive across Liechtenstein in the morning's rush hour.

`.venv/bin/python -m tests.make_drive` writes the file; with the same map and speeds it stays the same.

The way is the engine's own (tests/valhalla.py); the time is not. The driver is slower than the engine thinks as a
whole, now faster and now slower on the way, stops at lights and at a level crossing, has no eye for the speed of each
road, and needs some minutes from the wheel to the door. The tracker is some metres off.
"""

import datetime as dt
import itertools
import random
from pathlib import Path

from bookings.eta.base import Point, distance_km
from bookings.eta.polyline import decoded
from tests import gpx
from tests.valhalla import Engine

FILE = Path(__file__).parent / "data" / "drives" / "triesen-ruggell.gpx"
TRIESEN, RUGGELL = (47.1075, 9.5280), (47.2383, 9.5258)
#: Ten past seven on a Tuesday in Vaduz.
DEPARTS_AT = dt.datetime(2026, 11, 24, 6, 10, tzinfo=dt.UTC)
EVERY = dt.timedelta(seconds=10)
SEED = 20261124
SLOWER = 1.06
#: Seconds at the wheel: lights, and a train that passes.
STOPS = (20, 45, 15, 30, 90, 25, 40)
NOISE_METRES = 6.0
#: Looking for a place to park, and the walk.
TO_THE_DOOR = dt.timedelta(seconds=150)


def main() -> None:
    """Write the track and say how long it is."""
    with Engine() as engine:
        seconds, line = _route(engine)
    fixes = _drive(line, seconds, random.Random(SEED))
    FILE.parent.mkdir(exist_ok=True)
    gpx.write(FILE, fixes, "Triesen to Ruggell, made up", "OpenStreetMap contributors")
    took = (fixes[-1].at - fixes[0].at).total_seconds()
    print(f"{len(fixes)} fixes, {took / 60:.1f} minutes; the engine says {seconds / 60:.1f} at the wheel")


def _route(engine: Engine) -> tuple[float, tuple[Point, ...]]:
    places = [{"lat": latitude, "lon": longitude} for latitude, longitude in (TRIESEN, RUGGELL)]
    when = {"type": 1, "value": "2026-11-24T07:10"}
    trip = engine.ask("route", {"locations": places, "costing": "auto", "date_time": when})["trip"]
    return trip["summary"]["time"], decoded(trip["legs"][0]["shape"], decimals=6)


def _drive(line: tuple[Point, ...], seconds: float, chance: random.Random) -> list[gpx.Fix]:
    timetable = _timetable(line, seconds, chance)
    fixes, at = [], DEPARTS_AT
    ends_at = timetable[-1][0] + TO_THE_DOOR
    while at < ends_at:
        fixes.append(_fix(_place_at(timetable, at), at, chance))
        at += EVERY
    return [*fixes, _fix(line[-1], ends_at, chance)]


def _timetable(line: tuple[Point, ...], seconds: float, chance: random.Random) -> list[tuple[dt.datetime, Point]]:
    """Return when the car is where: at each point of the line, twice where it stops."""
    lengths = [distance_km(a, b) for a, b in itertools.pairwise(line)]
    usual = seconds / sum(lengths)
    stops = dict(zip(sorted(chance.sample(range(5, len(lengths) - 5), len(STOPS))), STOPS, strict=True))
    at, way, mood = DEPARTS_AT, 0.0, 1.0
    table = [(at, line[0])]
    for position, length in enumerate(lengths):
        if int(way) != int(way + length):  # a new mood each kilometre
            mood = chance.lognormvariate(0, 0.25)
        way += length
        at += dt.timedelta(seconds=length * usual * SLOWER * mood)
        table.append((at, line[position + 1]))
        if position in stops:
            at += dt.timedelta(seconds=stops[position])
            table.append((at, line[position + 1]))
    return table


def _place_at(timetable: list[tuple[dt.datetime, Point]], at: dt.datetime) -> Point:
    for (before, here), (after, there) in itertools.pairwise(timetable):
        if before <= at <= after:
            part = (at - before) / (after - before) if after > before else 0.0
            return here[0] + (there[0] - here[0]) * part, here[1] + (there[1] - here[1]) * part
    return timetable[-1][1]


def _fix(place: Point, at: dt.datetime, chance: random.Random) -> gpx.Fix:
    north, east = (chance.gauss(0, NOISE_METRES) / 111_195 for _ in range(2))
    return gpx.Fix(place[0] + north, place[1] + east / 0.68, at.replace(microsecond=0))


if __name__ == "__main__":
    main()
