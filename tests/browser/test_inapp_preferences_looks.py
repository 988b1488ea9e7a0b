"""The preferences of in-app notifications and muting, as staff and as somebody outside the Settings area see them."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bookings.models import Resource
from fsportal.models import User
from notifications.models import AppNotification
from tests.browser.test_inapp import check, signed_in, watched
from tests.browser.test_visit_looks import LOOKS
from tests.factories import BookingFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("who", ["staff", "technician"])
def test_preferences_and_muting_pass_axe(
    browser: Browser, live_server: Any, technician: User, look: str, who: str
) -> None:
    technician.is_staff = who == "staff"
    technician.save()
    BookingFactory(resource=Resource.objects.get(user=technician))
    problems: list[str] = []
    page = watched(signed_in(browser, live_server, technician, **LOOKS[look]), problems)
    page.goto(f"{live_server.url}/notifications/")
    check(page, f"inapp-uses-center-{who}-{look}")
    page.locator("[data-center]").get_by_role("button", name="Mute this record").click()
    expect(page.get_by_text("You muted this record.")).to_be_visible()
    check(page, f"inapp-uses-muted-{who}-{look}")
    page.get_by_role("link", name="Preferences").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notification preferences")
    page.get_by_label("Three times as long").check()
    page.get_by_label("A visit of yours moved").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your choices are saved.")).to_be_visible()
    expect(page.get_by_label("Three times as long")).to_be_checked()
    expect(page.get_by_label("A visit of yours moved")).not_to_be_checked()
    check(page, f"inapp-uses-preferences-{who}-{look}")
    page.get_by_role("button", name="Unmute").click()
    expect(page.get_by_text("You hear of this record again.")).to_be_visible()
    assert problems == []
    assert AppNotification.objects.count() == 1
