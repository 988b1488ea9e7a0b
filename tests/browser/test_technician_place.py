"""Sharing the location in a real browser: only while traveling, only when asked to, and visibly."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bookings.models import Booking, Position, Resource
from fsportal.models import PortalSettings
from tests.bookings.technician.stage import stop, technician, user_of, without_toasts
from tests.browser.test_inapp import signed_in
from tests.browser.test_technician import tapped, until
from tests.browser.test_visit_looks import LOOKS, check
from tests.portal.stage import company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE: Any = {"latitude": 51.52, "longitude": -0.1, "accuracy": 12}
BANNER = "Your customer sees where you are"


@pytest.fixture
def omar(db: None) -> Resource:
    company()
    return without_toasts(technician())


@pytest.fixture
def phone(browser: Browser, live_server: Any, omar: Resource) -> Iterator[BrowserContext]:
    context = signed_in(browser, live_server, user_of(omar), geolocation=HERE, **LOOKS["phone-light"])
    context.grant_permissions(["geolocation"])
    yield context
    context.close()


def opened(phone: BrowserContext, live_server: Any) -> Page:
    page = phone.new_page()
    page.goto(f"{live_server.url}/technician/")
    expect(page.get_by_text("Share my location").first).to_be_visible()
    return page


def agree(page: Page) -> None:
    page.get_by_text("Share my location").first.click()
    page.get_by_role("button", name="Share my location").click()


def test_nothing_is_reported_before_the_technician_said_so(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    booking = stop(omar)
    page = opened(phone, live_server)
    tapped(page, "Set off")
    until(page, lambda: Booking.objects.get(pk=booking.pk).set_off_at is not None)
    expect(page.get_by_text("Your customer expects you:")).to_be_visible()
    expect(page.get_by_text(BANNER)).to_be_hidden()
    agree(page)
    expect(page.get_by_text(BANNER)).to_be_visible()
    until(page, lambda: Position.objects.count() == 1)


def test_it_runs_from_setting_off_to_starting_work_and_begins_again_by_itself(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    first, second = stop(omar), stop(omar, "Leak repair", hours=2)
    page = opened(phone, live_server)
    agree(page)
    expect(page.get_by_text(BANNER)).to_be_hidden()
    assert not Position.objects.exists()
    tapped(page, "Set off")
    expect(page.get_by_text(BANNER)).to_be_visible()
    until(page, lambda: Position.objects.count() == 1)
    report = Position.objects.get()
    assert (report.latitude, report.longitude, report.accuracy) == (51.52, -0.1, 12)
    assert report.speed is None
    assert abs(report.recorded_at - report.received_at) < dt.timedelta(seconds=30)
    tapped(page, "Start work")
    expect(page.get_by_text(BANNER)).to_be_hidden()
    tapped(page, "Complete")
    until(page, lambda: Booking.objects.get(pk=first.pk).completed_at is not None)
    expect(page.get_by_role("heading", name="Leak repair")).to_be_visible()
    expect(page.get_by_role("button", name="Set off").first).to_be_visible()
    page.reload()
    tapped(page, "Set off")
    expect(page.get_by_text(BANNER)).to_be_visible()
    until(page, lambda: Position.objects.count() == 2)
    assert Booking.objects.get(pk=second.pk).set_off_at is not None


def test_many_positions_make_one_report_in_ten_seconds(phone: BrowserContext, live_server: Any, omar: Resource) -> None:
    stop(omar).travel()
    page = phone.new_page()
    page.add_init_script("navigator.geolocation.watchPosition = (take) => { window.take = take; return 1; };")
    page.clock.install()
    page.goto(f"{live_server.url}/technician/")
    agree(page)
    many = """() => [1, 2, 3, 4, 5].forEach((n) => take({
        coords: { latitude: 51.5 + n / 1000, longitude: -0.1, accuracy: 5, speed: null, heading: NaN },
        timestamp: Date.now(),
    }))"""
    page.evaluate(many)
    until(page, lambda: Position.objects.count() == 1)
    page.clock.fast_forward(9_000)
    page.evaluate(many.replace("51.5", "51.6"))
    page.clock.fast_forward(1_500)
    until(page, lambda: Position.objects.count() == 2)
    # The newest counts, also when none follows: the technician has come to a stop.
    first, last = Position.objects.order_by("pk")
    assert (round(first.latitude, 3), round(last.latitude, 3)) == (51.505, 51.605)
    assert (first.speed, first.heading) == (None, None)


def test_who_stands_in_a_jam_is_heard_all_the_same(phone: BrowserContext, live_server: Any, omar: Resource) -> None:
    stop(omar).travel()
    page = phone.new_page()
    page.add_init_script(
        """
        const here = () => ({
          coords: { latitude: 51.5, longitude: -0.1, accuracy: 5, speed: null, heading: null }, timestamp: Date.now(),
        });
        navigator.geolocation.watchPosition = (take) => { setTimeout(() => take(here())); return 1; };
        navigator.geolocation.getCurrentPosition = (take) => take(here());
        """
    )
    page.clock.install()
    page.goto(f"{live_server.url}/technician/")
    agree(page)
    until(page, lambda: Position.objects.count() == 1)
    page.clock.run_for(30_000)
    assert Position.objects.count() == 1
    page.clock.run_for(31_000)
    until(page, lambda: Position.objects.count() == 2)
    page.get_by_role("button", name="Stop").click()
    page.clock.run_for(120_000)
    # The page's own list: the browser tells of a request when it finds the time, perhaps of one from before.
    sent = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/position/')).length"
    assert page.evaluate(sent) <= 2
    assert Position.objects.count() == 2


def test_a_server_that_knows_of_no_way_ends_it(phone: BrowserContext, live_server: Any, omar: Resource) -> None:
    booking = stop(omar)
    booking.travel()
    page = opened(phone, live_server)
    booking.turn_back()
    with page.expect_response("**/technician/position/") as answered:
        agree(page)
    assert answered.value.status == 409
    expect(page.get_by_text(BANNER)).to_be_hidden()
    assert not Position.objects.exists()


def test_stop_means_stop_also_after_loading_the_page_again(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    stop(omar).travel()
    page = opened(phone, live_server)
    agree(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(BANNER)).to_be_hidden()
    page.reload()
    expect(page.get_by_text("Share my location").first).to_be_visible()
    expect(page.get_by_text(BANNER)).to_be_hidden()


def test_a_phone_that_gives_no_position_says_what_to_do(browser: Browser, live_server: Any, omar: Resource) -> None:
    stop(omar).travel()
    context = signed_in(browser, live_server, user_of(omar), **LOOKS["phone-light"])
    page = opened(context, live_server)
    agree(page)
    expect(page.get_by_text("This phone does not give its position.")).to_be_visible()
    expect(page.get_by_text(BANNER)).to_be_hidden()
    context.close()


def test_where_customers_see_no_map_nobody_is_told_that_they_do(
    phone: BrowserContext, live_server: Any, omar: Resource
) -> None:
    PortalSettings.objects.update(location_precision="off")
    stop(omar).travel()
    page = opened(phone, live_server)
    agree(page)
    expect(page.get_by_text("Your position is used for the arrival time")).to_be_visible()
    page.get_by_text("Share my location").first.click()
    expect(page.get_by_text("Customers do not see where you are")).to_be_visible()
    expect(page.get_by_text(BANNER)).to_have_count(0)


def test_without_track_my_technician_it_is_not_offered(phone: BrowserContext, live_server: Any, omar: Resource) -> None:
    PortalSettings.objects.update(track_my_technician=False)
    stop(omar).travel()
    page = phone.new_page()
    page.goto(f"{live_server.url}/technician/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Share my location")).to_have_count(0)


def test_sharing_passes_axe(browser: Browser, live_server: Any, omar: Resource) -> None:
    stop(omar).travel()
    for look, kwargs in LOOKS.items():
        context = signed_in(browser, live_server, user_of(omar), geolocation=HERE, **kwargs)
        context.grant_permissions(["geolocation"])
        page = opened(context, live_server)
        agree(page)
        expect(page.get_by_text(BANNER)).to_be_visible()
        page.get_by_text("Share my location").first.click()
        check(page, f"technician-sharing-{look}")
        context.close()
