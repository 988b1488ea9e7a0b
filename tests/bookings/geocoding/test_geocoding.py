"""Geocoders against local servers: found, not found, towns, nonsense, quotas, time-outs, and what is kept."""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from bookings.geocoding import AskedAddress, Precision, look_up
from bookings.geocoding.places import find_places
from bookings.models import GeocodedAddress, IncidentType, WorkOrder
from fsportal.conf.geocoders import geocoders
from fsportal.models import Account, Site
from tests.geocoding_servers import GeocodingServer, GoogleGeocodingServer, NominatimServer, PhotonServer
from tests.routing_servers import KEY
from tests.servers import Answer

pytestmark = pytest.mark.django_db
STREET = "10 Downing Street"
ASKED = AskedAddress(STREET, "SW1A 2AA", "London", "GB")
POINT = (51.5034, -0.1276)
SERVERS = [NominatimServer, PhotonServer, GoogleGeocodingServer]


@pytest.fixture(autouse=True)
def rested() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(params=SERVERS, ids=lambda server: server.kind)
def server(request: pytest.FixtureRequest, settings: Any) -> Iterator[GeocodingServer]:
    with request.param() as running:
        settings.GEOCODERS = geocoders(running.geocoder_url)
        running.places[STREET] = POINT
        yield running


def account(**more: Any) -> Account:
    address = {"street": STREET, "postal_code": "SW1A 2AA", "city": "London", "country": "GB"}
    return Account.objects.create(**{"name": "Number 10", "time_zone": "Europe/London", **address, **more})


def test_an_address_is_found_once_and_then_known(server: GeocodingServer) -> None:
    for _time in range(2):
        found = look_up(ASKED).place
        assert found is not None
        assert (found.latitude, found.longitude, found.precision) == (*POINT, Precision.HOUSE)
        assert found.source == server.kind
    assert len(server.questions) == 1
    spelled = AskedAddress("10  DOWNING street", "sw1a 2aa", "LONDON", "GB")
    assert look_up(spelled).place == found
    assert len(server.questions) == 1


def test_what_nobody_knows_is_asked_once(server: GeocodingServer) -> None:
    unknown = AskedAddress("1 Nowhere Lane", "", "London", "GB")
    assert [look_up(unknown).place for _time in range(2)] == [None, None]
    assert len(server.questions) == 1
    assert look_up(unknown).is_final


def test_a_town_is_said_but_nobody_is_sent_there(server: GeocodingServer) -> None:
    server.places, server.towns = {}, {"London": (51.5, -0.12)}
    found = look_up(ASKED)
    assert found.place is not None
    assert found.place.precision == Precision.TOWN
    customer = account()
    find_places()
    customer.refresh_from_db()
    assert customer.coordinates is None


@pytest.mark.parametrize("point", [(91, 0), (0, 0), ("x", 1), (None, None), (51.5, 181), (True, 1)])
def test_impossible_coordinates_are_refused(server: GeocodingServer, point: Any) -> None:
    server.places[STREET] = point
    assert look_up(ASKED).place is None
    assert not GeocodedAddress.objects.exists()


def test_a_place_in_another_country_is_refused(server: GeocodingServer) -> None:
    server.country = "us"
    assert look_up(ASKED).place is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(429, {}, {"Retry-After": "120"}),
        Answer(500, "oops"),
        Answer(200, "<html>"),
        Answer(200, {"status": "OVER_QUERY_LIMIT", "results": []}),
        Answer(200, {"features": "none", "results": 7, "status": "OK"}),
    ],
)
def test_trouble_is_logged_without_the_address_and_asked_again_later(
    server: GeocodingServer, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = answer
    with caplog.at_level(logging.DEBUG):
        found = look_up(ASKED)
    assert (found.place, found.is_final) == (None, False)
    assert "Geocoding: " in caplog.text
    assert not any(secret in caplog.text for secret in ("Downing", "SW1A", KEY))
    assert not GeocodedAddress.objects.exists()


def test_whoever_is_over_quota_is_left_alone(server: GeocodingServer) -> None:
    server.answer = Answer(429, {}, {"Retry-After": "120"})
    look_up(ASKED)
    look_up(AskedAddress("11 Downing Street", "", "London", "GB"))
    assert len(server.questions) == 1


def test_one_that_hangs_costs_its_share_of_the_time(settings: Any) -> None:
    with NominatimServer() as slow, PhotonServer() as quick:
        settings.GEOCODERS = geocoders(f"{slow.geocoder_url}, {quick.geocoder_url}")
        slow.delay, quick.places[STREET] = 30.0, POINT
        found = look_up(ASKED, patience=0.3).place
    assert found is not None
    assert found.source == "photon"


def test_the_public_ones_are_asked_at_most_once_a_second(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookings.geocoding.nominatim.PUBLIC", "127.0.0.1")
    with NominatimServer() as nominatim:
        settings.GEOCODERS = geocoders(nominatim.geocoder_url)
        look_up(ASKED, patience=0.2)
        second = look_up(AskedAddress("11 Downing Street", "", "London", "GB"), patience=0.2)
        assert len(nominatim.questions) == 1
    assert not second.is_final


def test_without_a_geocoder_everything_waits(settings: Any) -> None:
    settings.GEOCODERS = ()
    customer = account()
    assert (look_up(ASKED).place, find_places()) == (None, 0)
    customer.refresh_from_db()
    assert customer.place_key == ""


# --- The worker -------------------------------------------------------------------------------------------------------
def test_the_worker_fills_in_accounts_sites_and_work_orders(server: GeocodingServer) -> None:
    customer = account()
    address = {"street": STREET, "postal_code": "SW1A 2AA", "city": "London", "country": "GB"}
    site = Site.objects.create(account=customer, name="Back door", **address)
    kind = IncidentType.objects.create(name="Boiler")
    order = WorkOrder.objects.create(number="W1", account=customer, incident_type=kind, **address)
    elsewhere = WorkOrder.objects.create(number="W2", account=customer, incident_type=kind)
    assert find_places() == 3
    for record in (customer, site, order):
        record.refresh_from_db()
        assert record.coordinates == POINT
        assert record.place_source == server.kind
    elsewhere.refresh_from_db()
    assert elsewhere.coordinates is None, "it is at its account's address"
    assert len(server.questions) == 1, "the same address is asked once"
    assert find_places() == 0


def test_what_a_person_set_stays_and_what_was_found_follows_the_address(server: GeocodingServer) -> None:
    by_hand = account(latitude=1.0, longitude=2.0)
    found = account(name="Found")
    find_places()
    by_hand.refresh_from_db()
    found.refresh_from_db()
    assert by_hand.coordinates == (1.0, 2.0)
    server.places["12 Downing Street"] = (51.6, -0.2)
    for one in (by_hand, found):
        one.street = "12 Downing Street"
        one.save(update_fields=["street"])
    find_places()
    by_hand.refresh_from_db()
    found.refresh_from_db()
    assert (by_hand.coordinates, found.coordinates) == ((1.0, 2.0), (51.6, -0.2))


def test_googles_places_are_asked_for_again_or_forgotten_before_thirty_days(settings: Any) -> None:
    with GoogleGeocodingServer() as google:
        settings.GEOCODERS = geocoders(google.geocoder_url)
        google.places[STREET] = POINT
        customer = account()
        find_places()
        began = timezone.now()
        google.places[STREET] = (51.51, -0.13)
        with time_machine.travel(began + dt.timedelta(days=28)):
            find_places()
            customer.refresh_from_db()
            assert customer.coordinates == (51.51, -0.13)
        google.answer = Answer(500, "down")
        with time_machine.travel(began + dt.timedelta(days=28 + 30)):
            cache.clear()
            find_places()
            customer.refresh_from_db()
            assert customer.coordinates is None


# --- GEOCODER_URL -----------------------------------------------------------------------------------------------------
def test_several_geocoders_are_read_in_their_order() -> None:
    read = geocoders("nominatim://nominatim.openstreetmap.org, photon+http://localhost:2322, google://AbC")
    assert [one.described for one in read] == [
        "nominatim://nominatim.openstreetmap.org",
        "photon://localhost:2322",
        "google://maps.googleapis.com",
    ]
    assert read[1].base_url == "http://localhost:2322"
    assert "AbC" not in repr(read)
    assert geocoders("") == ()


@pytest.mark.parametrize("value", ["nominatim://", "osm://host", "google://", "google://K?x=1", "photon://a:b", "a,b"])
def test_what_cannot_be_read_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="GEOCODER_URL cannot be read; write nominatim://host") as refusal:
        geocoders(value)
    assert "K?x" not in str(refusal.value)
