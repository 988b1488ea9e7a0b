"""Positions over HTTP: as trackers send them, and from the technician's own page."""

import datetime as dt
import json
import logging
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.models import Position, Resource, Tracker
from bookings.tracking.views import FAILURES
from fsportal.lib.logs import HideCodes
from fsportal.models import User
from tests.bookings.tracking.stage import HERE, NOW, SECOND, on_the_way
from tests.factories import ResourceFactory, UserFactory

pytestmark = pytest.mark.django_db

UNIX = int(NOW.timestamp())


@pytest.fixture(autouse=True)
def on_the_day() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def tracker() -> Tracker:
    """Return the tracker of a technician on the way."""
    return Tracker.connect(on_the_way().resource, by=None)


def row() -> Position:
    return Position.objects.get()


def sent(tracker: Tracker, **fields: Any) -> dict[str, Any]:
    return {"id": tracker.device_id, "lat": HERE[0], "lon": HERE[1], "timestamp": UNIX, **fields}


def body(tracker: Tracker, **coords: Any) -> dict[str, Any]:
    """Return what the newer Traccar Client sends."""
    values = {"latitude": HERE[0], "longitude": HERE[1], "accuracy": 4.2, "speed": 12.5, "heading": 91, "altitude": 30}
    location = {
        "timestamp": "2026-11-24T10:00:00.000Z",
        "coords": values | coords,
        "is_moving": True,
        "odometer": 1,
        "event": "motionchange",
        "battery": {"level": 0.9, "is_charging": False},
        "activity": {"type": "in_vehicle"},
    }
    return {"location": location, "device_id": tracker.device_id}


# --- Trackers -------------------------------------------------------------------------------------------------------
def test_a_tracker_reports_by_get_as_osmand_does(client: Client, tracker: Tracker) -> None:
    fields: dict[str, Any] = {"speed": 10, "bearing": 90, "altitude": 12, "accuracy": 5, "hdop": 1, "batt": 80}
    answer = client.get("/track/", sent(tracker, **fields))
    assert (answer.status_code, answer.content) == (200, b"")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    kept = row()
    assert (kept.latitude, kept.longitude, kept.recorded_at) == (*HERE, NOW)
    assert (kept.accuracy, kept.heading) == (5, 90)
    assert kept.speed == pytest.approx(5.1444, abs=0.001), "knots"


def test_it_reports_by_post_in_the_address_or_in_a_form(client: Client, tracker: Tracker) -> None:
    first = sent(tracker, timestamp=UNIX - 10)
    assert client.post("/track/", query_params=first).status_code == 200
    assert client.post("/track/", sent(tracker)).status_code == 200
    assert Position.objects.count() == 2


def test_an_address_without_its_last_stroke_is_no_other(client: Client, tracker: Tracker) -> None:
    assert client.post("/track", body(tracker), content_type="application/json").status_code == 200
    assert Position.objects.count() == 1


def test_a_form_is_read_whatever_the_tracker_calls_it(client: Client, tracker: Tracker) -> None:
    form = urlencode(sent(tracker))
    assert client.post("/track/", form, content_type="text/plain").status_code == 200
    assert row().latitude == HERE[0]


@pytest.mark.parametrize(
    "timestamp",
    [str(UNIX - 1), f"{UNIX - 1}000", "2026-11-24T09:59:59Z", "2026-11-24T10:59:59+01:00", "2026-11-24 09:59:59"],
)
def test_a_time_stamp_is_seconds_milliseconds_or_written_out(client: Client, tracker: Tracker, timestamp: str) -> None:
    assert client.get("/track/", sent(tracker, timestamp=timestamp)).status_code == 200
    assert row().recorded_at == NOW - SECOND


def test_without_a_time_stamp_it_is_now(client: Client, tracker: Tracker) -> None:
    fields = sent(tracker)
    del fields["timestamp"]
    assert client.get("/track/", fields).status_code == 200
    assert row().recorded_at == NOW


def test_other_names_of_the_same(client: Client, tracker: Tracker) -> None:
    fields: dict[str, Any] = {
        "deviceid": tracker.device_id,
        "location": f"{HERE[0]},{HERE[1]}",
        "timestamp": UNIX,
        "heading": 12,
    }
    assert client.get("/track/", fields | {"hdop": "2"}).status_code == 200
    assert (row().latitude, row().longitude, row().heading, row().accuracy) == (*HERE, 12, 10)


def test_the_newer_client_sends_json(client: Client, tracker: Tracker) -> None:
    answer = client.post("/track/", body(tracker), content_type="application/json; charset=utf-8")
    assert (answer.status_code, answer.content) == (200, b"")
    kept = row()
    assert (kept.latitude, kept.longitude, kept.recorded_at) == (*HERE, NOW)
    assert (kept.accuracy, kept.speed, kept.heading) == (4.2, 12.5, 91), "metres per second here"


def test_minus_one_is_what_it_does_not_know(client: Client, tracker: Tracker) -> None:
    client.post("/track/", body(tracker, speed=-1, heading=-1, accuracy=-1), content_type="application/json")
    assert (row().accuracy, row().speed, row().heading) == (None, None, None)


@pytest.mark.parametrize("fields", [{"lat": ""}, {"lat": "nan"}, {"lon": "181"}, {"timestamp": "soon"},
                                    {"speed": "fast"}, {"timestamp": "9" * 40}, {"location": "1"}])  # fmt: skip
def test_what_is_no_position_is_refused_and_not_repeated(
    client: Client, tracker: Tracker, fields: dict[str, str]
) -> None:
    answer = client.get("/track/", sent(tracker, **fields))
    assert (answer.status_code, answer.content) == (400, b"")
    assert not Position.objects.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "null", '{"device_id": 1}', "[" * 100_000, '{"a": "' + "x" * 20_000 + '"}']
)
def test_json_that_is_none_is_refused(client: Client, text: str) -> None:
    assert client.post("/track/", text, content_type="application/json").status_code in (400, 404)


@pytest.mark.parametrize("fields", [{"valid": "false"}, {"valid": "0"}])
def test_what_has_no_place_is_heard_and_not_kept(client: Client, tracker: Tracker, fields: dict[str, str]) -> None:
    assert client.get("/track/", sent(tracker, **fields)).status_code == 200
    assert client.get("/track/", {"id": tracker.device_id, "batt": "10"}).status_code == 200
    without = {"device_id": tracker.device_id, "location": {"timestamp": "2026-11-24T10:00:00Z", "event": "heartbeat"}}
    assert client.post("/track/", without, content_type="application/json").status_code == 200
    assert not Position.objects.exists()
    tracker.refresh_from_db()
    assert tracker.last_heard_at == NOW


def test_nothing_is_kept_while_nobody_is_traveled_to_and_the_tracker_does_not_repeat_itself(client: Client) -> None:
    idle = Tracker.connect(ResourceFactory(), by=None)
    assert client.get("/track/", sent(idle)).status_code == 200
    assert not Position.objects.exists()
    idle.resource.refresh_from_db()
    assert idle.resource.last_seen_at is None


# --- Who reports ----------------------------------------------------------------------------------------------------
def test_a_device_that_is_not_known_is_refused_as_traccar_does(client: Client, tracker: Tracker) -> None:
    for wrong in ("", "123456", tracker.public_id, tracker.device_id[:-1] + "!", "x" * 5000, "\x00", "é" * 32):
        assert client.get("/track/", sent(tracker, id=wrong)).status_code == 400
        known = body(tracker) | {"device_id": wrong}
        assert client.post("/track/", known, content_type="application/json").status_code == 404
    assert not Position.objects.exists()


def test_an_old_device_id_is_not_heard_any_more(client: Client, tracker: Tracker) -> None:
    old = sent(tracker)
    tracker.rotate(by=None)
    assert client.get("/track/", old).status_code == 400
    assert client.get("/track/", sent(tracker)).status_code == 200


def test_the_tracker_of_who_does_not_work_here_any_more_is_not_heard(client: Client, tracker: Tracker) -> None:
    tracker.resource.is_active = False
    tracker.resource.save()
    assert client.get("/track/", sent(tracker)).status_code == 400


def test_the_tracker_of_who_may_not_sign_in_any_more_is_not_heard(client: Client, tracker: Tracker) -> None:
    user = User.objects.create_user("leaver", is_active=False)
    Resource.objects.filter(pk=tracker.resource_id).update(user=user)
    assert client.get("/track/", sent(tracker)).status_code == 400
    User.objects.filter(pk=user.pk).update(is_active=True)
    assert client.get("/track/", sent(tracker)).status_code == 200


def test_guessing_is_slowed_down_and_a_fleet_behind_the_same_address_goes_on(client: Client, tracker: Tracker) -> None:
    for _ in range(FAILURES.limit):
        assert client.get("/track/", {"id": "guess"}).status_code == 400
    answer = client.get("/track/", {"id": "guess"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    assert client.get("/track/", sent(tracker)).status_code == 200


@pytest.mark.parametrize(
    "line",
    [
        'GET /track/?id={id}&lat=1&lon=2 HTTP/1.1" 200',
        'GET /track/?lat=1&id={id}&lon=2 HTTP/1.1" 200',
        "Bad Request: /track/?lat=1&deviceid={id}",
        "https://portal.example/track/?device_id={id}#x",
        'GET /track?id={id} HTTP/1.1" 301',
    ],
)
def test_no_log_line_holds_a_device_id(tracker: Tracker, line: str) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, line.replace("{id}", tracker.device_id), None, None)
    HideCodes().filter(record)
    assert tracker.device_id not in record.getMessage()
    assert "[code]" in record.getMessage()


def test_ids_that_are_no_secret_stay_in_the_log() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "GET /admin/?id=7&track=1", None, None)
    HideCodes().filter(record)
    assert record.getMessage() == "GET /admin/?id=7&track=1"


def test_what_is_logged_on_the_way_names_neither_device_nor_place(
    client: Client, tracker: Tracker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.get("/track/", sent(tracker))
    client.get("/track/", sent(tracker, lat="nan"))
    client.post("/track/", json.dumps(body(tracker))[:-1], content_type="application/json")
    lines = "\n".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    assert tracker.device_id not in lines
    assert str(HERE[0]) not in lines


texts = st.text(max_size=30)
values = st.one_of(texts, st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers(), max_size=2))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["lat", "lon", "timestamp", "speed", "hdop", "location", "valid", "heading"]), texts
    ),
    st.dictionaries(st.sampled_from(["latitude", "longitude", "accuracy", "speed", "heading"]), values),
    texts,
)
def test_whatever_a_known_device_sends_is_taken_or_refused(
    tracker: Tracker, fields: dict[str, str], coords: dict[str, Any], timestamp: str
) -> None:
    client = Client()
    assert client.get("/track/", {"id": tracker.device_id, **fields}).status_code in (200, 400)
    sent_body = {"device_id": tracker.device_id, "location": {"timestamp": timestamp, "coords": coords}}
    assert client.post("/track/", json.dumps(sent_body), content_type="application/json").status_code in (200, 400)


# --- The technician's own page --------------------------------------------------------------------------------------
@pytest.fixture
def on_tour(technician: User) -> User:
    """Return a technician on the way to somebody."""
    on_the_way(technician.resource)
    return technician


def post(client: Client, **fields: Any) -> int:
    sent_fields = {"lat": HERE[0], "lon": HERE[1], "recorded_at": "2026-11-24T09:59:58.5Z", **fields}
    return client.post("/technician/position/", sent_fields).status_code


def test_a_technician_reports_their_own_position(client: Client, on_tour: User) -> None:
    client.force_login(on_tour)
    assert post(client, accuracy="7.5", speed="3", heading="180") == 204
    kept = row()
    assert kept.resource == on_tour.resource
    assert (kept.accuracy, kept.speed, kept.heading) == (7.5, 3, 180)
    assert kept.recorded_at == NOW - dt.timedelta(seconds=1.5)


@pytest.mark.parametrize("sent_at", ["2026-11-24T09:40:01Z", "2026-11-24T10:20:01Z"])
def test_a_phone_whose_clock_is_wrong_is_believed_how_long_ago_it_was(
    client: Client, on_tour: User, sent_at: str
) -> None:
    client.force_login(on_tour)
    sent = dt.datetime.fromisoformat(sent_at)
    assert post(client, recorded_at=(sent - 4 * SECOND).isoformat(), sent_at=sent_at) == 204
    kept = row()
    assert (kept.recorded_at, kept.mark) == (NOW - 4 * SECOND, "")


@pytest.mark.parametrize("sent_at", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_clock_that_is_from_another_age_breaks_nothing(client: Client, on_tour: User, sent_at: str) -> None:
    client.force_login(on_tour)
    assert post(client, sent_at=sent_at) == 204


def test_who_is_not_on_the_way_is_told_so(client: Client, technician: User) -> None:
    client.force_login(technician)
    assert post(client) == 409
    assert not Position.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"lat": "x"},
        {"lon": "200"},
        {"recorded_at": "2026-11-24T10:00:00"},
        {"recorded_at": "now"},
        {"sent_at": "2026-11-24T10:00:00"},
        {"sent_at": "soon"},
    ],
)
def test_what_is_no_position_is_refused(client: Client, on_tour: User, fields: dict[str, str]) -> None:
    client.force_login(on_tour)
    assert post(client, **fields) == 400
    assert not Position.objects.exists()


def test_strangers_and_others_are_refused(client: Client, on_tour: User) -> None:
    assert post(client) == 401
    client.force_login(UserFactory())
    assert post(client) == 403
    on_tour.resource.is_active = False
    on_tour.resource.save()
    client.force_login(on_tour)
    assert post(client) == 403
    assert not Position.objects.exists()


def test_it_takes_the_token_of_the_page(on_tour: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(on_tour)
    assert post(client) == 403
    assert not Position.objects.exists()


def test_it_is_a_post(client: Client, on_tour: User) -> None:
    client.force_login(on_tour)
    assert client.get("/technician/position/").status_code == 405
