"""Pictures of the main screens, the same on each run: `python -m tests.screens FOLDER [PART-OF-A-NAME …]`.

The demo company is built in a folder of its own with a clock that stands still and the same random numbers each time,
so two trees show the same unless their looks differ; `python -m tests.screens_compare` says where. To take the pictures
of another checkout: `cd THERE && PYTHONPATH=. python -P HERE/tests/screens.py FOLDER`.
"""

import datetime as dt
import os
import random
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import time_machine
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FilePayload,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from tests.chromium import chromium

#: A Wednesday, noon in London.
NOW = dt.datetime(2027, 6, 9, 11, 0, tzinfo=dt.UTC)
PORT = 8931  # part of links that the screens show
SERVER = f"http://127.0.0.1:{PORT}"
LOOKS = {
    f"{width}-{scheme}": {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    for width, height in ((390, 844), (1280, 900))
    for scheme in ("light", "dark")
}
#: What follows a page's arrival at its address.
Step = Callable[[Page], Any]


def same_random_numbers() -> None:
    """Let ids, codes and secrets be the same on each run."""
    numbers = random.Random(1)
    os.urandom = random._urandom = numbers.randbytes  # type: ignore[attr-defined]


@contextmanager
def portal(folder: str) -> Iterator[time_machine.Coordinates]:
    """Set up a portal with the demo company in `folder`; the clock goes on a bit with each look at it."""
    os.environ.update(DATA_DIR=folder, DATABASE_URL=f"sqlite:///{folder}/db.sqlite3", SECRET_KEY="screens" * 9)
    os.environ.update(SITE_URL=SERVER, PORT=str(PORT), DJANGO_SETTINGS_MODULE="fsportal.settings")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop is taken for async code
    import django
    from django.core.management import call_command
    from django.utils import timezone

    django.setup()
    standing = timezone.now
    with time_machine.travel(NOW, tick=False) as clock:

        def ticking() -> dt.datetime:
            clock.shift(0.00001)
            return standing()

        timezone.now = ticking
        call_command("collectstatic", verbosity=0, interactive=False)
        same_random_numbers()
        for command in ("migrate", "createcachetable", "demo"):
            call_command(command, verbosity=0)
        drive()
        timezone.now = standing
        clock.move_to(NOW + dt.timedelta(seconds=30))
        work()
        yield clock


def work() -> None:
    """Let a worker be heard of: none runs here, and pages would complain."""
    from fsportal.models.worker import WorkerHeartbeat

    for part in WorkerHeartbeat.Part:
        WorkerHeartbeat.beat(part)


def model(label: str) -> Any:
    from django.apps import apps

    return apps.get_model(label).objects


def visit(name: str) -> Any:
    return model("bookings.Booking").get(external_id=f"demo-{name}")


def link(name: str) -> str:
    """Return the path of the link that a visit's customer got."""
    booking = visit(name)
    code, _ = model("bookings.BookingNotificationCode").get_or_create(
        booking=booking, contact=booking.work_order.account.primary_contact
    )
    return code.link.removeprefix(SERVER)


def drive() -> None:
    """Let the technician of the visit that is traveled to be halfway there."""
    booking = visit("on-the-way")
    site, seen = booking.work_order.account, NOW + dt.timedelta(seconds=20)
    here, goal = (51.5411, -0.1122), (site.latitude, site.longitude)
    line = [[a + step / 20 * (b - a) for a, b in zip(here, goal, strict=True)] for step in range(21)]
    model("bookings.Booking").filter(pk=booking.pk).update(
        set_off_at=NOW - dt.timedelta(minutes=10), arrival_at=NOW, arrival_metres=4500
    )
    where = {"last_latitude": here[0], "last_longitude": here[1], "last_seen_at": seen}
    model("bookings.Resource").filter(pk=booking.resource_id).update(**where)
    place = {"latitude": here[0], "longitude": here[1], "accuracy": 8, "recorded_at": seen, "received_at": seen}
    model("bookings.Position").create(resource=booking.resource, booking=booking, **place)
    model("bookings.Route").create(booking=booking, line=line, computed_at=NOW)


@contextmanager
def served() -> Iterator[None]:
    """Serve the portal at SERVER."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from fsportal.wsgi import application

    WSGIRequestHandler.log_message = lambda *args: None  # type: ignore[method-assign]
    server = ThreadedWSGIServer(("127.0.0.1", PORT), WSGIRequestHandler)
    server.set_app(application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


# --- The screens ----------------------------------------------------------------------------------------------------
def press(*names: str) -> Step:
    """Press one button after the other; each leads on."""

    def step(page: Page) -> None:
        for name in names:
            page.locator("main, #content").get_by_role("button", name=name).first.click()
            page.wait_for_load_state()

    return step


def fill(selector: str, text: str, *names: str) -> Step:
    def step(page: Page) -> None:
        page.locator(selector).first.fill(text)
        press(*names)(page)

    return step


def wrong_password(page: Page) -> None:
    page.locator("[name=login]").fill("customer")
    fill("[name=password]", "wrong", "Sign in")(page)


def choose_time(page: Page) -> None:
    page.locator("[name=time]").nth(3).check()


def cancel(page: Page) -> None:
    page.locator("main [type=radio]").first.check()
    press("Cancel my visit")(page)


def check_time(page: Page) -> None:
    choose_time(page)
    press("Go on with this time")(page)


def live_map(page: Page) -> None:
    expect(page.locator(".live-who")).to_be_visible()


def day_map(page: Page) -> None:
    expect(page.locator(".day-who").first).to_be_visible()


def flyout(page: Page) -> None:
    page.locator("[data-bell]").click()
    expect(page.locator("dialog[open] [data-note]").first).to_be_visible()


def unfold(page: Page) -> None:
    for fold in page.locator("main summary").all():
        fold.click()


def of_customers() -> Iterator[tuple[str, str, str, Step | None]]:
    """Yield name, user name or nothing, path, and what is done there."""
    invitation = model("portal.Invitation")
    kept, ahead = f"/bookings/{visit('on-the-way').pk}/", f"/bookings/{visit('next-week').pk}/"
    redeem = f"/redeem/{invitation.get(contacts__account__external_id='demo-newyork').code}/"
    group = f"/redeem/{invitation.get(account__external_id='demo-markup').code}/"
    service = model("bookings.IncidentType").get(name="Boiler service").pk
    when = f"/book/?step=when&service={service}"
    yield from (
        ("sign-in", "", "/accounts/login/", None),
        ("sign-in-wrong", "", "/accounts/login/", wrong_password),
        ("password-forgotten", "", "/accounts/password/reset/", None),
        ("redeem", "", "/redeem/", None),
        ("redeem-wrong", "", "/redeem/", fill("[name=code]", "nothing", "Continue")),
        ("redeem-code", "", redeem, None),
        ("invitation", "", redeem, press("Continue")),
        ("invitation-wrong", "", redeem, press("Continue", "Create profile")),
        ("invitation-group", "", group, press("Continue")),
        ("missing", "", "/no/such/page/", None),
        ("visit-live", "", link("on-the-way"), live_map),
        ("visit-scheduled", "", link("tomorrow"), None),
        ("visit-in-progress", "", link("at-work"), None),
        ("visit-canceled", "", link("called-off"), None),
        ("visit-completed", "", link("yesterday"), None),
        ("visit-german", "", link("tomorrow-berlin"), None),
        ("visit-arabic", "", link("dubai"), None),
        ("visit-refused", "", "/visit/nothing/", None),
        ("visit-ask", "", link("tomorrow"), lambda page: page.goto(page.url.split("?")[0] + "ask/")),
        ("visit-code", "", link("tomorrow"), lambda page: page.goto(page.url.split("?")[0] + "cancel/")),
        ("visit-feedback", "", link("yesterday"), lambda page: page.goto(page.url.split("?")[0] + "feedback/")),
        ("home", "customer", "/", None),
        ("home-history", "customer", "/?tab=history", None),
        ("booking", "customer", kept, live_map),
        ("change-time", "customer", ahead + "change/", choose_time),
        ("change-check", "customer", ahead + "change/", check_time),
        ("cancel", "customer", ahead + "cancel/", None),
        ("canceled", "customer", ahead + "cancel/", cancel),
        ("book", "customer", "/book/", None),
        ("book-when", "customer", when, choose_time),
        ("book-check", "customer", when, check_time),
        ("profile", "customer", "/profile/", None),
        ("profile-email", "customer", "/profile/email/", fill("[name=email]", "nothing", "Send me a code")),
        ("second-factors", "customer", "/accounts/2fa/", None),
        ("sessions", "customer", "/accounts/sessions/", None),
        ("notification-center-customer", "customer", "/notifications/", None),
    )


def of_staff() -> Iterator[tuple[str, str, str, Step | None]]:
    """Yield the same of technicians and of the Settings area."""
    booking, record = "/admin/bookings/booking/", "/admin/fsportal/contact/"
    here = f"{booking}{visit('on-the-way').pk}/"
    contact = f"{record}{visit('on-the-way').work_order.account.primary_contact_id}/change/"
    messages = "/admin/notifications/customernotification/"
    message = model("notifications.CustomerNotification").order_by("created_at", "pk").last().pk
    invitations = model("portal.Invitation").order_by("created_at")
    invitation = "/admin/portal/invitation/{}/change/"
    code = model("bookings.BookingNotificationCode").exclude(blocked_at=None).first().pk
    codes = "/admin/bookings/bookingnotificationcode/"
    card = model("notifications.AppNotification").order_by("created_on", "pk").last().pk
    cards = "/admin/notifications/appnotification/"
    technician = f"/admin/bookings/resource/{visit('on-the-way').resource_id}/change/"
    yield from (
        ("technician", "technician", "/technician/", None),
        ("technician-unfolded", "technician", "/technician/", unfold),
        ("technician-tracker", "technician", "/technician/tracker/", None),
        ("technician-flyout", "technician", "/technician/", flyout),
        ("notification-center", "dispatcher", "/notifications/", None),
        ("notification-snooze", "dispatcher", "/notifications/", unfold_snooze),
        ("notification-snoozed", "dispatcher", "/notifications/", snooze),
        ("notification-taken", "dispatcher", "/notifications/", taken_by_a_colleague),
        ("notification-preferences", "dispatcher", "/notifications/preferences/", None),
        ("notification-center-technician", "technician", "/notifications/", None),
        ("admin-index", "admin", "/admin/", None),
        ("admin-flyout", "dispatcher", "/admin/", flyout),
        ("admin-today", "admin", "/admin/today/", None),
        ("admin-first-hour", "admin", "/admin/first-hour/", None),
        ("admin-board", "dispatcher", "/admin/board/", None),
        ("admin-day-map", "admin", "/admin/map/", day_map),
        ("admin-new-visit", "dispatcher", "/admin/visits/new/", None),
        ("admin-reports", "admin", "/admin/reports/", None),
        ("admin-health", "admin", "/admin/health/", None),
        ("admin-bookings", "admin", booking, None),
        ("admin-booking", "admin", f"{here}change/", None),
        ("admin-assign", "admin", f"{here}do/assign/", None),
        ("admin-booking-add", "admin", f"{booking}add/", None),
        ("admin-booking-wrong", "admin", f"{booking}add/", press("Save")),
        ("admin-contacts", "admin", record, None),
        ("admin-contact", "admin", contact, None),
        ("admin-contact-wrong", "admin", contact, fill("[name=name]", "", "Save")),
        ("admin-invitations", "admin", "/admin/portal/invitation/", None),
        ("admin-invitation", "admin", invitation.format(invitations.filter(sent_at=None).last().pk), None),
        ("admin-invitation-sent", "admin", invitation.format(invitations.exclude(sent_at=None).last().pk), None),
        ("admin-redemptions", "admin", "/admin/portal/redemption/", None),
        ("admin-messages", "admin", messages, None),
        ("admin-message", "admin", f"{messages}{message}/change/", None),
        ("admin-codes", "admin", codes, None),
        ("admin-code", "admin", f"{codes}{code}/change/", None),
        ("admin-settings", "admin", "/admin/fsportal/portalsettings/1/change/", None),
        ("admin-settings-company", "admin", settings_page("settings-company"), None),
        ("admin-technician", "admin", technician, None),
        ("admin-notifications", "admin", cards, None),
        ("admin-notification", "admin", f"{cards}{card}/change/", None),
        ("admin-storage", "admin", f"{cards}storage/", None),
        ("admin-send", "admin", f"{cards}send/", None),
        ("admin-import", "admin", "/admin/bookings/bookingimport/add/", None),
        ("admin-import-preview", "admin", "/admin/bookings/bookingimport/add/", preview),
        ("admin-feedback", "admin", "/admin/bookings/feedback/", None),
        ("admin-audit", "admin", "/admin/fsportal/auditentry/", None),
        ("admin-api-tokens", "admin", "/admin/fsportal/apitoken/", None),
        ("admin-web-role", "admin", "/admin/portal/webrole/1/change/", None),
        ("admin-users", "admin", "/admin/fsportal/user/", None),
        ("admin-style-guide", "admin", "/admin/style-guide/", None),
        ("admin-refused", "customer", "/admin/", None),
        ("toasts", "dispatcher", "/admin/", toasts),
        ("toasts-technician", "technician", "/technician/", toasts),
    )


def settings_page(name: str) -> str:
    from django.urls import reverse

    return reverse(f"admin:{name}")


def preview(page: Page) -> None:
    head = "external_id,account,service,technician,start\n"
    file = FilePayload(name="visits.csv", mimeType="text/csv", buffer=(head + "a,b,c,d,tomorrow\n").encode())
    page.locator("input[type=file]").set_input_files(file)
    page.locator("form:has(input[type=file]) [type=submit]").first.click()
    page.wait_for_load_state()


def unfold_snooze(page: Page) -> None:
    page.locator("#content summary").first.click()


def snooze(page: Page) -> None:
    unfold_snooze(page)
    page.locator("#content").get_by_role("button", name="1 hour").first.click()
    expect(page.locator("#snoozed-title")).to_be_visible()


def taken_by_a_colleague(page: Page) -> None:
    rows = model("notifications.AppNotification").filter(owner__username="admin").exclude(kind="")
    from notifications.inapp import taking

    for row in rows.order_by("-created_on")[:1]:
        taking.take(row.owner, row.pk)
    page.reload()


def toasts(page: Page) -> None:
    page.wait_for_load_state("networkidle")  # what the page asked for by itself
    model("notifications.AppNotification").update(toasted_at=None, seen_at=None)
    from notifications import stamps

    stamps.touch_all()  # otherwise the poll repeats its answer
    page.evaluate("sessionStorage.clear(); localStorage.clear()")
    page.reload()
    expect(page.locator(".toast").first).to_be_visible()


# --- The pictures ---------------------------------------------------------------------------------------------------
def context_of(browser: Browser, username: str, look: dict[str, Any]) -> BrowserContext:
    """Return a browser, signed in, whose clock stands still as well."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    context = browser.new_context(locale="en-GB", reduced_motion="reduce", service_workers="block", **look)
    context.clock.set_fixed_time(NOW + dt.timedelta(seconds=30))
    if username:
        client = Client(SERVER_NAME="127.0.0.1")
        client.force_login(get_user_model().objects.get(username=username))
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": SERVER}])
    return context


def take(browser: Browser, folder: Path, wanted: list[str]) -> Iterator[str]:
    """Take the pictures in every look; yields what went wrong."""

    def save(page: Page, name: str, look: str) -> None:
        page.screenshot(path=folder / f"{name}-{look}.png", full_page=True, animations="disabled")

    names = [screen[0] for screen in (*of_customers(), *of_staff()) if _is_wanted(screen[0], wanted)]
    yield from show(browser, [(name, look) for look in LOOKS for name in names], save)


def show(browser: Browser, wanted: Iterable[tuple[str, str]], save: Callable[[Page, str, str], None]) -> Iterator[str]:
    """Show screens, each in a look and with the same database, and save them; yields what went wrong."""
    from django.conf import settings

    live = sqlite3.connect(settings.DATABASES["default"]["NAME"])
    model("notifications.AppNotification").update(toasted_at=NOW)
    screens = {screen[0]: screen for screen in (*of_customers(), *of_staff())}
    kept = sqlite3.connect(":memory:")
    live.backup(kept)  # with the codes that the links have made
    for name, look in wanted:
        _name, username, path, step = screens[name]
        kept.backup(live)
        context = context_of(browser, username, LOOKS[look])
        page = context.new_page()
        complaints = listen(page)
        try:
            page.goto(SERVER + path)
            if step:
                step(page)
            page.wait_for_load_state("networkidle")
            page.mouse.move(0, 0)
            save(page, name, look)
        except Exception as error:  # noqa: BLE001  (the others are worth having)
            yield f"{name}-{look}: {str(error).splitlines()[0]}"
        yield from (f"{name}-{look}: {complaint}" for complaint in complaints)
        context.close()


def listen(page: Page) -> list[str]:
    """Return a list to which what the browser complains of on this page is added."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def _is_complaint(said: ConsoleMessage) -> bool:
    # A page that answers 403 or 404 is what its screen is about; scripts of Playwright may not run in a sandbox.
    if said.type != "error" or said.text.startswith("Blocked script execution"):
        return False
    return said.page is None or said.location["url"] != said.page.url


def _is_wanted(name: str, wanted: list[str]) -> bool:
    return not wanted or any(part in name for part in wanted)


@contextmanager
def portal_in_browser() -> Iterator[Browser]:
    """Set up and serve the portal in a folder that is gone afterwards, and start a browser."""
    playwright: Playwright
    with tempfile.TemporaryDirectory() as data, portal(data), served(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


def main(folder: str, *wanted: str) -> None:
    """Take all pictures, or those with one of `wanted` in their names; exits with 1 when something went wrong."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    with portal_in_browser() as browser:
        problems = list(take(browser, Path(folder), list(wanted)))
    sys.exit("\n".join(problems) or None)


if __name__ == "__main__":
    main(*sys.argv[1:])
