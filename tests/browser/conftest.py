"""A technician and their phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from bookings.models import Resource
from tests.bookings.technician.stage import technician, user_of, where_it_is_noon, without_toasts
from tests.browser.test_inapp import signed_in
from tests.browser.test_visit_looks import LOOKS
from tests.portal.stage import company


@pytest.fixture
def omar() -> Resource:
    company()
    return without_toasts(technician(time_zone=where_it_is_noon()))


@pytest.fixture
def phone(browser: Browser, live_server: Any, omar: Resource) -> Iterator[BrowserContext]:
    """Return the phone of the signed-in technician."""
    context = signed_in(browser, live_server, user_of(omar), **LOOKS["phone-light"])
    yield context
    context.close()
