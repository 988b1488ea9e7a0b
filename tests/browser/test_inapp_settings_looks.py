"""The Settings area's pages of in-app notifications, looked at with axe."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bookings import staff_cards
from fsportal.models import User
from notifications.inapp.send import send_app_notification
from notifications.models import AppNotification, UploadedIcon
from tests.browser.test_inapp import check, signed_in, watched
from tests.browser.test_settings_area_looks import RULES
from tests.browser.test_visit_looks import LOOKS
from tests.factories import BookingFactory, ResourceFactory
from tests.notifications.admin.test_app_notifications import ICONS, LIST, SEND, STORAGE, SVG

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS)
def test_the_list_and_every_page_of_it_pass_axe(browser: Browser, live_server: Any, admin: User, look: str) -> None:
    admin.is_superuser = True
    admin.save()
    BookingFactory(resource=ResourceFactory(user=admin))
    UploadedIcon.objects.create(name="new_/cash.svg", content=SVG)
    custom = {"iconUrl": "/WebResources/new_/cash.svg"}
    send_app_notification(title="Paid", recipient=admin, sender=admin, icon_type=100000005, override_content=custom)
    AppNotification.note_toasted(admin, AppNotification.objects.values_list("pk", flat=True))
    about = AppNotification.objects.get(kind=staff_cards.ASSIGNED)
    problems: list[str] = []
    page = watched(signed_in(browser, live_server, admin, **LOOKS[look]), problems)
    pages = {"list": LIST, "one": f"{LIST}{about.pk}/change/", "storage": STORAGE, "send": SEND, "icons": ICONS}
    for name, address in pages.items():
        page.goto(f"{live_server.url}{address}")
        assert problems == []
        check(page, f"inapp-settings-{name}-{look}", RULES)
        problems.clear()  # axe itself tries inline styles on some pages
    page.goto(f"{live_server.url}{SEND}")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Please correct what is marked below.")).to_be_visible()
    check(page, f"inapp-settings-send-wrong-{look}", RULES)
    page.goto(f"{live_server.url}/notifications/")
    assert page.locator("img.note-icon").evaluate("image => image.naturalWidth > 0")
