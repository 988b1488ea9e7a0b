"""Real servers on this machine that speak the documented protocols of Valhalla, Google Routes and TomTom, or misbehave.

    with TomTomServer() as tomtom:
        settings.ROUTING = routing_engines(tomtom.routing_url)
        arrival = eta.ask(trip)
        assert arrival.source == "tomtom"
        tomtom.answer = Answer(429, {}, {"Retry-After": "120"})

A question that is not as the manual says is refused as the real one refuses it. What they answer is a straight drive at
40 km/h, or `seconds` and `metres` when those are set.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from bookings.eta.base import Point, distance_km
from tests.servers import Answer

DRIP_SECONDS = 0.1
PARTS = 8


@dataclass(frozen=True)
class Question:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    params: Mapping[str, str]


@dataclass(frozen=True)
class Drip(Answer):
    """Never done: a byte every tenth of a second, of the headers or of the body."""

    of: str = "body"


class RoutingServer:
    """Answers as `_as_engine` says, or as told: `answer` while it is set. `questions` are all that came in."""

    scheme = ""

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self.answer: Answer | None = None
        self.seconds: Any = None
        self.metres: Any = None
        self.line: list[Point] | None = None
        self.delay = 0.0
        self.most_at_once = self._open = 0
        self._counting = threading.Lock()
        self.released = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def routing_url(self) -> str:
        """The server as ROUTING_URL."""
        return f"{self.scheme}://{KEY}?base_url={self.url}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)

    def respond(self, question: Question) -> Answer:
        """Note a question and choose the answer."""
        self.questions.append(question)
        with self._counting:
            self._open += 1
            self.most_at_once = max(self.most_at_once, self._open)
        self.released.wait(self.delay)
        with self._counting:
            self._open -= 1
        return self.answer or self._as_engine(question)

    def _as_engine(self, question: Question) -> Answer:
        raise NotImplementedError

    def _drive(self, origin: Point, destination: Point) -> tuple[Any, Any, list[Point]]:
        """Return seconds, metres and line of the drive that is asked for."""
        line = self.line
        if line is None:
            steps = [step / PARTS for step in range(PARTS + 1)]
            line = [tuple(a + (b - a) * step for a, b in zip(origin, destination, strict=True)) for step in steps]  # type: ignore[misc]
        metres = distance_km(origin, destination) * 1000 if self.metres is None else self.metres
        seconds = round(metres * 3.6 / 40) if self.seconds is None else self.seconds
        return seconds, metres, line


KEY = "k3y-that-nobody-logs"


class ValhallaServer(RoutingServer):
    """POST /route; a place off the roads is error 171."""

    scheme = "valhalla"

    @property
    def routing_url(self) -> str:
        """The server as ROUTING_URL."""
        return self.url.replace("http://", "valhalla://")

    def _as_engine(self, question: Question) -> Answer:
        if (question.method, question.path) != ("POST", "/route"):
            return _valhalla_error(404, 106, "Try any of: '/route' '/locate'")
        asked = question.body
        places = [(place["lat"], place["lon"]) for place in asked["locations"]]
        if asked["costing"] != "auto" or asked["date_time"]["type"] != 1 or len(places) != 2:
            return _valhalla_error(400, 125, "No costing method found")
        time.strptime(asked["date_time"]["value"], "%Y-%m-%dT%H:%M")
        seconds, metres, line = self._drive(*places)
        kilometres = metres / 1000 if isinstance(metres, int | float) else metres
        summary = {"time": seconds, "length": kilometres}
        leg = {"summary": summary, "shape": encoded(line, 6)}
        return Answer(200, {"trip": {"status": 0, "units": "kilometers", "summary": summary, "legs": [leg]}})


class GoogleServer(RoutingServer):
    """POST /directions/v2:computeRoutes with key and field mask in the headers."""

    scheme = "google-routes"

    def _as_engine(self, question: Question) -> Answer:
        if (question.method, question.path) != ("POST", "/directions/v2:computeRoutes"):
            return Answer(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>")
        if question.headers.get("X-Goog-Api-Key") != KEY:
            return _google_error(403, "PERMISSION_DENIED", f"The key {question.headers.get('X-Goog-Api-Key')} …")
        if not question.headers.get("X-Goog-FieldMask"):
            return _google_error(400, "INVALID_ARGUMENT", "FieldMask is a required parameter.")
        asked = question.body
        if "departureTime" in asked and asked["departureTime"] < time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()):
            return _google_error(400, "INVALID_ARGUMENT", "Timestamp must be set to a future time.")
        ends = [asked[name]["location"]["latLng"] for name in ("origin", "destination")]
        seconds, metres, line = self._drive(*((end["latitude"], end["longitude"]) for end in ends))
        is_number = isinstance(metres, int | float) and abs(metres) < 1e12
        route: dict[str, Any] = {
            "duration": f"{seconds}s",
            "distanceMeters": int(metres) if is_number else metres,
            "polyline": {"encodedPolyline": encoded(line, 5)},
        }
        if metres == 0:
            del route["distanceMeters"]  # as protobuf does
        return Answer(200, {"routes": [route]})


class TomTomServer(RoutingServer):
    """GET /routing/1/calculateRoute/{from}:{to}/json with the key in the address."""

    scheme = "tomtom"

    def _as_engine(self, question: Question) -> Answer:
        head, _slash, rest = question.path.removeprefix("/routing/1/calculateRoute/").partition("/")
        if question.method != "GET" or rest != "json" or ":" not in head:
            return Answer(596, "<h1>596 Service Not Found</h1>")
        if question.params.get("key") != KEY:
            return Answer(403, "<h1>Developer Inactive</h1>")
        if question.params.get("traffic") != "true" or not question.params.get("departAt"):
            return tomtom_error(400, "BAD_INPUT", "departAt")
        origin, destination = (tuple(map(float, place.split(","))) for place in head.split(":"))
        seconds, metres, line = self._drive(origin, destination)  # type: ignore[arg-type]
        is_number = isinstance(metres, int | float) and abs(metres) < 1e12
        summary = {"lengthInMeters": int(metres) if is_number else metres, "travelTimeInSeconds": seconds}
        points = [{"latitude": latitude, "longitude": longitude} for latitude, longitude in line]
        route = {"summary": summary, "legs": [{"summary": summary, "points": points}]}
        return Answer(200, {"formatVersion": "0.0.12", "routes": [route]})


def _valhalla_error(status: int, code: int, words: str) -> Answer:
    return Answer(status, {"error_code": code, "error": words, "status_code": status, "status": "Bad Request"})


def _google_error(status: int, word: str, sentence: str) -> Answer:
    return Answer(status, {"error": {"code": status, "message": sentence, "status": word}})


def tomtom_error(status: int, code: str, sentence: str) -> Answer:
    """Return TomTom's documented error answer."""
    body = {"error": {"description": sentence}, "detailedError": {"message": sentence, "code": code}}
    return Answer(status, {"formatVersion": "0.0.12"} | body)


#: How each says that no road goes there.
NO_ROUTE = {
    "valhalla": _valhalla_error(400, 442, "No path could be found for input"),
    "google-routes": Answer(200, {}),
    "tomtom": tomtom_error(400, "NO_ROUTE_FOUND", "Engine error while executing route request: NO_ROUTE_FOUND"),
}
#: How each says that there is no more for today.
OVER_QUOTA = {
    "valhalla": Answer(429, "<h1>429 Too Many Requests</h1>", {"Retry-After": "120"}),
    "google-routes": _google_error(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests'"),
    "tomtom": Answer(429, "<h1>Too Many Requests</h1>", {"Retry-After": "120"}),
}
SERVERS = (ValhallaServer, GoogleServer, TomTomServer)


def encoded(line: list[Point], decimals: int) -> str:
    """Return a line in Google's encoding, with as many decimals."""
    text, before = "", (0, 0)
    for point in line:
        here = (round(point[0] * 10**decimals), round(point[1] * 10**decimals))
        text += _number(here[0] - before[0]) + _number(here[1] - before[1])
        before = here
    return text


def _number(value: int) -> str:
    value = ~(value << 1) if value < 0 else value << 1
    letters = ""
    while value >= 32:
        letters += chr((32 | value & 31) + 63)
        value >>= 5
    return letters + chr(value + 63)


def _handler_for(server: RoutingServer) -> type[BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"engine": server})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    engine: RoutingServer

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        params = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        body = json.loads(content) if content else None
        answer = self.engine.respond(Question(self.command, unquote(parts.path), dict(self.headers), body, params))
        self.close_connection = True
        if answer.hang:
            self.engine.released.wait(30)
        elif not answer.drop:
            self._write(answer)

    def _write(self, answer: Answer) -> None:
        content = answer.body.encode() if isinstance(answer.body, str) else json.dumps(answer.body).encode()
        kind = "text/html" if isinstance(answer.body, str) else "application/json"
        head = {"Content-Type": kind, "Content-Length": str(len(content)), **answer.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        whole = f"HTTP/1.1 {answer.status} Fine\r\n{lines}\r\n".encode() + content
        try:
            self._drip(whole, answer) if isinstance(answer, Drip) else self.wfile.write(whole)
        except OSError:
            pass  # the other side had enough, which is what the test is about

    def _drip(self, whole: bytes, answer: Drip) -> None:
        at_once = whole.index(b"\r\n\r\n") + 4 if answer.of == "body" else 20
        self.wfile.write(whole[:at_once])
        for position in range(at_once, len(whole)):
            self.wfile.write(whole[position : position + 1])
            if self.engine.released.wait(DRIP_SECONDS):
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the tests look at `questions`."""
