"""A drive, replayed: the customer's page follows it in a real browser, with arrival times of a real engine.

The clocks of the server and of the page are moved on together, from one position to the next, some thirty times
as fast as the drive; nothing else is made up: tracker's protocol, worker's task, the page's own requests.
"""

import datetime as dt
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from bookings import arrival_updates
from bookings.models import Booking, BookingNotificationCode, Tracker
from fsportal.conf.environment import routing_engines
from tests import gpx
from tests.factories import AccountFactory, BookingFactory, ContactFactory, ResourceFactory, WorkOrderFactory
from tests.make_drive import FILE, RUGGELL
from tests.portal.stage import company
from tests.valhalla import Engine

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("engine"),
]

MINUTE = dt.timedelta(minutes=1)
LAST = 20 * MINUTE
#: The track has a position every ten seconds; this tracker reports every thirty.
STEP = 3
RANGE = re.compile(r"(\d\d:\d\d)(?: to (\d\d:\d\d))? \(")


@dataclass(frozen=True)
class Sample:
    """What the page said at a moment of the drive: the arrival's range, and where on the screen the technician was."""

    at: dt.datetime
    words: str
    place: tuple[float, float]

    def holds(self, moment: dt.datetime) -> bool:
        """Tell whether the range, as the customer reads it, holds a moment."""
        found = RANGE.search(self.words)
        assert found, self.words
        said = moment.astimezone(dt.timezone(dt.timedelta(hours=1))).strftime("%H:%M")  # winter in Vaduz
        return found[1] <= said <= (found[2] or found[1])


@pytest.fixture
def fixes() -> list[gpx.Fix]:
    """Return the positions of the drive."""
    return gpx.read(FILE)


@pytest.fixture
def clock(fixes: list[gpx.Fix]) -> Iterator[time_machine.Coordinates]:
    """Let it be the moment at which the drive begins."""
    with time_machine.travel(fixes[0].at, tick=False) as traveller:
        yield traveller


@pytest.fixture
def code(
    clock: time_machine.Coordinates, fixes: list[gpx.Fix], engine: Engine, settings: Settings
) -> BookingNotificationCode:
    """Return the code of a visit in Ruggell, for which a technician in Triesen is to set off."""
    settings.ROUTING = routing_engines(engine.routing_url)
    company()
    account = AccountFactory(latitude=RUGGELL[0], longitude=RUGGELL[1], time_zone="Europe/Vaduz", city="Ruggell")
    order = WorkOrderFactory(account=account, reported_by=ContactFactory(account=account))
    latitude, longitude = fixes[0].point
    resource = ResourceFactory(start_latitude=latitude, start_longitude=longitude, time_zone="Europe/Vaduz")
    start = fixes[0].at + 40 * MINUTE
    booking = BookingFactory(work_order=order, resource=resource, start=start, end=start + 60 * MINUTE)
    return BookingNotificationCode.issue(booking, order.reported_by)


def report(http: httpx.Client, address: str, device: str, fix: gpx.Fix) -> None:
    """Report a position as a tracker app does."""
    fields: dict[str, str | float] = {
        "id": device,
        "lat": fix.latitude,
        "lon": fix.longitude,
        "timestamp": int(fix.at.timestamp()),
    }
    answer = http.post(f"{address}/track/", params=fields | {"accuracy": 8})
    assert answer.status_code == 200


def look(page: Page, at: dt.datetime) -> Sample:
    """Let the page's next request come, and read the page once it shows the answer."""
    for _request in range(2):  # every 15 seconds; further on at once, the page would give its own request up
        with page.expect_response(lambda answer: "/live" in answer.url) as answered:
            page.clock.run_for(15_000)
    said = answered.value.json()
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(said["arrival"])
    box = page.locator(".live-who").bounding_box()
    assert box
    return Sample(at, heading.inner_text(), (box["x"], box["y"]))


def test_the_page_follows_a_drive_and_its_range_comes_true(
    browser: Browser,
    live_server: Any,
    code: BookingNotificationCode,
    fixes: list[gpx.Fix],
    clock: time_machine.Coordinates,
    record_property: Callable[[str, object], None],
) -> None:
    booking = Booking.objects.get(pk=code.booking_id)
    device = Tracker.connect(booking.resource, by=None).device_id
    page = browser.new_context(locale="en-GB", viewport={"width": 390, "height": 844}).new_page()
    page.clock.install(time=fixes[0].at)
    samples: list[Sample] = []
    with httpx.Client() as http:
        booking.travel()
        arrival_updates.work_out()
        report(http, live_server.url, device, fixes[0])
        page.goto(f"{live_server.url}/visit/{code.code}/")
        expect(page.locator(".live-who")).to_be_visible()
        begun = time.perf_counter()
        for fix in fixes[STEP:-1:STEP]:
            clock.move_to(fix.at)
            report(http, live_server.url, device, fix)
            arrival_updates.work_out()  # the schedule comes by every minute; what is not due yet it leaves alone
            samples.append(look(page, fix.at))
        took = time.perf_counter() - begun
    arrived_at = fixes[-1].at
    # Some thirty times as fast as the drive on two idle cores; on a busy machine slowness is not the page's fault.
    record_property("times its speed", round((arrived_at - fixes[0].at).total_seconds() / took, 1))
    booking.refresh_from_db()
    assert booking.arrival_source == "valhalla"

    assert len({sample.place for sample in samples}) > len(samples) / 2, "the technician moves on the map"
    assert len({sample.words for sample in samples}) > 3, "and so does the range"
    last = [sample for sample in samples if arrived_at - sample.at <= LAST]
    assert len(last) >= 30
    assert sum(sample.holds(arrived_at) for sample in last) / len(last) >= 0.8

    booking.start_work()
    page.clock.run_for(15_000)
    expect(page.locator(".live-who")).to_have_count(0)
    page.context.close()
